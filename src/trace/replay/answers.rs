//! Lines of a trace, read as answers.

use std::fmt;
use std::io;
use std::time::Duration;

use serde_json::Value;

use super::super::errors;
use crate::config::Framing;
use crate::kernel::{Event, Source};
use crate::observer::Passage;

/// A part of a script.
#[derive(Debug)]
pub(super) enum Part {
    Call(Call),
    Says {
        client: Option<usize>,
        bytes: Vec<u8>,
    },
    Evicts {
        client: usize,
    },
    /// The host was asked whether somebody is let in, and did not want that.
    Refuses,
    /// The host was asked what becomes of what this client said.
    Passes {
        client: usize,
        passage: Passage,
    },
}

/// A call that was made, and its answer.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) at: Duration,
    pub(super) took: Duration,
    arguments: Value,
}

/// The part that a line is, if it is one: what the loop does by itself is none.
///
/// # Errors
/// What is wrong with it.
pub(super) fn part(value: &Value, framing: Framing) -> Result<Option<Part>, String> {
    let arguments = &value["args"];
    let client = arguments["client"].as_u64().map(|client| client as usize);
    let known = || client.ok_or("there is no client");
    let part = match (value["cat"].as_str(), value["name"].as_str()) {
        (Some("call"), Some(name)) => Part::Call(Call {
            name: name.to_owned(),
            at: time(&value["ts"]).ok_or("ts is no time")?,
            took: time(&value["dur"]).ok_or("dur is no time")?,
            arguments: arguments.clone(),
        }),
        (Some("step"), Some("host_says")) => {
            let mut bytes = vec![0; length(arguments, "bytes")?];
            fill(&mut bytes, arguments, framing);
            Part::Says { client, bytes }
        }
        (Some("step"), Some("host_evicts")) => Part::Evicts { client: known()? },
        (Some("answer"), Some("admits")) => Part::Refuses,
        (Some("answer"), Some("passes")) => {
            let evicts = arguments["passage"] == "evict";
            let passage = if evicts { Passage::Evict } else { Passage::Withhold };
            Part::Passes { client: known()?, passage }
        }
        _ => return Ok(None),
    };
    Ok(Some(part))
}

/// Times that the server asked for before that.
pub(super) fn asked(value: &Value) -> impl Iterator<Item = Duration> + '_ {
    value["args"]["asked"].as_array().into_iter().flatten().filter_map(time)
}

impl Call {
    /// What an error says, if it is one.
    fn error(&self) -> Option<io::Error> {
        self.arguments["errno"].as_str().map(errors::named)
    }

    /// Nothing, or the error.
    pub(super) fn done(&self) -> io::Result<()> {
        self.error().map_or(Ok(()), Err)
    }

    /// How many bytes, or the error.
    pub(super) fn bytes(&self) -> io::Result<usize> {
        self.done()?;
        length(&self.arguments, "bytes").map_err(io::Error::other)
    }

    /// Bytes that were read, as far as they matter: those that end lines, and others.
    pub(super) fn read(&self, into: &mut [u8], framing: Framing) -> io::Result<usize> {
        let bytes = self.bytes()?;
        let into =
            into.get_mut(..bytes).ok_or_else(|| io::Error::other("more than there is room"))?;
        fill(into, &self.arguments, framing);
        Ok(bytes)
    }

    pub(super) fn timeout(&self) -> Option<Duration> {
        time(&self.arguments["timeout"])
    }

    /// An address under this name, if there was one.
    pub(super) fn address(&self, name: &str) -> Option<std::net::SocketAddr> {
        self.arguments[name].as_str().and_then(|text| text.parse().ok())
    }

    /// Adds the events that a wait told.
    pub(super) fn events(&self, events: &mut Vec<Event>) {
        let told = self.arguments["events"].as_array().into_iter().flatten();
        events.extend(told.filter_map(Value::as_str).filter_map(event));
    }
}

fn event(text: &str) -> Option<Event> {
    let mut words = text.split(' ');
    let source = match words.next()? {
        "listener" => Source::Listener(words.next()?.parse().ok()?),
        "stop" => Source::Stop,
        key => Source::Client(key.parse().ok()?),
    };
    let mut event = Event { source, readable: false, writable: false, read_on: false };
    for word in words {
        match word {
            "in" => event.readable = true,
            "out" => event.writable = true,
            "more" => event.read_on = true,
            _ => return None,
        }
    }
    Some(event)
}

fn fill(bytes: &mut [u8], arguments: &Value, framing: Framing) {
    bytes.fill(b'x');
    if framing == Framing::Line {
        let ends = arguments["line_feeds"].as_array().into_iter().flatten();
        for place in ends.filter_map(Value::as_u64) {
            if let Some(byte) = bytes.get_mut(place as usize) {
                *byte = b'\n';
            }
        }
    }
}

fn length(arguments: &Value, name: &str) -> Result<usize, String> {
    let length = arguments[name].as_u64().and_then(|length| usize::try_from(length).ok());
    // Nothing that a server reads or says is longer; a file may claim anything.
    let length = length.filter(|&length| length <= 1 << 30);
    length.ok_or_else(|| format!("{name} is no number of bytes"))
}

/// A time in microseconds with three decimals: exact for a hundred days.
fn time(value: &Value) -> Option<Duration> {
    let microseconds = value.as_f64().filter(|time| (0.0..9e12).contains(time))?;
    Some(Duration::from_nanos((microseconds * 1_000.0).round() as u64))
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(call) => write!(f, "{} {}", call.name, call.arguments),
            Self::Says { .. } => f.write_str("something that the host says"),
            Self::Evicts { client } => write!(f, "that the host puts client {client} out"),
            Self::Refuses => f.write_str("that the host refuses somebody"),
            Self::Passes { client, .. } => write!(f, "that the host objects to client {client}"),
        }
    }
}
