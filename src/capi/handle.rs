//! A server as C holds it: one that is in use is not used again, and one that failed inside is not
//! used any more.

use std::any::Any;
use std::ffi::{CString, c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::error::{Error, Failure, POLLCAST_OK};
use super::hooks::Hooks;
use super::{live, pointer};
use crate::kernel::mio::MioKernel;
use crate::server::Server;

/// A server. It may be moved from thread to thread, and is used by one at a time.
#[derive(Debug)]
pub struct Handle {
    /// Locked while a call works on it, and never waited for: who finds it so is a callback that
    /// calls back, or another thread, and is refused.
    server: Mutex<Hooked>,
    problem: Mutex<CString>,
    has_panicked: AtomicBool,
}

/// What a handle holds.
pub(super) type Hooked = Server<MioKernel, Hooks>;

// The header says that it may be moved between threads.
const _: fn() = || {
    fn may_be_moved<T: Send>() {}
    may_be_moved::<Handle>();
};

/// Works on the server behind a pointer.
///
/// # Safety
/// As for every function that C calls: the pointer is null, or a handle that is not freed.
pub(super) unsafe fn with(
    handle: *const Handle,
    act: impl FnOnce(&mut Hooked) -> Result<c_int, Failure>,
) -> c_int {
    // SAFETY: what the caller says.
    match unsafe { pointer::borrow(handle) } {
        Ok(handle) => handle.run(act),
        Err(error) => error as c_int,
    }
}

/// Gives something out as a handle, to be freed with [`free`].
pub(super) fn give<T>(value: T) -> *mut T {
    let handle = Box::into_raw(Box::new(value));
    live::born(handle);
    handle
}

/// Frees what was given out, unless it is in use. None is no error.
///
/// # Safety
/// The pointer is null, or a handle that is not freed, and nobody uses it meanwhile.
pub(super) unsafe fn free<T>(handle: *mut T, is_busy: impl FnOnce(&T) -> bool) -> c_int {
    if handle.is_null() {
        return POLLCAST_OK;
    }
    // SAFETY: what the caller says.
    match unsafe { pointer::borrow(handle) } {
        Err(error) => return error as c_int,
        Ok(value) if is_busy(value) => return Error::Busy as c_int,
        Ok(_) => live::gone(handle),
    }
    let freed = guard(|| {
        // SAFETY: `give` made it of a box, and the caller says that nobody uses it.
        drop(unsafe { Box::from_raw(handle) });
        Ok(POLLCAST_OK)
    });
    freed.unwrap_or_else(|failure| failure.error as c_int)
}

/// Does what may fail or panic, where there is no server to be lost.
pub(super) fn guard(act: impl FnOnce() -> Result<c_int, Failure>) -> Result<c_int, Failure> {
    let outcome = catch_unwind(AssertUnwindSafe(act));
    outcome.unwrap_or_else(|payload| Err(panicked(&*payload)))
}

impl Handle {
    pub(super) fn new(server: Hooked) -> Self {
        Self {
            server: Mutex::new(server),
            problem: Mutex::default(),
            has_panicked: AtomicBool::new(false),
        }
    }

    /// Whether a call works on it, further out.
    pub(super) fn is_busy(&self) -> bool {
        self.server.try_lock().is_err()
    }

    /// What was wrong last: stays there until something else is.
    pub(super) fn problem(&self) -> *const c_char {
        self.text().as_ptr()
    }

    /// Remembers a failure, and tells its code.
    pub(super) fn note(&self, failure: Failure) -> c_int {
        let text = CString::new(failure.text.into_owned()).unwrap_or_default();
        *self.text() = text;
        failure.error as c_int
    }

    pub(super) fn run(&self, act: impl FnOnce(&mut Hooked) -> Result<c_int, Failure>) -> c_int {
        // What was said of the panic stands there.
        if self.has_panicked.load(Ordering::Relaxed) {
            return Error::Panic as c_int;
        }
        // Nothing is noted: the text of the call that works on it may be read at this moment.
        let Ok(mut server) = self.server.try_lock() else {
            return Error::Busy as c_int;
        };
        match guard(|| act(&mut server)) {
            Ok(value) => value,
            Err(failure) => {
                self.has_panicked.store(failure.error == Error::Panic, Ordering::Relaxed);
                self.note(failure)
            }
        }
    }

    fn text(&self) -> MutexGuard<'_, CString> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn panicked(payload: &(dyn Any + Send)) -> Failure {
    let said = payload.downcast_ref::<&str>().copied();
    let said = said.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let said = said.unwrap_or("no word");
    Failure::new(Error::Panic, format!("the library failed inside, which is a fault of it: {said}"))
}

#[cfg(test)]
mod tests;
