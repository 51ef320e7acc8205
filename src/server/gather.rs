//! Gathering: input may be left unread for a moment, so that what comes meanwhile leaves in the
//! same write.
//!
//! Reading is all that is put off. What is unread stays in the kernel's buffers: no queue grows,
//! senders feel the backpressure that they always feel, and clients are let in, flushed and judged
//! as ever.

use super::Server;
use crate::client::State;
use crate::deadlines::Timer;
use crate::kernel::Kernel;
use crate::observer::Observer;

impl<K: Kernel, O: Observer> Server<K, O> {
    /// Whether what is ready to be read is left for now, since more may come.
    pub(super) fn is_gathering(&self) -> bool {
        self.deadlines.at(Timer::Gather).is_some()
    }

    /// Heeds the events of this wait. `known` clients were ready before it.
    ///
    /// The time runs from the first input that is known of, also while the room waits or a fan-out
    /// goes on: what these put off has gathered. What a turn could not read is not put off again.
    /// Nor is anything in a drain, which has times of its own.
    pub(super) fn gather(&mut self, known: usize) {
        let now = self.clock.now();
        if known == 0 && !self.ready.is_empty() && self.drain.is_none() {
            self.deadlines.set(Timer::Gather, now + self.config.gather);
        }
        let is_over = self.deadlines.is_due(Timer::Gather, now);
        if is_over || self.fills_a_turn() || self.brings_nothing_to_gather(known) {
            self.deadlines.clear(Timer::Gather);
        }
    }

    /// As many are ready as a turn may read: to wait for more would gain nothing.
    fn fills_a_turn(&self) -> bool {
        self.ready.len() >= self.config.turn.reads
    }

    /// Somebody new is ready whose input nobody gets: it says its last, and is read to be gone.
    fn brings_nothing_to_gather(&self, known: usize) -> bool {
        let mut news = self.ready.iter().skip(known);
        news.any(|&key| self.clients[key as usize].state != State::Open)
    }
}
