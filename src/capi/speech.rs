//! What a host does between turns.

use std::ffi::{c_int, c_void};

use super::error::{Error, Failure, POLLCAST_OK};
use super::handle::{Handle, with};
use super::pointer;

/// Says something to everybody, as part of the log: in one piece, at the same place in every
/// client's stream, in front of what the next turn reads. Where nobody is, it is lost.
///
/// POLLCAST_ERROR_LATER: nothing of it was taken; try again after a turn.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pollcast_broadcast(
    server: *mut Handle,
    bytes: *const c_void,
    length: usize,
) -> c_int {
    // SAFETY: the caller's word.
    unsafe {
        with(server, |server| {
            server.broadcast(pointer::array(bytes.cast(), length, "bytes")?)?;
            Ok(POLLCAST_OK)
        })
    }
}

/// Tells one client something that nobody else hears. It is no part of the log: it stands in one
/// piece between two parts of it.
///
/// POLLCAST_ERROR_LATER: nothing of it was taken; try again after a turn.
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
            server.send_to(key(client)?, pointer::array(bytes.cast(), length, "bytes")?)?;
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

fn key(client: u64) -> Result<usize, Failure> {
    usize::try_from(client).map_err(|_| Failure::plain(Error::Gone))
}
