//! Listening sockets: TCP and UNIX, made here or passed by a service manager.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use mio::event::Source;
use mio::net::{TcpListener, UnixListener};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::address::Address;
use super::options::SocketOptions;
use super::stream::Stream;
use super::unix_path::{self, UnixPath};
use crate::kernel::Accepted;

/// A non-blocking socket that listens.
#[derive(Debug)]
pub struct Listener(Kind);

#[derive(Debug)]
enum Kind {
    Tcp {
        socket: TcpListener,
        /// What connections in its backlog lack that are older than its options.
        early: Option<SocketOptions>,
    },
    Unix {
        /// If it was made here. Before the socket, so that it goes first.
        _path: Option<UnixPath>,
        socket: UnixListener,
    },
}

/// Connections that may wait to be accepted; the kernel lowers it to its own limit
/// (net.core.somaxconn). mio's own `bind` would ask for 128: a burst beyond it waits a second for
/// its next SYN.
const BACKLOG: i32 = 4096;

/// [`Listener::tcp`] with the options that are the default.
///
/// # Errors
/// What [`Listener::tcp`] says.
pub fn listen(address: SocketAddr) -> io::Result<Listener> {
    Listener::tcp(address, &SocketOptions::default())
}

impl Listener {
    /// Listens on this address. One on `[::]` also takes IPv4, whatever the system's default is.
    ///
    /// # Errors
    /// What bind(2) and listen(2) say: the port in use, an address that is not this machine's.
    pub fn tcp(address: SocketAddr, options: &SocketOptions) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        if address.is_ipv6() {
            socket.set_only_v6(!address.ip().is_unspecified())?;
        }
        // A restart must not wait for connections in TIME-WAIT.
        socket.set_reuse_address(true)?;
        options.set(&SockRef::from(&socket))?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        let socket = TcpListener::from_std(socket.into());
        Ok(Self(Kind::Tcp { socket, early: None }))
    }

    /// Listens on this path. A socket that stands there and that nobody serves, since connecting to
    /// it is refused, is taken over; anything else there is left alone. The path is removed when
    /// the listener is closed, unless another socket stands there by then.
    ///
    /// Its mode is `mode`, at most 0o777, and never wider, not even for a moment (that is sure on
    /// Linux); without it, what the umask leaves. To connect is to write to it (unix(7)).
    ///
    /// # Errors
    /// `AddrInUse` with a text that says what is there; `InvalidInput` for a path longer than
    /// sockaddr_un takes (107 bytes on Linux), or for a mode that is none; what bind(2), chmod(2)
    /// and listen(2) say.
    pub fn unix(path: &Path, mode: Option<u32>) -> io::Result<Self> {
        let (socket, path) = unix_path::bind(path, mode)?;
        socket.set_nonblocking(true)?;
        socket.listen(BACKLOG)?;
        let socket = UnixListener::from_std(socket.into());
        Ok(Self(Kind::Unix { _path: Some(path), socket }))
    }

    /// A TCP or UNIX listener that somebody else made, as a service manager does. Its path, if it
    /// has one, is not removed. Its options and its mode of blocking are changed for everybody who
    /// shares it; who connected before that gets the options when accepted.
    ///
    /// # Errors
    /// `InvalidInput` for anything that is no such listener; what setsockopt(2) and fcntl(2) say.
    pub fn inherited(socket: impl Into<OwnedFd>, options: &SocketOptions) -> io::Result<Self> {
        let socket = Socket::from(socket.into());
        let domain = check_that_it_listens(&socket)?;
        socket.set_cloexec(true)?;
        socket.set_nonblocking(true)?;
        if domain == Domain::UNIX {
            let socket = UnixListener::from_std(socket.into());
            return Ok(Self(Kind::Unix { _path: None, socket }));
        }
        options.set(&SockRef::from(&socket))?;
        let socket = TcpListener::from_std(socket.into());
        Ok(Self(Kind::Tcp { socket, early: Some(options.clone()) }))
    }

    /// Where it listens; for port 0, with the port that the system chose.
    ///
    /// # Errors
    /// What getsockname(2) says.
    pub fn address(&self) -> io::Result<Address> {
        match &self.0 {
            Kind::Tcp { socket, .. } => socket.local_addr().map(Address::Inet),
            Kind::Unix { socket, .. } => socket.local_addr().map(|address| Address::unix(&address)),
        }
    }

    /// Takes the next connection from the backlog, without blocking. For listeners of a host's own;
    /// a kernel does it with those that it was given.
    ///
    /// # Errors
    /// `WouldBlock` when the backlog is empty; what accept(2) says.
    pub fn accept(&mut self) -> io::Result<Accepted<Stream>> {
        match &mut self.0 {
            Kind::Tcp { socket, early } => accept_tcp(socket, early),
            Kind::Unix { socket, .. } => {
                let connection = Stream::unix(socket.accept()?.0);
                Ok(Accepted { connection, address: None })
            }
        }
    }

    /// What a host registers to hear of connections in the backlog.
    pub fn source(&mut self) -> &mut dyn Source {
        match &mut self.0 {
            Kind::Tcp { socket, .. } => socket,
            Kind::Unix { socket, .. } => socket,
        }
    }
}

/// Who connected to an inherited listener before its options were set has none of them: with socket
/// activation that is the first one. The backlog is in order, so once it was empty, nobody is so
/// early any more.
fn accept_tcp(
    socket: &TcpListener,
    early: &mut Option<SocketOptions>,
) -> io::Result<Accepted<Stream>> {
    let accepted = socket.accept();
    if accepted.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
        *early = None;
    }
    let (stream, address) = accepted?;
    if let Some(options) = early {
        // One that was reset already takes none.
        let _ = options.set(&SockRef::from(&stream));
    }
    Ok(Accepted { connection: Stream::tcp(stream), address: Some(address) })
}

/// Tells its family.
fn check_that_it_listens(socket: &Socket) -> io::Result<Domain> {
    let wrong = |problem| io::Error::new(io::ErrorKind::InvalidInput, problem);
    let kind = socket.r#type().map_err(|_| wrong("no socket"))?;
    let domain = socket.local_addr()?.domain();
    if kind != Type::STREAM || ![Domain::IPV4, Domain::IPV6, Domain::UNIX].contains(&domain) {
        return Err(wrong("neither a TCP nor a UNIX stream socket"));
    }
    // Where the system does not tell, the first accept(2) will.
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    if !socket.is_listener()? {
        return Err(wrong("a socket that does not listen"));
    }
    Ok(domain)
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.0 {
            Kind::Tcp { socket, .. } => socket.as_fd(),
            Kind::Unix { socket, .. } => socket.as_fd(),
        }
    }
}
