//! Redis publish/subscribe in RESP3. A message comes as a push:
//! `>3 $7 message $4 room $LENGTH bytes`, each part ended by CR LF; the reply to a PUBLISH, the
//! number of receivers, comes between pushes and is skipped.

use std::io::Write as _;

use super::{Heard, ROOM, counted, line, shown};

/// What stands before the length of every message.
const PUSH: &[u8] = b">3\r\n$7\r\nmessage\r\n$4\r\nroom\r\n$";

/// How deep values may stand in each other: the answer to HELLO has a list within a map.
const DEEPEST: usize = 8;

pub(super) fn greeting() -> Vec<u8> {
    format!("HELLO 3\r\nSUBSCRIBE {ROOM}\r\n").into_bytes()
}

/// A map that describes the server, and the push that says that we are subscribed.
pub(super) fn answer(bytes: &[u8]) -> Result<Option<usize>, String> {
    let mut at = 0;
    for kind in [b'%', b'>'] {
        match bytes.get(at) {
            None => return Ok(None),
            Some(&first) if first != kind => return Err(shown(&bytes[at..])),
            Some(_) => {}
        }
        let Some(len) = value(&bytes[at..], DEEPEST)? else { return Ok(None) };
        at += len;
    }
    Ok(Some(at))
}

pub(super) fn wrap(message: &[u8], into: &mut Vec<u8>) {
    into.extend_from_slice(b"*3\r\n$7\r\nPUBLISH\r\n$4\r\nroom\r\n$");
    write!(into, "{}\r\n", message.len()).expect("a Vec takes everything");
    into.extend_from_slice(message);
    into.extend_from_slice(b"\r\n");
}

#[inline]
pub(super) fn next(bytes: &[u8]) -> Result<Option<Heard>, String> {
    let Some(rest) = bytes.strip_prefix(PUSH) else { return other(bytes) };
    counted(bytes, rest)
}

/// Anything but a message; also a message that has only begun to come.
#[cold]
fn other(bytes: &[u8]) -> Result<Option<Heard>, String> {
    match bytes.first() {
        Some(b'-') => Err(shown(bytes)),
        _ => Ok(value(bytes, DEEPEST)?.map(Heard::other)),
    }
}

/// How many bytes a value takes, with all that is in it.
fn value(bytes: &[u8], deepest: usize) -> Result<Option<usize>, String> {
    let Some((head, mut len)) = line(bytes) else { return Ok(None) };
    let (&kind, count) = head.split_first().ok_or("an empty line where a value should be")?;
    let parts = match kind {
        b'+' | b'-' | b':' | b'_' | b'#' | b',' | b'(' => 0,
        b'$' | b'=' | b'!' => {
            len += size(count)? + 2;
            0
        }
        b'*' | b'>' | b'~' => size(count)?,
        b'%' => size(count)? * 2,
        _ => return Err(format!("no value of RESP3: {}", shown(head))),
    };
    if parts > 0 && deepest == 0 {
        return Err(format!("values stand too deep in each other: {}", shown(head)));
    }
    for _ in 0..parts {
        let Some(rest) = bytes.get(len..) else { return Ok(None) };
        let Some(part) = value(rest, deepest - 1)? else { return Ok(None) };
        len += part;
    }
    Ok((len <= bytes.len()).then_some(len))
}

/// The number of bytes or of parts, which ends its line.
fn size(digits: &[u8]) -> Result<usize, String> {
    let text = std::str::from_utf8(digits).map_err(|_| shown(digits))?;
    text.parse::<u32>().map(|size| size as usize).map_err(|error| format!("{error}: {text}"))
}
