//! Candidate (b): each batch is one counted chunk, and each client has a queue of references.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::rc::Rc;

use super::{Candidate, Fresh};
use crate::outbox::SLICES;

#[derive(Debug)]
pub(crate) struct Chunks {
    queues: Vec<Queue>,
    /// Bytes in all chunks, each counted once.
    stored: usize,
}

#[derive(Debug, Clone, Default)]
struct Queue {
    chunks: VecDeque<Rc<[u8]>>,
    /// How much of the first chunk was taken already.
    skip: usize,
    bytes: usize,
}

/// What an empty queue may keep; more goes back to the allocator.
const KEPT_ENTRIES: usize = 16;

impl Candidate for Chunks {
    const LETTER: char = 'b';
    const NAME: &'static str = "chunk per turn";

    fn new(clients: usize) -> Self {
        Self { queues: vec![Queue::default(); clients], stored: 0 }
    }

    fn push(&mut self, batch: &[u8], behind: &[u32], fresh: &[Fresh]) {
        if behind.is_empty() && fresh.is_empty() {
            return;
        }
        let chunk: Rc<[u8]> = batch.into();
        self.stored += chunk.len();
        for &client in behind {
            self.queues[client as usize].push(&chunk, 0);
        }
        for &Fresh { client, taken } in fresh {
            self.queues[client as usize].push(&chunk, taken as usize);
        }
    }

    fn slices<'a>(&'a self, client: u32, slices: &mut [IoSlice<'a>; SLICES]) -> usize {
        let Queue { chunks, skip, .. } = &self.queues[client as usize];
        let mut skip = *skip;
        for (slice, chunk) in slices.iter_mut().zip(chunks) {
            *slice = IoSlice::new(&chunk[skip..]);
            skip = 0;
        }
        chunks.len().min(SLICES)
    }

    fn advance(&mut self, client: u32, mut taken: usize) {
        let queue = &mut self.queues[client as usize];
        queue.bytes -= taken;
        while taken > 0 {
            let left = queue.chunks[0].len() - queue.skip;
            if taken < left {
                queue.skip += taken;
                return;
            }
            taken -= left;
            queue.skip = 0;
            let is_last = Rc::strong_count(&queue.chunks[0]) == 1;
            self.stored -= if is_last { queue.chunks[0].len() } else { 0 };
            queue.chunks.pop_front();
        }
        if queue.chunks.is_empty() && queue.chunks.capacity() > KEPT_ENTRIES {
            queue.chunks = VecDeque::new();
        }
    }

    fn retire(&mut self, _client: u32) {}

    fn forget(&mut self, client: u32) {
        self.advance(client, self.queued(client));
    }

    fn queued(&self, client: u32) -> usize {
        self.queues[client as usize].bytes
    }

    fn counted(&self) -> usize {
        let entries: usize = self.queues.iter().map(|queue| queue.chunks.capacity()).sum();
        self.stored + entries * size_of::<Rc<[u8]>>()
    }
}

impl Queue {
    fn push(&mut self, chunk: &Rc<[u8]>, skip: usize) {
        if self.chunks.is_empty() {
            self.skip = skip;
        }
        self.chunks.push_back(Rc::clone(chunk));
        self.bytes += chunk.len() - skip;
    }
}
