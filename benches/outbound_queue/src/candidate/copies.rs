//! Candidate (a): each client has a buffer of its own, and a copy of all that waits for it.

use std::collections::VecDeque;
use std::io::IoSlice;

use super::{Candidate, Fresh};
use crate::outbox::SLICES;

#[derive(Debug)]
pub(crate) struct Copies {
    buffers: Vec<VecDeque<u8>>,
}

/// What an empty buffer may keep; more goes back to the allocator.
const KEPT_BYTES: usize = 4 << 10;

impl Candidate for Copies {
    const LETTER: char = 'a';
    const NAME: &'static str = "copy per client";

    fn new(clients: usize) -> Self {
        Self { buffers: vec![VecDeque::new(); clients] }
    }

    fn push(&mut self, batch: &[u8], behind: &[u32], fresh: &[Fresh]) {
        for &client in behind {
            self.buffers[client as usize].extend(batch);
        }
        for &Fresh { client, taken } in fresh {
            self.buffers[client as usize].extend(&batch[taken as usize..]);
        }
    }

    fn slices<'a>(&'a self, client: u32, slices: &mut [IoSlice<'a>; SLICES]) -> usize {
        let (first, second) = self.buffers[client as usize].as_slices();
        slices[0] = IoSlice::new(first);
        slices[1] = IoSlice::new(second);
        1 + usize::from(!second.is_empty())
    }

    fn advance(&mut self, client: u32, taken: usize) {
        let buffer = &mut self.buffers[client as usize];
        buffer.drain(..taken);
        if buffer.is_empty() && buffer.capacity() > KEPT_BYTES {
            *buffer = VecDeque::new();
        }
    }

    fn retire(&mut self, _client: u32) {}

    fn forget(&mut self, client: u32) {
        self.buffers[client as usize] = VecDeque::new();
    }

    fn queued(&self, client: u32) -> usize {
        self.buffers[client as usize].len()
    }

    fn counted(&self) -> usize {
        self.buffers.iter().map(VecDeque::capacity).sum()
    }
}
