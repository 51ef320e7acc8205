//! How a client of each server talks: what it says first, how it sends a message, and how it finds
//! messages in what it receives. A message is the same bytes everywhere; only the frame differs.
//!
//! Finding messages is what a receiver does all the time: it looks at what came, allocates nothing,
//! and knows the frame that a server always sends by heart.

use std::ops::Range;

mod mqtt;
mod nats;
mod redis;
#[cfg(test)]
mod tests;

/// The one channel, subject or topic that everybody is in.
const ROOM: &str = "room";

/// What a client and its server say around the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Nothing: bytes as they come.
    Raw,
    /// RESP3, in which a connection that listens may also publish.
    Redis,
    /// The text protocol of NATS, with the sender's own messages.
    Nats,
    /// MQTT 3.1.1 with quality of service 0: at most once.
    Mqtt,
}

/// The next thing in what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    /// Bytes that it takes.
    pub(crate) len: usize,
    /// Where the message in it is; nothing if it is something else, which is to be skipped.
    pub(crate) message: Option<Range<usize>>,
}

impl Protocol {
    /// What a client says first; empty where nothing is needed.
    pub(crate) fn greeting(self, client: usize) -> Vec<u8> {
        match self {
            Self::Raw => Vec::new(),
            Self::Redis => redis::greeting(),
            Self::Nats => nats::greeting(client),
            Self::Mqtt => mqtt::greeting(client),
        }
    }

    /// How many bytes the complete answer to the greeting takes; nothing while more must come, and
    /// the server's own words if it refuses. Nobody is to talk before all have their answer: a
    /// message that comes earlier may be taken for a part of it.
    pub(crate) fn answer(self, bytes: &[u8]) -> Result<Option<usize>, String> {
        match self {
            Self::Raw => Ok(Some(0)),
            Self::Redis => redis::answer(bytes),
            Self::Nats => nats::answer(bytes),
            Self::Mqtt => mqtt::answer(bytes),
        }
    }

    /// Appends a message as a client sends it.
    pub(crate) fn wrap(self, message: &[u8], into: &mut Vec<u8>) {
        match self {
            Self::Raw => into.extend_from_slice(message),
            Self::Redis => redis::wrap(message, into),
            Self::Nats => nats::wrap(message, into),
            Self::Mqtt => mqtt::wrap(message, into),
        }
    }

    /// The next thing in what came, or nothing while it is not complete. `size` is the size of a
    /// message: raw bytes have no frames. What a server asks (PING) is skipped as well, and not
    /// answered: no server closes for that within the minutes of a run.
    #[inline]
    pub(crate) fn next(self, bytes: &[u8], size: usize) -> Result<Option<Heard>, String> {
        match self {
            Self::Raw if bytes.len() < size => Ok(None),
            Self::Raw => Ok(Some(Heard { len: size, message: Some(0..size) })),
            Self::Redis => redis::next(bytes),
            Self::Nats => nats::next(bytes),
            Self::Mqtt => mqtt::next(bytes),
        }
    }
}

impl Heard {
    fn message(range: Range<usize>, len: usize) -> Self {
        Self { len, message: Some(range) }
    }

    fn other(len: usize) -> Self {
        Self { len, message: None }
    }
}

/// A line up to its CR LF, and the bytes that both take.
fn line(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    Some((&bytes[..end], end + 2))
}

/// A message whose length stands at the start of `rest`, the end of `bytes`, on a line that it ends:
/// the brokers that count bytes frame so.
#[inline]
fn counted(bytes: &[u8], rest: &[u8]) -> Result<Option<Heard>, String> {
    let Some((length, digits)) = number(rest)? else { return Ok(None) };
    let start = bytes.len() - rest.len() + digits + 2;
    let len = start + length + 2;
    Ok((bytes.len() >= len).then(|| Heard::message(start..start + length, len)))
}

/// A number in decimal digits and where it ends; nothing while the byte behind it has not come.
/// No digits are an error: the byte that stands there.
#[inline]
fn number(bytes: &[u8]) -> Result<Option<(usize, usize)>, String> {
    let mut value = 0_usize;
    for (end, &byte) in bytes.iter().enumerate() {
        if byte.is_ascii_digit() && end < LONGEST_NUMBER {
            value = value * 10 + usize::from(byte - b'0');
        } else if end > 0 {
            return Ok(Some((value, end)));
        } else {
            return Err(format!("not a number: {}", shown(bytes)));
        }
    }
    Ok(None)
}

/// Digits that fit into a `usize` of 64 bits, whatever they are.
const LONGEST_NUMBER: usize = 18;

/// What a server said, for people: its first line, no longer than an error may be.
fn shown(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| b"\r\n".contains(byte)).unwrap_or(bytes.len());
    let line = String::from_utf8_lossy(&bytes[..end.min(LONGEST_SHOWN)]);
    line.chars().filter(|letter| !letter.is_control()).collect()
}

const LONGEST_SHOWN: usize = 200;
