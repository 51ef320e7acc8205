//! Every limit of the server: its name, unit, default and reason.

mod modes;

use std::fmt;
use std::time::Duration;

pub use modes::{Allocation, Framing, HalfClose, Interest, Patience};

/// What a server may do and hold, and how it serves. All limits are checked by [`Config::check`]
/// when the server is made; a server never runs with one that cannot work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Most bytes that may wait for one client. Default 1 MiB; from [`Config::MIN_QUEUE`] to
    /// [`Config::MAX_QUEUE`].
    ///
    /// A client is *full* at three quarters of it and no longer full at one half, so together with
    /// [`patience`](Self::patience) it states a least rate: a quarter of `max_queue` per patience.
    /// Without [`echo`](Self::echo) it limits how far a client may be behind, which counts what it
    /// sent itself.
    pub max_queue: usize,
    /// Most bytes of memory that traffic may make the server hold, by capacity: slots, queues,
    /// unfinished lines. Default 64 MiB; at least what the other limits need.
    ///
    /// Not counted: the server itself and its [read buffer](TurnLimits::bytes), which are there
    /// before any client is, what the kernel implementation keeps for a registration (nothing on
    /// epoll and kqueue), and what the operating system holds in socket buffers.
    pub max_memory: usize,
    /// When that memory is allocated. Default: as it is needed;
    /// [`for_memory`](Self::for_memory) says at the start. Slots and unfinished lines have theirs
    /// from the start in any case, untouched until it is needed.
    pub allocation: Allocation,
    /// How long a client that is full may hold up the room. Default one second.
    pub patience: Patience,
    /// Most clients at a time; the next one is accepted and closed at once. Default 1,000; the
    /// binary takes what the descriptor limit allows instead. Their slots are allocated when the
    /// server is made.
    pub max_clients: usize,
    /// Most clients at a time from one IPv4 address, or from one IPv6 network of 64 bits, which is
    /// what one customer is given (RFC 6177). Default: no such limit. Clients without an address,
    /// on a UNIX socket, are not counted.
    pub max_clients_per_address: Option<usize>,
    /// How long a client may send nothing; then it gets what waits for it, and is closed. Default:
    /// for ever, since listening is not idling. Somebody whose input waits to be read is not idle.
    pub idle_timeout: Option<Duration>,
    /// How long leaving may take, for one client and for the whole server: to take what waits, and
    /// then to answer the end. Default five seconds. With zero, a server that is shut down resets
    /// everybody.
    pub drain_timeout: Duration,
    /// How long input may be left unread, so that what comes meanwhile leaves in the same write.
    /// Default zero: not at all; at most [`Config::MAX_GATHER`].
    ///
    /// A byte comes later by at most that time, and on epoll and poll(2) by a millisecond more,
    /// since mio rounds waits up to whole ones. Nothing more is held: what is unread stays in the
    /// kernel, so one client sends no more in that time than its receive buffer takes. Nothing is
    /// put off in a drain, nor what a turn could not read.
    pub gather: Duration,
    /// Bytes as they come (the default), or whole lines.
    pub framing: Framing,
    /// Most bytes of a line in [line framing](Framing::Line), its line feed not counted. Default
    /// 16 KiB; at most an eighth of `max_queue`, and half of the read buffer. A client that sends a
    /// longer one is evicted, after the lines before it.
    pub max_line: usize,
    /// Whether a client receives what it sent itself. Default true.
    pub echo: bool,
    /// What it means that a client ends its stream. Default: it leaves.
    pub half_close: HalfClose,
    /// How the kernel is told what is of interest. Default: toggled.
    pub interest: Interest,
    /// How much one turn may do.
    pub turn: TurnLimits,
}

/// Bounds of one turn, so that whoever drives the loop gets the time back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnLimits {
    /// Connections accepted. Default 64: a connect flood delays nobody by more than that.
    pub accepts: usize,
    /// Read calls. Default 1,024.
    pub reads: usize,
    /// Write calls. Default 1,024; a fan-out to more clients goes on in the next turn, before
    /// anything else is read. As many connections are closed at most, or twice as many as are
    /// accepted if that is more; the others in the next turn.
    pub writes: usize,
    /// Bytes read, and the size of the one shared read buffer. Default 128 KiB: half of a common
    /// level-two cache, since each byte is read once and written to every client.
    pub bytes: usize,
}

