//! Return codes, and what was wrong in a case.

use std::borrow::Cow;
use std::ffi::c_int;
use std::io;

use crate::config::ConfigError;
use crate::server::SayError;

/// It worked.
pub const POLLCAST_OK: c_int = 0;

/// What functions return when they fail. -1 is no error anywhere: in a timeout it means for ever.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// An argument is NULL, misaligned, or out of its range.
    Argument = -2,
    /// An option, or several together, cannot work.
    Option = -3,
    /// The operating system refused something: an address in use, no descriptors.
    System = -4,
    /// The backend has no descriptor to wait for (poll(2)). Nest by `pollcast_next_timeout`, or let
    /// `pollcast_turn` wait.
    NoDescriptor = -5,
    /// There is no room for it at present.
    Later = -6,
    /// What was to be said is empty, or longer than what may be said at once.
    Length = -7,
    /// What was to be said does not end with a line feed, and the log is one of whole lines.
    NoLine = -8,
    /// There is no such client, or it receives nothing more.
    Gone = -9,
    /// A call works on the server already: this one came from a callback, or from another thread.
    Busy = -10,
    /// The handle is none, or was freed. Found in debug builds alone.
    Handle = -11,
    /// The library failed inside, and the server is lost: it can be freed, and nothing else.
    Panic = -12,
    /// A callback has answered what is no answer. The turn was made.
    Answer = -13,
}

/// Why a call failed: its code, and a text for who looks for the fault.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: Error,
    pub(super) text: Cow<'static, str>,
}

impl Failure {
    pub(super) fn new(error: Error, text: impl Into<Cow<'static, str>>) -> Self {
        Self { error, text: text.into() }
    }

    /// An option that is out of its range.
    pub(super) fn option(name: &str, takes: &str) -> Self {
        Self::new(Error::Option, format!("{name} takes {takes}"))
    }

    /// What its code says, where there is nothing to add.
    pub(super) fn plain(error: Error) -> Self {
        Self::new(error, describe(error as c_int).trim_end_matches('\0'))
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::option(error.name, &error.takes.replace("turn.", "turn_"))
    }
}

impl From<SayError> for Failure {
    fn from(error: SayError) -> Self {
        Self::plain(match error {
            SayError::Later => Error::Later,
            SayError::Length => Error::Length,
            SayError::NoLine => Error::NoLine,
            SayError::Gone => Error::Gone,
        })
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(Error::System, error.to_string())
    }
}

/// A code in words, with a zero at the end.
pub(super) fn describe(code: c_int) -> &'static str {
    const KNOWN: [(Error, &str); 12] = [
        (Error::Argument, "an argument is NULL, misaligned, or out of its range\0"),
        (Error::Option, "an option cannot work\0"),
        (Error::System, "the operating system refused something\0"),
        (Error::NoDescriptor, "the backend has no descriptor to wait for\0"),
        (Error::Later, "there is no room for it at present\0"),
        (Error::Length, "it is empty, or longer than what may be said at once\0"),
        (Error::NoLine, "it does not end with a line feed, and the log is one of lines\0"),
        (Error::Gone, "there is no such client, or it receives nothing more\0"),
        (
            Error::Busy,
            "the server is in use: by a turn whose callback calls it, or by another thread\0",
        ),
        (Error::Handle, "the handle is none, or was freed\0"),
        (Error::Panic, "the library failed inside: the server can only be freed\0"),
        (Error::Answer, "a callback has answered what is no answer; the turn was made\0"),
    ];
    let found = KNOWN.iter().find(|(error, _)| *error as c_int == code);
    match found {
        Some((_, text)) => text,
        None if code >= POLLCAST_OK => "it worked\0",
        None => "no code of this library\0",
    }
}
