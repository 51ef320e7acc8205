//! The end of the server, and of clients that were not the ones to end it.
//!
//! It reads what had arrived, from everybody, until each was seen with nothing to read; then
//! everybody leaves. To close at once would destroy what is on the way: with input unread, TCP
//! resets the connection, and the peer loses what it has not yet received. So a client that has
//! everything is told the end of the stream, and its input is discarded for a while.

use std::time::Duration;

use super::Server;
use crate::client::State;
use crate::kernel::Kernel;
use crate::observer::{Decision, Observer, Reason};

/// A shutdown under way.
#[derive(Debug)]
pub(super) struct Drain {
    /// Input is still read, until this time at the latest: one half of the whole.
    read_until: Option<Duration>,
    /// When it is over in any case.
    until: Duration,
}

/// A client that sends nothing for so long after it was told the end is closed, though it did not
/// answer: many never do.
const QUIET: Duration = Duration::from_millis(250);

impl<K: Kernel, O: Observer> Server<K, O> {
    /// Stops accepting, and drains: what has arrived is read and delivered to everybody, and each
    /// client is closed once it has everything, within [`drain_timeout`]. Turns must go on until
    /// [`is_finished`](Self::is_finished). A second call changes nothing.
    ///
    /// [`drain_timeout`]: crate::Config::drain_timeout
    pub fn shut_down(&mut self) {
        if self.drain.is_some() {
            return;
        }
        let now = self.look();
        let timeout = self.config.drain_timeout;
        self.kernel.stop_listening();
        self.listening.clear();
        self.drain = Some(Drain { read_until: Some(now + timeout / 2), until: now + timeout });
        for index in 0..self.roster.len() {
            let key = self.roster[index] as usize;
            let client = &self.clients[key];
            if client.is_open() && !client.ended {
                self.mark_ready(key);
            }
        }
        self.decide(&Decision::Draining { clients: self.clients.len(), until: now + timeout });
        if !self.fan_out.is_pending() {
            self.advance_drain();
        }
    }

    /// Whether the server was shut down and everybody has left.
    pub fn is_finished(&self) -> bool {
        self.drain.is_some() && self.clients.is_empty()
    }

    /// A client gets what is queued for it until the deadline, and nothing more.
    pub(super) fn begin_leaving(&mut self, key: usize, deadline: Duration) {
        self.leave_room(key);
        let client = &mut self.clients[key];
        client.state = State::Leaving(deadline);
        let queued = client.outbox.len();
        self.watch(key);
        self.decide(&Decision::Leaving { client: key, queued });
    }

    /// A client has everything, but did not end its stream.
    pub(super) fn begin_lingering(&mut self, key: usize) {
        if self.kernel.finish(&mut self.clients[key].connection).is_err() {
            return self.kill(key, Reason::Reset);
        }
        let deadline = self.drain.as_ref().map_or(self.clock.now(), |drain| drain.until);
        let quiet_at = self.clock.now() + QUIET;
        self.clients[key].state = State::Lingering { quiet_at, deadline };
        self.mark_ready(key);
        self.decide(&Decision::Lingering { client: key });
    }

    /// A lingering client sent something.
    pub(super) fn stay_lingering(&mut self, key: usize) {
        if let State::Lingering { quiet_at, .. } = &mut self.clients[key].state {
            *quiet_at = self.clock.now() + QUIET;
        }
    }

    /// Ends the reading once nobody has anything to read, and everything once time is up.
    pub(super) fn advance_drain(&mut self) {
        let now = self.clock.now();
        let Some(drain) = &mut self.drain else { return };
        let until = drain.until;
        let nobody_has_input = self.ready.is_empty() && self.retry.clients.is_empty();
        let ends_reading = |at: Duration| at <= now || nobody_has_input;
        if drain.read_until.is_some_and(ends_reading) {
            drain.read_until = None;
            self.dismiss(until);
        }
        if until <= now {
            for index in 0..self.roster.len() {
                self.kill(self.roster[index] as usize, Reason::DrainTimeout);
            }
        }
    }

    /// Everybody leaves.
    fn dismiss(&mut self, deadline: Duration) {
        for key in self.ready.drain(..) {
            self.clients[key].in_ready = false;
        }
        for index in 0..self.roster.len() {
            let key = self.roster[index] as usize;
            match self.clients[key].state {
                State::Open => self.begin_leaving(key, deadline),
                State::Lost => self.kill(key, Reason::Reset),
                State::Leaving(_) | State::Lingering { .. } | State::Dead(_) => {}
            }
        }
    }
}

impl Drain {
    /// When its present stage ends.
    pub(super) fn deadline(&self) -> Duration {
        self.read_until.unwrap_or(self.until)
    }
}
