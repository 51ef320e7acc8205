//! One call of the server to its kernel, and the answer.

use std::fmt;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::fd::RawFd;
use std::time::Duration;

use pollcast::kernel::{Event, Source};

/// A call to a [`Kernel`](pollcast::kernel::Kernel) that was answered, by the name of its method.
/// A connection goes by its descriptor. Written out, it is one line, which takes no memory.
#[derive(Debug)]
pub enum Call<'a> {
    Wait { timeout: Option<Duration>, answer: Answer<'a, &'a [Event]> },
    Accept { listener: usize, answer: Answer<'a, (RawFd, Option<SocketAddr>)> },
    StopListening,
    Add { fd: RawFd, key: usize, writable: bool, answer: Answer<'a, ()> },
    Arm { fd: RawFd, key: usize, writable: bool, answer: Answer<'a, ()> },
    Read { fd: RawFd, asked: usize, answer: Answer<'a, usize> },
    Write { fd: RawFd, slices: &'a [IoSlice<'a>], answer: Answer<'a, usize> },
    Finish { fd: RawFd, answer: Answer<'a, ()> },
    Close { fd: RawFd },
    Abort { fd: RawFd },
    Address { fd: RawFd, address: Option<SocketAddr> },
    Now { time: Duration },
}

/// What the kernel said.
pub type Answer<'a, T> = Result<T, &'a io::Error>;

impl fmt::Display for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wait { timeout, answer } => {
                match timeout {
                    Some(timeout) => write!(f, "wait({timeout:?})")?,
                    None => write!(f, "wait(no limit)")?,
                }
                match answer {
                    Ok(events) => write!(f, " = {}", Events(events)),
                    Err(error) => write!(f, " = {}", Name(error)),
                }
            }
            Self::Accept { listener, answer: Ok((fd, Some(address))) } => {
                write!(f, "accept(listener {listener}) = {fd} from {address}")
            }
            Self::Accept { listener, answer: Ok((fd, None)) } => {
                write!(f, "accept(listener {listener}) = {fd}")
            }
            Self::Accept { listener, answer: Err(error) } => {
                write!(f, "accept(listener {listener}) = {}", Name(error))
            }
            Self::StopListening => write!(f, "stop_listening()"),
            Self::Add { fd, key, writable, answer } => {
                write!(f, "add({fd}, client {key}, {}) = {}", what(*writable), done(*answer))
            }
            Self::Arm { fd, key, writable, answer } => {
                write!(f, "arm({fd}, client {key}, {}) = {}", what(*writable), done(*answer))
            }
            Self::Read { fd, asked, answer } => {
                write!(f, "read({fd}, {asked}) = {}", Count(*answer))
            }
            Self::Write { fd, slices, answer } => {
                write!(f, "write({fd}, {}) = {}", Lengths(slices), Count(*answer))
            }
            Self::Finish { fd, answer } => write!(f, "finish({fd}) = {}", done(*answer)),
            Self::Close { fd } => write!(f, "close({fd})"),
            Self::Abort { fd } => write!(f, "abort({fd})"),
            Self::Address { fd, address: Some(address) } => write!(f, "address({fd}) = {address}"),
            Self::Address { fd, address: None } => write!(f, "address({fd}) = unknown"),
            Self::Now { time } => write!(f, "now() = {time:?}"),
        }
    }
}

fn what(writable: bool) -> &'static str {
    if writable { "read and write" } else { "read" }
}

fn done(answer: Answer<'_, ()>) -> Count<'_> {
    Count(answer.map(|()| 0))
}

/// A number, or the name of an error.
#[derive(Debug)]
pub struct Count<'a>(pub Answer<'a, usize>);

impl fmt::Display for Count<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Ok(count) => count.fmt(f),
            Err(error) => Name(error).fmt(f),
        }
    }
}

/// How long each of these is.
#[derive(Debug)]
pub struct Lengths<'a>(pub &'a [IoSlice<'a>]);

impl fmt::Display for Lengths<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|slice| slice.len())).finish()
    }
}

/// Events in words, as `[client 3 readable, listener 0 readable]`.
#[derive(Debug)]
pub struct Events<'a>(pub &'a [Event]);

impl fmt::Display for Events<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (index, event) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            match event.source {
                Source::Listener(number) => write!(f, "listener {number}")?,
                Source::Client(key) => write!(f, "client {key}")?,
                Source::Stop => f.write_str("stop")?,
            }
            let marks = [
                (event.readable, " readable"),
                (event.writable, " writable"),
                (event.read_on, " read-on"),
            ];
            marks.iter().filter(|(is, _)| *is).try_for_each(|(_, word)| f.write_str(word))?;
        }
        f.write_str("]")
    }
}

/// The name of an error as the manuals have it; the text that the system has for it would take
/// memory.
#[derive(Debug)]
pub struct Name<'a>(pub &'a io::Error);

const NAMES: [(i32, &str); 12] = [
    (libc::EAGAIN, "EAGAIN"),
    (libc::EINTR, "EINTR"),
    (libc::EMFILE, "EMFILE"),
    (libc::ENFILE, "ENFILE"),
    (libc::ENOBUFS, "ENOBUFS"),
    (libc::ENOMEM, "ENOMEM"),
    (libc::ENOSPC, "ENOSPC"),
    (libc::ECONNABORTED, "ECONNABORTED"),
    (libc::ECONNRESET, "ECONNRESET"),
    (libc::EPIPE, "EPIPE"),
    (libc::ENOTCONN, "ENOTCONN"),
    (libc::ETIMEDOUT, "ETIMEDOUT"),
];

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.0.raw_os_error();
        let known = NAMES.iter().find(|(error, _)| Some(*error) == number);
        match (known, number) {
            (Some((_, name)), _) => f.write_str(name),
            (None, Some(number)) => write!(f, "error {number}"),
            (None, None) => write!(f, "{:?}", self.0.kind()),
        }
    }
}
