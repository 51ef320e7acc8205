//! Where lines go: to a stream as they come, or to a ring that keeps the last ones.

use std::fmt;
use std::io::{self, BufWriter, Write};

/// Takes the lines of a trace.
pub(super) trait Output {
    /// A line that says what this is, or who somebody is: it is needed to understand others.
    fn head(&mut self, line: &str);

    fn line(&mut self, line: &str);

    /// Makes what was taken visible.
    fn flush(&mut self);
}

/// A JSON array that is written as it grows. The first error ends it: a full disk must not end
/// what is traced.
pub(super) struct Stream {
    writer: BufWriter<Box<dyn Write>>,
    has_lines: bool,
    failure: Failure,
}

/// The first error of a writer. Nothing is written after it.
#[derive(Debug, Default)]
pub(super) struct Failure {
    has_happened: bool,
    /// Until somebody was told.
    error: Option<io::Error>,
}

/// So much is written at once, at most.
const BUFFER: usize = 64 << 10;

impl Stream {
    pub(super) fn to(writer: Box<dyn Write>) -> Self {
        let writer = BufWriter::with_capacity(BUFFER, writer);
        Self { writer, has_lines: false, failure: Failure::default() }
    }

    /// Ends the array.
    pub(super) fn finish(&mut self) {
        self.attempt(|stream| stream.writer.write_all(b"\n]\n"));
        self.flush();
    }

    /// The first error, once.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    fn attempt(&mut self, write: impl FnOnce(&mut Self) -> io::Result<()>) {
        if !self.failure.has_happened() {
            let written = write(self);
            self.failure.note(written);
        }
    }
}

impl Failure {
    pub(super) fn has_happened(&self) -> bool {
        self.has_happened
    }

    pub(super) fn note(&mut self, written: io::Result<()>) {
        if let Err(error) = written {
            if !self.has_happened {
                self.error = Some(error);
            }
            self.has_happened = true;
        }
    }

    /// The error, once.
    pub(super) fn take(&mut self) -> Option<io::Error> {
        self.error.take()
    }
}

impl Output for Stream {
    fn head(&mut self, line: &str) {
        self.line(line);
    }

    fn line(&mut self, line: &str) {
        let before = if self.has_lines { ",\n" } else { "[\n" };
        self.has_lines = true;
        self.attempt(|stream| {
            stream.writer.write_all(before.as_bytes())?;
            stream.writer.write_all(line.as_bytes())
        });
    }

    fn flush(&mut self) {
        self.attempt(|stream| stream.writer.flush());
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("failure", &self.failure).finish_non_exhaustive()
    }
}
