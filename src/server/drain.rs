//! The end of the server, and of clients that were not the ones to end it.
//!
//! It reads on, from everybody, until nothing has arrived for a moment; then everybody leaves. To
//! close at once would destroy what is on the way: with input unread, TCP resets the connection,
//! and the peer loses what it has not yet received. So a client that has everything is told the end
//! of the stream, and its input is discarded for a while.

use std::time::Duration;

use super::Server;
use crate::client::State;
use crate::deadlines::Timer;
use crate::kernel::Kernel;
use crate::observer::{Decision, Observer, Reason};

/// A shutdown under way.
#[derive(Debug)]
pub(super) struct Drain {
    /// While input is still read: when it has been quiet for long enough.
    quiet_at: Option<Duration>,
    /// When reading is over in any case: after half of the time.
    read_until: Duration,
    /// When everything is over in any case.
    until: Duration,
}

/// Nothing has arrived for so long: nothing is on the way any more. A window that was closed opens
/// within a round trip.
const INPUT_QUIET: Duration = Duration::from_millis(100);

/// A client that sends nothing for so long after it was told the end is closed, though it did not
/// answer: many never do.
const LINGER_QUIET: Duration = Duration::from_millis(250);

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
        let now = self.refresh_clock();
        let timeout = self.config.drain_timeout;
        self.kernel.stop_listening();
        self.listening.clear();
        self.deadlines.clear(Timer::Gather);
        self.drain = Some(Drain {
            quiet_at: Some(now + INPUT_QUIET),
            read_until: now + timeout / 2,
            until: now + timeout,
        });
        for index in 0..self.roster.len() {
            let key = self.roster[index] as usize;
            if self.clients[key].state == State::Open {
                self.mark_ready(key);
            }
        }
        self.set_drain();
        self.decide(&Decision::Draining { clients: self.clients.len(), until: now + timeout });
    }

    /// Whether the server was shut down and everybody has left.
    pub fn is_finished(&self) -> bool {
        self.drain.is_some() && self.clients.is_empty()
    }

    /// A client gets what is queued for it within the time that leaving may take, and nothing more.
    pub(super) fn begin_leaving(&mut self, key: usize, reason: Reason) {
        self.stop_waiting_for(key);
        let until = self.drain.as_ref().map_or(Duration::MAX, |drain| drain.until);
        let deadline = until.min(self.clock.now() + self.config.drain_timeout);
        self.deadlines.set(Timer::Client(key), deadline);
        let client = &mut self.clients[key];
        client.state = State::Leaving;
        client.reason = reason;
        let queued = client.outbox.len();
        self.stats.bytes_unfinished += self.lines.discard(&mut client.unfinished) as u64;
        self.watch(key);
        self.decide(&Decision::Leaving { client: key, queued });
    }

    /// A client has everything, but did not end its stream.
    pub(super) fn begin_lingering(&mut self, key: usize) {
        if self.kernel.finish(&mut self.clients[key].connection).is_err() {
            return self.kill(key, Reason::Reset);
        }
        let client = &mut self.clients[key];
        client.state = State::Lingering;
        client.since = self.clock.now().into();
        self.stay_lingering(key);
        self.mark_ready(key);
        // What it sends brings nothing to gather, and its close must not find it unread.
        self.deadlines.clear(Timer::Gather);
        self.decide(&Decision::Lingering { client: key });
    }

    /// A lingering client may send more for a while.
    pub(super) fn stay_lingering(&mut self, key: usize) {
        let until = self.linger_end(key).min(self.clock.now() + LINGER_QUIET);
        self.deadlines.set(Timer::Client(key), until);
    }

    /// When a lingering client is closed, whatever it sends: as long after it was told the end as
    /// leaving may take, and never after the end of everything.
    pub(super) fn linger_end(&self, key: usize) -> Duration {
        let until = self.drain.as_ref().map_or(Duration::MAX, |drain| drain.until);
        let began: Duration = self.clients[key].since.into();
        until.min(began + self.config.drain_timeout.max(LINGER_QUIET))
    }

    /// Somebody sent something: there may be more on the way.
    pub(super) fn put_off_dismissal(&mut self) {
        let now = self.clock.now();
        if let Some(drain) = &mut self.drain {
            drain.quiet_at = drain.quiet_at.map(|_| now + INPUT_QUIET);
        }
    }

    /// Whether there is input that was not read yet, as far as is known.
    pub(super) fn somebody_has_input(&self) -> bool {
        let is_unread = |&key: &u32| self.clients[key as usize].has_input();
        !self.ready.is_empty() || self.starved.iter().any(is_unread)
    }

    /// Ends the reading once it is quiet, and everything once time is up.
    pub(super) fn advance_drain(&mut self) {
        let now = self.clock.now();
        let somebody_has_input = self.somebody_has_input();
        let Some(drain) = &mut self.drain else { return };
        let until = drain.until;
        if drain.quiet_at.is_some() && drain.deadline(somebody_has_input) <= now {
            drain.quiet_at = None;
            self.dismiss();
        }
        if until <= now {
            for index in 0..self.roster.len() {
                self.end(self.roster[index] as usize);
            }
        }
    }

    /// Time is up for everybody. Who has everything and was told so has drained, though it did not
    /// answer; but not if it has said something that was not read, since the close would reset it.
    fn end(&mut self, key: usize) {
        let client = &self.clients[key];
        let was_told = client.state == State::Lingering && !client.has_input();
        let reason = if was_told { client.reason } else { Reason::DrainTimeout };
        self.kill(key, reason);
    }

    /// Sets the time at which the present stage of the drain ends, as of the end of a turn.
    pub(super) fn set_drain(&mut self) {
        if let Some(drain) = &self.drain {
            self.deadlines.set(Timer::Drain, drain.deadline(self.somebody_has_input()));
        }
    }

    /// Everybody leaves.
    fn dismiss(&mut self) {
        // Those who linger are read on: what they send is discarded, so that closing resets nobody.
        let clients = &mut self.clients;
        self.ready.retain(|&key| {
            let client = &mut clients[key as usize];
            client.in_ready = client.state == State::Lingering;
            client.in_ready
        });
        for index in 0..self.roster.len() {
            let key = self.roster[index] as usize;
            match self.clients[key].state {
                State::Open | State::Listening => self.begin_leaving(key, Reason::Drained),
                State::Lost => self.kill(key, Reason::Reset),
                State::Leaving | State::Lingering | State::Dead => {}
            }
        }
    }
}

impl Drain {
    /// When its present stage ends. It is not quiet while there is input, though the room waits.
    pub(super) fn deadline(&self, somebody_has_input: bool) -> Duration {
        match self.quiet_at {
            Some(quiet_at) if !somebody_has_input => quiet_at.min(self.read_until),
            Some(_) => self.read_until,
            None => self.until,
        }
    }
}
