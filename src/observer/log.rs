//! An observer that writes each decision to the [`log`] facade; where that goes is the host's
//! affair.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use log::{debug, info, trace, warn};

use super::{Decision, Observer, Phase, Reason};

/// Evictions, refusals and shortages at `warn`; the drain at `info`; comings, goings and waits of
/// the room at `debug`; the rest, phases included, at `trace`.
///
/// What a stranger can cause without end (refusals, pauses of accepting, want of memory) is logged
/// the first time, and then whenever its count has doubled.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogObserver {
    refused: u64,
    paused: u64,
    starved: u64,
}

impl Observer for LogObserver {
    fn phase(&mut self, at: Duration, phase: Phase) {
        trace!("{at:?}: {phase:?}");
    }

    fn decided(&mut self, at: Duration, decision: &Decision<'_>) {
        match *decision {
            Decision::Joined { client, address } => {
                debug!("client {client} joined from {}", Address(address));
            }
            Decision::Left { client, reason, dropped } => log_leaving(client, reason, dropped),
            Decision::Refused { address } if has_doubled(&mut self.refused) => {
                let (who, count) = (Address(address), self.refused);
                warn!("{who} refused: there are as many clients as there may be ({count} so far)");
            }
            Decision::AcceptPaused { error, until } if has_doubled(&mut self.paused) => {
                let (pause, count) = (until.saturating_sub(at), self.paused);
                warn!("accepting paused for {pause:?}: {error} ({count} times so far)");
            }
            Decision::Starved { client, until } if has_doubled(&mut self.starved) => {
                let (pause, count) = (until.saturating_sub(at), self.starved);
                warn!("no memory in the kernel for client {client}, again in {pause:?} ({count})");
            }
            Decision::Waited { client, held, took, .. } => {
                debug!("the room waited {held:?} for client {client}, which took {took} bytes");
            }
            Decision::Draining { clients, until } => {
                let limit = until.saturating_sub(at);
                info!("draining: {clients} clients get what has arrived, within {limit:?}");
            }
            _ => log_detail(at, decision),
        }
    }
}

fn log_leaving(client: usize, reason: Reason, dropped: usize) {
    let why = reason.as_str();
    match reason {
        Reason::SlowConsumer | Reason::DrainTimeout | Reason::OverBudget => {
            warn!("client {client} evicted: {why}; {dropped} bytes dropped");
        }
        Reason::Left | Reason::Reset | Reason::Drained => {
            debug!("client {client} is gone: {why}; {dropped} bytes dropped");
        }
    }
}

fn log_detail(at: Duration, decision: &Decision<'_>) {
    match decision {
        Decision::AcceptFailed { error } => debug!("a connection was lost before accept: {error}"),
        other => trace!("{at:?}: {other:?}"),
    }
}

/// Counts one more; whether the count is a power of two.
fn has_doubled(count: &mut u64) -> bool {
    *count += 1;
    count.is_power_of_two()
}

/// An address, or a word where there is none.
struct Address(Option<SocketAddr>);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("an unnamed peer"),
        }
    }
}
