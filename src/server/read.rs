//! Phase 5, read: takes input from the clients that have some, in rotation, into one buffer.

use std::io;

use super::Server;
use crate::client::State;
use crate::kernel::Kernel;
use crate::observer::{Observer, Phase, Reason};

/// What one turn may still read.
#[derive(Debug)]
struct Budget {
    reads: usize,
    bytes: usize,
}

/// How reading from one client ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReadEnd {
    /// There may be more: the client stays on the list.
    More,
    /// An event will tell when there is more.
    Dry,
    /// The end of its stream.
    Ended,
    /// The kernel is short of memory.
    Starved,
    /// The connection is lost.
    Lost,
}

/// Least that a client may read in its turn, if there is as much left: below it the calls cost
/// more than the fairness is worth.
const LEAST_SHARE: usize = 4 << 10;

impl<K: Kernel, O: Observer> Server<K, O> {
    /// Each ready client is read once before any is read twice; those that the budget did not
    /// reach come first in the next turn. The budget is at most what the fullest queue can still
    /// take, so no queue ever passes its limit.
    pub(super) fn read(&mut self) {
        self.enter(Phase::Read);
        if self.fan_out.is_pending() || self.waiting.waits() {
            return;
        }
        let bytes = self.buffer.len().min(self.config.max_queue - self.longest);
        let mut budget = Budget { reads: self.config.turn.reads, bytes };
        for waiting in (1..=self.ready.len()).rev() {
            if budget.reads == 0 || budget.bytes == 0 {
                return;
            }
            let Some(key) = self.ready.pop_front() else { return };
            self.clients[key].in_ready = false;
            let share = (budget.bytes / waiting).max(LEAST_SHARE).min(budget.bytes);
            self.read_client(key, share, &mut budget);
        }
    }

    fn read_client(&mut self, key: usize, share: usize, budget: &mut Budget) {
        let outcome = match self.clients[key].state {
            State::Open | State::Lost => self.take_input(key, share, budget),
            State::Lingering(_) => self.discard_input(key, share, budget),
            State::Leaving(_) | State::Dead(..) => return,
        };
        match outcome {
            ReadEnd::More => self.mark_ready(key),
            ReadEnd::Starved => self.starve(key),
            ReadEnd::Lost => self.kill(key, Reason::Reset),
            ReadEnd::Dry | ReadEnd::Ended => self.note_end(key, outcome),
        }
    }

    /// A client has nothing to read any more: for now, or for ever.
    fn note_end(&mut self, key: usize, outcome: ReadEnd) {
        let client = &mut self.clients[key];
        client.read_on = false;
        client.ended |= outcome == ReadEnd::Ended;
        match client.state {
            State::Lost => self.kill(key, Reason::Reset),
            State::Lingering(_) if client.ended => self.kill(key, Reason::Drained),
            _ if client.ended => self.watch(key),
            _ => {}
        }
    }

    /// Reads what is broadcast in this turn.
    fn take_input(&mut self, key: usize, share: usize, budget: &mut Budget) -> ReadEnd {
        let end = self.fan_out.len + share;
        loop {
            let start = self.fan_out.len;
            let (read, outcome) = self.read_once(key, start..end, budget);
            self.fan_out.len += read;
            self.stats.bytes_in += read as u64;
            if read > 0 {
                self.put_off_dismissal();
            }
            if let Some(outcome) = outcome {
                return outcome;
            }
            if self.fan_out.len == end {
                return ReadEnd::More;
            }
        }
    }

    /// Reads what nobody gets: its sender was told that the stream has ended.
    fn discard_input(&mut self, key: usize, share: usize, budget: &mut Budget) -> ReadEnd {
        let start = self.fan_out.len;
        let (read, outcome) = self.read_once(key, start..start + share, budget);
        self.stats.bytes_discarded += read as u64;
        if read > 0 {
            self.stay_lingering(key);
        }
        outcome.unwrap_or(ReadEnd::More)
    }

    /// One read into this part of the buffer: how many bytes came, and how it ended, if it did.
    fn read_once(
        &mut self,
        key: usize,
        part: std::ops::Range<usize>,
        budget: &mut Budget,
    ) -> (usize, Option<ReadEnd>) {
        let client = &mut self.clients[key];
        let into = &mut self.buffer[part];
        while budget.reads > 0 {
            budget.reads -= 1;
            self.stats.reads += 1;
            match self.kernel.read(&mut client.connection, into) {
                Ok(0) => return (0, Some(ReadEnd::Ended)),
                Ok(read) => {
                    budget.bytes -= read;
                    // Neither an end of stream nor what is behind an urgent mark gives a second
                    // edge, if it came with this event.
                    let is_dry = read < into.len() && K::SHORT_IS_END && !client.read_on;
                    return (read, is_dry.then_some(ReadEnd::Dry));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (0, Some(ReadEnd::of::<K>(&error))),
            }
        }
        (0, Some(ReadEnd::More))
    }
}

impl ReadEnd {
    fn of<K: Kernel>(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::WouldBlock {
            Self::Dry
        } else if K::shortage(error).is_some() {
            Self::Starved
        } else {
            Self::Lost
        }
    }
}
