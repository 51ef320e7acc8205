//! Candidate (e): the same blocks, of which each knows its successor, and one stretch of that chain
//! for each client. The server's own files do the work; this is how its fan-out drives them.

use std::io::IoSlice;

use super::{BLOCK, Candidate, Fresh};
use crate::blocks::Blocks;
use crate::outbox::{Outbox, SLICES};
use crate::run::Run;

#[derive(Debug)]
pub(crate) struct Stretches {
    blocks: Blocks,
    outboxes: Vec<Outbox>,
    /// Where the batch of this push was stored.
    stored: Option<Run>,
}

/// What traffic may take by default; the table of blocks is for so many as fit into it.
const MEMORY: usize = 64 << 20;

impl Candidate for Stretches {
    const LETTER: char = 'e';
    const NAME: &'static str = "stretch of a chain";

    fn new(clients: usize) -> Self {
        let blocks = Blocks::new(BLOCK, MEMORY / Blocks::cost(BLOCK, false), 0, false);
        let outboxes = (0..clients).map(|_| Outbox::default()).collect();
        Self { blocks, outboxes, stored: None }
    }

    fn push(&mut self, batch: &[u8], behind: &[u32], fresh: &[Fresh]) {
        for &client in behind {
            self.queue_rest(batch, client, 0);
        }
        for &Fresh { client, taken } in fresh {
            self.queue_rest(batch, client, taken as usize);
        }
        self.blocks.clear(&mut self.stored);
    }

    fn slices<'a>(&'a self, client: u32, slices: &mut [IoSlice<'a>; SLICES]) -> usize {
        self.outboxes[client as usize].slices(None, &self.blocks, slices)
    }

    fn advance(&mut self, client: u32, taken: usize) {
        self.outboxes[client as usize].advance(taken, None, &mut self.blocks);
    }

    fn retire(&mut self, _client: u32) {}

    fn forget(&mut self, client: u32) {
        self.outboxes[client as usize].clear(&mut self.blocks);
    }

    fn queued(&self, client: u32) -> usize {
        self.outboxes[client as usize].len()
    }

    fn counted(&self) -> usize {
        self.blocks.memory()
    }
}

impl Stretches {
    fn queue_rest(&mut self, batch: &[u8], client: u32, taken: usize) {
        if self.stored.is_none() {
            self.blocks.store(batch, 0, &mut self.stored);
        }
        if let Some(stored) = self.stored {
            let outbox = &mut self.outboxes[client as usize];
            outbox.push(stored, taken, batch.len() - taken, &mut self.blocks);
        }
    }
}