/// A limit that cannot work, and what would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfigError {
    /// The field of [`Config`] that is wrong.
    pub name: &'static str,
    /// What it takes.
    pub takes: &'static str,
}

impl Config {
    /// Least [`max_queue`](Self::max_queue), in bytes.
    pub const MIN_QUEUE: usize = 4 << 10;
    /// Greatest [`max_queue`](Self::max_queue), in bytes: sums of it still fit 32 bits.
    pub const MAX_QUEUE: usize = 1 << 30;

    /// Greatest [`gather`](Self::gather): whoever is answered later takes the server for dead.
    pub const MAX_GATHER: Duration = Duration::from_secs(1);

    /// Least [`max_memory`](Self::max_memory), in bytes, for [`for_memory`](Self::for_memory).
    pub const MIN_MEMORY: usize = 64 << 10;

    /// Greatest length of time that a limit may have: deadlines are sums, and must not overflow.
    pub const MAX_TIME: Duration = Duration::from_secs(366 * 24 * 3600);

    /// Greatest [`max_memory`](Self::max_memory), in bytes: 1 TiB, and half of all where a size has
    /// 32 bits.
    pub const MAX_MEMORY: usize = if usize::BITS > 40 { 1 << (usize::BITS - 24) } else { 1 << 31 };

    /// The bounds of `max_memory` in words.
    pub(crate) const MEMORY_TAKES: &str =
        if usize::BITS > 40 { "64 KiB to 1 TiB" } else { "64 KiB to 2 GiB" };

    /// Each limit by itself; whether memory is enough for all of them together is for the budget.
    pub(crate) fn check_ranges(&self) -> Result<(), ConfigError> {
        let wrong = |name, takes| Err(ConfigError { name, takes });
        if !(Self::MIN_QUEUE..=Self::MAX_QUEUE).contains(&self.max_queue) {
            return wrong("max_queue", "4 KiB to 1 GiB");
        }
        if self.max_memory > Self::MAX_MEMORY {
            return wrong("max_memory", Self::MEMORY_TAKES);
        }
        if self.max_clients == 0 || u32::try_from(self.max_clients).is_err() {
            return wrong("max_clients", "a number from 1 to 4294967295");
        }
        if self.max_clients_per_address == Some(0) {
            return wrong("max_clients_per_address", "at least 1");
        }
        if self.drain_timeout > Self::MAX_TIME {
            return wrong("drain_timeout", "at most 366 days");
        }
        if self.gather > Self::MAX_GATHER {
            return wrong("gather", "at most one second");
        }
        let too_long = |time| time > Self::MAX_TIME || time == Duration::ZERO;
        if self.idle_timeout.is_some_and(too_long) {
            return wrong("idle_timeout", "more than nothing, and at most 366 days");
        }
        let turn = &self.turn;
        if turn.accepts == 0 || turn.reads == 0 || turn.writes == 0 || turn.bytes == 0 {
            return wrong("turn", "limits of at least 1");
        }
        if self.framing == Framing::Line && !(1..=self.longest_line()).contains(&self.max_line) {
            return wrong("max_line", "1 to an eighth of max_queue, and to half of turn.bytes");
        }
        Ok(())
    }

    /// Greatest [`max_line`](Self::max_line): a line fits into what a turn may read while the
    /// longest queue is just short of being full, together with what is read behind it.
    #[must_use]
    pub fn longest_line(&self) -> usize {
        (self.max_queue / 8).min(self.turn.bytes.saturating_sub(1) / 2)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_queue: 1 << 20,
            max_memory: 64 << 20,
            allocation: Allocation::AsNeeded,
            patience: Patience::Limit(Duration::from_secs(1)),
            max_clients: 1_000,
            max_clients_per_address: None,
            idle_timeout: None,
            drain_timeout: Duration::from_secs(5),
            gather: Duration::ZERO,
            framing: Framing::Raw,
            max_line: 16 << 10,
            echo: true,
            half_close: HalfClose::Leave,
            interest: Interest::Toggle,
            turn: TurnLimits::default(),
        }
    }
}

impl Default for TurnLimits {
    fn default() -> Self {
        Self { accepts: 64, reads: 1_024, writes: 1_024, bytes: 128 << 10 }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} takes {}", self.name, self.takes)
    }
}

impl std::error::Error for ConfigError {}
