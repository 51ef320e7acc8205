//! Decisions and steps in words; their reasons follow behind a colon.

use std::fmt;
use std::time::Duration;

use crate::observer::{Decision, Step};
use crate::trace::errors;
use crate::trace::why::Why;

/// A decision, without its reason.
pub(super) struct Decided<'a>(pub(super) &'a Decision<'a>);

/// A step, without its reason.
pub(super) struct Stepped<'a>(pub(super) &'a Step<'a>);

/// A reason, behind a colon, if there is one.
pub(super) struct Because(pub(super) Option<Why>);

impl fmt::Display for Decided<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self.0 {
            Decision::Joined { client, .. } => write!(f, "client {client} is in"),
            Decision::Refused { .. } => write!(f, "closed at once"),
            Decision::AcceptFailed { error } => {
                write!(f, "{}: that one is lost, the next one is taken", errors::name(error))
            }
            Decision::AcceptPaused { .. } => write!(f, "accepting pauses"),
            Decision::Starved { client, .. } => write!(f, "client {client} is tried again later"),
            Decision::Armed { client, writable: true, queued } => {
                write!(f, "client {client} is watched for room to write, with {queued} waiting")
            }
            Decision::Armed { client, .. } => {
                write!(f, "client {client} is no longer watched for room to write")
            }
            Decision::Draining { clients, .. } => write!(f, "drains, for {clients} clients"),
            ref of_client => told_of_client(f, of_client),
        }
    }
}

/// So many of something.
struct Many(usize, &'static str);

impl fmt::Display for Many {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number, what) = self;
        write!(f, "{number} {what}{}", if *number == 1 { "" } else { "s" })
    }
}

/// What becomes of one client.
fn told_of_client(f: &mut fmt::Formatter<'_>, decision: &Decision<'_>) -> fmt::Result {
    match *decision {
        Decision::Full { client, queued, .. } => {
            write!(f, "client {client} is full, with {queued} waiting")
        }
        Decision::Recovered { client, queued } => {
            write!(f, "client {client} is full no longer, with {queued} waiting")
        }
        Decision::Waited { client, held, took, .. } => {
            write!(f, "the room waited {held:?} for client {client}, which took {took}")
        }
        Decision::Leaving { client, .. } => write!(f, "client {client} leaves"),
        Decision::Lingering { client } => write!(f, "client {client} is read on"),
        Decision::Left { client, dropped, .. } => {
            write!(f, "client {client} is gone, with {dropped} dropped")
        }
        ref other => write!(f, "{other:?}"),
    }
}

impl fmt::Display for Stepped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self.0 {
            Step::Waits { timeout: None, .. } => write!(f, "waits"),
            Step::Waits { timeout: Some(Duration::ZERO), .. } => {
                write!(f, "looks, and does not wait")
            }
            Step::Waits { timeout: Some(time), .. } => write!(f, "waits for {time:?} at most"),
            Step::Holds { .. } => write!(f, "nobody is read"),
            Step::Read { client, .. } => write!(f, "client {client}"),
            Step::FansOut { bytes, clients, .. } => {
                write!(f, "{} for {}", Many(bytes, "byte"), Many(clients, "client"))
            }
            Step::PutsOff { clients } => write!(f, "{clients} clients have yet to get them"),
            // These are told as amounts.
            Step::Queued { .. } | Step::Turned { .. } => Ok(()),
            Step::HostSays { client: None, bytes } => {
                write!(f, "the host says {} bytes to everybody", bytes.len())
            }
            Step::HostSays { client: Some(client), bytes } => {
                write!(f, "the host tells client {client} {} bytes", bytes.len())
            }
            Step::HostEvicts { client } => write!(f, "the host puts client {client} out"),
        }
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |why| write!(f, ": {why}"))
    }
}
