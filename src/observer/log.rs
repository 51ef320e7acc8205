//! An observer that writes decisions to the [`log`](mod@log) facade; hosts decide where that goes.

mod throttle;

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use log::{Level, debug, log, log_enabled, trace, warn};

use super::{Decision, Observer, Phase};
use throttle::Throttle;

/// Evictions, refusals and shortages at `warn`; the drain at `info`; comings, goings and waits of
/// the room at `debug`; the rest, phases included, at `trace`.
///
/// What clients can cause without end does not flood the log: of `warn` and of `debug` each, lines
/// beyond a burst of twenty and ten a second are suppressed, and their number is told in the first
/// turn after that has passed, which may be long where nothing happens. Where `trace` is on,
/// everything is said.
#[derive(Debug, Default)]
pub struct LogObserver {
    warnings: Throttle,
    comings: Throttle,
}

impl LogObserver {
    /// Lines that were suppressed so far.
    #[must_use]
    pub fn suppressed(&self) -> u64 {
        self.warnings.suppressed() + self.comings.suppressed()
    }

    /// Writes a line about a client, unless there were too many of late.
    fn say(&mut self, level: Level, at: Duration, decision: &Decision<'_>) {
        let throttle = match level {
            Level::Warn => &mut self.warnings,
            _ => &mut self.comings,
        };
        let says_all = log_enabled!(Level::Trace);
        if log_enabled!(level) && (says_all || throttle.admits(at)) {
            log!(level, "{}", Told(at, decision));
        }
    }
}

impl Observer for LogObserver {
    fn phase(&mut self, at: Duration, phase: Phase) {
        if let Some(suppressed) = self.warnings.relief(at) {
            warn!("{suppressed} more such lines were suppressed");
        }
        if let Some(suppressed) = self.comings.relief(at) {
            debug!("{suppressed} more such lines were suppressed");
        }
        trace!("{at:?}: {phase:?}");
    }

    fn decided(&mut self, at: Duration, decision: &Decision<'_>) {
        let level = level(decision);
        match level {
            Level::Warn | Level::Debug => self.say(level, at, decision),
            _ => log!(level, "{}", Told(at, decision)),
        }
    }
}

fn level(decision: &Decision<'_>) -> Level {
    match decision {
        Decision::Left { reason, .. } if reason.is_eviction() => Level::Warn,
        Decision::Refused { .. } | Decision::AcceptPaused { .. } | Decision::Starved { .. } => {
            Level::Warn
        }
        Decision::Draining { .. } => Level::Info,
        Decision::Joined { .. } | Decision::Left { .. } | Decision::Waited { .. } => Level::Debug,
        Decision::AcceptFailed { .. } => Level::Debug,
        _ => Level::Trace,
    }
}

/// A decision in words.
struct Told<'a>(Duration, &'a Decision<'a>);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(at, decision) = self;
        match *decision {
            Decision::Joined { client, address } => {
                write!(f, "client {client} joined{}", From(*address))
            }
            Decision::Left { client, address, reason, dropped } => {
                let how = if reason.is_eviction() { "evicted" } else { "is gone" };
                let (from, why) = (From(*address), reason.as_str());
                write!(f, "client {client}{from} {how}: {why}; {dropped} bytes dropped")
            }
            Decision::Refused { address, refusal } => {
                write!(f, "a connection{} was refused: {}", From(*address), refusal.as_str())
            }
            Decision::AcceptFailed { error } => write!(f, "lost before accept: {error}"),
            Decision::AcceptPaused { error, until } => {
                write!(f, "accepting paused for {:?}: {error}", until.saturating_sub(*at))
            }
            Decision::Starved { client, until } => {
                let pause = until.saturating_sub(*at);
                write!(f, "no memory in the kernel for client {client}, again in {pause:?}")
            }
            Decision::Waited { client, held, took, address, .. } => {
                let from = From(*address);
                write!(f, "the room waited {held:?} for client {client}{from}")?;
                write!(f, ", which took {took} bytes")
            }
            Decision::Draining { clients, until } => {
                let limit = until.saturating_sub(*at);
                write!(f, "draining: {clients} clients get what has arrived, within {limit:?}")
            }
            other => write!(f, "{at:?}: {other:?}"),
        }
    }
}

/// Where somebody is, if that is known.
struct From(Option<SocketAddr>);

impl fmt::Display for From {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |address| write!(f, " from {address}"))
    }
}
