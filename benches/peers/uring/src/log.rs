//! What was said, from the first byte that somebody still lacks. The kernel reads from it while it
//! grows, so bytes never move: it is a row of blocks, all full except the last.

use std::collections::VecDeque;

const BLOCK: usize = 256 * 1024;

#[derive(Debug, Default)]
pub(crate) struct Log {
    blocks: VecDeque<Vec<u8>>,
    /// A block that was emptied and is not yet in use again.
    spare: Option<Vec<u8>>,
    /// How many bytes were said before the first block.
    start: u64,
    /// How many bytes were said in all.
    end: u64,
}

impl Log {
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    pub(crate) fn append(&mut self, mut said: &[u8]) {
        self.end += said.len() as u64;
        while !said.is_empty() {
            if self.blocks.back().is_none_or(|last| last.len() == BLOCK) {
                let spare = self.spare.take();
                self.blocks.push_back(spare.unwrap_or_else(|| Vec::with_capacity(BLOCK)));
            }
            let Some(last) = self.blocks.back_mut() else { return };
            // Never more than its capacity, so it is not moved.
            let (now, later) = said.split_at(said.len().min(BLOCK - last.len()));
            last.extend_from_slice(now);
            said = later;
        }
    }

    /// What stands at a position, up to the end of its block. There must be something.
    pub(crate) fn at(&self, position: u64) -> &[u8] {
        let offset = (position - self.start) as usize;
        &self.blocks[offset / BLOCK][offset % BLOCK..]
    }

    /// Frees full blocks that end at or before a position.
    pub(crate) fn forget(&mut self, position: u64) {
        while position - self.start >= BLOCK as u64 {
            let Some(mut block) = self.blocks.pop_front() else { return };
            block.clear();
            self.spare = Some(block);
            self.start += BLOCK as u64;
        }
    }
}
