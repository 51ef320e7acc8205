//! The text protocol of NATS. A message comes as `MSG room 1 LENGTH`, CR LF, its bytes, CR LF;
//! everything else is a line: INFO, PING, PONG, +OK, -ERR.

use std::io::Write as _;

use super::{Heard, ROOM, counted, line, shown};

/// What stands before the length of every message: 1 is how we named our subscription.
const HEAD: &[u8] = b"MSG room 1 ";

/// The PING is there for its answer: what stands before it has been done by then.
pub(super) fn greeting(client: usize) -> Vec<u8> {
    format!(
        "CONNECT {{\"verbose\":false,\"pedantic\":false,\"echo\":true,\"protocol\":1,\
         \"lang\":\"rust\",\"version\":\"1\",\"name\":\"{client}\"}}\r\nSUB {ROOM} 1\r\nPING\r\n"
    )
    .into_bytes()
}

/// Lines up to the PONG. Messages may already stand among them: the subscription is older than it.
/// They are left out, as those of everybody who spoke before the answer are.
pub(super) fn answer(bytes: &[u8]) -> Result<Option<usize>, String> {
    let mut at = 0;
    while let Some(heard) = next(&bytes[at..])? {
        let is_pong = bytes[at..].starts_with(b"PONG");
        at += heard.len;
        if is_pong {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

pub(super) fn wrap(message: &[u8], into: &mut Vec<u8>) {
    write!(into, "PUB {ROOM} {}\r\n", message.len()).expect("a Vec takes everything");
    into.extend_from_slice(message);
    into.extend_from_slice(b"\r\n");
}

#[inline]
pub(super) fn next(bytes: &[u8]) -> Result<Option<Heard>, String> {
    let Some(rest) = bytes.strip_prefix(HEAD) else { return other(bytes) };
    counted(bytes, rest)
}

/// Anything but a message; also a message that has only begun to come.
#[cold]
fn other(bytes: &[u8]) -> Result<Option<Heard>, String> {
    let Some((said, len)) = line(bytes) else { return Ok(None) };
    let word = said.split(|&byte| byte == b' ').next().unwrap_or(said);
    match word {
        b"INFO" | b"PING" | b"PONG" | b"+OK" => Ok(Some(Heard::other(len))),
        _ => Err(shown(said)),
    }
}
