//! What an outbound queue has to do, whichever way it keeps the bytes.

use std::io::IoSlice;

use crate::outbox::SLICES;

mod chunks;
mod copies;
mod cursors;
mod ranges;
mod stretches;

pub(crate) use chunks::Chunks;
pub(crate) use copies::Copies;
pub(crate) use cursors::Cursors;
pub(crate) use ranges::Ranges;
pub(crate) use stretches::Stretches;

/// The queues of all clients. Clients are numbers from zero; who receives what is decided outside.
pub(crate) trait Candidate {
    /// One letter, as in the decision page.
    const LETTER: char;
    /// A few words.
    const NAME: &'static str;

    /// Empty queues for so many clients.
    fn new(clients: usize) -> Self;

    /// One batch was read. All of it waits for each client that is `behind`; each that is `fresh`
    /// had nothing in its queue and took some of the batch at once, and the rest waits for it.
    /// Whoever took everything is in neither list.
    ///
    /// As in the server, the clients are served one after another, so how little the later ones
    /// take is not known when the first one needs its rest kept.
    fn push(&mut self, batch: &[u8], behind: &[u32], fresh: &[Fresh]);

    /// Points `slices` at the first bytes that wait for this client, and tells how many were used.
    fn slices<'a>(&'a self, client: u32, slices: &mut [IoSlice<'a>; SLICES]) -> usize;

    /// This client took so many bytes.
    fn advance(&mut self, client: u32, taken: usize);

    /// This client receives nothing more, but gets what waits for it.
    fn retire(&mut self, client: u32);

    /// This client is gone: what waits for it is dropped.
    fn forget(&mut self, client: u32);

    /// Bytes that wait for this client.
    fn queued(&self, client: u32) -> usize;

    /// Bytes of memory that traffic made it hold, by its own count: what a budget would go by.
    fn counted(&self) -> usize;
}

/// A client that was caught up and took a part of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fresh {
    pub(crate) client: u32,
    pub(crate) taken: u32,
}

/// Bytes in one shared block, where there are blocks: the server's default.
pub(crate) const BLOCK: usize = 16 << 10;
