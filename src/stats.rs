//! Plain counters of one server, since its start. They wrap at 64 bits, which no server reaches.

use std::net::SocketAddr;
use std::time::Duration;

use crate::observer::{Reason, Refusal};

/// What the server did so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Turns made.
    pub turns: u64,
    /// The longest turn, from the end of its wait to its own end.
    pub longest_turn: Duration,
    /// Clients that were let in.
    pub joined: u64,
    /// Connections closed at once because there were as many clients as there may be.
    pub refused: u64,
    /// Connections closed at once because there were as many clients from their address as there
    /// may be.
    pub refused_per_address: u64,
    /// Connections closed at once because the host did not want them.
    pub refused_by_host: u64,
    /// Times that accepting paused, for want of something or because it failed again and again.
    pub accept_paused: u64,
    /// Connections that were lost before they could be taken.
    pub accept_failed: u64,
    /// What accept(2) said, other than that there is nobody.
    pub accept_errors: AcceptErrors,
    /// Read calls.
    pub reads: u64,
    /// Bytes read and broadcast.
    pub bytes_in: u64,
    /// Messages read: lines in line framing, or else reads that gave something.
    pub messages_in: u64,
    /// Bytes read from clients that were leaving already, and dropped.
    pub bytes_discarded: u64,
    /// Bytes of lines that were never ended, and dropped.
    pub bytes_unfinished: u64,
    /// Bytes read that the host withheld from everybody.
    pub bytes_withheld: u64,
    /// Bytes that the host said to everybody, or to one client.
    pub bytes_by_host: u64,
    /// Write calls.
    pub writes: u64,
    /// Bytes that the kernel took for clients, in all.
    pub bytes_out: u64,
    /// Messages delivered, once for each client: written to it or queued for it.
    pub messages_out: u64,
    /// Bytes that were queued for clients who left without taking them.
    pub bytes_dropped: u64,
    /// Times that the interest of a client was changed.
    pub arms: u64,
    /// Most bytes that ever waited for one client.
    pub queue_peak: u64,
    /// Waits of the room.
    pub waits: u64,
    /// How long the room waited in all; not the wait that is going on.
    pub waited: Duration,
    /// The longest of these waits, the longest first.
    pub worst_waits: [Option<WorstWait>; 5],
    /// Clients that left of their own accord and got everything up to that.
    pub left: u64,
    /// Connections that were lost.
    pub reset: u64,
    /// Clients evicted because they were full for longer than patience allows.
    pub evicted: u64,
    /// Clients that left and did not take in time what was queued for them.
    pub drain_timeouts: u64,
    /// Clients for which there was no memory.
    pub over_budget: u64,
    /// Clients that sent nothing for longer than they may.
    pub idle: u64,
    /// Clients that sent a line longer than it may be.
    pub lines_too_long: u64,
    /// Clients that got everything when the server was shut down.
    pub drained: u64,
    /// Clients that the host put out.
    pub put_out: u64,
}

/// Errors of accept(2), by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AcceptErrors {
    /// No descriptors (EMFILE, ENFILE).
    pub descriptors: u64,
    /// No memory (ENOBUFS, ENOMEM).
    pub memory: u64,
    /// The peer was gone already (ECONNABORTED).
    pub aborted: u64,
    /// Anything else; also a connection that could not be registered.
    pub other: u64,
}

/// A wait of the room, and who caused it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorstWait {
    /// The key that the client had.
    pub client: usize,
    /// Where it was, if that was still known when the wait ended.
    pub address: Option<SocketAddr>,
    /// When the wait ended, by the server's clock.
    pub at: Duration,
    /// How long it was.
    pub held: Duration,
    /// How many bytes the client took meanwhile.
    pub took: u64,
}

impl Stats {
    /// Write calls for each message that was delivered: below one, since what a turn reads leaves
    /// in one write for each client. Zero when nothing was delivered.
    #[must_use]
    pub fn writes_per_message(&self) -> f64 {
        if self.messages_out == 0 { 0.0 } else { self.writes as f64 / self.messages_out as f64 }
    }

    /// Counts a client that is gone.
    pub(crate) fn count_leaving(&mut self, reason: Reason, dropped: usize) {
        self.bytes_dropped += dropped as u64;
        *match reason {
            Reason::Left => &mut self.left,
            Reason::Reset => &mut self.reset,
            Reason::SlowConsumer => &mut self.evicted,
            Reason::DrainTimeout => &mut self.drain_timeouts,
            Reason::OverBudget => &mut self.over_budget,
            Reason::Idle => &mut self.idle,
            Reason::LineTooLong => &mut self.lines_too_long,
            Reason::Drained => &mut self.drained,
            Reason::ByHost => &mut self.put_out,
        } += 1;
    }

    /// Counts a connection that was not let in.
    pub(crate) fn count_refusal(&mut self, refusal: Refusal) {
        *match refusal {
            Refusal::Clients => &mut self.refused,
            Refusal::ClientsPerAddress => &mut self.refused_per_address,
            Refusal::ByHost => &mut self.refused_by_host,
        } += 1;
    }

    /// Counts a wait of the room.
    pub(crate) fn count_wait(&mut self, wait: WorstWait) {
        self.waits += 1;
        self.waited += wait.held;
        let is_shorter = |other: &Option<WorstWait>| other.is_none_or(|it| it.held < wait.held);
        if let Some(place) = self.worst_waits.iter().position(is_shorter) {
            self.worst_waits[place..].rotate_right(1);
            self.worst_waits[place] = Some(wait);
        }
    }
}

#[cfg(test)]
mod tests;
