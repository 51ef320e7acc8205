//! Phase 4, judge: who is full, who no longer is, and whose patience is up.
//!
//! It walks the watch list, not all clients. It stands behind flush, so that nobody is judged who
//! was not given the chance to take something first.

use std::time::Duration;

use super::Server;
use crate::client::State;
use crate::deadlines::Timer;
use crate::kernel::Kernel;
use crate::observer::{Decision, Observer, Phase, Reason, Step};
use crate::patience::{Wait, WaitEnd};
use crate::stats::WorstWait;

impl<K: Kernel, O: Observer> Server<K, O> {
    pub(super) fn judge(&mut self) {
        self.enter(Phase::Judge);
        self.longest = 0;
        for index in 0..self.watch.len() {
            let key = self.watch[index] as usize;
            if self.clients[key].is_open() {
                self.judge_queue(key);
            }
        }
        let now = self.clock.now();
        // Whom the turn's limit of writes did not reach is judged once it has.
        while let Some(key) = self.waiting.expired(now, |key| !self.clients[key].in_writable) {
            self.kill(key, Reason::SlowConsumer);
        }
        self.crowd_out();
        // Whoever falls behind next starts in the newest block, whatever is in it.
        self.longest = self.longest.max(self.blocks.waste());
    }

    /// How far the open client that is most behind is behind; or would be, if it fell behind now.
    pub(super) fn longest_lag(&self) -> usize {
        let behind = self.watch.iter().map(|&key| &self.clients[key as usize]);
        let lags = behind.filter(|client| client.is_open());
        let longest = lags.map(|client| client.outbox.lag(&self.blocks)).max();
        longest.unwrap_or(0).max(self.blocks.waste())
    }

    /// How much more the longest queue can take, beside what is in the batch already.
    pub(super) fn room_for_more(&self) -> usize {
        let names = self.fan_out.authors() * self.budget.sender_cost;
        self.config.max_queue.saturating_sub(self.longest + self.fan_out.len + names)
    }

    /// What open clients wait for, and the next batch, always fit into the store. If they may not,
    /// it is because of those who leave: each keeps a stretch of the log of its own. Who has been
    /// leaving for the longest goes first.
    ///
    /// A batch that is under way is stored, or never will be: what comes next is not due yet.
    fn crowd_out(&mut self) {
        if self.fan_out.is_under_way() || !self.is_crowded() {
            return;
        }
        let Self { clients, deadlines, watch, .. } = self;
        watch.sort_unstable_by_key(|&key| {
            let is_leaving = clients[key as usize].state == State::Leaving;
            let at = deadlines.at(Timer::Client(key as usize)).filter(|_| is_leaving);
            at.unwrap_or(Duration::MAX)
        });
        for index in 0..self.watch.len() {
            let key = self.watch[index] as usize;
            if !self.is_crowded() || self.clients[key].state != State::Leaving {
                return;
            }
            if !self.clients[key].outbox.is_empty() {
                self.kill(key, Reason::OverBudget);
            }
        }
    }

    fn is_crowded(&self) -> bool {
        self.blocks.in_use() + self.budget.blocks_per_batch > self.budget.blocks
    }

    /// Ends a client's life and gives back what waited for it; reap does the rest. The first reason
    /// stands.
    pub(super) fn kill(&mut self, key: usize, reason: Reason) {
        if self.clients[key].is_dead() {
            return;
        }
        self.stop_waiting_for(key);
        self.deadlines.clear(Timer::Client(key));
        self.drop_queue(key);
        let client = &mut self.clients[key];
        client.state = State::Dead;
        client.reason = reason;
        self.stats.bytes_unfinished += self.lines.discard(&mut client.unfinished) as u64;
        self.watch(key);
    }

    /// Gives back what waits for a client that will not take it.
    pub(super) fn drop_queue(&mut self, key: usize) {
        let client = &mut self.clients[key];
        client.dropped += client.outbox.clear(&mut self.blocks) as u32;
        self.step(&Step::Queued { client: key, queued: 0 });
    }

    /// A client that may be full is not waited for any longer, since it will never recover.
    pub(super) fn stop_waiting_for(&mut self, key: usize) {
        if self.clients[key].full {
            self.end_wait(key, WaitEnd::Wasted);
        }
    }

    fn judge_queue(&mut self, key: usize) {
        let client = &self.clients[key];
        let (queued, lag) = (client.outbox.len(), client.outbox.lag(&self.blocks));
        self.longest = self.longest.max(lag);
        if !client.full && lag >= self.config.max_queue / 4 * 3 {
            self.begin_wait(key, queued);
        } else if client.full && lag <= self.config.max_queue / 2 {
            self.end_wait(key, WaitEnd::Recovered);
            self.decide(&Decision::Recovered { client: key, queued });
        }
    }

    fn begin_wait(&mut self, key: usize, queued: usize) {
        let client = &mut self.clients[key];
        client.full = true;
        self.waits_changed = true;
        let joined = client.since.into();
        let allowed = self.waiting.begin(key, joined, client.sent, self.clock.now());
        self.decide(&Decision::Full { client: key, queued, allowed });
    }

    fn end_wait(&mut self, key: usize, outcome: WaitEnd) {
        self.clients[key].full = false;
        self.waits_changed = true;
        let (clients, at) = (&self.clients, self.clock.now());
        let sent = |client: usize| clients[client].sent;
        let wait = self.waiting.end(key, outcome, at, sent);
        let Some(Wait { client, held, took }) = wait else { return };
        let address = self.kernel.address(&self.clients[client].connection);
        self.stats.count_wait(WorstWait { client, address, at, held, took });
        let next = self.waiting.cause();
        self.decide(&Decision::Waited { client, held, took, address, next });
    }

    /// Sets when the first of those who are full has been so for long enough, if that has changed.
    /// Once a turn: it looks at all of them, and all may begin or end in the same one.
    pub(super) fn set_patience(&mut self) {
        if !std::mem::take(&mut self.waits_changed) {
            return;
        }
        match self.waiting.deadline() {
            Some(at) => self.deadlines.set(Timer::Patience, at),
            None => self.deadlines.clear(Timer::Patience),
        }
    }
}
