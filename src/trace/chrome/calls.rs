//! Calls to the kernel, and what it said.

use std::fmt;

use super::super::errors;
use super::super::line::{Kind, Line, Microseconds};
use super::super::record::{Answer, Call, Record};
use super::{LOOP, lane};
use crate::kernel::{Event, Source};

/// Begins the line of a call, with all its arguments.
pub(super) fn write(line: &mut Line, record: &Record<'_>, call: &Call<'_>) {
    line.begin(Kind::Complete, "call", lane_of(call), name(call));
    line.at(record.at);
    line.took(record.took);
    if let Some(client) = client(call) {
        line.plain("client", client);
    }
    arguments(line, call);
}

fn arguments(line: &mut Line, call: &Call<'_>) {
    match call {
        Call::Wait { timeout, answer } => {
            line.maybe("timeout", timeout.map(Microseconds));
            if let Some(events) = said(line, answer) {
                line.list("events", events.iter().map(|event| Told(*event)));
            }
        }
        Call::Accept { listener, answer } => {
            line.plain("listener", listener);
            if let Some(from) = said(line, answer) {
                line.maybe("from", from.map(Quoted));
            }
        }
        Call::Add { writable, answer, .. } | Call::Arm { writable, answer, .. } => {
            line.plain("writable", writable);
            said(line, answer);
        }
        Call::Read { .. } | Call::Write { .. } | Call::Finish { .. } => transfer(line, call),
        Call::Address { at, .. } => line.maybe("at", at.map(Quoted)),
        Call::StopListening | Call::Close { .. } | Call::Abort { .. } => {}
    }
}

fn transfer(line: &mut Line, call: &Call<'_>) {
    match call {
        Call::Read { room, answer, .. } => {
            line.plain("room", room);
            if let Some(bytes) = said(line, answer) {
                line.plain("bytes", bytes.len());
            }
        }
        Call::Write { slices, offered, answer, .. } => {
            line.plain("slices", slices);
            line.plain("offered", offered);
            if let Some(bytes) = said(line, answer) {
                line.plain("bytes", bytes);
            }
        }
        Call::Finish { answer, .. } => {
            said(line, answer);
        }
        _ => {}
    }
}

/// Adds the error, or hands out the answer.
fn said<'a, T>(line: &mut Line, answer: &'a Answer<'_, T>) -> Option<&'a T> {
    match answer {
        Ok(answer) => Some(answer),
        Err(error) => {
            line.text("errno", errors::name(error));
            None
        }
    }
}

pub(in crate::trace) fn name(call: &Call<'_>) -> &'static str {
    match call {
        Call::Wait { .. } => "wait",
        Call::Accept { .. } => "accept",
        Call::StopListening => "stop_listening",
        Call::Add { .. } => "add",
        Call::Arm { .. } => "arm",
        Call::Read { .. } => "read",
        Call::Write { .. } => "write",
        Call::Finish { .. } => "finish",
        Call::Close { .. } => "close",
        Call::Abort { .. } => "abort",
        Call::Address { .. } => "address",
    }
}

fn client(call: &Call<'_>) -> Option<usize> {
    match call {
        Call::Wait { .. } | Call::Accept { .. } | Call::StopListening => None,
        Call::Close { client } | Call::Abort { client } => *client,
        Call::Add { client, .. }
        | Call::Arm { client, .. }
        | Call::Read { client, .. }
        | Call::Write { client, .. }
        | Call::Finish { client, .. }
        | Call::Address { client, .. } => Some(*client),
    }
}

fn lane_of(call: &Call<'_>) -> usize {
    client(call).map_or(LOOP, lane)
}

struct Quoted<T>(T);

impl<T: fmt::Display> fmt::Display for Quoted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

/// An event in words, quoted: who, what for, and whether a short read would not be the end.
struct Told(Event);

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Event { source, readable, writable, read_on } = self.0;
        let mark = |is: bool, word: &'static str| if is { word } else { "" };
        match source {
            Source::Listener(number) => write!(f, "\"listener {number}")?,
            Source::Client(key) => write!(f, "\"{key}")?,
            Source::Stop => write!(f, "\"stop")?,
        }
        let (input, room) = (mark(readable, " in"), mark(writable, " out"));
        write!(f, "{input}{room}{}\"", mark(read_on, " more"))
    }
}
