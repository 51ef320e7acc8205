//! Records as one readable line each: what was tried, what the kernel said, what the loop does next
//! and why. Interests stand there twice, as epoll is told of them and as kqueue is.

mod calls;
mod interest;
mod told;

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::time::Duration;

use super::chrome::phase_name;
use super::output::Failure;
use super::record::{Gauge, Record, Sink, What};
use super::why;
use crate::observer::{Admission, Passage, Phase};
use told::{Because, Decided, Stepped};

/// Tells a run to whoever reads along.
pub(super) struct Narrator {
    writer: BufWriter<Box<dyn Write>>,
    turn: u64,
    phase: Phase,
    /// Nobody reads along any more, or nobody can: then it is silent.
    failure: Failure,
}

impl Narrator {
    pub(super) fn to(writer: Box<dyn Write>) -> Self {
        let writer = BufWriter::new(writer);
        Self { writer, turn: 0, phase: Phase::Wait, failure: Failure::default() }
    }

    /// The first error, once.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    fn say(&mut self, at: Duration, words: fmt::Arguments<'_>) {
        let phase = phase_name(self.phase).replace('_', " ");
        let said = writeln!(self.writer, "{} {phase:<8} {words}", Seconds(at));
        self.failure.note(said);
    }

    /// A line that belongs to the one before.
    fn add(&mut self, words: fmt::Arguments<'_>) {
        let said = writeln!(self.writer, "{:<27}{words}", "");
        self.failure.note(said);
    }

    fn tell(&mut self, record: &Record<'_>) {
        let at = record.at;
        match &record.what {
            What::Call(call) => self.tell_call(record, call),
            What::Decision(_, decision) => {
                let why = Because(why::of_decision(decision));
                self.say(at, format_args!("{}{why}", Decided(decision)));
            }
            What::Step(step) => {
                let why = Because(why::of_step(step));
                self.say(at, format_args!("{}{why}", Stepped(step)));
            }
            What::Admission(Admission::Refuse) => {
                self.say(at, format_args!("the host does not let it in"));
            }
            What::Passage(client, Passage::Evict) => {
                self.say(at, format_args!("client {client}: the host wants to be rid of it"));
            }
            What::Passage(client, _) => {
                self.say(at, format_args!("client {client}: the host withholds what it said"));
            }
            What::Gauge(Gauge::Queue(client, queued)) => {
                self.say(at, format_args!("client {client}: {queued} bytes wait for it"));
            }
            What::Setup(_)
            | What::Admission(_)
            | What::Phase(_)
            | What::Turn(_)
            | What::Gauge(_) => {}
        }
    }
}

impl Sink for Narrator {
    fn enter(&mut self, turn: u64, phase: Phase) {
        self.phase = phase;
        if !self.failure.has_happened() && turn != self.turn {
            self.turn = turn;
            let said = writeln!(self.writer, "turn {turn}");
            self.failure.note(said);
        }
    }

    fn take(&mut self, record: &Record<'_>) {
        if !self.failure.has_happened() {
            self.tell(record);
        }
    }

    fn rest(&mut self) {
        if !self.failure.has_happened() {
            let flushed = self.writer.flush();
            self.failure.note(flushed);
        }
    }
}

impl fmt::Debug for Narrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Narrator").field("failure", &self.failure).finish_non_exhaustive()
    }
}

/// A time in seconds, with six decimals.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>5}.{:06}", self.0.as_secs(), self.0.subsec_micros())
    }
}
