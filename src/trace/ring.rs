//! The last part of a trace, in a ring of bytes that is allocated once.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write};

use super::output::Output;

/// Whole lines, the latest ones; and those that say who somebody is, since other lines need them.
#[derive(Debug)]
pub(super) struct Ring {
    lines: VecDeque<u8>,
    most: usize,
    /// Lines that had to go.
    dropped: u64,
    /// What the trace is and who is on each lane, by what comes before the arguments.
    heads: BTreeMap<String, String>,
}

impl Ring {
    pub(super) fn of(most: usize) -> Self {
        Self { lines: VecDeque::with_capacity(most), most, dropped: 0, heads: BTreeMap::new() }
    }

    /// Writes what is there as a trace. It stays.
    ///
    /// # Errors
    /// What the writer says.
    pub(super) fn write_to(&self, writer: &mut dyn Write) -> io::Result<()> {
        writer.write_all(b"[\n")?;
        let marker = format!(
            "{{\"name\":\"dropped\",\"ph\":\"M\",\"pid\":1,\"tid\":0,\"args\":{{\"lines\":{}}}}}",
            self.dropped
        );
        let mut before = "";
        // First, so that nobody takes this for a whole run.
        for head in [marker.as_str()].into_iter().chain(self.heads.values().map(String::as_str)) {
            writer.write_all(before.as_bytes())?;
            writer.write_all(head.as_bytes())?;
            before = ",\n";
        }
        let (first, second) = self.lines.as_slices();
        writer.write_all(first)?;
        writer.write_all(second)?;
        writer.write_all(b"\n]\n")?;
        writer.flush()
    }

    fn drop_oldest(&mut self) {
        // Each line begins with what separates it from the one before: a comma and a line feed.
        let next = self.lines.iter().skip(2).position(|&byte| byte == b'\n');
        let length = next.map_or(self.lines.len(), |place| place + 1);
        self.lines.drain(..length);
        self.dropped += 1;
    }
}

impl Output for Ring {
    fn head(&mut self, line: &str) {
        // The name of a lane takes the place of the one that it had.
        let subject = line.split("\"args\"").next().unwrap_or_default();
        self.heads.insert(subject.to_owned(), line.to_owned());
    }

    fn line(&mut self, line: &str) {
        let needed = line.len() + 2;
        if needed > self.most {
            self.dropped += 1;
            return;
        }
        while self.lines.len() + needed > self.most {
            self.drop_oldest();
        }
        self.lines.extend(b",\n");
        self.lines.extend(line.as_bytes());
    }

    fn flush(&mut self) {}
}
