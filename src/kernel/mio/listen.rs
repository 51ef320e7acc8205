//! Listening TCP sockets, with the options that accepted sockets inherit from them.

use std::io;
use std::net::SocketAddr;

use mio::net::TcpListener;
use socket2::{Domain, Protocol, Socket, Type};

/// Connections that may wait to be accepted; the kernel lowers it to its own limit
/// (net.core.somaxconn). mio's own `bind` would ask for 128: a burst beyond it waits a second for
/// its next SYN.
const BACKLOG: i32 = 4096;

/// Bytes per client that the kernel may hold *unsent*; what is in flight is not counted (tcp(7),
/// TCP_NOTSENT_LOWAT). Without it a client that never reads pins megabytes of kernel memory.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNSENT: u32 = 128 << 10;

/// A non-blocking listener on this address. One on `[::]` also takes IPv4, whatever the system's
/// default is.
///
/// # Errors
/// What bind(2) and listen(2) say: the port in use, an address that is not this machine's.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    // A restart must not wait for connections in TIME-WAIT.
    socket.set_reuse_address(true)?;
    // What a turn read leaves in one write: there is nothing for Nagle's algorithm to gather.
    socket.set_tcp_nodelay(true)?;
    socket.set_keepalive(true)?;
    // An urgent byte is a byte of the stream (tcp(7)): telnet sends some.
    socket.set_out_of_band_inline(true)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_notsent_lowat(UNSENT)?;
    #[cfg(target_vendor = "apple")]
    socket.set_nosigpipe(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(TcpListener::from_std(socket.into()))
}
