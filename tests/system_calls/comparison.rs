//! Whether two lists are one: what the record expects, and what strace saw.

use std::fmt::Write;

use crate::record::{Noted, Record, name, tally};

/// How an allocator asks the operating system. Such a call may stand only where the record says
/// that the server asked the allocator.
const MEMORY: [&str; 6] = ["brk", "madvise", "mmap", "mprotect", "mremap", "munmap"];

/// Lines shown on each side of a difference.
const CONTEXT: usize = 5;
/// Columns of the left list.
const WIDTH: usize = 86;

/// A row of both lists: a call that the record expects, with the call to the kernel that it belongs
/// to, and what strace saw in its place.
#[derive(Debug)]
struct Row<'a> {
    call: &'a str,
    expected: &'a str,
    seen: &'a [String],
}

/// Both lists side by side, or the first difference of them.
#[derive(Debug)]
pub struct Comparison {
    /// In one line: how many calls there were of each kind.
    pub summary: String,
    pub side_by_side: String,
}

/// # Errors
/// The first difference, with what stands around it in both lists.
pub fn compare(record: &Record, seen: &[String]) -> Result<Comparison, String> {
    let (mut rows, mut at): (Vec<Row<'_>>, usize) = (Vec::new(), 0);
    let mut memory: Vec<&str> = Vec::new();
    for (number, noted) in record.calls.iter().enumerate() {
        while noted.memory > 0 && seen.get(at).is_some_and(|call| is_memory(call)) {
            rows.push(Row { call: "(memory)", expected: "", seen: &seen[at..=at] });
            memory.push(&seen[at]);
            at += 1;
        }
        for (index, expected) in noted.expected.iter().enumerate() {
            let Some(length) = length_of_match(expected, &seen[at..]) else {
                return Err(difference(&rows, &record.calls[number..], index, &seen[at..]));
            };
            let seen = &seen[at..at + length];
            rows.push(Row { call: if index == 0 { &noted.call } else { "" }, expected, seen });
            at += length;
        }
    }
    if at < seen.len() {
        return Err(difference(&rows, &[], 0, &seen[at..]));
    }
    let own = seen.iter().map(String::as_str).filter(|call| !is_memory(call));
    let mut summary = format!(
        "{} calls to the kernel ({}), {} system calls ({})",
        record.calls.len(),
        record.tally(),
        seen.len() - memory.len(),
        tally(own),
    );
    if !memory.is_empty() {
        let by_allocator = tally(memory.into_iter());
        let _ = write!(summary, ", and of the allocator's: {by_allocator}");
    }
    Ok(Comparison { summary, side_by_side: rows.iter().map(Row::text).collect() })
}

fn is_memory(call: &str) -> bool {
    MEMORY.contains(&name(call))
}

/// How many calls of those seen are what is expected next.
fn length_of_match(expected: &str, seen: &[String]) -> Option<usize> {
    match expected.split_once(")... = ") {
        Some((call, result)) => until_dry(call, result, seen),
        None => (seen.first()? == expected).then_some(1),
    }
}

/// A read of a UNIX stream goes on until nothing comes, or there is no more room.
fn until_dry(call: &str, result: &str, seen: &[String]) -> Option<usize> {
    let (call, room) = call.split_once(", ")?;
    let (room, mut taken): (usize, usize) = (room.parse().ok()?, 0);
    for (index, seen) in seen.iter().enumerate() {
        let now = seen.strip_prefix(&format!("{call}, {}) = ", room - taken))?;
        match now.parse::<usize>() {
            Ok(now) if now > 0 && taken + now < room => taken += now,
            Ok(now) if now > 0 => return (result == room.to_string()).then_some(index + 1),
            // An end or an error behind the first bytes is not told.
            _ if taken > 0 => return (result == taken.to_string()).then_some(index + 1),
            _ => return (result == now).then_some(1),
        }
    }
    None
}

/// The rows before a difference, and each list from there on.
fn difference(rows: &[Row<'_>], calls: &[Noted], index: usize, seen: &[String]) -> String {
    let mut text = format!("{:WIDTH$} | strace saw\n", "the record expects");
    for row in &rows[rows.len().saturating_sub(CONTEXT)..] {
        text += &row.text();
    }
    let _ = writeln!(text, "{:->WIDTH$}-+- the first difference", "");
    let expected = calls.iter().flat_map(|noted| {
        let of = |(index, expected)| (if index == 0 { noted.call.as_str() } else { "" }, expected);
        noted.expected.iter().enumerate().map(of)
    });
    let mut expected = expected.skip(index);
    for number in 0..=CONTEXT {
        let (call, expected) = match expected.next() {
            Some((call, expected)) => (call, expected.as_str()),
            None => ("", "(the end)"),
        };
        let nothing = ["(the end)".to_owned()];
        let seen = seen.get(number..=number).unwrap_or(&nothing);
        text += &Row { call, expected, seen }.text();
    }
    text
}

impl Row<'_> {
    fn text(&self) -> String {
        let mut text = String::new();
        if !self.call.is_empty() {
            let _ = writeln!(text, "{:WIDTH$} |", self.call);
        }
        for (index, seen) in self.seen.iter().enumerate() {
            let expected = if index == 0 { self.expected } else { "" };
            let _ = writeln!(text, "  {expected:width$} | {seen}", width = WIDTH - 2);
        }
        text
    }
}
