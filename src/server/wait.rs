//! Phase 1, wait: polls, and remembers what the events say.

use std::io;
use std::time::Duration;

use super::Server;
use crate::client::State;
use crate::deadlines::Timer;
use crate::kernel::{Event, Kernel, Source};
use crate::observer::{Decision, Observer, Phase, Step, Timeout};

/// When what was short is tried again, since no event announces that it no longer is. Long enough
/// to cost nothing, short enough to go unnoticed.
const RETRY_AFTER: Duration = Duration::from_millis(100);

impl<K: Kernel, O: Observer> Server<K, O> {
    /// Whether there is something to do at once, so that the next turn will not wait.
    ///
    /// A client with input is no such thing while the room waits, or while more is gathered, nor a
    /// listener while accepting is paused: a timeout of zero without work would burn the processor.
    pub fn has_work(&self) -> bool {
        self.fan_out.is_pending()
            || self.ends.are_put_off
            || !self.writable.is_empty()
            || (!self.ready.is_empty() && !self.waiting.waits() && !self.is_gathering())
            || (!self.listening.is_empty() && self.may_accept())
    }

    /// When the server has to act although nothing happens, as a time of [`Kernel::now`].
    pub fn next_deadline(&self) -> Option<Duration> {
        self.deadlines.nearest().map(|at| self.clock.to_kernel(at))
    }

    /// How long a host may wait for an [event](std::os::fd::AsFd) before it makes the next turn:
    /// not at all while there is work, or else until the nearest deadline; `None` is for ever.
    pub fn next_timeout(&self) -> Option<Duration> {
        if self.has_work() {
            return Some(Duration::ZERO);
        }
        self.next_deadline().map(|at| at.saturating_sub(self.kernel.now()))
    }

    pub(super) fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.enter(Phase::Wait);
        self.writes_left = self.config.turn.writes;
        let deadline = self.deadlines.nearest();
        let now = self.clock.look(self.kernel.now(), deadline);
        let timeout = if self.has_work() {
            Some(Duration::ZERO)
        } else {
            let due = deadline.map(|at| at.saturating_sub(now));
            [timeout, due].into_iter().flatten().min()
        };
        if O::HEARS_STEPS {
            self.step(&Step::Waits { timeout, because: self.why_no_longer(timeout, now) });
        }
        match self.kernel.wait(&mut self.events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.events.clear(),
            other => other?,
        }
        self.woken = self.kernel.now();
        self.clock.look(self.woken, deadline);
        let known = self.ready.len();
        self.take_events();
        self.gather(known);
        self.retry_if_due();
        Ok(())
    }

    /// Why the wait that begins now lasts for `timeout` at most.
    fn why_no_longer(&self, timeout: Option<Duration>, now: Duration) -> Timeout {
        let Some(timeout) = timeout else { return Timeout::Never };
        if self.has_work() {
            return Timeout::Work;
        }
        let is_due = self.deadlines.nearest().is_some_and(|at| at.saturating_sub(now) <= timeout);
        match self.deadlines.nearest_timer().filter(|_| is_due) {
            None => Timeout::Host,
            Some(Timer::Retry) => Timeout::Retry,
            Some(Timer::Drain) => Timeout::Drain,
            Some(Timer::Patience) => Timeout::Patience,
            Some(Timer::Gather) => Timeout::Gather,
            Some(Timer::Client(client)) => Timeout::Client(client),
        }
    }

    /// Time of the server's clock, right now.
    pub(super) fn refresh_clock(&mut self) -> Duration {
        let deadline = self.deadlines.nearest();
        self.clock.look(self.kernel.now(), deadline)
    }

    /// Sets the time at which everything that is short is tried again, unless one is set.
    pub(super) fn retry_later(&mut self) -> Duration {
        if let Some(at) = self.deadlines.at(Timer::Retry) {
            return at;
        }
        let at = self.clock.now() + RETRY_AFTER;
        self.deadlines.set(Timer::Retry, at);
        at
    }

    /// The kernel has no memory for this client at present; if that was for reading, its input is
    /// still there.
    #[cold]
    pub(super) fn starve(&mut self, key: usize, is_unread: bool) {
        let until = self.retry_later();
        let client = &mut self.clients[key];
        client.is_unread |= is_unread;
        if !client.in_retry {
            client.in_retry = true;
            self.starved.push_back(key as u32);
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
                Source::Stop => self.shut_down(),
            }
        }
        self.events = events;
    }

    fn take_event(&mut self, key: usize, event: Event) {
        let Some(client) = self.clients.get_mut(key) else { return };
        client.read_on |= event.read_on;
        let wants_input = client.wants_input();
        let wants_writable = client.wants_writable();
        if event.readable && wants_input {
            self.mark_ready(key);
        }
        if event.writable && wants_writable {
            self.mark_writable(key);
        }
    }

    fn retry_if_due(&mut self) {
        if !self.deadlines.is_due(Timer::Retry, self.clock.now()) {
            return;
        }
        self.deadlines.clear(Timer::Retry);
        while let Some(key) = self.starved.pop_front() {
            let key = key as usize;
            let client = &mut self.clients[key];
            (client.in_retry, client.is_unread) = (false, false);
            let reads = client.wants_input() || client.state == State::Lost;
            if client.wants_writable() {
                self.mark_writable(key);
            }
            if reads {
                self.mark_ready(key);
            }
        }
    }

    /// How long this turn took since its wait ended.
    pub(super) fn measure(&mut self) {
        let took = self.kernel.now().saturating_sub(self.woken);
        self.stats.longest_turn = self.stats.longest_turn.max(took);
    }
}
