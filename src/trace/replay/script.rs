//! A trace, read as a script: what the kernel and the host answered, in order.

use std::time::Duration;

use super::answers::{self, Part};
use super::reader::{Entry, Reader, unfit};
use super::{Outcome, ReplayError};
use crate::trace::record::Setup;

/// A trace that is being run again.
pub(in crate::trace) struct Script {
    reader: Reader,
    /// When the call that was answered last was over.
    until: Option<Duration>,
    last: Duration,
    /// Something was asked behind the end of the trace.
    is_cut: bool,
    problem: Option<ReplayError>,
    turns: u64,
    events: u64,
}

/// What a host does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cue {
    Turn { timeout: Option<Duration> },
    ShutDown,
    Says { client: Option<usize>, bytes: Vec<u8> },
    Evicts { client: usize },
}

impl Script {
    pub(super) fn of(reader: Reader) -> Self {
        Self {
            reader,
            until: None,
            last: Duration::ZERO,
            is_cut: false,
            problem: None,
            turns: 0,
            events: 0,
        }
    }

    pub(super) fn setup(&self) -> &Setup {
        &self.reader.setup
    }

    /// Whether all of it was run again.
    ///
    /// # Errors
    /// When something else happened than was recorded.
    pub(super) fn is_over(&mut self) -> Result<bool, ReplayError> {
        if let Some(problem) = self.problem.take() {
            return Err(problem);
        }
        self.reader.fill()?;
        Ok(self.reader.parts.is_empty())
    }

    /// What the host did next.
    ///
    /// # Errors
    /// When the recorded run made calls that this one did not make.
    pub(super) fn host_cue(&mut self) -> Result<Cue, ReplayError> {
        let Some(Entry { line, part, .. }) = self.reader.parts.front() else {
            return Err(unfit("it has ended"));
        };
        match part {
            Part::Call(call) if call.name == "wait" => {
                self.turns += 1;
                Ok(Cue::Turn { timeout: call.timeout() })
            }
            Part::Call(call) if call.name == "stop_listening" => Ok(Cue::ShutDown),
            Part::Says { client, bytes } => Ok(Cue::Says { client: *client, bytes: bytes.clone() }),
            Part::Evicts { client } => Ok(Cue::Evicts { client: *client }),
            other => Err(ReplayError::Differs {
                line: *line,
                recorded: other.to_string(),
                done: "nothing more in this turn".to_owned(),
            }),
        }
    }

    /// Whether a host asked for the time before it did this.
    pub(super) fn has_surplus_time(&self, cue: &Cue) -> bool {
        let by_server = match cue {
            Cue::Turn { .. } | Cue::ShutDown => 1,
            Cue::Says { .. } | Cue::Evicts { .. } => 0,
        };
        self.reader.parts.front().is_some_and(|entry| entry.asked.len() > by_server)
    }

    /// Takes what the host did away.
    pub(super) fn skip(&mut self) {
        self.reader.parts.pop_front();
    }

    /// The next answer to a question about the time.
    pub(super) fn now(&mut self) -> Duration {
        self.last = self.next_time().unwrap_or(self.last);
        self.last
    }

    fn next_time(&mut self) -> Option<Duration> {
        if let Some(until) = self.until.take() {
            return Some(until);
        }
        self.fill_or_note();
        let Some(entry) = self.reader.parts.front_mut() else {
            let asked = self.reader.asked.pop_front();
            self.is_cut |= asked.is_none();
            return asked;
        };
        if let Some(asked) = entry.asked.pop_front() {
            return Some(asked);
        }
        match &entry.part {
            Part::Call(call) if !entry.has_begun => {
                entry.has_begun = true;
                Some(call.at)
            }
            _ => {
                self.fail("a question for the time");
                None
            }
        }
    }

    /// The answer to this call, unless another one was recorded.
    pub(super) fn call(&mut self, name: &str) -> Option<answers::Call> {
        self.fill_or_note();
        let is_it = |entry: &Entry| matches!(&entry.part, Part::Call(call) if call.name == name);
        if self.reader.parts.is_empty() {
            self.is_cut = true;
            return None;
        }
        if !self.reader.parts.front().is_some_and(is_it) {
            self.fail(name);
            return None;
        }
        match self.reader.parts.pop_front().map(|entry| entry.part) {
            Some(Part::Call(call)) => {
                self.until = Some(call.at + call.took);
                Some(call)
            }
            _ => None,
        }
    }

    /// What the host answered, if it was asked here and objected.
    pub(super) fn objection(&mut self, is_it: impl Fn(&Part) -> bool) -> Option<Part> {
        self.fill_or_note();
        let comes_next = self.reader.parts.front().is_some_and(|entry| is_it(&entry.part));
        if comes_next { self.reader.parts.pop_front().map(|entry| entry.part) } else { None }
    }

    /// The line that is to be done again next; none behind the end.
    pub(super) fn expected(&mut self) -> Option<(u64, String)> {
        let expected = self.reader.expected().unwrap_or_else(|problem| {
            self.problem.get_or_insert(problem);
            None
        });
        self.events += u64::from(expected.is_some());
        expected
    }

    /// Something else was done than was recorded.
    pub(super) fn differs(&mut self, line: u64, recorded: String, done: String) {
        self.problem.get_or_insert(ReplayError::Differs { line, recorded, done });
    }

    pub(super) fn outcome(&mut self) -> Result<Outcome, ReplayError> {
        if let Some(problem) = self.problem.take() {
            return Err(problem);
        }
        // What stands behind the last call of a trace that was cut was begun, and not done.
        self.is_cut |= !self.reader.is_closed;
        if let Some((line, recorded)) = self.expected().filter(|_| !self.is_cut) {
            let done = "the end".to_owned();
            return Err(ReplayError::Differs { line, recorded, done });
        }
        let Self { turns, events, is_cut, .. } = *self;
        Ok(Outcome { turns, events, is_cut })
    }

    fn fail(&mut self, done: &str) {
        if let Some(Entry { line, part, .. }) = self.reader.parts.front() {
            let (line, recorded) = (*line, part.to_string());
            self.differs(line, recorded, done.to_owned());
        }
    }

    fn fill_or_note(&mut self) {
        if let Err(problem) = self.reader.fill() {
            self.problem.get_or_insert(problem);
        }
    }
}
