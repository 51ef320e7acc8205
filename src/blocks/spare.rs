//! Free blocks that keep their memory for the next ones. They keep their places in the table too,
//! and are a chain there, so that to have many costs nothing beside them.

use super::Blocks;
use crate::block::{Block, Storage};

/// The chain of them.
#[derive(Debug)]
pub(super) struct Spare {
    /// The first; each leads to the next, and the last to itself.
    first: Option<u32>,
    len: usize,
    /// How many there may be.
    most: usize,
}

/// A burst does not pay the allocator, and what a stall took goes back to the system.
pub(crate) const SPARE_BLOCKS: usize = 8;

/// Where a block that is spare starts: no block of the log does.
pub(super) const SPARE: u64 = u64::MAX - 1;

impl Blocks {
    /// Takes the memory of all blocks at once, and keeps it. From now on nothing is allocated here,
    /// and nothing freed.
    pub(crate) fn allocate(&mut self, blocks: usize) {
        self.spare.most = blocks;
        for _ in self.blocks.len()..blocks {
            let block = Block::new(Storage::new(self.size, self.most_authors), SPARE);
            let index = self.blocks.insert(block) as u32;
            self.keep(index);
        }
    }

    /// An empty block: one that was free, or a new one.
    pub(super) fn begin_block(&mut self, start: u64) -> u32 {
        let Some(index) = self.spare.first else {
            let storage = Storage::new(self.size, self.most_authors);
            return self.blocks.insert(Block::new(storage, start)) as u32;
        };
        let block = &mut self.blocks[index as usize];
        self.spare.first = Some(block.next).filter(|&next| next != index);
        self.spare.len -= 1;
        block.empty();
        (block.start, block.next) = (start, 0);
        index
    }

    /// Nobody refers to this block any more.
    pub(super) fn set_free(&mut self, index: u32) {
        if self.spare.len < self.spare.most {
            self.keep(index);
        } else {
            self.blocks.remove(index as usize);
        }
    }

    /// Spare blocks, and those that a walk from one to the next meets, for the audit.
    pub(crate) fn spare(&self) -> (usize, usize) {
        let next = |&index: &u32| {
            let next = self.blocks[index as usize].next;
            (next != index).then_some(next)
        };
        let met = std::iter::successors(self.spare.first, next).take(self.spare.len + 1);
        (self.spare.len, met.count())
    }

    fn keep(&mut self, index: u32) {
        let block = &mut self.blocks[index as usize];
        block.start = SPARE;
        block.next = self.spare.first.unwrap_or(index);
        self.spare.first = Some(index);
        self.spare.len += 1;
    }
}

impl Spare {
    pub(super) fn len(&self) -> usize {
        self.len
    }
}

impl Default for Spare {
    fn default() -> Self {
        Self { first: None, len: 0, most: SPARE_BLOCKS }
    }
}
