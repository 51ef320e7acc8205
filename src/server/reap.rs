//! Phase 7, reap: settles what the turn left behind. Only here do states change after a fan-out,
//! are interests armed, connections closed, and slots freed.

use super::Server;
use crate::client::State;
use crate::config::{Interest, TurnLimits};
use crate::deadlines::Timer;
use crate::kernel::Kernel;
use crate::observer::{Decision, Observer, Phase, Reason};

/// Connections that a turn closes, or tells the end: shutdown(2) and close(2) take as long as a
/// write does, and a crowd may leave at once.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// As many as this turn may still end.
    left: usize,
    /// More are to be ended, and no event will say so: the turn was over, or the host has put
    /// somebody out since.
    pub(super) are_put_off: bool,
}

impl<K: Kernel, O: Observer> Server<K, O> {
    /// While a fan-out is under way nobody begins to leave and no slot is freed: who comes next
    /// must not change between its parts. Time is judged last, after what had arrived was read.
    pub(super) fn reap(&mut self) {
        self.enter(Phase::Reap);
        let may_go = !self.fan_out.is_pending();
        if may_go {
            self.ends = Ends::of(self.config.turn);
            self.advance_drain();
            self.expire_those_due();
        }
        let mut dead = 0;
        let mut index = 0;
        while index < self.watch.len() {
            let key = self.watch[index] as usize;
            if may_go {
                self.advance_life(key);
            }
            self.settle_interest(key);
            let client = &mut self.clients[key];
            dead += usize::from(client.is_dead());
            client.in_watch = !client.is_settled(self.config.interest == Interest::Once);
            if client.in_watch {
                index += 1;
            } else {
                self.watch.swap_remove(index);
            }
        }
        if may_go && dead > 0 {
            self.bury();
        }
        self.set_drain();
        self.set_patience();
    }

    /// Whoever has waited in vain; as many as may end, and the others in the next turn.
    fn expire_those_due(&mut self) {
        while self.ends.left > 0 {
            let Some(key) = self.deadlines.due_client(self.clock.now()) else { return };
            self.expire(key);
        }
    }

    /// The time of a client has come; its state says for what.
    fn expire(&mut self, key: usize) {
        let client = &self.clients[key];
        // Its input waits to be read: it is the room that is slow.
        let has_input = client.has_input();
        match client.state {
            State::Leaving if client.outbox.is_empty() => self.advance_life(key),
            State::Leaving => self.kill(key, Reason::DrainTimeout),
            State::Lingering if has_input && self.clock.now() < self.linger_end(key) => {
                self.stay_lingering(key);
            }
            State::Lingering => self.kill(key, client.reason),
            State::Open if client.ended => self.deadlines.clear(Timer::Client(key)),
            State::Open if has_input => self.note_activity(key),
            State::Open => {
                self.begin_leaving(key, Reason::Idle);
                self.advance_life(key);
            }
            State::Listening | State::Lost | State::Dead => {
                self.deadlines.clear(Timer::Client(key));
            }
        }
    }

    /// A client did something: it is not idle.
    pub(super) fn note_activity(&mut self, key: usize) {
        if let Some(timeout) = self.config.idle_timeout {
            if self.clients[key].state == State::Open {
                self.deadlines.set(Timer::Client(key), self.clock.now() + timeout);
            }
        }
    }

    /// Takes a client as far as it can go now: from open to leaving, and on to the end.
    fn advance_life(&mut self, key: usize) {
        let client = &self.clients[key];
        if client.state == State::Open && client.ended {
            self.begin_leaving(key, Reason::Left);
        }
        let client = &self.clients[key];
        if client.state == State::Leaving && client.outbox.is_empty() {
            if client.ended {
                self.kill(key, client.reason);
            } else if self.ends.take() {
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
        let stays = self.config.interest == Interest::Once;
        if stays || client.armed == writable || matches!(client.state, State::Lost | State::Dead) {
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
        let clients = &mut self.clients;
        let mut lives = |key: &u32| {
            let client = &mut clients[*key as usize];
            if client.is_dead() {
                (client.in_ready, client.in_writable, client.in_retry) = (false, false, false);
            }
            !client.is_dead()
        };
        self.ready.retain(&mut lives);
        self.writable.retain(&mut lives);
        self.starved.retain(&mut lives);
        let mut index = 0;
        while index < self.watch.len() {
            let key = self.watch[index] as usize;
            if self.clients[key].is_dead() && self.ends.take() {
                self.watch.swap_remove(index);
                self.remove(key);
            } else {
                index += 1;
            }
        }
        // A descriptor is free: whoever waits in the backlog need not wait for the retry time.
        if self.starved.is_empty() {
            self.deadlines.clear(Timer::Retry);
        }
    }

    fn remove(&mut self, key: usize) {
        let client = self.clients.remove(key);
        self.roster.swap_remove(client.place as usize);
        if let Some(&moved) = self.roster.get(client.place as usize) {
            self.clients[moved as usize].place = client.place;
        }
        if let Some(addresses) = &mut self.addresses {
            addresses.leave(key);
        }
        let (reason, dropped) = (client.reason, client.dropped as usize);
        let is_eviction = reason.is_eviction();
        let address = if is_eviction { self.kernel.address(&client.connection) } else { None };
        if reason.is_orderly() {
            self.kernel.close(client.connection);
        } else {
            // What the kernel holds for it would stay there for as long as it does not read. And a
            // connection that is lost here, since a call failed, may still stand at the other end.
            self.kernel.abort(client.connection);
        }
        self.stats.count_leaving(reason, dropped);
        self.decide(&Decision::Left { client: key, address, reason, dropped });
    }
}

impl Ends {
    /// As many as a turn may make writes. A client takes two of them at most, and never may more
    /// come than go.
    fn of(turn: TurnLimits) -> Self {
        let left = turn.writes.max(turn.accepts.saturating_mul(2));
        Self { left, are_put_off: false }
    }

    /// Whether this turn may end one more.
    fn take(&mut self) -> bool {
        let may = self.left > 0;
        self.left = self.left.saturating_sub(1);
        self.are_put_off |= !may;
        may
    }
}
