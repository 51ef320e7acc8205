//! The real kernel: one [`mio::Poll`] that registers the listeners and the clients. No other part
//! of the library knows mio.

mod listen;

use std::io::{self, IoSlice, Read};
use std::net::{Shutdown, SocketAddr};
use std::time::{Duration, Instant};

use mio::event::Event as MioEvent;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token};
use socket2::SockRef;

use super::{Accepted, Event, Kernel, Shortage, Source};

pub use listen::listen;

/// epoll, kqueue or poll(2), whichever mio uses on this system.
#[derive(Debug)]
pub struct MioKernel {
    poll: Poll,
    events: Events,
    listeners: Vec<TcpListener>,
    started: Instant,
}

/// Events told at a time. More than these wait in the kernel for the next turn, oldest first.
const EVENTS: usize = 256;

/// Listener `n` is registered under this less `n`. Keys of clients are far below: the slab has at
/// most 2^32 slots, and on 32-bit hosts memory ends long before.
const FIRST_LISTENER: usize = usize::MAX - 1;

/// Listeners that a kernel takes at most.
const LISTENERS: usize = 1024;

/// Input, and urgent marks in it: a read stops short at one, although more has arrived.
#[cfg(any(target_os = "linux", target_os = "android"))]
const INPUT: Interest = Interest::READABLE.add(Interest::PRIORITY);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const INPUT: Interest = Interest::READABLE;

/// sendmsg(2) without the SIGPIPE that would end a host written in C. Apple's systems lack the
/// flag; there the socket option SO_NOSIGPIPE, inherited from the listener, does the same.
#[cfg(not(target_vendor = "apple"))]
const SEND_FLAGS: libc::c_int = libc::MSG_NOSIGNAL;
#[cfg(target_vendor = "apple")]
const SEND_FLAGS: libc::c_int = 0;

impl MioKernel {
    /// For sources of the host's own, registered with [`registry`](Self::registry): an event of
    /// theirs ends a wait and is told to nobody.
    pub const HOST_TOKEN: Token = Token(usize::MAX);

    /// A kernel that accepts from these non-blocking listeners, as [`listen()`] makes them.
    ///
    /// # Errors
    /// When the poll cannot be made, when a listener cannot be registered, or when there are more
    /// than 1,024 of them.
    pub fn new(mut listeners: Vec<TcpListener>) -> io::Result<Self> {
        if listeners.len() > LISTENERS {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "more than 1024 listeners"));
        }
        let poll = Poll::new()?;
        for (number, listener) in listeners.iter_mut().enumerate() {
            let token = Token(FIRST_LISTENER - number);
            poll.registry().register(listener, token, Interest::READABLE)?;
        }
        let events = Events::with_capacity(EVENTS);
        Ok(Self { poll, events, listeners, started: Instant::now() })
    }

    /// Where a host registers sources of its own, under [`HOST_TOKEN`](Self::HOST_TOKEN).
    #[must_use]
    pub fn registry(&self) -> &Registry {
        self.poll.registry()
    }

    /// The addresses it listens on, in the order of the listeners.
    ///
    /// # Errors
    /// What getsockname(2) says.
    pub fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        self.listeners.iter().map(TcpListener::local_addr).collect()
    }
}

impl Kernel for MioKernel {
    type Connection = TcpStream;

    // A list of systems where it is known to be so, not of those where it is not: elsewhere reading
    // on to WouldBlock costs a call, and stopping short would hang. kqueue is not among them: it
    // does not tell of urgent marks.
    const SHORT_IS_END: bool = cfg!(all(
        not(mio_unsupported_force_poll_poll),
        any(target_os = "linux", target_os = "android")
    ));

    fn wait(&mut self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        events.clear();
        self.poll.poll(&mut self.events, timeout)?;
        events.extend(self.events.iter().filter_map(translate));
        Ok(())
    }

    fn accept(&mut self, listener: usize) -> io::Result<Accepted<TcpStream>> {
        let listener = self.listeners.get(listener).ok_or(io::ErrorKind::WouldBlock)?;
        let (connection, address) = listener.accept()?;
        Ok(Accepted { connection, address: Some(address) })
    }

    fn stop_listening(&mut self) {
        for mut listener in self.listeners.drain(..) {
            let _ = self.poll.registry().deregister(&mut listener);
        }
    }

    fn add(&mut self, connection: &mut TcpStream, key: usize, writable: bool) -> io::Result<()> {
        self.poll.registry().register(connection, Token(key), interest(writable))
    }

    fn arm(&mut self, connection: &mut TcpStream, key: usize, writable: bool) -> io::Result<()> {
        self.poll.registry().reregister(connection, Token(key), interest(writable))
    }

    fn read(&mut self, connection: &mut TcpStream, into: &mut [u8]) -> io::Result<usize> {
        connection.read(into)
    }

    fn write(&mut self, connection: &mut TcpStream, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        // mio's own vectored write is writev(2), which cannot carry a flag. `try_io` lets mio's
        // poll(2) backend see the WouldBlock by which it re-arms.
        connection
            .try_io(|| SockRef::from(&*connection).send_vectored_with_flags(slices, SEND_FLAGS))
    }

    fn finish(&mut self, connection: &mut TcpStream) -> io::Result<()> {
        connection.shutdown(Shutdown::Write)
    }

    fn close(&mut self, mut connection: TcpStream) {
        // mio's poll(2) backend removes a descriptor by itself after an error: nothing is lost
        // when this fails.
        let _ = self.poll.registry().deregister(&mut connection);
    }

    fn abort(&mut self, connection: TcpStream) {
        // socket(7), SO_LINGER: with a time of zero, close resets and drops what was not sent. If
        // it fails, the end is an orderly one after all.
        let _ = SockRef::from(&connection).set_linger(Some(Duration::ZERO));
        self.close(connection);
    }

    fn address(&self, connection: &TcpStream) -> Option<SocketAddr> {
        connection.peer_addr().ok()
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn shortage(error: &io::Error) -> Option<Shortage> {
        match error.raw_os_error()? {
            libc::EMFILE | libc::ENFILE => Some(Shortage::Descriptors),
            libc::ENOBUFS | libc::ENOMEM => Some(Shortage::Memory),
            _ => None,
        }
    }
}

fn interest(writable: bool) -> Interest {
    if writable { INPUT | Interest::WRITABLE } else { INPUT }
}

/// Errors and hang-ups are told as readable and writable: the call that follows learns the truth.
fn translate(event: &MioEvent) -> Option<Event> {
    let source = match event.token() {
        MioKernel::HOST_TOKEN => return None,
        Token(token) if token > FIRST_LISTENER - LISTENERS => {
            Source::Listener(FIRST_LISTENER - token)
        }
        Token(key) => Source::Client(key),
    };
    let ended = event.is_read_closed() || event.is_error();
    Some(Event {
        source,
        readable: event.is_readable() || ended,
        writable: event.is_writable() || event.is_write_closed() || event.is_error(),
        read_on: ended || event.is_priority(),
    })
}
