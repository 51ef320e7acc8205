//! The outbound queue of one client: ranges of shared blocks, in order.
//!
//! Bytes are never copied per client. A range that continues the last one extends it, so `q` bytes
//! take at most `q / block + 2` entries, however small the messages were.

use std::collections::VecDeque;
use std::io::IoSlice;

use crate::blocks::{Blocks, Range};

/// What waits for one client.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    entries: VecDeque<Range>,
    bytes: usize,
}

/// Slices that go into one write: a megabyte in blocks of 16 KiB, within every IOV_MAX.
pub(crate) const SLICES: usize = 64;

/// Entries that an empty queue may keep room for; more goes back to the allocator.
const KEPT_ENTRIES: usize = 16;

impl Outbox {
    /// Bytes that wait.
    pub(crate) fn len(&self) -> usize {
        self.bytes
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Queues these ranges less their first `skip` bytes.
    pub(crate) fn push(&mut self, ranges: &[Range], mut skip: usize, blocks: &mut Blocks) {
        for &range in ranges {
            let skipped = skip.min(range.len());
            skip -= skipped;
            if skipped < range.len() {
                self.push_range(Range { from: range.from + skipped as u16, ..range }, blocks);
            }
        }
    }

    /// Points `slices` at the first bytes that wait, and tells how many were used.
    pub(crate) fn slices<'a>(
        &self,
        blocks: &'a Blocks,
        slices: &mut [IoSlice<'a>; SLICES],
    ) -> usize {
        for (slice, &range) in slices.iter_mut().zip(&self.entries) {
            *slice = IoSlice::new(blocks.bytes(range));
        }
        self.entries.len().min(SLICES)
    }

    /// Forgets the first `taken` bytes.
    pub(crate) fn advance(&mut self, mut taken: usize, blocks: &mut Blocks) {
        self.bytes -= taken;
        while taken > 0 {
            let first = &mut self.entries[0];
            if taken < first.len() {
                first.from += taken as u16;
                return;
            }
            taken -= first.len();
            blocks.release(*first);
            self.entries.pop_front();
        }
        if self.entries.is_empty() && self.entries.capacity() > KEPT_ENTRIES {
            self.entries = VecDeque::new();
        }
    }

    /// Drops all that waits, and tells how many bytes that was.
    pub(crate) fn clear(&mut self, blocks: &mut Blocks) -> usize {
        let dropped = self.bytes;
        self.advance(dropped, blocks);
        dropped
    }

    /// Bytes of memory held by the queue itself: its entries, used or not.
    pub(crate) fn memory(&self) -> usize {
        self.entries.capacity() * size_of::<Range>()
    }

    /// The queue entries, for the audit.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Range> + '_ {
        self.entries.iter().copied()
    }

    fn push_range(&mut self, range: Range, blocks: &mut Blocks) {
        self.bytes += range.len();
        match self.entries.back_mut() {
            Some(last) if last.block == range.block && last.to == range.from => last.to = range.to,
            _ => {
                blocks.retain(range);
                self.entries.push_back(range);
            }
        }
    }
}
