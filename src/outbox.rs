//! The outbound queue of one client: a stretch of the log that it has yet to take.
//!
//! Bytes are never copied per client, and a queue takes the same few bytes of memory however much
//! waits in it. What the host tells this client alone stands between two stretches of the log: then
//! the queue has further parts, which the store keeps.

use std::io::IoSlice;

use crate::blocks::Blocks;
use crate::blocks::apart::NO_PART;
use crate::run::Run;

/// What waits for one client.
#[derive(Debug)]
pub(crate) struct Outbox {
    /// What comes first, unless it stands apart.
    run: Option<Run>,
    /// Bytes that wait, in all parts.
    bytes: u32,
    /// The first of the parts behind that; it stands apart.
    parts: u32,
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
    /// is what waits of the log.
    pub(crate) fn lag(&self, blocks: &Blocks) -> usize {
        match self.run {
            Some(run) => blocks.lag(run),
            None => self.lag_behind(blocks),
        }
    }

    /// Queues what was stored last, less its first `skip` bytes if nothing waited before: `bytes`
    /// of it in all. A queue that is not empty has to take all that is stored, and be told also
    /// when that is nothing: it stays in one piece.
    pub(crate) fn push(&mut self, stored: Run, skip: usize, bytes: usize, blocks: &mut Blocks) {
        self.bytes += bytes as u32;
        if self.parts == NO_PART {
            blocks.extend(&mut self.run, stored, skip);
        } else {
            self.push_behind(stored, skip, bytes, blocks);
        }
    }

    /// Queues what is for this client alone.
    pub(crate) fn push_apart(&mut self, bytes: &[u8], blocks: &mut Blocks) {
        let Some(run) = blocks.store_apart(bytes) else { return };
        self.bytes += bytes.len() as u32;
        self.add_part(run, blocks);
    }

    /// Points `slices` at the first bytes that wait, of the first part alone, less those by `but`.
    /// Tells how many slices were used.
    pub(crate) fn slices<'a>(
        &self,
        but: Option<usize>,
        blocks: &'a Blocks,
        slices: &mut [IoSlice<'a>; SLICES],
    ) -> usize {
        let first = self.run.or_else(|| self.first_apart(blocks));
        first.map_or(0, |run| blocks.slices(run, but, slices))
    }

    /// Forgets the first `taken` bytes.
    pub(crate) fn advance(&mut self, taken: usize, but: Option<usize>, blocks: &mut Blocks) {
        self.bytes -= taken as u32;
        if self.run.is_some() {
            blocks.advance(&mut self.run, taken, but);
        } else {
            self.advance_apart(taken, blocks);
        }
    }

    /// Drops all that waits, and tells how many bytes that was.
    pub(crate) fn clear(&mut self, blocks: &mut Blocks) -> usize {
        loop {
            blocks.clear(&mut self.run);
            if self.parts == NO_PART {
                break;
            }
            let part = blocks.take_part(self.parts);
            (self.run, self.parts) = (Some(part.run), part.next);
        }
        std::mem::take(&mut self.bytes) as usize
    }

    /// The stretches that it holds, in their order.
    pub(crate) fn runs<'a>(&self, blocks: &'a Blocks) -> impl Iterator<Item = Run> + 'a {
        let parts = std::iter::successors(blocks.part(self.parts), |part| blocks.part(part.next));
        self.run.into_iter().chain(parts.map(|part| part.run))
    }

    /// Blocks of what waits for this client alone.
    pub(crate) fn blocks_apart(&self, blocks: &Blocks) -> usize {
        let runs = self.runs(blocks).filter(|&run| blocks.is_apart(run));
        runs.map(|run| blocks.covered(run).count()).sum()
    }

    #[cold]
    fn first_apart(&self, blocks: &Blocks) -> Option<Run> {
        blocks.part(self.parts).map(|part| part.run)
    }

    #[cold]
    fn lag_behind(&self, blocks: &Blocks) -> usize {
        let mut runs = self.runs(blocks);
        runs.find(|&run| !blocks.is_apart(run)).map_or(0, |run| blocks.lag(run))
    }

    /// Forgets the first bytes of what stands apart and comes first. When that was all of it, what
    /// of the log is behind it comes first.
    #[cold]
    fn advance_apart(&mut self, taken: usize, blocks: &mut Blocks) {
        let mut rest = blocks.part(self.parts).map(|part| part.run);
        blocks.advance(&mut rest, taken, None);
        if let Some(rest) = rest {
            blocks.part_mut(self.parts).run = rest;
            return;
        }
        self.parts = blocks.take_part(self.parts).next;
        if let Some(part) = blocks.part(self.parts).filter(|part| !blocks.is_apart(part.run)) {
            (self.run, self.parts) = (Some(part.run), blocks.take_part(self.parts).next);
        }
    }

    /// Queues what was stored last where something apart waits already.
    #[cold]
    fn push_behind(&mut self, stored: Run, skip: usize, bytes: usize, blocks: &mut Blocks) {
        let last = self.last_part(blocks).filter(|&(_, run)| !blocks.is_apart(run));
        if last.is_none() && bytes == 0 {
            return;
        }
        let mut run = last.map(|(_, run)| run);
        blocks.extend(&mut run, stored, skip);
        match (last, run) {
            (Some((last, _)), Some(run)) => blocks.part_mut(last).run = run,
            (None, Some(run)) => self.add_part(run, blocks),
            (_, None) => {}
        }
    }

    fn add_part(&mut self, run: Run, blocks: &mut Blocks) {
        let part = blocks.add_part(run);
        match self.last_part(blocks) {
            Some((last, _)) => blocks.part_mut(last).next = part,
            None => self.parts = part,
        }
    }

    fn last_part(&self, blocks: &Blocks) -> Option<(u32, Run)> {
        let part = |place: u32| blocks.part(place).map(|part| (place, part));
        let parts = std::iter::successors(part(self.parts), |(_, before)| part(before.next));
        parts.last().map(|(place, part)| (place, part.run))
    }
}

impl Default for Outbox {
    fn default() -> Self {
        Self { run: None, bytes: 0, parts: NO_PART }
    }
}
