//! Records as a Chrome trace: the JSON that Perfetto, chrome://tracing and speedscope open, one
//! event in each line. docs/TRACE.md describes it.

mod calls;
mod configuration;
mod decisions;

use std::borrow::Cow;

use super::line::{Kind, Line, Microseconds, Plain, Quoted};
use super::output::Output;
use super::record::{Call, Gauge, Record, Setup, Sink, What};
use crate::config::Framing;
use crate::observer::{Admission, Decision, Passage, Phase, Step};

pub(super) use configuration::{configuration, configured};

/// The version of the format: readers refuse what they do not know.
pub(super) const FORMAT: u64 = 1;

/// Writes a trace to an output.
#[derive(Debug)]
pub(super) struct Chrome<O> {
    pub(super) output: O,
    line: Line,
    /// Where lines end decides what happens next. What is in them does not, and is never written.
    tells_line_feeds: bool,
}

/// The lane of the loop; that of a client is its key and one more.
const LOOP: usize = 0;

impl<O> Chrome<O> {
    pub(super) fn to(output: O) -> Self {
        Self { output, line: Line::default(), tells_line_feeds: false }
    }
}

impl<O: Output> Sink for Chrome<O> {
    fn enter(&mut self, _: u64, _: Phase) {}

    fn take(&mut self, record: &Record<'_>) {
        match &record.what {
            What::Setup(setup) => return self.begin(setup),
            What::Decision(_, Decision::Joined { client, .. }) => self.name_lane(*client),
            _ => {}
        }
        self.write(record);
        if !record.asked.is_empty() {
            self.line.list("asked", record.asked.iter().map(|at| Microseconds(*at)));
        }
        self.output.line(self.line.end());
    }

    fn rest(&mut self) {
        self.output.flush();
    }
}

impl<O: Output> Chrome<O> {
    /// Begins the line of a record, with all that is its own.
    fn write(&mut self, record: &Record<'_>) {
        match &record.what {
            What::Setup(_) => {}
            What::Call(call) => {
                calls::write(&mut self.line, record, call);
                if let Call::Read { answer: Ok(bytes), .. } = call {
                    self.line_feeds(bytes);
                }
            }
            What::Phase(phase) => self.span("phase", phase_name(*phase), record),
            What::Turn(turn) => {
                self.span("turn", "turn", record);
                self.line.put("turn", turn);
            }
            What::Decision(at, decision) => {
                decisions::write_decision(&mut self.line, record.at, *at, decision);
            }
            What::Step(step) => {
                decisions::write_step(&mut self.line, record.at, step);
                if let Step::HostSays { bytes, .. } = step {
                    self.line_feeds(bytes);
                }
            }
            What::Admission(_) | What::Passage(..) => self.answer(record),
            What::Gauge(gauge) => self.gauge(record, *gauge),
        }
    }

    fn begin(&mut self, setup: &Setup) {
        self.tells_line_feeds = setup.config.framing == Framing::Line;
        self.line.begin(Kind::Metadata, "", LOOP, "process_name");
        self.line.put("name", Quoted(concat!("pollcast ", env!("CARGO_PKG_VERSION"))));
        self.output.head(self.line.end());
        self.line.begin(Kind::Metadata, "", LOOP, "thread_name");
        self.line.put("name", Quoted("loop"));
        self.output.head(self.line.end());
        self.line.begin(Kind::Metadata, "setup", LOOP, "setup");
        self.line.put("format", FORMAT);
        self.line.put("short_is_end", setup.short_is_end);
        self.line.put("listeners", setup.listeners);
        self.line.put("slot", setup.slot);
        self.line.put("config", Plain(configuration(&setup.config)));
        self.output.head(self.line.end());
    }

    fn name_lane(&mut self, client: usize) {
        self.line.begin(Kind::Metadata, "", lane(client), "thread_name");
        self.line.put("name", Quoted(format_args!("client {client}")));
        self.output.head(self.line.end());
    }

    /// What a host answered.
    fn answer(&mut self, record: &Record<'_>) {
        match record.what {
            What::Admission(admission) => {
                self.instant("answer", LOOP, "admits", record);
                self.line.put("admitted", admission == Admission::Admit);
            }
            What::Passage(client, passage) => {
                self.instant("answer", lane(client), "passes", record);
                self.line.put("client", client);
                let evicts = passage == Passage::Evict;
                self.line.put("passage", Quoted(if evicts { "evict" } else { "withhold" }));
            }
            _ => {}
        }
    }

    fn line_feeds(&mut self, bytes: &[u8]) {
        if self.tells_line_feeds {
            let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
            self.line.list("line_feeds", ends.map(|(place, _)| place));
        }
    }

    /// Something of the loop that took time.
    fn span(&mut self, category: &str, name: &str, record: &Record<'_>) {
        self.line.begin(Kind::Complete, category, LOOP, name);
        self.line.at(record.at);
        self.line.took(record.took);
    }

    fn instant(&mut self, category: &str, lane: usize, name: &str, record: &Record<'_>) {
        self.line.begin(Kind::Instant, category, lane, name);
        self.line.at(record.at);
    }

    fn gauge(&mut self, record: &Record<'_>, gauge: Gauge) {
        let (name, unit, amount): (Cow<'_, str>, _, _) = match gauge {
            Gauge::Queue(client, bytes) => {
                (format!("queue of client {client}").into(), "bytes", bytes)
            }
            Gauge::Queued(bytes) => ("queued".into(), "bytes", bytes),
            Gauge::Clients(count) => ("clients".into(), "count", count),
            Gauge::Armed(count) => ("armed".into(), "count", count),
            Gauge::Ready(count) => ("ready".into(), "count", count),
        };
        self.line.begin(Kind::Counter, "gauge", LOOP, &name);
        self.line.at(record.at);
        self.line.put(unit, amount);
    }
}

pub(super) fn lane(client: usize) -> usize {
    client.saturating_add(1)
}

pub(super) fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Wait => "wait",
        Phase::Accept => "accept",
        Phase::Flush => "flush",
        Phase::Judge => "judge",
        Phase::Read => "read",
        Phase::FanOut => "fan_out",
        Phase::Reap => "reap",
    }
}
