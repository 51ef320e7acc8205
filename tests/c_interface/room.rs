//! A server behind a handle, with what its callbacks heard.

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::io::Read;
use std::net::TcpStream;
use std::ptr;
use std::time::Instant;

use pollcast::capi::{
    Handle, Options, Statistics, pollcast_address, pollcast_error_text, pollcast_free,
    pollcast_last_error, pollcast_new, pollcast_statistics, pollcast_turn,
};

#[path = "../harness/limit.rs"]
mod limit;

pub use limit::LIMIT;

/// A server that is freed at the end.
pub struct Room {
    pub server: *mut Handle,
    pub address: String,
}

/// All zero but what has to be set, on a port that the system chooses.
pub fn options() -> Options {
    Options { size: size_of::<Options>(), listen: places(), listen_count: 1, ..zero() }
}

fn zero() -> Options {
    // SAFETY: zero is a value of each field: a number, a pointer, or a function that is missing.
    unsafe { std::mem::zeroed() }
}

fn places() -> *const *const c_char {
    struct Places([*const c_char; 1]);
    // SAFETY: it points to a constant.
    unsafe impl Sync for Places {}
    static PLACES: Places = Places([c"127.0.0.1:0".as_ptr()]);
    PLACES.0.as_ptr()
}

/// The code and the text with which a server is not made.
pub fn refused(options: &Options) -> (c_int, String) {
    let mut server = ptr::dangling_mut();
    let mut problem = [0; 256];
    // SAFETY: all of these are what they say.
    let code = unsafe { pollcast_new(options, &raw mut server, problem.as_mut_ptr(), 256) };
    assert!(server.is_null(), "{code}: a server was made");
    // SAFETY: a text stands there.
    (code, text(unsafe { CStr::from_ptr(problem.as_ptr()) }))
}

pub fn text(text: &CStr) -> String {
    text.to_string_lossy().into_owned()
}

impl Room {
    pub fn open(options: &Options) -> Self {
        let mut server = ptr::null_mut();
        let mut problem = [0; 256];
        // SAFETY: all of these are what they say.
        let code = unsafe { pollcast_new(options, &raw mut server, problem.as_mut_ptr(), 256) };
        // SAFETY: a text stands there.
        assert_eq!(code, 0, "{:?}", unsafe { CStr::from_ptr(problem.as_ptr()) });
        let mut address = [0; 64];
        // SAFETY: the same, and the server lives.
        let length = unsafe { pollcast_address(server, 0, address.as_mut_ptr(), 64) };
        // SAFETY: the same.
        let address = text(unsafe { CStr::from_ptr(address.as_ptr()) });
        assert_eq!(length, c_int::try_from(address.len()).expect("short"));
        Self { server, address }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(LIMIT)).expect("a timeout");
        stream
    }

    /// Makes turns until it holds.
    #[track_caller]
    pub fn until(&self, holds: impl Fn(&Statistics) -> bool) {
        let began = Instant::now();
        while !holds(&self.statistics()) {
            assert!(began.elapsed() < LIMIT, "it never came to it: {:?}", self.statistics());
            // SAFETY: the server lives.
            assert_eq!(unsafe { pollcast_turn(self.server, 1) }, 0, "{}", self.problem());
        }
    }

    pub fn statistics(&self) -> Statistics {
        let size = size_of::<Statistics>() as u64;
        let mut statistics = Statistics { size, ..Statistics::default() };
        // SAFETY: the server lives, and there is as much room as is said.
        assert_eq!(unsafe { pollcast_statistics(self.server, &raw mut statistics) }, 0);
        statistics
    }

    /// What was wrong last.
    pub fn problem(&self) -> String {
        // SAFETY: the server lives, and the text is copied at once.
        text(unsafe { CStr::from_ptr(pollcast_last_error(self.server)) })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // SAFETY: nobody uses it any more.
        assert_eq!(unsafe { pollcast_free(self.server) }, 0);
    }
}

/// What a code means.
pub fn meaning(code: c_int) -> String {
    // SAFETY: a text that is valid for ever.
    text(unsafe { CStr::from_ptr(pollcast_error_text(code)) })
}

/// The next thing that a client hears.
#[track_caller]
pub fn heard(client: &mut TcpStream, length: usize) -> String {
    let mut bytes = vec![0; length];
    client.read_exact(&mut bytes).expect("so much was said");
    String::from_utf8(bytes).expect("text")
}

/// What callbacks hear, and what they answer.
#[derive(Debug, Default)]
pub struct Heard {
    pub server: Option<*mut Handle>,
    pub joined: Vec<(u64, Option<String>)>,
    pub left: Vec<(u64, c_int)>,
    pub asked: Vec<String>,
    pub admission: c_int,
    pub passage: c_int,
    /// What came of calls back to the server.
    pub codes: Vec<c_int>,
}

/// As options take it.
pub fn context(heard: &RefCell<Heard>) -> *mut c_void {
    ptr::from_ref(heard).cast_mut().cast()
}

pub fn c_string(text: &str) -> CString {
    CString::new(text).expect("no zero")
}
