//! Phase 7, reap: settles what the turn left behind. Only here do states change after a fan-out,
//! are interests armed, connections closed, and slots freed.

use super::Server;
use crate::client::State;
use crate::kernel::Kernel;
use crate::observer::{Decision, Observer, Phase, Reason};

impl<K: Kernel, O: Observer> Server<K, O> {
    /// While a fan-out is under way nobody begins to leave and no slot is freed: who comes next
    /// must not change between its parts.
    pub(super) fn reap(&mut self) {
        self.enter(Phase::Reap);
        let may_go = !self.fan_out.is_pending();
        if may_go {
            self.advance_drain();
        }
        let mut dead = 0;
        let mut index = 0;
        while index < self.watch.len() {
            let key = self.watch[index];
            if may_go {
                self.advance_life(key);
            }
            self.settle_interest(key);
            let client = &mut self.clients[key];
            dead += usize::from(client.is_dead());
            client.in_watch = !client.is_settled();
            if client.in_watch {
                index += 1;
            } else {
                self.watch.swap_remove(index);
            }
        }
        if may_go && dead > 0 {
            self.bury();
        }
    }

    /// Takes a client as far as it can go now: from open to leaving, and on to the end.
    fn advance_life(&mut self, key: usize) {
        if self.clients[key].is_open() && self.clients[key].ended {
            let deadline = self.clock.now() + self.config.drain_timeout;
            self.begin_leaving(key, deadline);
        }
        let client = &self.clients[key];
        if matches!(client.state, State::Leaving(_)) && client.outbox.is_empty() {
            if client.ended {
                self.kill(key, Reason::Left);
            } else {
                self.begin_lingering(key);
            }
        }
    }

    /// Tells the kernel whether room to write is of use, if that has changed. Without a
    /// registration no event would ever come for this client: it is lost, and what it had sent is
    /// still read.
    fn settle_interest(&mut self, key: usize) {
        let client = &mut self.clients[key];
        let writable = client.wants_writable();
        if client.armed == writable || matches!(client.state, State::Lost | State::Dead(..)) {
            return;
        }
        self.stats.arms += 1;
        if self.kernel.arm(&mut client.connection, key, writable).is_err() {
            return self.lose(key);
        }
        client.armed = writable;
        let queued = client.outbox.len();
        self.decide(&Decision::Armed { client: key, writable, queued });
    }

    /// Closes the dead and frees their slots. The other lists forget them first.
    fn bury(&mut self) {
        let clients = &self.clients;
        let lives = |key: &usize| !clients[*key].is_dead();
        self.ready.retain(lives);
        self.writable.retain(lives);
        self.retry.clients.retain(lives);
        let mut index = 0;
        while index < self.watch.len() {
            let key = self.watch[index];
            if let State::Dead(reason, dropped) = self.clients[key].state {
                self.watch.swap_remove(index);
                self.remove(key, reason, dropped);
            } else {
                index += 1;
            }
        }
        // A descriptor is free: whoever waits in the backlog need not wait for the retry time.
        if self.retry.clients.is_empty() {
            self.retry.at = None;
        }
    }

    fn remove(&mut self, key: usize, reason: Reason, dropped: usize) {
        let client = self.clients.remove(key);
        self.roster.swap_remove(client.place as usize);
        if let Some(&moved) = self.roster.get(client.place as usize) {
            self.clients[moved as usize].place = client.place;
        }
        match reason {
            // What the kernel holds for it would stay there for as long as it does not read.
            Reason::SlowConsumer | Reason::DrainTimeout | Reason::OverBudget => {
                self.kernel.abort(client.connection);
            }
            Reason::Left | Reason::Reset | Reason::Drained => self.kernel.close(client.connection),
        }
        self.stats.count_leaving(reason, dropped);
        self.decide(&Decision::Left { client: key, reason, dropped });
    }
}
