//! Phase 2, accept: lets clients in, or refuses them.

use std::io;
use std::net::SocketAddr;

use super::Server;
use crate::client::Client;
use crate::config::Interest;
use crate::deadlines::Timer;
use crate::kernel::{Accepted, Kernel, Shortage};
use crate::observer::{Admission, Decision, Observer, Phase, Refusal};

/// Most errors say something of one connection (accept(2) names ten of them): the next one is taken
/// at once. So many in a row, over turns if these are short, say something of the listener.
const FAILURES: usize = 16;

impl<K: Kernel, O: Observer> Server<K, O> {
    pub(super) fn accept(&mut self) {
        self.enter(Phase::Accept);
        if !self.may_accept() {
            return;
        }
        for _ in 0..self.config.turn.accepts {
            let Some(&listener) = self.listening.front() else { return };
            match self.kernel.accept(listener) {
                Ok(accepted) => {
                    self.admit(accepted);
                    self.rotate_listeners();
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.listening.pop_front();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.count_error(&error);
                    if K::shortage(&error).is_some() || self.accept_failures == FAILURES {
                        return self.pause_accepting(&error);
                    }
                    self.fail_to_accept(&error);
                    self.rotate_listeners();
                }
            }
        }
    }

    /// A connection is lost. What fails may be its listener.
    fn fail_to_accept(&mut self, error: &io::Error) {
        self.accept_failures += 1;
        self.stats.accept_failed += 1;
        self.decide(&Decision::AcceptFailed { error });
    }

    /// Another listener comes first after each connection, let in or lost.
    fn rotate_listeners(&mut self) {
        if let Some(listener) = self.listening.pop_front() {
            self.listening.push_back(listener);
        }
    }

    /// Whether accepting would be right now. Who joins in the middle of a fan-out would start in
    /// the middle of a batch; and after a shortage there is a time to wait for.
    pub(super) fn may_accept(&self) -> bool {
        !self.fan_out.is_under_way() && self.deadlines.at(Timer::Retry).is_none()
    }

    fn admit(&mut self, accepted: Accepted<K::Connection>) {
        let Accepted { mut connection, address } = accepted;
        if let Some(refusal) = self.refusal(address) {
            self.stats.count_refusal(refusal);
            self.kernel.close(connection);
            return self.decide(&Decision::Refused { address, refusal });
        }
        let key = self.clients.vacant_key();
        let armed = self.config.interest == Interest::Once;
        if let Err(error) = self.kernel.add(&mut connection, key, armed) {
            self.stats.accept_errors.other += 1;
            self.kernel.close(connection);
            return self.fail_to_accept(&error);
        }
        self.accept_failures = 0;
        let place = self.roster.len() as u32;
        self.clients.insert(Client::new(connection, self.clock.now().into(), place, armed));
        self.roster.push(key as u32);
        if let Some(addresses) = &mut self.addresses {
            addresses.join(key, address);
        }
        self.stats.joined += 1;
        self.note_activity(key);
        self.decide(&Decision::Joined { client: key, address });
    }

    /// Why somebody is not let in, if so. The host is asked last, about those who could be.
    fn refusal(&mut self, address: Option<SocketAddr>) -> Option<Refusal> {
        if self.clients.len() >= self.config.max_clients {
            return Some(Refusal::Clients);
        }
        let addresses = self.addresses.as_ref();
        if addresses.is_some_and(|addresses| addresses.is_crowded(address)) {
            return Some(Refusal::ClientsPerAddress);
        }
        match self.observer.admits(self.clock.now(), address) {
            Admission::Admit => None,
            Admission::Refuse => Some(Refusal::ByHost),
        }
    }

    fn count_error(&mut self, error: &io::Error) {
        let errors = &mut self.stats.accept_errors;
        *match K::shortage(error) {
            Some(Shortage::Descriptors) => &mut errors.descriptors,
            Some(Shortage::Memory) => &mut errors.memory,
            None if error.kind() == io::ErrorKind::ConnectionAborted => &mut errors.aborted,
            None => &mut errors.other,
        } += 1;
    }

    /// The backlog keeps the rest. At the descriptor limit the kernel reports no event for it, not
    /// even once descriptors are free again: there must be a time.
    fn pause_accepting(&mut self, error: &io::Error) {
        self.accept_failures = 0;
        self.stats.accept_paused += 1;
        let until = self.retry_later();
        self.decide(&Decision::AcceptPaused { error, until });
    }
}
