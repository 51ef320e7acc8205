//! Phase 5, read: takes input from the clients that have some, in rotation, into one buffer.

use std::io;
use std::ops::Range;

use super::Server;
use crate::client::State;
use crate::config::{Framing, HalfClose};
use crate::deadlines::Timer;
use crate::framing::{Framed, Rest};
use crate::kernel::Kernel;
use crate::observer::{Hold, Observer, Passage, Phase, ReadEnd, Reason, Step};

/// What one turn may still read.
#[derive(Debug)]
struct Allowance {
    reads: usize,
    bytes: usize,
    /// What the fullest queue can still take.
    room: usize,
}

/// Least that a client may read in its turn, if there is as much left: below it the calls cost
/// more than the fairness is worth.
const LEAST_SHARE: usize = 4 << 10;

impl<K: Kernel, O: Observer> Server<K, O> {
    /// Each ready client is read once before any is read twice; those that the allowance did not
    /// reach come first in the next turn. It is at most what the fullest queue can still take, so
    /// no queue ever passes its limit.
    pub(super) fn read(&mut self) {
        self.enter(Phase::Read);
        if self.fan_out.is_under_way() || self.waiting.waits() || self.is_gathering() {
            return self.say_why_nobody_is_read();
        }
        let room = self.room_for_more();
        let bytes = room.min(self.buffer.len() - self.fan_out.len);
        let mut left = Allowance { reads: self.config.turn.reads, bytes, room };
        for waiting in (1..=self.ready.len()).rev() {
            let Some(&key) = self.ready.front() else { return };
            let key = key as usize;
            let most = self.most_for(key, &left);
            if left.reads == 0 || most == 0 {
                return;
            }
            self.ready.pop_front();
            self.clients[key].in_ready = false;
            let share = (left.bytes / waiting).max(LEAST_SHARE).min(most);
            self.read_client(key, share, &mut left);
        }
    }

    fn say_why_nobody_is_read(&mut self) {
        if O::HEARS_STEPS && !self.ready.is_empty() {
            let room = self.waiting.cause().map_or(Hold::Gathering, Hold::Room);
            let because = if self.fan_out.is_under_way() { Hold::FanOut } else { room };
            self.step(&Step::Holds { because });
        }
    }

    /// How much may be read from a client, so that what it has begun still fits in front of it.
    fn most_for(&self, key: usize, left: &Allowance) -> usize {
        let begun = match self.config.framing {
            Framing::Raw => 0,
            Framing::Line => self.clients[key].unfinished.len() + 1,
        };
        let space = self.buffer.len() - self.fan_out.len;
        let room = left.room.saturating_sub(self.budget.sender_cost);
        space.min(room).saturating_sub(begun).min(left.bytes)
    }

    fn read_client(&mut self, key: usize, share: usize, left: &mut Allowance) {
        let outcome = match self.clients[key].state {
            State::Open | State::Lost | State::Listening => self.take_input(key, share, left),
            State::Lingering => self.discard_input(key, share, left),
            State::Leaving | State::Dead => return,
        };
        self.step(&Step::Read { client: key, end: outcome });
        match outcome {
            ReadEnd::More => self.mark_ready(key),
            ReadEnd::Starved => self.starve(key, true),
            ReadEnd::Lost(reason) => self.kill(key, reason),
            ReadEnd::Dry | ReadEnd::Ended => self.note_end(key, outcome),
        }
    }

    /// A client has nothing to read any more: for now, or for ever.
    fn note_end(&mut self, key: usize, outcome: ReadEnd) {
        let client = &mut self.clients[key];
        client.read_on = false;
        client.ended |= outcome == ReadEnd::Ended;
        let reason = client.reason;
        match client.state {
            State::Lost => self.kill(key, Reason::Reset),
            State::Lingering if client.ended => self.kill(key, reason),
            State::Open if client.ended && self.config.half_close == HalfClose::Listen => {
                client.state = State::Listening;
                // It cannot say anything any more, so it is not idle.
                self.deadlines.clear(Timer::Client(key));
            }
            State::Open if client.ended => self.watch(key),
            _ => {}
        }
    }

