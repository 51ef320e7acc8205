//! How a server begins and ends.

use std::ffi::{c_char, c_int};
use std::ptr;

use super::error::{Error, Failure, POLLCAST_OK};
use super::handle::{Handle, Hooked, free, give, guard, with};
use super::hooks::Hooks;
use super::options::Options;
use super::{limits, places, pointer};
use crate::config::Allocation;
use crate::kernel::mio::MioKernel;
use crate::server::Server;

/// Makes a server that listens, and puts its handle into `*server`, to be freed with
/// `pollcast_free`. It starts no thread, handles no signal and prints nothing.
///
/// If it fails, `*server` is NULL, and what was wrong and what would be right stands in `problem`,
/// which has room for `problem_size` bytes and may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pollcast_new(
    options: *const Options,
    server: *mut *mut Handle,
    problem: *mut c_char,
    problem_size: usize,
) -> c_int {
    let made = guard(|| {
        // SAFETY: the caller's word, as for all of this.
        unsafe { pointer::put(server, ptr::null_mut(), "server") }?;
        // SAFETY: the same.
        let made = unsafe { make(options) }?;
        // SAFETY: the same.
        unsafe { pointer::put(server, give(Handle::new(made)), "server") }?;
        Ok(POLLCAST_OK)
    });
    let text = made.as_ref().err().map_or("", |failure| &failure.text);
    // SAFETY: the same.
    unsafe { pointer::put_text(problem, problem_size, text) };
    made.unwrap_or_else(|failure| failure.error as c_int)
}

/// Frees a server and closes all of its sockets as they are. To end it in order, shut it down
/// before, and make turns until it is finished. NULL is no error, and nothing is done.
///
/// While a call works on it, as in a callback, it returns POLLCAST_ERROR_BUSY and frees nothing.
/// `left` is not called for those who are still there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pollcast_free(server: *mut Handle) -> c_int {
    // SAFETY: the caller's word.
    unsafe { free(server, Handle::is_busy) }
}

/// What was wrong in the last call on this server that failed, and what would be right; empty if
/// none did. POLLCAST_ERROR_BUSY says all by itself, and leaves it as it was. Valid until the next
/// call that fails, or until the server is freed. NULL for what is no server.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pollcast_last_error(server: *const Handle) -> *const c_char {
    // SAFETY: the caller's word.
    unsafe { pointer::borrow(server) }.map_or(ptr::null(), Handle::problem)
}

/// Stops accepting, and drains: what has arrived is delivered to everybody, and each client is
/// closed once it has everything, within `drain_ms`. Make turns until `pollcast_is_finished`. A
/// second call changes nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pollcast_shut_down(server: *mut Handle) -> c_int {
    // SAFETY: the caller's word.
    unsafe {
        with(server, |server| {
            server.shut_down();
            Ok(POLLCAST_OK)
        })
    }
}

/// 1 if the server was shut down and everybody has left, or else 0. Negative is an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pollcast_is_finished(server: *mut Handle) -> c_int {
    // SAFETY: the caller's word.
    unsafe { with(server, |server| Ok(c_int::from(server.is_finished()))) }
}

/// # Safety
/// The options are what they say.
unsafe fn make(options: *const Options) -> Result<Hooked, Failure> {
    // SAFETY: the caller's word.
    let options = unsafe { Options::copy(options) }?;
    let config = limits::config(&options)?;
    let sockets = limits::sockets(&options, &config)?;
    if config.allocation == Allocation::AtStart {
        check_memory(config.footprint()?)?;
    }
    // SAFETY: the same.
    let listeners = unsafe { places::open(&options, &sockets) }?;
    let kernel = MioKernel::new(listeners)?;
    Ok(Server::with_observer(kernel, config, Hooks::new(options))?)
}

/// Whether there is so much memory: where there is not, an allocation would end the process.
fn check_memory(bytes: usize) -> Result<(), Failure> {
    let mut memory: Vec<u8> = Vec::new();
    memory.try_reserve_exact(bytes).map_err(|_| {
        let text = format!("max_memory: the system has not {bytes} bytes at present");
        Failure::new(Error::System, text)
    })?;
    // What nobody looks at need not be allocated.
    std::hint::black_box(&memory);
    Ok(())
}
