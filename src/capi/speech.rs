//! What a host does between turns.

use std::ffi::{c_int, c_void};

use super::error::{Error, Failure, POLLCAST_OK};
use super::handle::{Handle, Hooked, with};
use super::pointer;
use crate::server::SayError;

/// Says something to everybody, as part of the log: in one piece, at the same place in every
/// client's stream, in front of what the next turn reads. Where nobody is, it is lost.
///
/// Between two turns, 1 to L bytes may be said in all: L is an eighth of `max_queue`, or half of
/// `turn_bytes` less one if that is less; POLLCAST_ERROR_LENGTH tells the number. More are refused
/// by POLLCAST_ERROR_LATER, as are all while a fan-out goes on or the room waits for somebody:
/// nothing of them was taken; try again after a turn. The room waits for as long as `patience_ms`
/// says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pollcast_broadcast(
    server: *mut Handle,
    bytes: *const c_void,
    length: usize,
) -> c_int {
    // SAFETY: the caller's word.
    unsafe {
        with(server, |server| {
            let bytes = pointer::array(bytes.cast(), length, "bytes")?;
            server.broadcast(bytes).map_err(|error| refusal(server, error))?;
            Ok(POLLCAST_OK)
        })
    }
}

/// Tells one client something that nobody else hears. It is no part of the log: it stands in one
/// piece between two parts of it. It may be as long as what is said to everybody.
///
/// POLLCAST_ERROR_LATER: nothing of it was taken, since there is too much of the kind that clients
/// have not taken: of this client a quarter, or of all. It may last for as long as they do not
/// read, and such a client holds up nobody: leave out what you have to say, or put it out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pollcast_send_to(
    server: *mut Handle,
    client: u64,
    bytes: *const c_void,
    length: usize,
) -> c_int {
    // SAFETY: the caller's word.
    unsafe {
        with(server, |server| {
            let bytes = pointer::array(bytes.cast(), length, "bytes")?;
            server.send_to(key(client)?, bytes).map_err(|error| refusal(server, error))?;
            Ok(POLLCAST_OK)
        })
    }
}

/// Puts a client out: what waits for it is dropped, and the connection is reset in the next turn.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pollcast_evict(server: *mut Handle, client: u64) -> c_int {
    // SAFETY: the caller's word.
    unsafe {
        with(server, |server| {
            server.evict(key(client)?)?;
            Ok(POLLCAST_OK)
        })
    }
}

/// Why it was not taken; with the number, where there is one.
fn refusal(server: &Hooked, error: SayError) -> Failure {
    if error == SayError::Length {
        let most = server.config().longest_line();
        return Failure::new(Error::Length, format!("length takes 1 to {most}"));
    }
    error.into()
}

fn key(client: u64) -> Result<usize, Failure> {
    usize::try_from(client).map_err(|_| Failure::plain(Error::Gone))
}
