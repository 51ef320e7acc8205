//! Which handles are alive. A debug build knows them, and what each is, and finds who uses one that
//! was freed, unless another of the kind has come to stand at its place. A release build keeps no
//! list, and has no global state.

#[cfg(debug_assertions)]
use std::collections::BTreeMap;
#[cfg(debug_assertions)]
use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(debug_assertions)]
static LIVE: Mutex<BTreeMap<usize, &str>> = Mutex::new(BTreeMap::new());

#[cfg(debug_assertions)]
fn live() -> MutexGuard<'static, BTreeMap<usize, &'static str>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A handle was given out.
pub(super) fn born<T>(handle: *const T) {
    #[cfg(debug_assertions)]
    live().insert(handle.addr(), std::any::type_name::<T>());
    let _ = handle;
}

/// A handle is about to be freed.
pub(super) fn gone<T>(handle: *const T) {
    #[cfg(debug_assertions)]
    {
        let mut live = live();
        live.remove(&handle.addr());
        // An empty map keeps memory, which would be a leak to who looks for one.
        if live.is_empty() {
            *live = BTreeMap::new();
        }
    }
    let _ = handle;
}

/// Whether a handle is alive, as far as is known.
pub(super) fn is_alive<T>(handle: *const T) -> bool {
    #[cfg(debug_assertions)]
    return live().get(&handle.addr()) == Some(&std::any::type_name::<T>());
    #[cfg(not(debug_assertions))]
    {
        let _ = handle;
        true
    }
}
