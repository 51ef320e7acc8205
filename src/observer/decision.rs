//! What the loop decided, and its reasons.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// A decision of the loop. Clients go by the key of their slot, which is free for the next one
/// after [`Left`](Decision::Left).
#[derive(Debug)]
#[non_exhaustive]
pub enum Decision<'a> {
    /// A client was let in.
    Joined {
        /// Its key.
        client: usize,
        /// Where it is, if known.
        address: Option<SocketAddr>,
    },
    /// A connection was closed at once.
    Refused {
        /// Where it was, if known.
        address: Option<SocketAddr>,
        /// Why.
        refusal: Refusal,
    },
    /// A connection could not be taken, and another is tried at once.
    AcceptFailed {
        /// What the kernel said.
        error: &'a io::Error,
    },
    /// Connections wait in the backlog until this time, or until a slot is freed.
    AcceptPaused {
        /// What the kernel said.
        error: &'a io::Error,
        /// When accepting is tried again.
        until: Duration,
    },
    /// The kernel is short of memory for this client; it is tried again at this time.
    Starved {
        /// Its key.
        client: usize,
        /// When it is tried again.
        until: Duration,
    },
    /// Waiting to write is reported from now on, or no longer.
    Armed {
        /// Its key.
        client: usize,
        /// Whether its queue holds something.
        writable: bool,
        /// Bytes that wait for it.
        queued: usize,
    },
    /// A client's queue reached three quarters of its limit: the room waits for it.
    Full {
        /// Its key.
        client: usize,
        /// Bytes that wait for it.
        queued: usize,
        /// How long it may stay full; `None` is for ever.
        allowed: Option<Duration>,
    },
    /// A client that was full fell to one half.
    Recovered {
        /// Its key.
        client: usize,
        /// Bytes that wait for it.
        queued: usize,
    },
    /// The room waited for this client, and does so no longer. Of several that are full at the
    /// same time the first one is the cause; so these waits add up to the room's.
    Waited {
        /// Its key.
        client: usize,
        /// How long.
        held: Duration,
        /// How many bytes it took meanwhile.
        took: u64,
        /// Where it is, if that is still known.
        address: Option<SocketAddr>,
        /// For whom the room waits from now on; `None` when it goes on.
        next: Option<usize>,
    },
    /// A client gets what is queued for it, and nothing more.
    Leaving {
        /// Its key.
        client: usize,
        /// Bytes that wait for it.
        queued: usize,
    },
    /// A client got everything; its input is discarded until it ends its stream.
    Lingering {
        /// Its key.
        client: usize,
    },
    /// A client is gone and its slot is free.
    Left {
        /// The key it had.
        client: usize,
        /// Where it was, if the server ended it and that was still known.
        address: Option<SocketAddr>,
        /// Why.
        reason: Reason,
        /// Bytes that were dropped with its queue.
        dropped: usize,
    },
    /// The server stops accepting, reads what has arrived, delivers it, and closes.
    Draining {
        /// Clients at this time.
        clients: usize,
        /// When it ends at the latest.
        until: Duration,
    },
}

/// Why a client left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It ended its stream and got everything up to that.
    Left,
    /// The connection was lost.
    Reset,
    /// Its queue was full for longer than patience allows.
    SlowConsumer,
    /// It left, and did not take what was queued for it in time.
    DrainTimeout,
    /// There was no memory for it: it was leaving, and too much was stored for those who leave; or
    /// it had begun a line, and too much was stored of unfinished lines.
    OverBudget,
    /// It sent nothing for longer than it may.
    Idle,
    /// It sent a line that is longer than it may be.
    LineTooLong,
    /// The server was shut down, and it got everything.
    Drained,
    /// The host put it out.
    ByHost,
}

/// Why a connection was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There are as many clients as there may be.
    Clients,
    /// There are as many clients from its address as there may be.
    ClientsPerAddress,
    /// The host did not want it.
    ByHost,
}

impl Reason {
    /// The reason in a few words, as it stands in the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Reset => "reset",
            Self::SlowConsumer => "slow consumer: its queue was full",
            Self::DrainTimeout => "drain timeout: it did not take what was queued for it",
            Self::OverBudget => "over budget: there was no memory for what waited",
            Self::Idle => "idle: it sent nothing",
            Self::LineTooLong => "a line that is too long",
            Self::Drained => "drained",
            Self::ByHost => "by the host",
        }
    }

    /// Whether its stream came to an orderly end: the client has everything that it is to get.
    /// Any other end is a reset, so that nobody takes a part of the log for all of it.
    #[must_use]
    pub fn is_orderly(self) -> bool {
        match self {
            Self::Left | Self::Idle | Self::Drained => true,
            Self::Reset | Self::SlowConsumer | Self::DrainTimeout => false,
            Self::OverBudget | Self::LineTooLong | Self::ByHost => false,
        }
    }

    /// Whether the server put it out, rather than that it left or was lost.
    #[must_use]
    pub fn is_eviction(self) -> bool {
        match self {
            Self::Left | Self::Reset | Self::Drained => false,
            Self::SlowConsumer | Self::DrainTimeout | Self::OverBudget => true,
            Self::Idle | Self::LineTooLong | Self::ByHost => true,
        }
    }
}

impl Refusal {
    /// The reason in a few words, as it stands in the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clients => "there are as many clients as there may be",
            Self::ClientsPerAddress => "there are as many clients from its address as there may be",
            Self::ByHost => "by the host",
        }
    }
}
