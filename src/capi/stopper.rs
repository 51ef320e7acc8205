//! A handle by which another thread ends a server.

use std::ffi::c_int;
use std::ptr;

use super::error::POLLCAST_OK;
use super::handle::{Handle, guard, with};
use super::{live, pointer};
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
            let handle = Box::into_raw(Box::new(Stopper(stop)));
            live::born(handle);
            pointer::put(stopper, handle, "stopper")?;
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
    if stopper.is_null() {
        return POLLCAST_OK;
    }
    // SAFETY: the caller's word.
    if let Err(error) = unsafe { pointer::borrow(stopper) } {
        return error as c_int;
    }
    live::gone(stopper);
    let freed = guard(|| {
        // SAFETY: it was made by `pollcast_stopper_new`, and the caller says that nobody uses it.
        drop(unsafe { Box::from_raw(stopper) });
        Ok(POLLCAST_OK)
    });
    freed.unwrap_or_else(|failure| failure.error as c_int)
}
