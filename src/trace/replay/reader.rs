//! A trace, read line by line: what is to be done again, and what was answered.

use std::collections::VecDeque;
use std::io::BufRead;
use std::time::Duration;

use serde_json::Value;

use super::ReplayError;
use super::answers::{self, Part};
use crate::trace::chrome::{FORMAT, configured};
use crate::trace::record::Setup;

/// A trace as far as it was read: no further than it has to be.
pub(super) struct Reader {
    pub(super) setup: Setup,
    lines: Box<dyn BufRead>,
    line_number: u64,
    has_ended: bool,
    /// The list was closed: the server came to its end, or its host said that it was enough.
    pub(super) is_closed: bool,
    /// Lines that are yet to be done again, with their numbers.
    expected: VecDeque<(u64, String)>,
    /// Answers that are yet to be given.
    pub(super) parts: VecDeque<Entry>,
    /// Times that the server asked for behind the last part.
    pub(super) asked: VecDeque<Duration>,
}

/// A part, and where it stands.
pub(super) struct Entry {
    pub(super) line: u64,
    /// Times that the server asked for before it.
    pub(super) asked: VecDeque<Duration>,
    /// When it began was asked for, too.
    pub(super) has_begun: bool,
    pub(super) part: Part,
}

impl Reader {
    /// Reads the head of a trace.
    ///
    /// # Errors
    /// When it is none that can be run again.
    pub(super) fn open(lines: Box<dyn BufRead>) -> Result<Self, ReplayError> {
        let mut reader = Self {
            setup: Setup::none(),
            lines,
            line_number: 0,
            has_ended: false,
            is_closed: false,
            expected: VecDeque::new(),
            parts: VecDeque::new(),
            asked: VecDeque::new(),
        };
        while let Some(value) = reader.read_line()? {
            if value["name"] == "setup" {
                reader.setup = setup(&value["args"]).map_err(ReplayError::Unfit)?;
                return Ok(reader);
            }
        }
        Err(unfit("it is no trace of this program, or not the start of one: there is no setup"))
    }

    /// The line that is to be done again next; none behind the end.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn expected(&mut self) -> Result<Option<(u64, String)>, ReplayError> {
        while self.expected.is_empty() && !self.has_ended {
            self.read_line()?;
        }
        Ok(self.expected.pop_front())
    }

    /// Reads on until there is a part that is to come, or the trace has ended.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn fill(&mut self) -> Result<(), ReplayError> {
        while self.parts.is_empty() && !self.has_ended {
            self.read_line()?;
        }
        Ok(())
    }

    /// Reads a line, and remembers what it says; none at the end. Half a last line is no line.
    fn read_line(&mut self) -> Result<Option<Value>, ReplayError> {
        let mut text = String::new();
        if self.lines.read_line(&mut text)? == 0 {
            self.has_ended = true;
            return Ok(None);
        }
        self.line_number += 1;
        let line = text.trim_end().trim_end_matches(',');
        self.is_closed |= line == "]";
        if matches!(line, "[" | "]" | "") {
            return Ok(Some(Value::Null));
        }
        let value: Value = match serde_json::from_str(line) {
            Ok(value) => value,
            Err(_) if !text.ends_with('\n') && self.line_number > 1 => {
                self.has_ended = true;
                return Ok(None);
            }
            Err(error) => return Err(unfit(&format!("line {}: {error}", self.line_number))),
        };
        if value["name"] == "dropped" {
            return Err(unfit("it is the last part of a trace, and a run begins at its start"));
        }
        self.remember(line.to_owned(), &value)?;
        Ok(Some(value))
    }

    fn remember(&mut self, line: String, value: &Value) -> Result<(), ReplayError> {
        let number = self.line_number;
        self.expected.push_back((number, line));
        self.asked.extend(answers::asked(value));
        let part = answers::part(value, self.setup.config.framing)
            .map_err(|what| unfit(&format!("line {number}: {what}")))?;
        if let Some(part) = part {
            let asked = std::mem::take(&mut self.asked);
            self.parts.push_back(Entry { line: number, asked, has_begun: false, part });
        }
        Ok(())
    }
}

fn setup(value: &Value) -> Result<Setup, String> {
    if value["format"] != FORMAT {
        return Err(format!("its format is {}, and this program knows {FORMAT}", value["format"]));
    }
    let size = |name: &str| {
        let size = value[name].as_u64().and_then(|size| usize::try_from(size).ok());
        size.ok_or_else(|| format!("its setup has no {name}"))
    };
    Ok(Setup {
        short_is_end: value["short_is_end"].as_bool().ok_or("its setup has no short_is_end")?,
        listeners: size("listeners")?,
        slot: size("slot")?,
        config: configured(&value["config"])?,
    })
}

pub(super) fn unfit(why: &str) -> ReplayError {
    ReplayError::Unfit(why.to_owned())
}
