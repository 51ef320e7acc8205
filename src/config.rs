//! Every limit of the server: its name, unit, default and reason.

use std::fmt;
use std::time::Duration;

/// What a server may do and hold. All limits are checked by [`Config::check`] when the server is
/// made; a server never runs with one that cannot work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Most bytes that may wait for one client. Default 1 MiB; from [`Config::MIN_QUEUE`] to
    /// [`Config::MAX_QUEUE`].
    ///
    /// A client is *full* at three quarters of it and no longer full at one half, so together with
    /// [`patience`](Self::patience) it states a least rate: a quarter of `max_queue` per patience.
    pub max_queue: usize,
    /// How long a client that is full may hold up the room. Default one second.
    pub patience: Patience,
    /// Most clients at a time; the next one is accepted and closed at once. Default 1,000; the
    /// binary takes what the descriptor limit allows instead.
    pub max_clients: usize,
    /// How long leaving may take, for one client and for the whole server. Default five seconds.
    pub drain_timeout: Duration,
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
    /// anything else is read.
    pub writes: usize,
    /// Bytes read, and the size of the one shared read buffer. Default 128 KiB: half of a common
    /// level-two cache, since each byte is read once and written to every client.
    pub bytes: usize,
}

/// How long a client whose queue is full may make the room wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// At most this long at a time; zero evicts a client as soon as its queue is full.
    Limit(Duration),
    /// Without end. This trusts every client: one that never reads stops the room for good.
    Forever,
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

    /// Greatest [`drain_timeout`](Self::drain_timeout): deadlines are sums, and must not overflow.
    pub const MAX_DRAIN: Duration = Duration::from_secs(366 * 24 * 3600);

    /// Says which limit cannot work, if any.
    ///
    /// # Errors
    /// The first field that is out of its range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let wrong = |name, takes| Err(ConfigError { name, takes });
        if !(Self::MIN_QUEUE..=Self::MAX_QUEUE).contains(&self.max_queue) {
            return wrong("max_queue", "4 KiB to 1 GiB");
        }
        if self.max_clients == 0 || u32::try_from(self.max_clients).is_err() {
            return wrong("max_clients", "a number from 1 to 4294967295");
        }
        if self.drain_timeout > Self::MAX_DRAIN {
            return wrong("drain_timeout", "at most 366 days");
        }
        let turn = &self.turn;
        if turn.accepts == 0 || turn.reads == 0 || turn.writes == 0 || turn.bytes == 0 {
            return wrong("turn", "limits of at least 1");
        }
        Ok(())
    }

    /// Bytes in one shared block: 16 KiB, and less where a queue is small, so that a queue always
    /// spans several blocks and what one slow client pins stays close to what waits for it.
    pub(crate) fn block_size(&self) -> usize {
        (self.max_queue / 8).clamp(512, 16 << 10)
    }

    /// Most bytes that shared blocks may hold. Open clients alone need no more than one queue and a
    /// turn's bytes; the rest is for those who leave.
    pub(crate) fn most_stored(&self) -> usize {
        self.max_queue.saturating_mul(3)
    }

    /// Bytes in the shared read buffer: never more than one queue takes.
    pub(crate) fn buffer_size(&self) -> usize {
        self.turn.bytes.min(self.max_queue)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_queue: 1 << 20,
            patience: Patience::Limit(Duration::from_secs(1)),
            max_clients: 1_000,
            drain_timeout: Duration::from_secs(5),
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
