//! The turn, and when it is time for one.

use std::ffi::c_int;
use std::os::fd::AsRawFd;
use std::time::Duration;

use super::error::{Error, Failure, POLLCAST_OK};
use super::handle::{Handle, with};

/// The descriptor of the server, for a loop of the caller's own: it is readable while something has
/// happened that no turn has dealt with. Then, and when `pollcast_next_timeout` has passed, make a
/// turn with a timeout of 0. Watch it for input, level-triggered; do not read from it, and do not
/// close it. It stays the same until the server is freed.
///
/// Negative is an error: POLLCAST_ERROR_NO_DESCRIPTOR where mio uses poll(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pollcast_descriptor(server: *mut Handle) -> c_int {
    // SAFETY: the caller's word.
    unsafe {
        with(server, |server| {
            let descriptor = server.kernel().descriptor();
            let descriptor = descriptor.ok_or_else(|| Failure::plain(Error::NoDescriptor))?;
            Ok(descriptor.as_raw_fd())
        })
    }
}

/// One pass of the loop: accepts, writes, reads, and delivers, a bounded amount of each. It waits
/// for something to happen at most `timeout_ms`, not at all if that is 0, without end if it is -1;
/// less where a deadline of the server's own is nearer, and not while there is work. Less than -1
/// is POLLCAST_ERROR_ARGUMENT, and no turn is made.
///
/// POLLCAST_ERROR_ANSWER after an answer of a callback that is none: the turn was made then.
/// POLLCAST_ERROR_SYSTEM when the kernel cannot wait any more; no client can cause it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pollcast_turn(server: *mut Handle, timeout_ms: c_int) -> c_int {
    // SAFETY: the caller's word.
    unsafe {
        with(server, |server| {
            server.turn(timeout(timeout_ms)?)?;
            server.observer_mut().check_answers()?;
            Ok(POLLCAST_OK)
        })
    }
}

/// How long a loop of the caller's own may wait for the descriptor, in milliseconds, as poll(2) and
/// epoll_wait(2) take it: 0 while there is work, -1 when only an event brings any. Ask for it after
/// the last call that changes something.
///
/// Less than -1 is an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pollcast_next_timeout(server: *mut Handle) -> c_int {
    // SAFETY: the caller's word.
    unsafe { with(server, |server| Ok(server.next_timeout().map_or(-1, milliseconds))) }
}

/// 1 if there is something to do at once, so that the next turn does not wait, or else 0. Negative
/// is an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pollcast_has_work(server: *mut Handle) -> c_int {
    // SAFETY: the caller's word.
    unsafe { with(server, |server| Ok(c_int::from(server.has_work()))) }
}

fn timeout(milliseconds: c_int) -> Result<Option<Duration>, Failure> {
    if milliseconds == -1 {
        return Ok(None);
    }
    let wrong =
        |_| Failure::new(Error::Argument, "timeout_ms takes -1 for ever, 0, or milliseconds");
    u64::try_from(milliseconds).map_err(wrong).map(|time| Some(Duration::from_millis(time)))
}

/// Rounded up: to wake before a deadline would be to spin until it.
fn milliseconds(time: Duration) -> c_int {
    c_int::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(c_int::MAX)
}
