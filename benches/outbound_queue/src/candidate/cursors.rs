//! Candidate (d): one log in blocks, and a cursor for each client. Whoever is behind needs all that
//! comes later, so what must be kept is always the end of the log.

use std::collections::VecDeque;
use std::io::IoSlice;

use super::{BLOCK, Candidate, Fresh};
use crate::outbox::SLICES;

#[derive(Debug, Default)]
pub(crate) struct Cursors {
    blocks: VecDeque<Block>,
    /// Memory of freed blocks, for the next ones.
    spare: Vec<Box<[u8]>>,
    /// Where in the log the first block begins.
    start: u64,
    /// Where the log ends.
    end: u64,
    cursors: Vec<Cursor>,
    /// How many who still receive have something waiting: the log grows for them only.
    open_behind: usize,
}

#[derive(Debug)]
struct Block {
    bytes: Box<[u8]>,
    /// How many clients have their cursor here.
    cursors: u32,
}

#[derive(Debug, Clone, Copy)]
struct Cursor {
    at: u64,
    /// Where this client's part of the log ends: `OPEN` while it receives.
    until: u64,
}

/// The end of a client's part while it receives whatever comes.
const OPEN: u64 = u64::MAX;
/// The cursor of one for whom nothing waits.
const CAUGHT_UP: u64 = u64::MAX;
/// As many as the shared blocks of the server keep.
const SPARE_BLOCKS: usize = 8;

impl Candidate for Cursors {
    const LETTER: char = 'd';
    const NAME: &'static str = "log with cursors";

    fn new(clients: usize) -> Self {
        let cursors = vec![Cursor { at: CAUGHT_UP, until: OPEN }; clients];
        Self { cursors, ..Self::default() }
    }

    fn push(&mut self, batch: &[u8], _behind: &[u32], fresh: &[Fresh]) {
        // Those who are behind need no work at all: more log lies before their cursors.
        if self.open_behind == 0 && fresh.is_empty() {
            return;
        }
        let begin = self.end;
        self.append(batch);
        for &Fresh { client, taken } in fresh {
            self.place(client, begin + u64::from(taken));
        }
        self.trim();
    }

    fn slices<'a>(&'a self, client: u32, slices: &mut [IoSlice<'a>; SLICES]) -> usize {
        let mut left = self.queued(client);
        if left == 0 {
            return 0;
        }
        let from = (self.cursors[client as usize].at - self.start) as usize;
        let (first, mut skip) = (from / BLOCK, from % BLOCK);
        let mut used = 0;
        for (slice, block) in slices.iter_mut().zip(self.blocks.range(first..)) {
            let now = left.min(BLOCK - skip);
            *slice = IoSlice::new(&block.bytes[skip..skip + now]);
            used += 1;
            left -= now;
            skip = 0;
            if left == 0 {
                break;
            }
        }
        used
    }

    fn advance(&mut self, client: u32, taken: usize) {
        let at = self.cursors[client as usize].at;
        let is_done = taken == self.queued(client);
        self.lift(client);
        if !is_done {
            self.place(client, at + taken as u64);
        }
        self.trim();
    }

    fn retire(&mut self, client: u32) {
        let cursor = &mut self.cursors[client as usize];
        cursor.until = self.end;
        self.open_behind -= usize::from(cursor.at != CAUGHT_UP);
    }

    fn forget(&mut self, client: u32) {
        self.lift(client);
        self.trim();
    }

    fn queued(&self, client: u32) -> usize {
        let Cursor { at, until } = self.cursors[client as usize];
        if at == CAUGHT_UP { 0 } else { (until.min(self.end) - at) as usize }
    }

    fn counted(&self) -> usize {
        (self.blocks.len() + self.spare.len()) * BLOCK
    }
}

impl Cursors {
    fn append(&mut self, mut batch: &[u8]) {
        while !batch.is_empty() {
            let filled = (self.end - self.start) as usize - self.full_blocks() * BLOCK;
            if filled == 0 {
                let bytes = self.spare.pop().unwrap_or_else(|| vec![0; BLOCK].into());
                self.blocks.push_back(Block { bytes, cursors: 0 });
            }
            let (now, later) = batch.split_at(batch.len().min(BLOCK - filled));
            let newest = self.blocks.len() - 1;
            self.blocks[newest].bytes[filled..filled + now.len()].copy_from_slice(now);
            self.end += now.len() as u64;
            batch = later;
        }
    }

    fn full_blocks(&self) -> usize {
        (self.end - self.start) as usize / BLOCK
    }

    fn block_at(&mut self, at: u64) -> &mut Block {
        &mut self.blocks[(at - self.start) as usize / BLOCK]
    }

    fn place(&mut self, client: u32, at: u64) {
        let cursor = &mut self.cursors[client as usize];
        cursor.at = at;
        self.open_behind += usize::from(cursor.until == OPEN);
        self.block_at(at).cursors += 1;
    }

    fn lift(&mut self, client: u32) {
        let cursor = &mut self.cursors[client as usize];
        let at = std::mem::replace(&mut cursor.at, CAUGHT_UP);
        if at != CAUGHT_UP {
            self.open_behind -= usize::from(cursor.until == OPEN);
            self.block_at(at).cursors -= 1;
        }
    }

    /// Frees the blocks before the hindmost cursor: all of them when everybody is caught up.
    fn trim(&mut self) {
        while self.blocks.front().is_some_and(|block| block.cursors == 0) {
            let Some(block) = self.blocks.pop_front() else { return };
            self.start = self.end.min(self.start + BLOCK as u64);
            if self.spare.len() < SPARE_BLOCKS {
                self.spare.push(block.bytes);
            }
        }
    }
}