    /// Reads what is broadcast in this turn.
    fn take_input(&mut self, key: usize, share: usize, left: &mut Allowance) -> ReadEnd {
        let (begin, mut unread) = (self.fan_out.len, share);
        let outcome = loop {
            let start = self.fan_out.len;
            let (read, mut outcome) = self.read_once(key, start..start + unread, left);
            unread -= read;
            let mut framed = self.frame(key, read, outcome == Some(ReadEnd::Ended));
            match framed.rest {
                Rest::Kept => {}
                Rest::TooLong => outcome = Some(ReadEnd::Lost(Reason::LineTooLong)),
                Rest::NoMemory => outcome = Some(ReadEnd::Lost(Reason::OverBudget)),
            }
            if framed.bytes > 0 && self.host_objects(key, &mut framed) {
                outcome = Some(ReadEnd::Lost(Reason::ByHost));
            }
            left.room -= framed.bytes;
            if let Some(outcome) = outcome {
                break outcome;
            }
            if unread == 0 {
                break ReadEnd::More;
            }
        };
        if unread < share {
            self.put_off_dismissal();
            self.note_activity(key);
        }
        if self.fan_out.len > begin && !self.config.echo {
            left.room -= self.budget.sender_cost;
            self.fan_out.name_author(key, &mut self.clients[key].own, begin);
        }
        outcome
    }

    /// Adds what was read to the batch: all of it, or what it completes.
    fn frame(&mut self, key: usize, read: usize, is_end: bool) -> Framed {
        let space = &mut self.buffer[self.fan_out.len..];
        let unfinished = &mut self.clients[key].unfinished;
        let framed = match self.config.framing {
            Framing::Raw => Framed { bytes: read, lines: u64::from(read > 0), rest: Rest::Kept },
            Framing::Line if is_end => self.lines.end(unfinished, space),
            Framing::Line => self.lines.frame(unfinished, space, read),
        };
        self.fan_out.len += framed.bytes;
        self.fan_out.messages += framed.lines;
        self.stats.bytes_in += read as u64;
        self.stats.messages_in += framed.lines;
        framed
    }

    /// Asks the host what becomes of what a client has just added to the batch. True when the host
    /// wants to be rid of the client.
    fn host_objects(&mut self, key: usize, framed: &mut Framed) -> bool {
        let end = self.fan_out.len;
        let said = self.buffer.get(end - framed.bytes..end).unwrap_or_default();
        let passage = self.observer.passes(self.clock.now(), key, said);
        if passage != Passage::Pass {
            self.withhold(framed);
        }
        passage == Passage::Evict
    }

    /// Takes what was added last out of the batch again.
    #[cold]
    fn withhold(&mut self, framed: &mut Framed) {
        self.stats.bytes_withheld += framed.bytes as u64;
        self.fan_out.len -= std::mem::take(&mut framed.bytes);
        self.fan_out.messages -= framed.lines;
    }

    /// Reads what nobody gets: its sender was told that the stream has ended.
    fn discard_input(&mut self, key: usize, share: usize, left: &mut Allowance) -> ReadEnd {
        let start = self.fan_out.len;
        let (read, outcome) = self.read_once(key, start..start + share, left);
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
        part: Range<usize>,
        left: &mut Allowance,
    ) -> (usize, Option<ReadEnd>) {
        let client = &mut self.clients[key];
        let into = &mut self.buffer[part];
        while left.reads > 0 {
            left.reads -= 1;
            self.stats.reads += 1;
            match self.kernel.read(&mut client.connection, into) {
                Ok(0) => return (0, Some(ReadEnd::Ended)),
                Ok(read) => {
                    left.bytes -= read;
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
            Self::Lost(Reason::Reset)
        }
    }
}
