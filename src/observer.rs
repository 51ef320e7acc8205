//! What the loop says of itself: which phase it is in, what it decided, and why.
//!
//! A decorator over the [kernel](crate::kernel) sees every call; it cannot see reasons. Logs,
//! traces and an embedding host's hooks listen here instead. Two of the hooks are questions: the
//! loop acts on what they answer.

mod decision;
pub mod log;
mod step;

use std::net::SocketAddr;
use std::time::Duration;

pub use decision::{Decision, Reason, Refusal};
pub use step::{Hold, ReadEnd, Step, Timeout};

/// Listens to one server. By default the methods do nothing and object to nothing, and then cost
/// nothing.
///
/// None of them can call the server, which is in the middle of a turn. A host that wants to answer
/// what it hears keeps it in its observer, and acts [between turns](crate::Server::observer_mut).
pub trait Observer {
    /// Whether it wants to hear of [steps](Self::stepped). Where it does not, the loop does not
    /// even find out why it does what it does.
    const HEARS_STEPS: bool = false;

    /// The turn enters this phase, at this time of the server's clock.
    fn phase(&mut self, at: Duration, phase: Phase) {
        let _ = (at, phase);
    }

    /// The loop decided something.
    fn decided(&mut self, at: Duration, decision: &Decision<'_>) {
        let _ = (at, decision);
    }

    /// The loop does something that is neither a call nor a decision. Called far more often than
    /// the others, several times for each client in each turn; and only where
    /// [`HEARS_STEPS`](Self::HEARS_STEPS) is true.
    fn stepped(&mut self, step: &Step<'_>) {
        let _ = step;
    }

    /// Whether somebody who has connected is let in. The limits were asked before; who is let in is
    /// told as [`Joined`](Decision::Joined), and may yet fail to be registered.
    fn admits(&mut self, at: Duration, address: Option<SocketAddr>) -> Admission {
        let _ = (at, address);
        Admission::Admit
    }

    /// What becomes of what a client has sent: of what one read brought, or, in line framing, of
    /// the whole lines that it completed. Nobody has got any of it yet.
    fn passes(&mut self, at: Duration, client: usize, bytes: &[u8]) -> Passage {
        let _ = (at, client, bytes);
        Passage::Pass
    }
}

/// Whether somebody is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// As a client.
    Admit,
    /// The connection is closed at once.
    Refuse,
}

/// What becomes of bytes that a client has sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// Everybody gets them.
    Pass,
    /// Nobody does, and the log does not know of them.
    Withhold,
    /// Nobody does, and their sender is put out.
    Evict,
}

/// Nobody listens.
impl Observer for () {}

/// The seven phases of a turn, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Waits for events.
    Wait,
    /// Takes new connections.
    Accept,
    /// Writes what waits for clients that became writable.
    Flush,
    /// Finds out who is full, who no longer is, and whose time is up.
    Judge,
    /// Reads into the shared buffer.
    Read,
    /// Copies what was read to everybody.
    FanOut,
    /// Settles interests, closes connections, frees slots.
    Reap,
}
