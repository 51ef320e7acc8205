//! Candidate (c): shared blocks of one size, and a queue of merging ranges for each client. The
//! server's own files do the work; this is how its fan-out drives them.

use std::io::IoSlice;

use super::{BLOCK, Candidate, Fresh};
use crate::blocks::{Blocks, Range};
use crate::outbox::{Outbox, SLICES};

#[derive(Debug)]
pub(crate) struct Ranges {
    blocks: Blocks,
    outboxes: Vec<Outbox>,
    /// Where the batch of this push was stored.
    ranges: Vec<Range>,
}

impl Candidate for Ranges {
    const LETTER: char = 'c';
    const NAME: &'static str = "blocks with ranges";

    fn new(clients: usize) -> Self {
        let outboxes = (0..clients).map(|_| Outbox::default()).collect();
        Self { blocks: Blocks::new(BLOCK), outboxes, ranges: Vec::new() }
    }

    fn push(&mut self, batch: &[u8], behind: &[u32], fresh: &[Fresh]) {
        for &client in behind {
            self.queue_rest(batch, client, 0);
        }
        for &Fresh { client, taken } in fresh {
            self.queue_rest(batch, client, taken as usize);
        }
        for range in self.ranges.drain(..) {
            self.blocks.release(range);
        }
    }

    fn slices<'a>(&'a self, client: u32, slices: &mut [IoSlice<'a>; SLICES]) -> usize {
        self.outboxes[client as usize].slices(&self.blocks, slices)
    }

    fn advance(&mut self, client: u32, taken: usize) {
        self.outboxes[client as usize].advance(taken, &mut self.blocks);
    }

    fn retire(&mut self, _client: u32) {}

    fn forget(&mut self, client: u32) {
        self.outboxes[client as usize].clear(&mut self.blocks);
    }

    fn queued(&self, client: u32) -> usize {
        self.outboxes[client as usize].len()
    }

    fn counted(&self) -> usize {
        self.blocks.memory() + self.outboxes.iter().map(Outbox::memory).sum::<usize>()
    }
}

impl Ranges {
    fn queue_rest(&mut self, batch: &[u8], client: u32, taken: usize) {
        if self.ranges.is_empty() {
            self.blocks.store(batch, &mut self.ranges);
        }
        self.outboxes[client as usize].push(&self.ranges, taken, &mut self.blocks);
    }
}
