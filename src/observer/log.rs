//! An observer that writes each decision to the [`log`] facade; where that goes is the host's
//! affair.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use log::{debug, info, log_enabled, trace, warn};

use super::{Decision, Observer, Phase, Reason};

/// Evictions, refusals and shortages at `warn`; the drain at `info`; comings, goings and waits of
/// the room at `debug`; the rest, phases included, at `trace`.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogObserver;

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
            Decision::Refused { address } => {
                warn!("{} refused: there are as many clients as there may be", Address(address));
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
        Reason::SlowConsumer | Reason::DrainTimeout => {
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
        Decision::AcceptPaused { error, until } => {
            let pause = until.saturating_sub(at);
            warn!("accepting paused for {pause:?}: {error}");
        }
        Decision::Starved { client, until } => {
            let pause = until.saturating_sub(at);
            warn!("no memory in the kernel for client {client}; tried again in {pause:?}");
        }
        other if log_enabled!(log::Level::Trace) => trace!("{at:?}: {other:?}"),
        _ => {}
    }
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
