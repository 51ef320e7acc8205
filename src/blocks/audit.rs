//! What the store can be held to, by walking all of it.

use super::Blocks;
use super::spare::SPARE;
use crate::run::Run;

impl Blocks {
    /// Each block that is not spare, and how many runs cover it.
    pub(crate) fn references(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let used = self.blocks.iter().filter(|(_, block)| block.start != SPARE);
        used.map(|(index, block)| (index as u32, block.references))
    }

    /// Whether a block, or a table of this store, took more memory than is counted.
    pub(crate) fn has_grown(&self, most: usize) -> bool {
        self.blocks.capacity() > most
            || self.parts.capacity() > 2 * self.most_apart
            || self.blocks.iter().any(|(_, block)| block.has_grown(self.most_authors))
    }

    /// The blocks that a run covers.
    pub(crate) fn covered(&self, run: Run) -> impl Iterator<Item = u32> + '_ {
        run.covered(&self.blocks)
    }

    /// The bytes of a run, less those by `but`.
    pub(crate) fn count(&self, run: Run, but: Option<usize>) -> usize {
        let (mut bytes, mut rest) = (0, Some(run));
        while let Some(run) = rest {
            let (len, is_skipped) = run.piece(&self.blocks, but);
            bytes += if is_skipped { 0 } else { len };
            rest = run.step(&self.blocks, len);
        }
        bytes
    }
}
