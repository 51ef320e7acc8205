//! What a server is made with: one structure, which knows its own size, so that it can grow.

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::mem::{MaybeUninit, offset_of};

use super::error::{Error, Failure};
use super::pointer;

/// In a time: without end.
pub const POLLCAST_FOREVER: i64 = -1;

/// In a time: none at all, where 0 stands for the default.
pub const POLLCAST_NOT_AT_ALL: i64 = -2;

/// What a server is made with. Set all of it to zero, then `size`, `listen` and `listen_count`, and
/// whatever is to differ from its default, which is what zero means everywhere:
///
/// `pollcast_options options = { .size = sizeof options, ... };`
///
/// It is only read while the server is made, and so is what it points to; `context` and the
/// callbacks are used for as long as the server lives.
///
/// Callbacks are called in the middle of `pollcast_turn` and nowhere else, by the thread that makes
/// it. They must return: no longjmp, no exception. They may call nothing of the server but
/// `pollcast_last_error`: all else returns POLLCAST_ERROR_BUSY. A stopper works in them too. Keep
/// what is to be done, and do it after the turn. What they are given is valid until they return.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// sizeof(pollcast_options). A program that was compiled with an older header has a smaller
    /// one, which is taken; a larger one is taken if the library knows all that is set in it.
    pub size: usize,
    /// Where to listen: `127.0.0.1:8080`, `[::1]:8080`, `[::]:8080` for all interfaces in both
    /// families, or `unix:/path`. Port 0 lets the system choose. Host names are not looked up.
    pub listen: *const *const c_char,
    /// How many places that are: at least one, at most 1024.
    pub listen_count: usize,

    /// Given to each callback, and never looked at.
    pub context: *mut c_void,
    /// A client was let in. Its number is valid until `left` was called for it; then another client
    /// may get it. `address` is NULL for one on a UNIX socket.
    pub joined:
        Option<unsafe extern "C" fn(context: *mut c_void, client: u64, address: *const c_char)>,
    /// A client is gone. `reason` is a pollcast_reason. Not called for those who are there when the
    /// server is freed.
    pub left: Option<unsafe extern "C" fn(context: *mut c_void, client: u64, reason: c_int)>,
    /// Whether somebody who connects is let in: returns a pollcast_admission. `address` is NULL on
    /// a UNIX socket. Without it all are.
    pub admits: Option<unsafe extern "C" fn(context: *mut c_void, address: *const c_char) -> c_int>,
    /// What becomes of what a client has sent, before anybody got it: returns a pollcast_passage.
    /// With POLLCAST_FRAMING_LINE these are one or more whole lines, or else what one read brought.
    /// Without it all of it passes.
    pub passes: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            client: u64,
            bytes: *const u8,
            length: usize,
        ) -> c_int,
    >,

    /// Most bytes of memory that traffic may make the server hold, 64 KiB to 1 TiB, or to 2 GiB
    /// where a size has 32 bits. Default: 64 MiB, or eight times `max_queue` if that is more. If it
    /// is given, all of it is allocated when the server is made, and traffic allocates nothing
    /// after that; and the defaults of `max_queue`, `max_line` and `max_clients` are what fits into
    /// it.
    pub max_memory: u64,
    /// Most bytes that may wait for one client, 4 KiB to 1 GiB. Default 1 MiB.
    pub max_queue: u64,
    /// Most bytes of a line, its line feed not counted: up to an eighth of `max_queue` and to half
    /// of `turn_bytes`. Default 16 KiB, or less where that is. With POLLCAST_FRAMING_LINE only.
    pub max_line: u64,
    /// Most clients, 1 to 4294967295; the next one is closed at once. Default 1000, or what fits
    /// into `max_memory`. A hundred bytes and more are allocated for each when the server is made.
    pub max_clients: u64,
    /// Most clients from one IPv4 address or IPv6 /64 network. Default: no limit.
    pub max_clients_per_address: u64,

    /// How long a client whose queue is full may hold up the room, in milliseconds up to 366 days.
    /// Default 1000. POLLCAST_NOT_AT_ALL evicts it at once; POLLCAST_FOREVER trusts every client.
    pub patience_ms: i64,
    /// How long a client may send nothing, in milliseconds up to 366 days. Default: for ever.
    pub idle_ms: i64,
    /// How long leaving may take, for a client and for the server, in milliseconds up to 366 days.
    /// Default 5000. With POLLCAST_NOT_AT_ALL, one that is shut down resets everybody.
    pub drain_ms: i64,
    /// How long input may wait for more, so that it leaves in one write, in milliseconds up to
    /// 1000. Default: not at all.
    pub gather_ms: i64,
    /// How long a TCP client may be silent before the kernel asks whether it is still there, in
    /// milliseconds from 1000 to 32767000, counted in seconds. Default 60000. POLLCAST_FOREVER
    /// never asks.
    pub keepalive_ms: i64,

    /// Connections that one turn accepts at most. Default 64.
    pub turn_accepts: u64,
    /// Read calls of one turn. Default 1024.
    pub turn_reads: u64,
    /// Write calls of one turn; so many connections are ended at most. Default 1024.
    pub turn_writes: u64,
    /// Bytes that one turn reads, and the size of the one read buffer. Default 128 KiB.
    pub turn_bytes: u64,

    /// A pollcast_framing.
    pub framing: c_int,
    /// A pollcast_half_close.
    pub half_close: c_int,
    /// 1 leaves the sender out: it does not receive what it sent itself. 0 does not.
    pub no_echo: c_int,
    /// Mode of each "unix:/path", up to 0777. Default: what the umask leaves.
    pub unix_mode: c_uint,
}

/// What has to be there at least: where to listen.
const LEAST: usize = offset_of!(Options, context);

/// A larger size is none that anybody meant.
const MOST: usize = 64 << 10;

// No padding: what an older program leaves in it would be read as fields by a newer library.
const _: () = {
    let large = size_of::<[usize; 8]>() + size_of::<[u64; 14]>();
    assert!(size_of::<Options>() == large + size_of::<[c_int; 4]>());
};

impl Options {
    /// A copy of what C has, as far as it reaches; zero beyond that.
    ///
    /// # Safety
    /// It is null or misaligned, or as many bytes are there as its first field says.
    pub(super) unsafe fn copy(from: *const Self) -> Result<Self, Failure> {
        pointer::check(from, "options")?;
        // SAFETY: it is not null and aligned, and begins with its size.
        let size = unsafe { from.cast::<usize>().read() };
        if !(LEAST..=MOST).contains(&size) || size % size_of::<usize>() != 0 {
            let text = "options.size takes sizeof(pollcast_options)";
            return Err(Failure::new(Error::Option, text));
        }
        // SAFETY: the caller says that it is as large as it says.
        let bytes = unsafe { pointer::array(from.cast::<u8>(), size, "options") }?;
        let known = size.min(size_of::<Self>());
        if bytes[known..].iter().any(|&byte| byte != 0) {
            let text = "options sets something that this version of the library does not know";
            return Err(Failure::new(Error::Option, text));
        }
        let mut copy = MaybeUninit::<Self>::zeroed();
        // SAFETY: `known` bytes are in both, which do not overlap; every field is a number, a
        // pointer or a function that may be missing, for which zero is a value.
        unsafe {
            copy.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), known);
            Ok(copy.assume_init())
        }
    }
}

#[cfg(test)]
mod tests;
