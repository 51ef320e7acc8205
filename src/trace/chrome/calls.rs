//! Calls to the kernel, and what it said.

use super::super::errors;
use super::super::line::{Kind, Line, Microseconds, Quoted, Value};
use super::super::record::{Answer, Call, Record};
use super::{LOOP, lane};
use crate::kernel::{Event, Source};

/// Begins the line of a call, with all its arguments.
pub(super) fn write(line: &mut Line, record: &Record<'_>, call: &Call<'_>) {
    line.begin(Kind::Complete, "call", lane_of(call), name(call));
    line.at(record.at);
    line.took(record.took);
    if let Some(client) = client(call) {
        line.put("client", client);
    }
    arguments(line, call);
}

fn arguments(line: &mut Line, call: &Call<'_>) {
    match call {
        Call::Wait { timeout, answer } => {
            line.put("timeout", timeout.map(Microseconds));
            if let Some(events) = said(line, answer) {
                line.list("events", events.iter().map(|event| Told(*event)));
            }
        }
        Call::Accept { listener, answer } => {
            line.put("listener", listener);
            if let Some(from) = said(line, answer) {
                line.put("from", from.map(Quoted));
            }
        }
        Call::Add { writable, answer, .. } | Call::Arm { writable, answer, .. } => {
            line.put("writable", writable);
            said(line, answer);
        }
        Call::Read { .. } | Call::Write { .. } | Call::Finish { .. } => transfer(line, call),
        Call::Address { at, .. } => line.put("at", at.map(Quoted)),
        Call::StopListening | Call::Close { .. } | Call::Abort { .. } => {}
    }
}

fn transfer(line: &mut Line, call: &Call<'_>) {
    match call {
        Call::Read { room, answer, .. } => {
            line.put("room", room);
            if let Some(bytes) = said(line, answer) {
                line.put("bytes", bytes.len());
            }
        }
        Call::Write { slices, offered, answer, .. } => {
            line.put("slices", slices);
            line.put("offered", offered);
            if let Some(bytes) = said(line, answer) {
                line.put("bytes", bytes);
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
            line.put("errno", Quoted(errors::name(error)));
            None
        }
    }
}

fn name(call: &Call<'_>) -> &'static str {
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

/// An event in words: who, in which direction, and whether a short read would not be the end.
struct Told(Event);

impl Value for Told {
    fn write(&self, text: &mut String) {
        let Event { source, readable, writable, read_on } = self.0;
        text.push('"');
        match source {
            Source::Listener(number) => {
                text.push_str("listener ");
                number.write(text);
            }
            Source::Client(key) => key.write(text),
            Source::Stop => text.push_str("stop"),
        }
        for (is, word) in [(readable, " in"), (writable, " out"), (read_on, " more")] {
            text.push_str(if is { word } else { "" });
        }
        text.push('"');
    }
}
