//! Blocks that stand apart from the log: what the host tells one client alone. They follow no
//! other block and none follows them, so nobody else's run ever covers them.

use super::Blocks;
use crate::run::{Place, Run};

/// A further part of a queue, where something apart stands in it.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) run: Run,
    /// The part behind it, or [`NO_PART`].
    pub(crate) next: u32,
}

/// The end of a chain of parts.
pub(crate) const NO_PART: u32 = u32::MAX;

/// Where a block of the log never starts.
pub(super) const APART: u64 = u64::MAX;

/// Who sent what stands apart: nobody.
const NOBODY: u32 = u32::MAX;

impl Blocks {
    /// Whether so many bytes more may stand apart for a client that has `held` blocks there. A
    /// quarter of all is the most for one of them: who takes nothing leaves room for others.
    pub(crate) fn has_room_apart(&self, bytes: usize, held: usize) -> bool {
        let needed = bytes.div_ceil(self.size);
        let has_share = held == 0 || held + needed <= self.most_apart / 4;
        has_share && self.apart + needed <= self.most_apart
    }

    /// Copies `bytes` into blocks of their own.
    pub(crate) fn store_apart(&mut self, bytes: &[u8]) -> Option<Run> {
        let mut run: Option<Run> = None;
        for piece in bytes.chunks(self.size) {
            let index = self.begin_block(APART);
            let block = &mut self.blocks[index as usize];
            block.fill(piece, NOBODY);
            block.references = 1;
            self.apart += 1;
            let from = Place { block: index, at: 0 };
            let to = Place { block: index, at: piece.len() as u16 };
            run = Some(match run {
                Some(run) => {
                    self.blocks[run.to.block as usize].next = index;
                    Run { to, ..run }
                }
                None => Run { from, to },
            });
        }
        run
    }

    /// Whether a run is no part of the log.
    pub(crate) fn is_apart(&self, run: Run) -> bool {
        self.blocks[run.to.block as usize].start == APART
    }

    /// Keeps a further part of a queue. Each thing apart takes two at most: itself, and what of the
    /// log comes behind it.
    pub(crate) fn add_part(&mut self, run: Run) -> u32 {
        self.parts.insert(Part { run, next: NO_PART }) as u32
    }

    /// A part, to be looked at.
    pub(crate) fn part(&self, part: u32) -> Option<&Part> {
        self.parts.get(part as usize)
    }

    /// A part, to be changed.
    pub(crate) fn part_mut(&mut self, part: u32) -> &mut Part {
        &mut self.parts[part as usize]
    }

    /// Takes a part out.
    pub(crate) fn take_part(&mut self, part: u32) -> Part {
        self.parts.remove(part as usize)
    }

    /// Bytes of memory for the further parts of queues, which is there from the start.
    pub(crate) fn memory_of_parts(most_apart: usize) -> usize {
        // With the mark of the slab.
        2 * most_apart * (size_of::<Part>() + size_of::<usize>())
    }
}
