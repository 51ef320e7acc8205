//! Plain counters of one server, since its start. They wrap at 64 bits, which no server reaches.

use std::time::Duration;

use crate::observer::Reason;

/// What the server did so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Turns made.
    pub turns: u64,
    /// Clients that were let in.
    pub joined: u64,
    /// Connections closed at once because there were as many clients as there may be.
    pub refused: u64,
    /// Times that accept failed for want of descriptors or memory, or for an unknown reason, so
    /// that accepting paused.
    pub accept_paused: u64,
    /// Connections that were lost before they could be taken.
    pub accept_failed: u64,
    /// Read calls.
    pub reads: u64,
    /// Bytes read and broadcast.
    pub bytes_in: u64,
    /// Bytes read from clients that were leaving already, and dropped.
    pub bytes_discarded: u64,
    /// Write calls.
    pub writes: u64,
    /// Bytes that the kernel took for clients, in all.
    pub bytes_out: u64,
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
    /// Clients that left of their own accord and got everything up to that.
    pub left: u64,
    /// Connections that were lost.
    pub reset: u64,
    /// Clients evicted because they were full for longer than patience allows.
    pub evicted: u64,
    /// Clients that left and did not take in time what was queued for them.
    pub drain_timeouts: u64,
    /// Clients that were leaving when too much was stored for those who leave.
    pub over_budget: u64,
    /// Clients that got everything when the server was shut down.
    pub drained: u64,
}

impl Stats {
    /// Counts a client that is gone.
    pub(crate) fn count_leaving(&mut self, reason: Reason, dropped: usize) {
        self.bytes_dropped += dropped as u64;
        *match reason {
            Reason::Left => &mut self.left,
            Reason::Reset => &mut self.reset,
            Reason::SlowConsumer => &mut self.evicted,
            Reason::DrainTimeout => &mut self.drain_timeouts,
            Reason::OverBudget => &mut self.over_budget,
            Reason::Drained => &mut self.drained,
        } += 1;
    }
}
