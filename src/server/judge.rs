//! Phase 4, judge: who is full, who no longer is, and whose time is up.
//!
//! It walks the watch list, not all clients. It stands behind flush, so that nobody is judged who
//! was not given the chance to take something first.

use std::time::Duration;

use super::Server;
use crate::client::State;
use crate::kernel::Kernel;
use crate::observer::{Decision, Observer, Phase, Reason};
use crate::patience::{Wait, WaitEnd};

impl<K: Kernel, O: Observer> Server<K, O> {
    pub(super) fn judge(&mut self) {
        self.enter(Phase::Judge);
        self.longest = 0;
        for index in 0..self.watch.len() {
            let key = self.watch[index];
            match self.clients[key].state {
                State::Open => self.judge_queue(key),
                State::Leaving(_) | State::Lingering(_) => self.judge_departure(key),
                State::Lost | State::Dead(..) => {}
            }
        }
        while let Some(key) = self.waiting.expired(self.clock.now()) {
            self.kill(key, Reason::SlowConsumer);
        }
        if self.blocks.in_use() > self.config.most_stored() {
            self.crowd_out();
        }
    }

    /// Too much is stored. All that open clients wait for fits into one queue, so it is those who
    /// leave: each keeps its own stretch of the log. Who has been leaving for the longest goes
    /// first.
    fn crowd_out(&mut self) {
        let leaving = |&key: &usize| match self.clients[key].state {
            State::Leaving(deadline) => Some((deadline, key)),
            _ => None,
        };
        let mut leaving: Vec<(Duration, usize)> = self.watch.iter().filter_map(leaving).collect();
        leaving.sort_unstable();
        for (_, key) in leaving {
            if self.blocks.in_use() <= self.config.most_stored() {
                return;
            }
            self.kill(key, Reason::OverBudget);
        }
    }

    /// Ends a client's life and gives back what waited for it; reap does the rest. The first reason
    /// stands.
    pub(super) fn kill(&mut self, key: usize, reason: Reason) {
        if self.clients[key].is_dead() {
            return;
        }
        self.stop_waiting_for(key);
        let client = &mut self.clients[key];
        let dropped = client.outbox.clear(&mut self.blocks);
        client.state = State::Dead(reason, dropped);
        self.watch(key);
    }

    /// A client that may be full is not waited for any longer, since it will never recover.
    pub(super) fn stop_waiting_for(&mut self, key: usize) {
        if self.clients[key].full {
            self.end_wait(key, WaitEnd::Wasted);
        }
    }

    fn judge_queue(&mut self, key: usize) {
        let client = &self.clients[key];
        let queued = client.outbox.len();
        self.longest = self.longest.max(queued);
        if !client.full && queued >= self.config.max_queue / 4 * 3 {
            self.begin_wait(key, queued);
        } else if client.full && queued <= self.config.max_queue / 2 {
            self.end_wait(key, WaitEnd::Recovered);
            self.decide(&Decision::Recovered { client: key, queued });
        }
    }

    fn judge_departure(&mut self, key: usize) {
        let client = &self.clients[key];
        if client.deadline().is_some_and(|at| at <= self.clock.now()) {
            let is_quiet = matches!(client.state, State::Lingering(_));
            self.kill(key, if is_quiet { Reason::Drained } else { Reason::DrainTimeout });
        }
    }

    fn begin_wait(&mut self, key: usize, queued: usize) {
        let client = &mut self.clients[key];
        client.full = true;
        let allowed = self.waiting.begin(key, client.joined, client.sent, self.clock.now());
        self.decide(&Decision::Full { client: key, queued, allowed });
    }

    fn end_wait(&mut self, key: usize, outcome: WaitEnd) {
        self.clients[key].full = false;
        let sent = |client: usize| self.clients[client].sent;
        let Some(wait) = self.waiting.end(key, outcome, self.clock.now(), sent) else { return };
        self.stats.waits += 1;
        self.stats.waited += wait.held;
        let Wait { client, held, took } = wait;
        self.decide(&Decision::Waited { client, held, took, next: self.waiting.cause() });
    }
}
