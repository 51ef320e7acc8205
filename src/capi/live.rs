//! Which handles are alive. A debug build knows them, and finds who uses one that was freed, unless
//! another has come to stand at its place. A release build keeps no list, and has no global state.

#[cfg(debug_assertions)]
use std::collections::BTreeSet;
#[cfg(debug_assertions)]
use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(debug_assertions)]
static LIVE: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());

#[cfg(debug_assertions)]
fn live() -> MutexGuard<'static, BTreeSet<usize>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A handle was given out.
pub(super) fn born<T>(handle: *const T) {
    #[cfg(debug_assertions)]
    live().insert(handle.addr());
    let _ = handle;
}

/// A handle is about to be freed.
pub(super) fn gone<T>(handle: *const T) {
    #[cfg(debug_assertions)]
    {
        let mut live = live();
        live.remove(&handle.addr());
        // An empty set keeps memory, which would be a leak to who looks for one.
        if live.is_empty() {
            *live = BTreeSet::new();
        }
    }
    let _ = handle;
}

/// Whether a handle is alive, as far as is known.
pub(super) fn is_alive<T>(handle: *const T) -> bool {
    #[cfg(debug_assertions)]
    return live().contains(&handle.addr());
    #[cfg(not(debug_assertions))]
    {
        let _ = handle;
        true
    }
}
