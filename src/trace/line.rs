//! One event of a Chrome trace, as a line of JSON.
//!
//! The format is Google's "Trace Event Format"; Perfetto, chrome://tracing and speedscope read it.
//! Times are microseconds there; three decimals keep the nanoseconds.

use std::fmt::{Display, Write};
use std::time::Duration;

/// A line under construction; its memory is used again for the next one.
#[derive(Debug, Default)]
pub(super) struct Line {
    text: String,
    has_arguments: bool,
}

/// What kind of event it is ("ph").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It took time.
    Complete,
    /// It took none.
    Instant,
    Counter,
    /// It says something of the process or of a lane.
    Metadata,
}

impl Kind {
    fn letter(self) -> char {
        match self {
            Self::Complete => 'X',
            Self::Instant => 'i',
            Self::Counter => 'C',
            Self::Metadata => 'M',
        }
    }
}

impl Line {
    /// Begins an event of that name, on this lane.
    pub(super) fn begin(&mut self, kind: Kind, category: &str, lane: usize, name: impl Display) {
        self.text.clear();
        self.has_arguments = false;
        let letter = kind.letter();
        self.push(format_args!("{{\"name\":\"{name}\",\"ph\":\"{letter}\",\"cat\":\"{category}\""));
        self.push(format_args!(",\"pid\":1,\"tid\":{lane}"));
        if kind == Kind::Instant {
            self.text.push_str(",\"s\":\"t\"");
        }
    }

    /// When it was.
    pub(super) fn at(&mut self, at: Duration) {
        self.push(format_args!(",\"ts\":{}", Microseconds(at)));
    }

    /// How long it took.
    pub(super) fn took(&mut self, took: Duration) {
        self.push(format_args!(",\"dur\":{}", Microseconds(took)));
    }

    /// Adds an argument that is JSON as it is: a number, a truth value, `null`.
    pub(super) fn plain(&mut self, name: &str, value: impl Display) {
        self.name(name);
        self.push(format_args!("{value}"));
    }

    /// Adds an argument that may be missing.
    pub(super) fn maybe(&mut self, name: &str, value: Option<impl Display>) {
        match value {
            Some(value) => self.plain(name, value),
            None => self.plain(name, "null"),
        }
    }

    /// Adds a text. It is one of ours, or an address: nothing in it needs to be escaped.
    pub(super) fn text(&mut self, name: &str, value: impl Display) {
        self.name(name);
        self.push(format_args!("\"{value}\""));
    }

    /// Adds a list of values that are JSON as they are.
    pub(super) fn list(&mut self, name: &str, values: impl IntoIterator<Item = impl Display>) {
        self.name(name);
        self.text.push('[');
        for (number, value) in values.into_iter().enumerate() {
            let comma = if number > 0 { "," } else { "" };
            self.push(format_args!("{comma}{value}"));
        }
        self.text.push(']');
    }

    /// Ends the event.
    pub(super) fn end(&mut self) -> &str {
        self.text.push_str(if self.has_arguments { "}}" } else { "}" });
        &self.text
    }

    fn name(&mut self, name: &str) {
        let before = if self.has_arguments { "," } else { ",\"args\":{" };
        self.has_arguments = true;
        self.push(format_args!("{before}\"{name}\":"));
    }

    fn push(&mut self, arguments: std::fmt::Arguments<'_>) {
        // A string takes everything.
        let _ = self.text.write_fmt(arguments);
    }
}

/// A time as the format has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Microseconds(pub(super) Duration);

impl Display for Microseconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let nanoseconds = self.0.as_nanos();
        write!(f, "{}.{:03}", nanoseconds / 1_000, nanoseconds % 1_000)
    }
}
