//! Candidate (c): shared blocks of one size, and a queue of merging ranges for each client. The
//! server kept its queues like this before it kept stretches.

use std::io::IoSlice;

use super::{BLOCK, Candidate, Fresh};
use crate::outbox::SLICES;

mod queue;
mod store;

use queue::Queue;
use store::{Range, Store};

#[derive(Debug)]
pub(crate) struct Ranges {
    store: Store,
    queues: Vec<Queue>,
    /// Where the batch of this push was stored.
    ranges: Vec<Range>,
}

impl Candidate for Ranges {
    const LETTER: char = 'c';
    const NAME: &'static str = "blocks with ranges";

    fn new(clients: usize) -> Self {
        let queues = (0..clients).map(|_| Queue::default()).collect();
        Self { store: Store::new(BLOCK), queues, ranges: Vec::new() }
    }

    fn push(&mut self, batch: &[u8], behind: &[u32], fresh: &[Fresh]) {
        for &client in behind {
            self.queue_rest(batch, client, 0);
        }
        for &Fresh { client, taken } in fresh {
            self.queue_rest(batch, client, taken as usize);
        }
        for range in self.ranges.drain(..) {
            self.store.release(range);
        }
    }

    fn slices<'a>(&'a self, client: u32, slices: &mut [IoSlice<'a>; SLICES]) -> usize {
        self.queues[client as usize].slices(&self.store, slices)
    }

    fn advance(&mut self, client: u32, taken: usize) {
        self.queues[client as usize].advance(taken, &mut self.store);
    }

    fn retire(&mut self, _client: u32) {}

    fn forget(&mut self, client: u32) {
        self.advance(client, self.queued(client));
    }

    fn queued(&self, client: u32) -> usize {
        self.queues[client as usize].len()
    }

    fn counted(&self) -> usize {
        self.store.memory() + self.queues.iter().map(Queue::memory).sum::<usize>()
    }
}

impl Ranges {
    fn queue_rest(&mut self, batch: &[u8], client: u32, taken: usize) {
        if self.ranges.is_empty() {
            self.store.store(batch, &mut self.ranges);
        }
        self.queues[client as usize].push(&self.ranges, taken, &mut self.store);
    }
}
