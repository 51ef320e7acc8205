//! The C interface: what stands in `docs/hosts/pollcast.h`, which is generated from these files.
//! The comments on what C sees are written for who reads that header.
//!
//! Every function checks what it is given before it looks at it, and lets no panic out. What no
//! check can find is for the caller to keep: a pointer is null, or points to what its type says; a
//! handle is used by one thread at a time, and not after it was freed. Debug builds keep a list of
//! the handles that are alive, and find that too; release builds have no global state.

#![allow(unsafe_code, reason = "pointers that come from C are its caller's word")]
#![allow(clippy::missing_safety_doc, reason = "what all pointers must be is said once, above")]

mod choices;
mod error;
mod facts;
mod handle;
mod hooks;
mod life;
mod limits;
mod live;
mod options;
mod places;
mod pointer;
mod speech;
mod stopper;
mod turn;

use std::ffi::{CStr, c_char, c_int};

pub use choices::{Admission, Framing, HalfClose, Passage, Reason};
pub use error::{Error, POLLCAST_OK};
pub use facts::{Statistics, pollcast_address, pollcast_client_count, pollcast_statistics};
pub use handle::Handle;
pub use life::{
    pollcast_free, pollcast_is_finished, pollcast_last_error, pollcast_new, pollcast_shut_down,
};
pub use options::{Options, POLLCAST_FOREVER, POLLCAST_NOT_AT_ALL};
pub use speech::{pollcast_broadcast, pollcast_evict, pollcast_send_to};
pub use stopper::{Stopper, pollcast_stopper_free, pollcast_stopper_new, pollcast_stopper_stop};
pub use turn::{pollcast_descriptor, pollcast_has_work, pollcast_next_timeout, pollcast_turn};

/// The version of the library, as in "1.2.3". Never NULL, valid for ever.
#[unsafe(no_mangle)]
pub extern "C" fn pollcast_version() -> *const c_char {
    text(concat!(env!("CARGO_PKG_VERSION"), "\0"))
}

/// What a return code means, in a few words. Never NULL, valid for ever.
///
/// What was wrong in this case, and what would be right, is told by `pollcast_last_error`.
#[unsafe(no_mangle)]
pub extern "C" fn pollcast_error_text(code: c_int) -> *const c_char {
    text(error::describe(code))
}

/// A `pollcast_reason` in a few words. Never NULL, valid for ever.
#[unsafe(no_mangle)]
pub extern "C" fn pollcast_reason_text(reason: c_int) -> *const c_char {
    text(choices::describe(reason))
}

/// A text that ends with its only zero.
fn text(text: &'static str) -> *const c_char {
    CStr::from_bytes_until_nul(text.as_bytes()).unwrap_or_default().as_ptr()
}
