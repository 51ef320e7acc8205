//! A handle by which another thread ends a server.

use std::ffi::c_int;
use std::ptr;

use super::error::POLLCAST_OK;
use super::handle::{Handle, free, give, guard, with};
use super::pointer;
use crate::kernel::mio::StopHandle;

/// Ends a server from any thread. It may outlive the server.
#[derive(Debug)]
pub struct Stopper(StopHandle);

/// Makes a handle that ends the server from any thread, and puts it into `*stopper`, to be freed
/// with `pollcast_stopper_free`. It takes a descriptor, once for each server.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pollcast_stopper_new(
    server: *mut Handle,
    stopper: *mut *mut Stopper,
) -> c_int {
    // SAFETY: the caller's word, as for all of this.
    unsafe {
        with(server, |server| {
            pointer::put(stopper, ptr::null_mut(), "stopper")?;
            let stop = server.kernel().stop_handle()?;
            pointer::put(stopper, give(Stopper(stop)), "stopper")?;
            Ok(POLLCAST_OK)
        })
    }
}

/// Asks: the turn that waits, or the next one, shuts the server down. Any thread may call it,
/// several at once, and a callback; not a signal handler. To ask a server that is gone changes
/// nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pollcast_stopper_stop(stopper: *const Stopper) -> c_int {
    // SAFETY: the caller's word.
    match unsafe { pointer::borrow(stopper) } {
        Err(error) => error as c_int,
        Ok(Stopper(stop)) => {
            let stopped = guard(|| {
                stop.stop()?;
                Ok(POLLCAST_OK)
            });
            stopped.unwrap_or_else(|failure| failure.error as c_int)
        }
    }
}

/// Frees a stopper; the server does not notice. No thread may use it at the same time. NULL is no
/// error, and nothing is done.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pollcast_stopper_free(stopper: *mut Stopper) -> c_int {
    // SAFETY: the caller's word.
    unsafe { free(stopper, |_| false) }
}
