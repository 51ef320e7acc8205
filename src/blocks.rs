//! The store of shared blocks: the part of the log that somebody has yet to take, held once for
//! everybody.
//!
//! Blocks are filled in order, and each knows the one that follows. A queue is a [`Run`]: from one
//! place of the store to another, over all blocks between. So it takes the same few bytes however
//! much waits, and nothing is allocated for a client that falls behind. Each block counts the runs
//! that cover it; with the last one its memory is free for another. Indices and counts rather than
//! `Rc`: the server stays `Send`, and what it holds is a sum.
//!
//! Where senders are left out, a block also says who sent what, and a run skips what is its own.

// By their paths, since a bench takes this file in under another root.
#[path = "blocks/apart.rs"]
pub(crate) mod apart;
#[path = "blocks/audit.rs"]
mod audit;
#[path = "blocks/spare.rs"]
mod spare;

use std::io::IoSlice;

use slab::Slab;

use crate::block::{Block, Storage};
use crate::run::{Place, Run};
use apart::{APART, Part};
use spare::Spare;

/// Blocks of one fixed size.
#[derive(Debug)]
pub(crate) struct Blocks {
    blocks: Slab<Block>,
    spare: Spare,
    /// The block that is being filled.
    newest: Option<u32>,
    size: usize,
    /// Most authors that a block can name; none where nobody asks who sent what.
    most_authors: usize,
    /// Blocks that stand apart from the log, and how many may.
    apart: usize,
    most_apart: usize,
    /// Further parts of queues in which something apart stands.
    parts: Slab<Part>,
}

/// What naming an author takes of a block's room, in bytes: a block of `n` bytes names `n / 32`.
pub(crate) const AUTHOR_COST: usize = 32;

impl Blocks {
    /// An empty store for at most so many blocks, of which `most_apart` may stand apart from the
    /// log. `size` is that of a block in bytes, at most 64 KiB less one; `names_authors` is whether
    /// it will be asked who sent what.
    pub(crate) fn new(size: usize, most: usize, most_apart: usize, names_authors: bool) -> Self {
        assert!((AUTHOR_COST..=usize::from(u16::MAX)).contains(&size), "a block of {size} bytes");
        let most_authors = most_authors(size, names_authors);
        Self {
            blocks: Slab::with_capacity(most),
            spare: Spare::default(),
            newest: None,
            size,
            most_authors,
            apart: 0,
            most_apart,
            parts: Slab::with_capacity(2 * most_apart),
        }
    }

    /// Copies `bytes` in, behind what the newest block holds, and makes `run` reach to their end.
    pub(crate) fn store(&mut self, mut bytes: &[u8], author: usize, run: &mut Option<Run>) {
        while !bytes.is_empty() {
            let index = self.block_with_room(author);
            let block = &mut self.blocks[index as usize];
            let start = block.filled;
            bytes = block.fill(bytes, author as u32);
            let to = Place { block: index, at: block.filled };
            match run {
                Some(run) if run.to.block == index => run.to = to,
                Some(run) => {
                    block.references += 1;
                    run.to = to;
                }
                None => {
                    block.references += 1;
                    *run = Some(Run { from: Place { block: index, at: start }, to });
                }
            }
        }
    }

    /// Makes `run` reach to the end of what was stored last. One that is empty begins `skip` bytes
    /// behind the start of that.
    // Here and below: each delivery to one who is behind passes through. What stands apart calls
    // them too, so the compiler would make them calls: a tenth more instructions.
    #[inline(always)]
    pub(crate) fn extend(&mut self, run: &mut Option<Run>, stored: Run, skip: usize) {
        let run = run.get_or_insert_with(|| {
            let from = stored.from.on(&self.blocks, skip);
            self.blocks[from.block as usize].references += 1;
            Run { from, to: from }
        });
        while run.to.block != stored.to.block {
            let next = self.blocks[run.to.block as usize].next;
            self.blocks[next as usize].references += 1;
            run.to.block = next;
        }
        run.to = stored.to;
    }

