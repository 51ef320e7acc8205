//! What the loop does between its calls to the kernel, and why: finer than decisions, and nothing
//! that a log wants. Traces listen here.

use std::time::Duration;

use super::Reason;

/// A step of the loop. Clients go by the key of their slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step<'a> {
    /// It is about to wait for events.
    Waits {
        /// At most so long; `None` is until something happens.
        timeout: Option<Duration>,
        /// Why no longer.
        because: Timeout,
    },
    /// Somebody has input, and nobody is read in this turn.
    Holds {
        /// Why.
        because: Hold,
    },
    /// A client was read.
    Read {
        /// Its key.
        client: usize,
        /// How that ended.
        end: ReadEnd,
    },
    /// What was read begins to be copied to everybody.
    FansOut {
        /// Bytes of the batch.
        bytes: usize,
        /// Messages in it: lines in line framing, or else reads that gave something.
        messages: u64,
        /// Clients there are.
        clients: usize,
    },
    /// The turn has made all the writes it may; so many clients get the batch in the next one.
    PutsOff {
        /// Clients that were not reached.
        clients: usize,
    },
    /// What waits for a client is another amount than before.
    Queued {
        /// Its key.
        client: usize,
        /// Bytes that wait for it now.
        queued: usize,
    },
    /// The turn is over.
    Turned {
        /// Clients with input, as far as is known.
        ready: usize,
    },
    /// The host said something.
    HostSays {
        /// To this client; `None` is to everybody.
        client: Option<usize>,
        /// What it said.
        bytes: &'a [u8],
    },
    /// The host puts a client out.
    HostEvicts {
        /// Its key.
        client: usize,
    },
}

/// Why a wait is no longer than it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeout {
    /// There is work that may be done now.
    Work,
    /// The host wants the loop back.
    Host,
    /// What the kernel was short of is tried again.
    Retry,
    /// A stage of the drain ends.
    Drain,
    /// The patience with a client that is full.
    Patience,
    /// Input that was left unread is read.
    Gather,
    /// A client has been quiet, or has been leaving, for long enough.
    Client(usize),
    /// It is not limited.
    Never,
}

/// Why nobody is read in a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// A batch is being copied to everybody: what is read next would overtake it.
    FanOut,
    /// The room waits for this client, whose queue is full.
    Room(usize),
    /// More may come that leaves in the same write.
    Gathering,
}

/// How reading from one client ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadEnd {
    /// There may be more: the client stays on the list of those to read.
    More,
    /// An event will tell when there is more.
    Dry,
    /// The end of its stream.
    Ended,
    /// The kernel is short of memory.
    Starved,
    /// The connection is lost, or is to be.
    Lost(Reason),
}
