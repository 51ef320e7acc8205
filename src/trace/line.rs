//! One event of a Chrome trace, as a line of JSON.
//!
//! The format is Google's "Trace Event Format"; Perfetto, chrome://tracing and speedscope read it.

mod value;

use std::time::Duration;

use value::push_number;
pub(super) use value::{Microseconds, Plain, Quoted, Value};

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
    fn letter(self) -> &'static str {
        match self {
            Self::Complete => "X",
            Self::Instant => "i",
            Self::Counter => "C",
            Self::Metadata => "M",
        }
    }
}

impl Line {
    /// Begins an event of that name, on this lane.
    pub(super) fn begin(&mut self, kind: Kind, category: &str, lane: usize, name: &str) {
        self.text.clear();
        self.has_arguments = false;
        for part in ["{\"name\":\"", name, "\",\"ph\":\"", kind.letter(), "\",\"cat\":\"", category]
        {
            self.text.push_str(part);
        }
        self.text.push_str("\",\"pid\":1,\"tid\":");
        push_number(&mut self.text, lane as u64, 1);
        if kind == Kind::Instant {
            self.text.push_str(",\"s\":\"t\"");
        }
    }

    /// When it was.
    pub(super) fn at(&mut self, at: Duration) {
        self.text.push_str(",\"ts\":");
        Microseconds(at).write(&mut self.text);
    }

    /// How long it took.
    pub(super) fn took(&mut self, took: Duration) {
        self.text.push_str(",\"dur\":");
        Microseconds(took).write(&mut self.text);
    }

    /// Adds an argument.
    pub(super) fn put(&mut self, name: &str, value: impl Value) {
        self.name(name);
        value.write(&mut self.text);
    }

    /// Adds an argument that is a list.
    pub(super) fn list<V: Value>(&mut self, name: &str, values: impl IntoIterator<Item = V>) {
        self.name(name);
        self.text.push('[');
        for (number, value) in values.into_iter().enumerate() {
            if number > 0 {
                self.text.push(',');
            }
            value.write(&mut self.text);
        }
        self.text.push(']');
    }

    /// Ends the event.
    pub(super) fn end(&mut self) -> &str {
        self.text.push_str(if self.has_arguments { "}}" } else { "}" });
        &self.text
    }

    fn name(&mut self, name: &str) {
        self.text.push_str(if self.has_arguments { ",\"" } else { ",\"args\":{\"" });
        self.has_arguments = true;
        self.text.push_str(name);
        self.text.push_str("\":");
    }
}
