//! Senders left out (`--no-echo`): two clients write a byte in turn, and neither takes any, until a
//! queue is as long as it may be. Each queue has a hole at every other byte. It is measured for the
//! two candidates that let go of any block and share all of them: (c) and (e).

use std::io::IoSlice;

use crate::blocks::{AUTHOR_COST, Blocks};
use crate::candidate::{BLOCK, Candidate, Ranges};
use crate::memory;
use crate::outbox::{Outbox, SLICES};

/// How many messages there are, and the most that was held for them, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Filled {
    pub(crate) messages: usize,
    pub(crate) memory: usize,
}

/// The longest queue, by default: in (c) of bytes that wait, in (e) of the room that they take.
pub(crate) const MAX_QUEUE: usize = 1 << 20;

const WRITERS: u32 = 2;

/// Candidate (c), candidate (e), and (c) again with as many messages as (e) could have.
///
/// # Errors
/// The first client that gets something else than what the other one wrote.
pub(crate) fn fill() -> Result<[Filled; 3], String> {
    let stretches = stretches()?;
    Ok([ranges(usize::MAX)?, stretches, ranges(stretches.messages)?])
}

/// Candidate (c), with at most so many messages.
///
/// # Errors
/// The first client that gets something else than what the other one wrote.
pub(crate) fn ranges(most: usize) -> Result<Filled, String> {
    let mut candidate = Ranges::new(WRITERS as usize);
    let start = memory::start();
    let mut messages = 0;
    while messages < most && (0..WRITERS).all(|who| candidate.queued(who) < MAX_QUEUE) {
        candidate.push(&[byte(messages)], &[1 - author(messages)], &[]);
        messages += 1;
    }
    let filled = Filled { messages, memory: start.counted().peak };
    for client in 0..WRITERS {
        let mut due = due(client, messages);
        while candidate.queued(client) > 0 {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let used = candidate.slices(client, &mut slices);
            let len = compare(&slices[..used], &mut due).ok_or(WRONG)?;
            candidate.advance(client, len);
        }
        due.next().map_or(Ok(()), |_| Err(WRONG))?;
    }
    Ok(filled)
}

/// Candidate (e), as the server drives it.
///
/// # Errors
/// The first client that gets something else than what the other one wrote.
pub(crate) fn stretches() -> Result<Filled, String> {
    let mut blocks = Blocks::new(BLOCK, 2 * MAX_QUEUE / BLOCK, 0, true);
    let mut outboxes: [Outbox; WRITERS as usize] = Default::default();
    let start = memory::start();
    let mut messages = 0;
    while outboxes.iter().all(|outbox| outbox.lag(&blocks) + AUTHOR_COST < MAX_QUEUE) {
        write(messages, &mut outboxes, &mut blocks);
        messages += 1;
    }
    let filled = Filled { messages, memory: start.counted().peak };
    for (client, outbox) in (0..WRITERS).zip(&mut outboxes) {
        let but = Some(client as usize);
        let mut due = due(client, messages);
        while !outbox.is_empty() {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let used = outbox.slices(but, &blocks, &mut slices);
            let len = compare(&slices[..used], &mut due).ok_or(WRONG)?;
            outbox.advance(len, but, &mut blocks);
        }
        due.next().map_or(Ok(()), |_| Err(WRONG))?;
    }
    Ok(filled)
}

const WRONG: &str = "senders left out: a wrong byte, or one too few";

/// A message is stored once. Who wrote it has to be told as soon as anything waits for it.
fn write(message: usize, outboxes: &mut [Outbox], blocks: &mut Blocks) {
    let mut stored = None;
    blocks.store(&[byte(message)], author(message) as usize, &mut stored);
    for (client, outbox) in (0..WRITERS).zip(outboxes) {
        let bytes = usize::from(client != author(message));
        if let Some(stored) = stored.filter(|_| bytes > 0 || !outbox.is_empty()) {
            outbox.push(stored, 0, bytes, blocks);
        }
    }
    blocks.clear(&mut stored);
}

fn author(message: usize) -> u32 {
    message as u32 % WRITERS
}

/// The period is odd, so what one wrote is never what the other did.
fn byte(message: usize) -> u8 {
    (message % 251) as u8
}

/// What this client has to get.
fn due(client: u32, messages: usize) -> impl Iterator<Item = u8> {
    (0..messages).filter(move |&message| author(message) != client).map(byte)
}

/// How many bytes there are, if they are what is due.
pub(crate) fn compare(slices: &[IoSlice<'_>], due: &mut impl Iterator<Item = u8>) -> Option<usize> {
    let mut bytes = slices.iter().flat_map(|slice| slice.iter());
    let is_due = bytes.all(|&byte| due.next() == Some(byte));
    let len = slices.iter().map(|slice| slice.len()).sum();
    (is_due && len > 0).then_some(len)
}
