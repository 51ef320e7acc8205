//! MQTT 3.1.1. A packet is a byte with its kind in the upper half, its remaining length in one to
//! four bytes of seven bits each, the lowest first, and what remains. A message comes as PUBLISH:
//! the length of the topic in two bytes, the topic, and the message.

use super::{Heard, ROOM, shown};

const CONNECT: u8 = 0x10;
const CONNACK: u8 = 0x20;
const PUBLISH: u8 = 0x30;
/// With the bits that the standard asks for.
const SUBSCRIBE: u8 = 0x82;
const SUBACK: u8 = 0x90;
const PINGRESP: u8 = 0xd0;

/// The two bits of a PUBLISH that say how often it may come; for all but 0 an identifier would
/// follow the topic.
const QUALITY: u8 = 0x06;

/// A length of MQTT has no more than four bytes.
const LONGEST_LENGTH: usize = 4;

/// A clean session, and no keep-alive: silence is allowed.
pub(super) fn greeting(client: usize) -> Vec<u8> {
    let mut connect = Vec::new();
    text("MQTT", &mut connect);
    // Level 4 is 3.1.1; a clean session; keep-alive in two bytes.
    connect.extend_from_slice(&[4, 2, 0, 0]);
    text(&format!("c{client}"), &mut connect);
    // The packet's identifier, the topic, and the quality of service.
    let mut subscribe = vec![0, 1];
    text(ROOM, &mut subscribe);
    subscribe.push(0);

    let mut greeting = Vec::new();
    for (kind, rest) in [(CONNECT, connect), (SUBSCRIBE, subscribe)] {
        greeting.push(kind);
        length(rest.len(), &mut greeting);
        greeting.extend_from_slice(&rest);
    }
    greeting
}

/// CONNACK and SUBACK, each with what was decided in its last byte.
pub(super) fn answer(bytes: &[u8]) -> Result<Option<usize>, String> {
    let mut at = 0;
    for (kind, name, refused_from) in [(CONNACK, "CONNACK", 1), (SUBACK, "SUBACK", 0x80)] {
        let Some((start, len)) = frame(&bytes[at..])? else { return Ok(None) };
        let packet = &bytes[at..at + len];
        if packet[0] != kind {
            return Err(format!("no {name} but a packet of kind {:#04x}", packet[0]));
        }
        match packet[start..].last() {
            Some(&code) if code < refused_from => at += len,
            code => return Err(format!("{name} with code {}", code.copied().unwrap_or(0))),
        }
    }
    Ok(Some(at))
}

pub(super) fn wrap(message: &[u8], into: &mut Vec<u8>) {
    into.push(PUBLISH);
    length(2 + ROOM.len() + message.len(), into);
    text(ROOM, into);
    into.extend_from_slice(message);
}

#[inline]
pub(super) fn next(bytes: &[u8]) -> Result<Option<Heard>, String> {
    let Some((start, len)) = frame(bytes)? else { return Ok(None) };
    let kind = bytes[0];
    if kind & 0xf0 != PUBLISH {
        return if kind == PINGRESP { Ok(Some(Heard::other(len))) } else { Err(strange(bytes)) };
    }
    let message = start + 2 + ROOM.len();
    if kind & QUALITY != 0 || message > len {
        return Err(strange(bytes));
    }
    Ok(Some(Heard::message(message..len, len)))
}

/// Where the content of a packet begins, and where the packet ends; nothing while it is incomplete.
#[inline]
fn frame(bytes: &[u8]) -> Result<Option<(usize, usize)>, String> {
    let mut remaining = 0;
    for (index, &byte) in bytes.iter().skip(1).take(LONGEST_LENGTH).enumerate() {
        remaining |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let start = index + 2;
            let len = start + remaining;
            return Ok((bytes.len() >= len).then_some((start, len)));
        }
    }
    if bytes.len() > LONGEST_LENGTH { Err(strange(bytes)) } else { Ok(None) }
}

#[cold]
fn strange(bytes: &[u8]) -> String {
    format!("no packet for us: {:#04x} {}", bytes[0], shown(&bytes[1..]))
}

fn length(mut length: usize, into: &mut Vec<u8>) {
    while length > 0x7f {
        into.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    into.push(length as u8);
}

/// Its length in two bytes, and the text.
fn text(text: &str, into: &mut Vec<u8>) {
    into.extend_from_slice(&(text.len() as u16).to_be_bytes());
    into.extend_from_slice(text.as_bytes());
}
