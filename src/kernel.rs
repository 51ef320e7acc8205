//! Every call that the server makes to the operating system, as a trait, and nothing else.
//!
//! The loop is generic over it: [`mio`] is the real one; the tests bring a
//! simulated one that follows the manuals of epoll, kqueue and poll(2).

pub mod mio;

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::time::Duration;

/// Most events that one [wait](Kernel::wait) tells.
pub const EVENTS: usize = 256;

/// The operating system, as far as the server knows it.
///
/// Readiness is edge-triggered: an event is told once. Whoever stops before
/// [`WouldBlock`](io::ErrorKind::WouldBlock) must remember that there is more.
pub trait Kernel {
    /// A connection that was accepted.
    type Connection;

    /// Whether a short read or write is the end of what can be done now.
    ///
    /// True on epoll: epoll(7) lets a stream reader stop there, and the next byte or the next free
    /// space gives a new edge. False where only `WouldBlock` re-arms a source, as in mio's poll(2)
    /// backend. Neither an end of stream nor what lies behind an urgent mark gives a second edge if
    /// it came with the same event: after [`Event::read_on`], read on in any case.
    const SHORT_IS_END: bool;

    /// Listeners that it accepts from at present; their numbers are below that.
    fn listeners(&self) -> usize;

    /// Waits until something happens or `timeout` has passed (`None`: without end), and replaces
    /// what is in `events`. An event may be spurious; it may be late; it is never missing. No more
    /// than [`EVENTS`] are told at a time, for which `events` has memory; the rest is told next.
    ///
    /// # Errors
    /// `Interrupted` when a signal arrived. Anything else means that waiting cannot work any more.
    fn wait(&mut self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()>;

    /// Takes the next connection from the backlog of this listener, without blocking.
    ///
    /// # Errors
    /// `WouldBlock` when the backlog is empty; `ConnectionAborted` when the peer was faster;
    /// whatever accept(2) says when descriptors or memory are short.
    fn accept(&mut self, listener: usize) -> io::Result<Accepted<Self::Connection>>;

    /// Closes the listeners. Whoever is still in a backlog is refused.
    fn stop_listening(&mut self);

    /// Starts to report what can be read from the connection, under this key; room to write too if
    /// `writable` says so.
    ///
    /// # Errors
    /// When the kernel has no room for one more; the caller still owns the connection.
    fn add(
        &mut self,
        connection: &mut Self::Connection,
        key: usize,
        writable: bool,
    ) -> io::Result<()>;

    /// Says whether room to write is to be reported too. Input is always reported, so an empty
    /// interest, which mio refuses, cannot occur. What is ready at this moment is reported anew.
    ///
    /// # Errors
    /// When the registration is lost: the end of this connection, never of the server.
    fn arm(
        &mut self,
        connection: &mut Self::Connection,
        key: usize,
        writable: bool,
    ) -> io::Result<()>;

    /// Reads what has arrived; zero is the end of the stream.
    ///
    /// # Errors
    /// `WouldBlock`, `Interrupted`, or what read(2) says of a connection that is lost.
    fn read(&mut self, connection: &mut Self::Connection, into: &mut [u8]) -> io::Result<usize>;

    /// Sends the slices in order, as much of them as the kernel takes. Raises no SIGPIPE.
    ///
    /// # Errors
    /// `WouldBlock`, `Interrupted`, or what send(2) says of a connection that is lost.
    fn write(
        &mut self,
        connection: &mut Self::Connection,
        slices: &[IoSlice<'_>],
    ) -> io::Result<usize>;

    /// Ends the stream towards the peer; what was written before still arrives.
    ///
    /// # Errors
    /// When the connection is lost already.
    fn finish(&mut self, connection: &mut Self::Connection) -> io::Result<()>;

    /// Ends all reports and closes. With input unread, TCP resets the connection and destroys what
    /// the peer has not yet received (RFC 2525, section 2.17).
    fn close(&mut self, connection: Self::Connection);

    /// Ends all reports and resets the connection: what is on the way is given up at both ends, and
    /// the peer cannot take it for an orderly end.
    fn abort(&mut self, connection: Self::Connection);

    /// Who is at the other end, as far as the kernel still knows: a connection that was reset has
    /// no peer (getpeername(2), ENOTCONN), and one over a UNIX socket has no address.
    fn address(&self, connection: &Self::Connection) -> Option<SocketAddr>;

    /// Monotonic time since the kernel was made.
    fn now(&self) -> Duration;

    /// What is short, if that is what an error says: the same call may succeed later, although no
    /// event will announce it.
    fn shortage(error: &io::Error) -> Option<Shortage>;
}

/// What the operating system may run out of for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortage {
    /// Descriptors of the process or of the system (EMFILE, ENFILE).
    Descriptors,
    /// Memory, for buffers or for anything else (ENOBUFS, ENOMEM).
    Memory,
}

/// What [`Kernel::accept`] found.
#[derive(Debug)]
pub struct Accepted<C> {
    /// The connection, non-blocking, not yet reported on.
    pub connection: C,
    /// Who is at the other end, if accept(2) told.
    pub address: Option<SocketAddr>,
}

/// Something that happened to a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// What it happened to.
    pub source: Source,
    /// There may be something to read, or to accept.
    pub readable: bool,
    /// There may be room to write, or an error that a write will tell.
    pub writable: bool,
    /// A short read would not be the end, since no further edge will come: the peer may have ended
    /// its stream, or marked a byte as urgent, where reads stop once.
    pub read_on: bool,
}

/// Who an [`Event`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The listener with this number.
    Listener(usize),
    /// The connection that was [added](Kernel::add) under this key.
    Client(usize),
    /// Somebody who asks for the end.
    Stop,
}
