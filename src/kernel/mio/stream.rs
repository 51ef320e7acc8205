//! A connection of the real kernel: a TCP stream or a UNIX stream.

use std::io::{self, IoSlice, Read};
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use mio::event::Source;
use mio::net::{TcpStream, UnixStream};
use socket2::SockRef;

/// A connection that a [`Listener`](super::Listener) accepted. It stands in the slot of each
/// client, so it is no more than a descriptor and what kind it is.
#[derive(Debug)]
pub struct Stream(Kind);

#[derive(Debug)]
enum Kind {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// send(2) and sendmsg(2) without the SIGPIPE that would end a host written in C. Apple's systems
/// lack the flag; there the socket option SO_NOSIGPIPE does the same.
#[cfg(not(target_vendor = "apple"))]
const SEND_FLAGS: libc::c_int = libc::MSG_NOSIGNAL;
#[cfg(target_vendor = "apple")]
const SEND_FLAGS: libc::c_int = 0;

impl Stream {
    /// A connection with the options that its listener handed on.
    pub(super) fn tcp(stream: TcpStream) -> Self {
        Self(Kind::Tcp(stream))
    }

    /// A UNIX stream inherits no option from its listener: the connecting end makes it anew
    /// (unix_stream_connect). If an option cannot be set, the stream serves without it.
    pub(super) fn unix(stream: UnixStream) -> Self {
        let socket = SockRef::from(&stream);
        // Linux knows urgent bytes here too since 5.15: they are bytes of the stream.
        let _ = socket.set_out_of_band_inline(true);
        #[cfg(target_vendor = "apple")]
        let _ = socket.set_nosigpipe(true);
        Self(Kind::Unix(stream))
    }

    pub(super) fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Kind::Tcp(stream) => stream.read(into),
            Kind::Unix(stream) => read_past_messages(stream, into),
        }
    }

    /// Sends the slices in order, as much of them as the kernel takes, without blocking. Raises no
    /// SIGPIPE.
    ///
    /// # Errors
    /// `WouldBlock` when it takes nothing; what send(2) says.
    pub fn send(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        // mio's own writes are write(2) and writev(2), which cannot carry a flag. For one slice the
        // kernel need not copy a header and a vector in, as sendmsg(2) makes it do. `try_io` lets
        // mio's poll(2) backend see the `WouldBlock` by which it re-arms.
        let send = || match slices {
            [slice] => SockRef::from(self).send_with_flags(slice, SEND_FLAGS),
            _ => SockRef::from(self).send_vectored_with_flags(slices, SEND_FLAGS),
        };
        match &self.0 {
            Kind::Tcp(stream) => stream.try_io(send),
            Kind::Unix(stream) => stream.try_io(send),
        }
    }

    pub(super) fn finish(&self) -> io::Result<()> {
        SockRef::from(self).shutdown(Shutdown::Write)
    }

    /// Makes the close that follows a reset.
    pub(super) fn give_up(&self) {
        // socket(7), SO_LINGER: with a time of zero, close resets and drops what was not sent. If
        // it fails, the end is an orderly one after all. A UNIX stream has no such end: what was
        // sent stands in the peer's own queue already, out of reach (unix_release_sock); the peer
        // is told of a reset only if it had sent something that was not read.
        if let Kind::Tcp(stream) = &self.0 {
            let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
        }
    }

    pub(super) fn source(&mut self) -> &mut dyn Source {
        match &mut self.0 {
            Kind::Tcp(stream) => stream,
            Kind::Unix(stream) => stream,
        }
    }

    /// Nobody who comes over a UNIX socket has an address.
    pub(super) fn peer(&self) -> Option<SocketAddr> {
        match &self.0 {
            Kind::Tcp(stream) => stream.peer_addr().ok(),
            Kind::Unix(_) => None,
        }
    }
}

/// A read of a UNIX stream stops behind a message that carried descriptors (unix(7), SCM_RIGHTS;
/// they are closed at once), and before an urgent byte, although more has arrived. On epoll the
/// server takes a short read for the end, so it must be one: this reads on until nothing comes.
///
/// An error behind the first bytes is not told; what follows it is the end of the stream.
fn read_past_messages(stream: &mut UnixStream, into: &mut [u8]) -> io::Result<usize> {
    let mut taken = stream.read(into)?;
    while taken > 0 && taken < into.len() {
        match stream.read(&mut into[taken..]) {
            Ok(more @ 1..) => taken += more,
            Ok(_) | Err(_) => break,
        }
    }
    Ok(taken)
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.0 {
            Kind::Tcp(stream) => stream.as_fd(),
            Kind::Unix(stream) => stream.as_fd(),
        }
    }
}
