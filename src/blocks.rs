//! The store of shared blocks: bytes that somebody has yet to take, once for everybody.
//!
//! Blocks are filled in order. Each counts the queue entries that refer to it; with the last one it
//! returns to a free list. Indices and counts rather than `Rc`: the server stays `Send`, and what
//! it holds is a sum.

use slab::Slab;

/// Blocks of one fixed size.
#[derive(Debug)]
pub(crate) struct Blocks {
    blocks: Slab<Block>,
    /// Memory of freed blocks, at most [`SPARE_BLOCKS`], for the next ones.
    spare: Vec<Box<[u8]>>,
    /// The block that is being filled.
    newest: Option<usize>,
    size: usize,
}

/// Some bytes of one block; a queue is a list of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) block: u32,
    pub(crate) from: u16,
    pub(crate) to: u16,
}

#[derive(Debug)]
struct Block {
    bytes: Box<[u8]>,
    filled: u16,
    references: u32,
}

/// Freed blocks that keep their memory: a burst does not pay the allocator, and what a stall took
/// goes back to the system.
const SPARE_BLOCKS: usize = 8;

impl Blocks {
    /// An empty store. `size` is that of a block in bytes, at most 64 KiB less one.
    pub(crate) fn new(size: usize) -> Self {
        assert!((1..=usize::from(u16::MAX)).contains(&size), "a block of {size} bytes");
        Self { blocks: Slab::new(), spare: Vec::new(), newest: None, size }
    }

    /// Copies `bytes` in, behind what the newest block holds, and appends where they are to
    /// `ranges`. The caller holds one reference to each until it [releases](Self::release) it.
    pub(crate) fn store(&mut self, mut bytes: &[u8], ranges: &mut Vec<Range>) {
        while !bytes.is_empty() {
            let index = self.block_with_room();
            let block = &mut self.blocks[index];
            let from = usize::from(block.filled);
            let (now, later) = bytes.split_at(bytes.len().min(self.size - from));
            block.bytes[from..from + now.len()].copy_from_slice(now);
            block.filled += now.len() as u16;
            block.references += 1;
            ranges.push(Range { block: index as u32, from: from as u16, to: block.filled });
            bytes = later;
        }
    }

    /// The bytes of a range.
    pub(crate) fn bytes(&self, range: Range) -> &[u8] {
        &self.blocks[range.block as usize].bytes[usize::from(range.from)..usize::from(range.to)]
    }

    /// Counts one more reference to the block of this range.
    pub(crate) fn retain(&mut self, range: Range) {
        self.blocks[range.block as usize].references += 1;
    }

    /// Gives one reference back. With the last one the block is free; the newest block stays, and
    /// is filled again from its start.
    pub(crate) fn release(&mut self, range: Range) {
        let index = range.block as usize;
        let block = &mut self.blocks[index];
        block.references -= 1;
        if block.references > 0 {
            return;
        }
        if self.newest == Some(index) {
            block.filled = 0;
        } else {
            let block = self.blocks.remove(index);
            if self.spare.len() < SPARE_BLOCKS {
                self.spare.push(block.bytes);
            }
        }
    }

    /// References to each block, for the audit.
    pub(crate) fn references(&self) -> impl Iterator<Item = (usize, u32)> + '_ {
        self.blocks.iter().map(|(index, block)| (index, block.references))
    }

    /// Bytes of memory of the blocks that are not spare.
    pub(crate) fn in_use(&self) -> usize {
        self.blocks.len() * self.size
    }

    /// Bytes of memory held, used or spare.
    pub(crate) fn memory(&self) -> usize {
        self.in_use() + self.spare.len() * self.size
    }

    fn block_with_room(&mut self) -> usize {
        if let Some(newest) = self.newest {
            if usize::from(self.blocks[newest].filled) < self.size {
                return newest;
            }
        }
        let bytes = self.spare.pop().unwrap_or_else(|| vec![0; self.size].into());
        let index = self.blocks.insert(Block { bytes, filled: 0, references: 0 });
        self.newest = Some(index);
        index
    }
}

impl Range {
    /// How many bytes it spans.
    pub(crate) fn len(self) -> usize {
        usize::from(self.to - self.from)
    }
}
