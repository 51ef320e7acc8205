//! Raw data: one JSON object a line.

use std::fmt::{Display, Write as _};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

/// The file with all lines so far.
#[derive(Debug)]
pub(crate) struct Raw(File);

/// One line that is being made.
#[derive(Debug)]
pub(crate) struct Line(String);

impl Raw {
    pub(crate) fn create(path: &Path) -> Result<Self, String> {
        let failed = |error| format!("cannot write {}: {error}", path.display());
        File::create(path).map(Self).map_err(failed)
    }

    /// At once: what was measured is kept also when a later run is ended by hand.
    pub(crate) fn write(&mut self, line: &Line) -> Result<(), String> {
        let text = format!("{}}}\n", line.0);
        self.0.write_all(text.as_bytes()).map_err(|error| format!("raw data: {error}"))
    }
}

impl Line {
    pub(crate) fn new(kind: &str) -> Self {
        Self("{\"kind\":".to_owned() + &quoted(kind))
    }

    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        write!(self.0, ",{}:{}", quoted(name), quoted(value)).expect("a string takes everything");
        self
    }

    /// A number or a truth value.
    pub(crate) fn value(mut self, name: &str, value: impl Display) -> Self {
        write!(self.0, ",{}:{value}", quoted(name)).expect("a string takes everything");
        self
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => {
                write!(quoted, "\\u{:04x}", letter as u32).expect("a string takes everything");
            }
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::{Line, quoted};

    #[test]
    fn a_line_is_an_object_with_its_kind_first() {
        let line = Line::new("cpu").text("server", "Go").value("n", 7).value("is", true);
        assert_eq!(line.0, r#"{"kind":"cpu","server":"Go","n":7,"is":true"#);
    }

    #[test]
    fn what_would_end_a_text_is_escaped() {
        assert_eq!(quoted("a \"b\" \\ c\nd"), r#""a \"b\" \\ c\u000ad""#);
    }
}
