//! Phase 2, accept: lets clients in, or refuses them.

use std::io;

use super::Server;
use crate::client::Client;
use crate::kernel::{Accepted, Kernel};
use crate::observer::{Decision, Observer, Phase};

/// Most errors say something of one connection (accept(2) names ten of them): the next one is taken
/// at once. So many in one turn say something of the listener.
const FAILURES: usize = 16;

impl<K: Kernel, O: Observer> Server<K, O> {
    pub(super) fn accept(&mut self) {
        self.enter(Phase::Accept);
        if !self.may_accept() {
            return;
        }
        let mut failures = 0;
        for _ in 0..self.config.turn.accepts {
            let Some(&listener) = self.listening.front() else { return };
            match self.kernel.accept(listener) {
                Ok(accepted) => self.admit(accepted),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.listening.pop_front();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if K::shortage(&error).is_some() || failures == FAILURES => {
                    return self.pause_accepting(&error);
                }
                Err(error) => {
                    failures += 1;
                    self.stats.accept_failed += 1;
                    self.decide(&Decision::AcceptFailed { error: &error });
                }
            }
        }
        // The budget is spent. Another listener comes first in the next turn.
        if let Some(listener) = self.listening.pop_front() {
            self.listening.push_back(listener);
        }
    }

    /// Whether accepting would be right now. Who joins in the middle of a fan-out would start in
    /// the middle of a batch; and after a shortage there is a time to wait for.
    pub(super) fn may_accept(&self) -> bool {
        !self.fan_out.is_pending() && self.retry.at.is_none()
    }

    fn admit(&mut self, accepted: Accepted<K::Connection>) {
        let Accepted { mut connection, address } = accepted;
        if self.clients.len() >= self.config.max_clients {
            self.stats.refused += 1;
            self.kernel.close(connection);
            return self.decide(&Decision::Refused { address });
        }
        let slot = self.clients.vacant_entry();
        let key = slot.key();
        if let Err(error) = self.kernel.add(&mut connection, key, false) {
            self.stats.accept_failed += 1;
            self.kernel.close(connection);
            return self.decide(&Decision::AcceptFailed { error: &error });
        }
        slot.insert(Client::new(connection, self.clock.now(), self.roster.len() as u32));
        self.roster.push(key as u32);
        self.stats.joined += 1;
        self.decide(&Decision::Joined { client: key, address });
    }

    /// The backlog keeps the rest. At the descriptor limit the kernel reports no event for it, not
    /// even once descriptors are free again: there must be a time.
    fn pause_accepting(&mut self, error: &io::Error) {
        self.stats.accept_paused += 1;
        let until = self.retry_later();
        self.decide(&Decision::AcceptPaused { error, until });
    }
}
