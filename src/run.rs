//! A stretch of the stored log, and how to walk along it, from block to block.

use slab::Slab;

use crate::block::Block;

/// From one place of the store to another. Whoever has it holds a reference to each block that it
/// covers, so these stay, and each leads to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) from: Place,
    pub(crate) to: Place,
}

/// A byte of the store. Six bytes rather than eight: each client has two of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, packed(2))]
pub(crate) struct Place {
    pub(crate) block: u32,
    pub(crate) at: u16,
}

impl Run {
    /// The first bytes that lie in one piece and are all by `but`, or all by others: how many, and
    /// which of the two.
    pub(crate) fn piece(self, blocks: &Slab<Block>, but: Option<usize>) -> (usize, bool) {
        let rest = self.in_first(blocks);
        match but {
            Some(but) => {
                let block = &blocks[self.from.block as usize];
                let (len, is_by) = block.piece(self.from.at, but as u32);
                (len.min(rest), is_by)
            }
            None => (rest, false),
        }
    }

    /// What is left without its first bytes, which lie in one block. `None` when that is all.
    pub(crate) fn step(self, blocks: &Slab<Block>, bytes: usize) -> Option<Self> {
        let at = self.from.at + bytes as u16;
        if usize::from(at) < self.end_of_first(blocks) {
            return Some(Self { from: Place { at, ..self.from }, ..self });
        }
        if self.from.block == self.to.block {
            return None;
        }
        let block = blocks[self.from.block as usize].next;
        Some(Self { from: Place { block, at: 0 }, ..self })
    }

    /// Bytes of it that lie in its first block.
    pub(crate) fn in_first(self, blocks: &Slab<Block>) -> usize {
        self.end_of_first(blocks) - usize::from(self.from.at)
    }

    /// The blocks that it covers.
    pub(crate) fn covered(self, blocks: &Slab<Block>) -> impl Iterator<Item = u32> + '_ {
        let next =
            move |&index: &u32| (index != self.to.block).then(|| blocks[index as usize].next);
        std::iter::successors(Some(self.from.block), next)
    }

    fn end_of_first(self, blocks: &Slab<Block>) -> usize {
        if self.from.block == self.to.block {
            usize::from(self.to.at)
        } else {
            usize::from(blocks[self.from.block as usize].filled)
        }
    }
}

impl Place {
    /// The place so many bytes on, in the block that holds the byte there.
    pub(crate) fn on(mut self, blocks: &Slab<Block>, mut bytes: usize) -> Self {
        loop {
            let block = &blocks[self.block as usize];
            let rest = usize::from(block.filled - self.at);
            if bytes < rest {
                return Self { at: self.at + bytes as u16, ..self };
            }
            bytes -= rest;
            self = Self { block: block.next, at: 0 };
        }
    }
}
