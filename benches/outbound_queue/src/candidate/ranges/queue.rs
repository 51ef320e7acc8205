//! The queue of one client: ranges of shared blocks, in order. A range that continues the last one
//! extends it, so `q` bytes in one piece take at most `q / block + 2` entries.

use std::collections::VecDeque;
use std::io::IoSlice;

use super::store::{Range, Store};
use crate::outbox::SLICES;

#[derive(Debug, Default)]
pub(super) struct Queue {
    entries: VecDeque<Range>,
    bytes: usize,
}

/// Entries that an empty queue may keep room for; more goes back to the allocator.
const KEPT_ENTRIES: usize = 16;

impl Queue {
    /// Bytes that wait.
    pub(super) fn len(&self) -> usize {
        self.bytes
    }

    /// Queues these ranges less their first `skip` bytes.
    pub(super) fn push(&mut self, ranges: &[Range], mut skip: usize, store: &mut Store) {
        for &range in ranges {
            let skipped = skip.min(range.len());
            skip -= skipped;
            if skipped < range.len() {
                self.push_range(Range { from: range.from + skipped as u16, ..range }, store);
            }
        }
    }

    /// Points `slices` at the first bytes that wait, and tells how many were used.
    pub(super) fn slices<'a>(&self, store: &'a Store, slices: &mut [IoSlice<'a>; SLICES]) -> usize {
        for (slice, &range) in slices.iter_mut().zip(&self.entries) {
            *slice = IoSlice::new(store.bytes(range));
        }
        self.entries.len().min(SLICES)
    }

    /// Forgets the first `taken` bytes.
    pub(super) fn advance(&mut self, mut taken: usize, store: &mut Store) {
        self.bytes -= taken;
        while taken > 0 {
            let first = &mut self.entries[0];
            if taken < first.len() {
                first.from += taken as u16;
                return;
            }
            taken -= first.len();
            store.release(*first);
            self.entries.pop_front();
        }
        if self.entries.is_empty() && self.entries.capacity() > KEPT_ENTRIES {
            self.entries = VecDeque::new();
        }
    }

    /// Bytes of memory held by the queue itself: its entries, used or not.
    pub(super) fn memory(&self) -> usize {
        self.entries.capacity() * size_of::<Range>()
    }

    fn push_range(&mut self, range: Range, store: &mut Store) {
        self.bytes += range.len();
        match self.entries.back_mut() {
            Some(last) if last.block == range.block && last.to == range.from => last.to = range.to,
            _ => {
                store.retain(range);
                self.entries.push_back(range);
            }
        }
    }
}
