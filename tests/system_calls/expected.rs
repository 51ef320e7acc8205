//! The system calls behind each call to [`MioKernel`](pollcast::kernel::mio::MioKernel) on Linux:
//! the table of docs/SYSTEM_CALLS.md, as code.

use std::fmt::{self, Write};
use std::os::fd::RawFd;
use std::path::PathBuf;
use std::time::Duration;

use pollcast::kernel::Event;

use crate::call::{Answer, Call, Count, Events, Lengths, Name};

/// Writes down the system calls that a call to the kernel must have made, one a line. It takes no
/// memory: a descriptor that it has to remember was in `registered` before, or there is room.
#[derive(Debug)]
pub struct Table {
    pub epoll: RawFd,
    pub listeners: Vec<RawFd>,
    /// Connections that epoll knows.
    pub registered: Vec<RawFd>,
    /// The path of the listener, if connections come over a UNIX socket.
    pub path: Option<PathBuf>,
}

/// Events that are asked for at a time, by `MioKernel`.
const EVENTS: usize = 256;

/// Input and urgent marks, and that the peer has ended its stream; edge-triggered.
const READ: &str = "EPOLLIN|EPOLLPRI|EPOLLRDHUP|EPOLLET";
const READ_AND_WRITE: &str = "EPOLLIN|EPOLLPRI|EPOLLOUT|EPOLLRDHUP|EPOLLET";

impl Table {
    pub fn write(&mut self, call: &Call<'_>, to: &mut String) -> fmt::Result {
        match *call {
            Call::Wait { timeout, answer } => self.wait(timeout, answer, to),
            Call::Accept { listener, answer } => self.accept(listener, answer, to),
            Call::StopListening => self.stop_listening(to),
            Call::Add { fd, key, writable, answer } => {
                if answer.is_ok() {
                    self.registered.push(fd);
                }
                self.control("EPOLL_CTL_ADD", fd, key, writable, answer, to)
            }
            Call::Arm { fd, key, writable, answer } => {
                self.control("EPOLL_CTL_MOD", fd, key, writable, answer, to)
            }
            Call::Read { fd, asked, answer } => {
                let until_dry = if self.path.is_some() { "..." } else { "" };
                writeln!(to, "recvfrom({fd}, {asked}){until_dry} = {}", AsSeen(answer))
            }
            Call::Write { fd, slices, answer } => {
                let (lengths, answer) = (Lengths(slices), AsSeen(answer));
                match slices {
                    [slice] => write!(to, "sendto({fd}, {}", slice.len())?,
                    _ => write!(to, "sendmsg({fd}, {lengths}")?,
                }
                writeln!(to, ", MSG_NOSIGNAL) = {answer}")
            }
            Call::Finish { fd, answer } => {
                writeln!(to, "shutdown({fd}, SHUT_WR) = {}", AsSeen(answer.map(|()| 0)))
            }
            Call::Close { fd } => self.close(fd, to),
            Call::Abort { fd } => self.abort(fd, to),
            Call::Address { .. } if self.path.is_some() => Ok(()),
            Call::Address { fd, address: Some(address) } => {
                writeln!(to, "getpeername({fd}) = 0 {address}")
            }
            Call::Address { fd, address: None } => writeln!(to, "getpeername({fd}) = -1 ENOTCONN"),
            // The time comes from memory that the kernel shares with each process (vdso(7)).
            Call::Now { .. } => Ok(()),
        }
    }

    fn wait(
        &self,
        timeout: Option<Duration>,
        answer: Answer<'_, &[Event]>,
        to: &mut String,
    ) -> fmt::Result {
        // mio rounds up: to wait too short would be to wait again, and again.
        let timeout = timeout.map_or(-1, |timeout| timeout.as_nanos().div_ceil(1_000_000) as i32);
        write!(to, "epoll_wait({}, {EVENTS}, {timeout}) = ", self.epoll)?;
        match answer {
            Ok(events) => writeln!(to, "{} {}", events.len(), Events(events)),
            Err(error) => writeln!(to, "-1 {}", Name(error)),
        }
    }

    fn accept(
        &self,
        listener: usize,
        answer: Answer<'_, (RawFd, Option<std::net::SocketAddr>)>,
        to: &mut String,
    ) -> fmt::Result {
        let listener = self.listeners[listener];
        write!(to, "accept4({listener}, SOCK_CLOEXEC|SOCK_NONBLOCK) = ")?;
        match answer {
            Ok((fd, Some(address))) => writeln!(to, "{fd} {address}"),
            Ok((fd, None)) => {
                writeln!(to, "{fd}")?;
                writeln!(to, "setsockopt({fd}, SOL_SOCKET, SO_OOBINLINE, [1], 4) = 0")
            }
            Err(error) => writeln!(to, "-1 {}", Name(error)),
        }
    }

    fn control(
        &self,
        operation: &str,
        fd: RawFd,
        key: usize,
        writable: bool,
        answer: Answer<'_, ()>,
        to: &mut String,
    ) -> fmt::Result {
        let events = if writable { READ_AND_WRITE } else { READ };
        let answer = AsSeen(answer.map(|()| 0));
        writeln!(to, "epoll_ctl({}, {operation}, {fd}, {events}, {key}) = {answer}", self.epoll)
    }

    fn abort(&mut self, fd: RawFd, to: &mut String) -> fmt::Result {
        if self.path.is_none() {
            let linger = "SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=0}, 8";
            writeln!(to, "setsockopt({fd}, {linger}) = 0")?;
        }
        self.close(fd, to)
    }

    fn stop_listening(&mut self, to: &mut String) -> fmt::Result {
        self.listeners.drain(..).try_for_each(|fd| {
            writeln!(to, "epoll_ctl({}, EPOLL_CTL_DEL, {fd}) = 0", self.epoll)?;
            if let Some(path) = &self.path {
                writeln!(to, "statx({path:?}) = 0\nunlink({path:?}) = 0")?;
            }
            closed(fd, to)
        })
    }

    /// One that was refused was never registered.
    fn close(&mut self, fd: RawFd, to: &mut String) -> fmt::Result {
        let place = self.registered.iter().position(|&registered| registered == fd);
        let answer = if place.is_some() { "0" } else { "-1 ENOENT" };
        place.map(|place| self.registered.swap_remove(place));
        writeln!(to, "epoll_ctl({}, EPOLL_CTL_DEL, {fd}) = {answer}", self.epoll)?;
        closed(fd, to)
    }
}

/// With debug assertions the standard library makes sure first that the descriptor is open
/// (`debug_assert_fd_is_open`).
fn closed(fd: RawFd, to: &mut String) -> fmt::Result {
    if cfg!(debug_assertions) {
        writeln!(to, "fcntl({fd}, F_GETFD) = 0x1")?;
    }
    writeln!(to, "close({fd}) = 0")
}

/// An answer as strace writes it.
struct AsSeen<'a>(Answer<'a, usize>);

impl fmt::Display for AsSeen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_err() { "-1 " } else { "" })?;
        Count(self.0).fmt(f)
    }
}
