//! Phase 1, wait: polls, and remembers what the events say.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use super::Server;
use crate::client::State;
use crate::kernel::{Event, Kernel, Source};
use crate::observer::{Decision, Observer, Phase};

/// What the kernel had no memory or no descriptor for. No event announces that there is some
/// again, so everything is tried again at one time.
#[derive(Debug, Default)]
pub(super) struct Retry {
    /// When to try again; until then there is no accepting.
    pub(super) at: Option<Duration>,
    /// Clients whose read or write failed for want of memory.
    pub(super) clients: VecDeque<usize>,
}

/// Long enough to cost nothing, short enough to go unnoticed.
const RETRY_AFTER: Duration = Duration::from_millis(100);

impl<K: Kernel, O: Observer> Server<K, O> {
    /// Whether there is something to do at once, so that the next turn will not wait.
    ///
    /// A client with input is no such thing while the room waits, nor a listener while accepting is
    /// paused: a timeout of zero without work would burn the processor.
    pub fn has_work(&self) -> bool {
        self.fan_out.is_pending()
            || !self.writable.is_empty()
            || (!self.ready.is_empty() && !self.waiting.waits())
            || (!self.listening.is_empty() && self.may_accept())
    }

    /// When the server has to act although nothing happens, as a time of [`Kernel::now`]. Computed
    /// anew at each call.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.nearest_deadline().map(|at| self.clock.to_kernel(at))
    }

    /// The same by the server's own clock.
    fn nearest_deadline(&self) -> Option<Duration> {
        let departing = self.watch.iter().filter_map(|&key| self.clients[key].deadline()).min();
        let draining = self.drain.as_ref().map(|drain| drain.deadline(self.somebody_has_input()));
        [self.waiting.deadline(), departing, draining, self.retry.at].into_iter().flatten().min()
    }

    pub(super) fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.enter(Phase::Wait);
        self.writes_left = self.config.turn.writes;
        let deadline = self.nearest_deadline();
        let now = self.clock.look(self.kernel.now(), deadline);
        let timeout = if self.has_work() {
            Some(Duration::ZERO)
        } else {
            let due = deadline.map(|at| at.saturating_sub(now));
            [timeout, due].into_iter().flatten().min()
        };
        match self.kernel.wait(&mut self.events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.events.clear(),
            other => other?,
        }
        self.clock.look(self.kernel.now(), deadline);
        self.take_events();
        self.retry_if_due();
        Ok(())
    }

    /// Time of the server's clock, right now.
    pub(super) fn refresh_clock(&mut self) -> Duration {
        let deadline = self.nearest_deadline();
        self.clock.look(self.kernel.now(), deadline)
    }

    /// Sets the time at which everything that is short is tried again, unless one is set.
    pub(super) fn retry_later(&mut self) -> Duration {
        *self.retry.at.get_or_insert(self.clock.now() + RETRY_AFTER)
    }

    /// The kernel has no memory for this client at present.
    pub(super) fn starve(&mut self, key: usize) {
        let until = self.retry_later();
        let client = &mut self.clients[key];
        if !client.in_retry {
            client.in_retry = true;
            self.retry.clients.push_back(key);
        }
        self.decide(&Decision::Starved { client: key, until });
    }

    fn take_events(&mut self) {
        let events = std::mem::take(&mut self.events);
        for event in &events {
            match event.source {
                Source::Listener(number) => {
                    if self.drain.is_none() && !self.listening.contains(&number) {
                        self.listening.push_back(number);
                    }
                }
                Source::Client(key) => self.take_event(key, *event),
            }
        }
        self.events = events;
    }

    fn take_event(&mut self, key: usize, event: Event) {
        let Some(client) = self.clients.get_mut(key) else { return };
        client.read_on |= event.read_on;
        let wants_input = match client.state {
            State::Open => !client.ended,
            State::Lingering(_) => true,
            State::Lost | State::Leaving(_) | State::Dead(..) => false,
        };
        let wants_writable = client.wants_writable();
        if event.readable && wants_input {
            self.mark_ready(key);
        }
        if event.writable && wants_writable {
            self.mark_writable(key);
        }
    }

    fn retry_if_due(&mut self) {
        if self.retry.at.is_none_or(|at| at > self.clock.now()) {
            return;
        }
        self.retry.at = None;
        while let Some(key) = self.retry.clients.pop_front() {
            let client = &mut self.clients[key];
            client.in_retry = false;
            let reads = matches!(client.state, State::Open | State::Lost | State::Lingering(_));
            if client.wants_writable() {
                self.mark_writable(key);
            }
            if reads {
                self.mark_ready(key);
            }
        }
    }
}
