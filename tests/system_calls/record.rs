//! The record that a host left.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

/// Calls to the kernel, in order.
#[derive(Debug)]
pub struct Record {
    pub calls: Vec<Noted>,
    /// Where the host left it.
    pub folder: PathBuf,
}

/// A call, and what must have become of it.
#[derive(Debug)]
pub struct Noted {
    pub call: String,
    /// How often the server asked the allocator for something since the call before it.
    pub memory: usize,
    /// The system calls that it must have made.
    pub expected: Vec<String>,
}

impl Record {
    pub fn parse(text: &str, folder: PathBuf) -> Self {
        let (mut calls, mut memory): (Vec<Noted>, usize) = (Vec::new(), 0);
        for line in text.lines() {
            if let Some(times) = line.strip_prefix("memory: ") {
                memory = times.parse().expect("a number");
            } else if let Some(call) = line.strip_prefix("call: ") {
                calls.push(Noted { call: call.to_owned(), memory, expected: Vec::new() });
                memory = 0;
            } else {
                calls.last_mut().expect("behind a call").expected.push(line.to_owned());
            }
        }
        assert!(!calls.is_empty(), "an empty record");
        Self { calls, folder }
    }

    /// How many calls of this method had this answer, or one that ends so.
    pub fn count(&self, method: &str, answer: &str) -> usize {
        let calls = self.calls.iter().filter(|noted| name(&noted.call) == method);
        calls.filter(|noted| noted.call.ends_with(answer)).count()
    }

    /// How often the server asked the allocator for something.
    pub fn memory(&self) -> usize {
        self.calls.iter().map(|noted| noted.memory).sum()
    }

    /// Each write: how many slices, how many bytes, and how many of these were taken, if any.
    pub fn writes(&self) -> impl Iterator<Item = (usize, usize, Option<usize>)> {
        self.calls.iter().filter(|noted| name(&noted.call) == "write").map(|noted| {
            let (offered, taken) = noted.call.split_once(") = ").expect("an answer");
            let lengths = offered.split_once('[').expect("lengths").1.trim_end_matches(']');
            let lengths: Vec<usize> =
                lengths.split(", ").map(|length| length.parse().expect("a number")).collect();
            (lengths.len(), lengths.iter().sum(), taken.parse().ok())
        })
    }

    /// How many calls of each method.
    pub fn tally(&self) -> String {
        tally(self.calls.iter().map(|noted| noted.call.as_str()))
    }
}

/// How many calls of each name: `accept 3, add 2`.
pub fn tally<'a>(calls: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    calls.for_each(|call| *counts.entry(name(call)).or_default() += 1);
    let mut text = String::new();
    for (name, count) in counts {
        let _ = write!(text, "{}{name} {count}", if text.is_empty() { "" } else { ", " });
    }
    text
}

/// What stands before the bracket.
pub fn name(call: &str) -> &str {
    call.split('(').next().unwrap_or(call)
}
