//! Phase 4, judge: who is full, who no longer is, and whose time is up.
//!
//! It walks the watch list, not all clients. It stands behind flush, so that nobody is judged who
//! was not given the chance to take something first.

use super::Server;
use crate::client::State;
use crate::kernel::Kernel;
use crate::observer::{Decision, Observer, Phase, Reason};
use crate::patience::{Outcome, Wait};

impl<K: Kernel, O: Observer> Server<K, O> {
    pub(super) fn judge(&mut self) {
        self.enter(Phase::Judge);
        self.longest = 0;
        for index in 0..self.watch.len() {
            let key = self.watch[index];
            match self.clients[key].state {
                State::Open => self.judge_queue(key),
                State::Leaving(_) | State::Lingering(_) => self.judge_departure(key),
                State::Lost | State::Dead(_) => {}
            }
        }
        while let Some(key) = self.room.expired(self.clock.now()) {
            self.kill(key, Reason::SlowConsumer);
        }
    }

    /// Ends a client's life; reap does the rest. The first reason stands.
    pub(super) fn kill(&mut self, key: usize, reason: Reason) {
        if self.clients[key].is_dead() {
            return;
        }
        self.leave_room(key);
        self.clients[key].state = State::Dead(reason);
        self.watch(key);
    }

    /// A client that may be full is not waited for any longer, since it will never recover.
    pub(super) fn leave_room(&mut self, key: usize) {
        if self.clients[key].full {
            self.exit_room(key, Outcome::Gone);
        }
    }

    fn judge_queue(&mut self, key: usize) {
        let client = &self.clients[key];
        let queued = client.outbox.len();
        self.longest = self.longest.max(queued);
        if !client.full && queued >= self.config.max_queue / 4 * 3 {
            self.enter_room(key, queued);
        } else if client.full && queued <= self.config.max_queue / 2 {
            self.exit_room(key, Outcome::Recovered);
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

    fn enter_room(&mut self, key: usize, queued: usize) {
        let client = &mut self.clients[key];
        client.full = true;
        let allowed = self.room.enter(key, client.joined, client.sent, self.clock.now());
        self.decide(&Decision::Full { client: key, queued, allowed });
    }

    fn exit_room(&mut self, key: usize, outcome: Outcome) {
        self.clients[key].full = false;
        let sent = |client: usize| self.clients[client].sent;
        let Some(wait) = self.room.exit(key, outcome, self.clock.now(), sent) else { return };
        self.stats.waits += 1;
        self.stats.waited += wait.held;
        let Wait { client, held, took } = wait;
        self.decide(&Decision::Waited { client, held, took, next: self.room.cause() });
    }
}