    /// Points `slices` at the first bytes of a run, less those by `but`. Tells how many slices were
    /// used.
    pub(crate) fn slices<'a>(
        &'a self,
        run: Run,
        but: Option<usize>,
        slices: &mut [IoSlice<'a>],
    ) -> usize {
        let (mut used, mut rest) = (0, Some(run));
        while let Some(run) = rest.filter(|_| used < slices.len()) {
            let (len, is_skipped) = run.piece(&self.blocks, but);
            if !is_skipped {
                let block = &self.blocks[run.from.block as usize];
                let from = usize::from(run.from.at);
                slices[used] = IoSlice::new(&block.bytes()[from..from + len]);
                used += 1;
            }
            rest = run.step(&self.blocks, len);
        }
        used
    }

    /// Takes the first bytes off a run, `taken` of those that are not by `but`, and what is by it
    /// up to the next one that is not. A run that comes to its end is empty.
    #[inline(always)]
    pub(crate) fn advance(&mut self, run: &mut Option<Run>, mut taken: usize, but: Option<usize>) {
        while let Some(now) = *run {
            let (len, is_skipped) = now.piece(&self.blocks, but);
            let passed = if is_skipped { len } else { len.min(taken) };
            if passed == 0 {
                return;
            }
            taken -= if is_skipped { 0 } else { passed };
            *run = now.step(&self.blocks, passed);
            if run.is_none_or(|run| run.from.block != now.from.block) {
                self.release(now.from.block);
            }
        }
    }

    /// Gives up a run.
    #[inline(always)]
    pub(crate) fn clear(&mut self, run: &mut Option<Run>) {
        while let Some(now) = *run {
            *run = now.step(&self.blocks, now.in_first(&self.blocks));
            self.release(now.from.block);
        }
    }

    /// How far the start of a run is behind the newest byte, in bytes of the store's room.
    pub(crate) fn lag(&self, run: Run) -> usize {
        let newest = self.newest.map_or(0, |newest| self.blocks[newest as usize].reach(self.size));
        let from = self.blocks[run.from.block as usize].start + u64::from(run.from.at);
        (newest - from) as usize
    }

    /// Room of the newest block that names have taken and bytes have not: a run that starts now is
    /// so far behind at once.
    pub(crate) fn waste(&self) -> usize {
        self.newest.map_or(0, |newest| {
            let block = &self.blocks[newest as usize];
            (block.reach(self.size) - block.start) as usize - usize::from(block.filled)
        })
    }

    /// Blocks that are not spare.
    pub(crate) fn in_use(&self) -> usize {
        self.blocks.len() - self.spare.len()
    }

    /// Bytes of memory that a block takes, for stores like this one.
    pub(crate) fn cost(size: usize, names_authors: bool) -> usize {
        Storage::memory(size, most_authors(size, names_authors)) + size_of::<Block>()
    }

    /// Bytes of memory of the table of so many blocks, which is there from the start.
    pub(crate) fn table(blocks: usize) -> usize {
        blocks * size_of::<Block>()
    }

    /// Bytes of memory held by blocks, used or spare.
    pub(crate) fn memory(&self) -> usize {
        self.blocks.len() * Storage::memory(self.size, self.most_authors)
    }

    /// Gives one reference back. With the last one the block is free; the newest block stays, and
    /// is filled again from its start.
    fn release(&mut self, index: u32) {
        let block = &mut self.blocks[index as usize];
        block.references -= 1;
        if block.references > 0 {
            return;
        }
        if self.newest == Some(index) {
            block.empty();
            return;
        }
        self.apart -= usize::from(block.start == APART);
        self.set_free(index);
    }

    fn block_with_room(&mut self, author: usize) -> u32 {
        let newest = self.newest.map(|newest| (newest, &self.blocks[newest as usize]));
        if let Some((newest, _)) = newest.filter(|(_, block)| block.has_room(author as u32)) {
            return newest;
        }
        let start = newest.map_or(0, |(_, block)| block.start + self.size as u64);
        let index = self.begin_block(start);
        if let Some(newest) = self.newest {
            self.blocks[newest as usize].next = index;
        }
        self.newest = Some(index);
        index
    }
}

/// How many authors a block can name.
fn most_authors(size: usize, names_authors: bool) -> usize {
    if names_authors { size / AUTHOR_COST } else { 0 }
}

#[cfg(test)]
#[path = "blocks/tests.rs"]
mod tests;
