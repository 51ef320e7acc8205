//! Blocks that count the queue entries which refer to them.

use slab::Slab;

/// Blocks of one fixed size, filled in order.
#[derive(Debug)]
pub(super) struct Store {
    blocks: Slab<Block>,
    /// Memory of freed blocks, at most [`SPARE_BLOCKS`], for the next ones.
    spare: Vec<Box<[u8]>>,
    /// The block that is being filled.
    newest: Option<usize>,
    size: usize,
}

/// Some bytes of one block; a queue is a list of these.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) block: u32,
    pub(super) from: u16,
    pub(super) to: u16,
}

#[derive(Debug)]
struct Block {
    bytes: Box<[u8]>,
    filled: u16,
    references: u32,
}

/// As many as the store of the server keeps.
const SPARE_BLOCKS: usize = 8;

impl Store {
    /// An empty store. `size` is that of a block in bytes, at most 64 KiB less one.
    pub(super) fn new(size: usize) -> Self {
        Self { blocks: Slab::new(), spare: Vec::new(), newest: None, size }
    }

    /// Copies `bytes` in, behind what the newest block holds, and appends where they are to
    /// `ranges`. The caller holds one reference to each until it [releases](Self::release) it.
    pub(super) fn store(&mut self, mut bytes: &[u8], ranges: &mut Vec<Range>) {
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
    pub(super) fn bytes(&self, range: Range) -> &[u8] {
        &self.blocks[range.block as usize].bytes[usize::from(range.from)..usize::from(range.to)]
    }

    /// Counts one more reference to the block of this range.
    pub(super) fn retain(&mut self, range: Range) {
        self.blocks[range.block as usize].references += 1;
    }

    /// Gives one reference back. With the last one the block is free; the newest block stays, and
    /// is filled again from its start.
    pub(super) fn release(&mut self, range: Range) {
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

    /// Bytes of memory held, used or spare.
    pub(super) fn memory(&self) -> usize {
        (self.blocks.len() + self.spare.len()) * self.size
    }

    fn block_with_room(&mut self) -> usize {
        let is_free = |&newest: &usize| usize::from(self.blocks[newest].filled) < self.size;
        if let Some(newest) = self.newest.filter(is_free) {
            return newest;
        }
        let bytes = self.spare.pop().unwrap_or_else(|| vec![0; self.size].into());
        let index = self.blocks.insert(Block { bytes, filled: 0, references: 0 });
        self.newest = Some(index);
        index
    }
}

impl Range {
    /// How many bytes it spans.
    pub(super) fn len(self) -> usize {
        usize::from(self.to - self.from)
    }
}
