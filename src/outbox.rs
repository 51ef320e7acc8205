//! The outbound queue of one client: a stretch of the log that it has yet to take.
//!
//! Bytes are never copied per client, and a queue takes the same few bytes of memory however much
//! waits in it.

use std::io::IoSlice;

use crate::blocks::Blocks;
use crate::run::Run;

/// What waits for one client.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    run: Option<Run>,
    bytes: u32,
}

/// Slices that go into one write: a megabyte in blocks of 16 KiB, within every IOV_MAX.
pub(crate) const SLICES: usize = 64;

impl Outbox {
    /// Bytes that wait.
    pub(crate) fn len(&self) -> usize {
        self.bytes as usize
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// How far it is behind the log, in bytes of the log's own room. Less what it sent itself, that
    /// is what waits.
    pub(crate) fn lag(&self, blocks: &Blocks) -> usize {
        self.run.map_or(0, |run| blocks.lag(run))
    }

    /// Queues what was stored last, less its first `skip` bytes if nothing waited before: `bytes`
    /// of it in all. A queue that is not empty has to take all that is stored, and be told also
    /// when that is nothing: it stays in one piece.
    pub(crate) fn push(&mut self, stored: Run, skip: usize, bytes: usize, blocks: &mut Blocks) {
        blocks.extend(&mut self.run, stored, skip);
        self.bytes += bytes as u32;
    }

    /// Points `slices` at the first bytes that wait, less those by `but`. Tells how many slices
    /// were used.
    pub(crate) fn slices<'a>(
        &self,
        but: Option<usize>,
        blocks: &'a Blocks,
        slices: &mut [IoSlice<'a>; SLICES],
    ) -> usize {
        self.run.map_or(0, |run| blocks.slices(run, but, slices))
    }

    /// Forgets the first `taken` bytes.
    pub(crate) fn advance(&mut self, taken: usize, but: Option<usize>, blocks: &mut Blocks) {
        self.bytes -= taken as u32;
        blocks.advance(&mut self.run, taken, but);
    }

    /// Drops all that waits, and tells how many bytes that was.
    pub(crate) fn clear(&mut self, blocks: &mut Blocks) -> usize {
        blocks.clear(&mut self.run);
        std::mem::take(&mut self.bytes) as usize
    }

    /// The stretch that it holds, for the audit.
    pub(crate) fn run(&self) -> Option<Run> {
        self.run
    }
}
