//! The real kernel: one [`mio::Poll`] that registers the listeners and the clients. No other part
//! of the library knows mio.

mod address;
mod descriptor;
mod listen;
mod options;
mod stop;
mod stream;
mod unix_path;

use std::cell::OnceCell;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::event::Event as MioEvent;
use mio::{Events, Interest, Poll, Registry, Token, Waker};

use super::{Accepted, EVENTS, Event, Kernel, Shortage, Source};

pub use address::Address;
pub use listen::{Listener, listen};
pub use options::SocketOptions;
pub use stop::StopHandle;
pub use stream::Stream;

/// epoll, kqueue or poll(2), whichever mio uses on this system.
#[derive(Debug)]
pub struct MioKernel {
    poll: Poll,
    events: Events,
    listeners: Vec<Listener>,
    /// Once somebody has asked for it: a poll has one at most.
    stop: OnceCell<StopHandle>,
    host_events: u64,
    started: Instant,
}

/// Listener `n` is registered under this less `n`. Keys of clients are far below: the slab has at
/// most 2^32 slots, and on 32-bit hosts memory ends long before.
const FIRST_LISTENER: usize = usize::MAX - 1;

/// Listeners that a kernel takes at most.
const LISTENERS: usize = 1024;

/// The waker of [`StopHandle`], below all of them.
const STOP: Token = Token(FIRST_LISTENER - LISTENERS);

/// Input, and urgent marks in it: a read stops short at one, although more has arrived.
#[cfg(any(target_os = "linux", target_os = "android"))]
const INPUT: Interest = Interest::READABLE.add(Interest::PRIORITY);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const INPUT: Interest = Interest::READABLE;

impl MioKernel {
    /// For sources of the host's own, registered with [`registry`](Self::registry): an event of
    /// theirs ends a wait and is [counted](Self::host_events).
    pub const HOST_TOKEN: Token = Token(usize::MAX);

    /// A kernel that accepts from these listeners.
    ///
    /// # Errors
    /// When the poll cannot be made, when a listener cannot be registered, or when there are more
    /// than 1,024 of them.
    pub fn new(mut listeners: Vec<Listener>) -> io::Result<Self> {
        if listeners.len() > LISTENERS {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "more than 1024 listeners"));
        }
        let poll = Poll::new()?;
        for (number, listener) in listeners.iter_mut().enumerate() {
            let token = Token(FIRST_LISTENER - number);
            poll.registry().register(listener.source(), token, Interest::READABLE)?;
        }
        // More than these wait in the kernel for the next turn, oldest first.
        let events = Events::with_capacity(EVENTS);
        let started = Instant::now();
        Ok(Self { poll, events, listeners, stop: OnceCell::new(), host_events: 0, started })
    }

    /// Where a host registers sources of its own, under [`HOST_TOKEN`](Self::HOST_TOKEN).
    #[must_use]
    pub fn registry(&self) -> &Registry {
        self.poll.registry()
    }

    /// Events of the host's own sources so far: while it stays the same, none of them has news.
    #[must_use]
    pub fn host_events(&self) -> u64 {
        self.host_events
    }

    /// A handle by which any thread may ask the server for its end. It takes a descriptor on most
    /// systems, once.
    ///
    /// # Errors
    /// What eventfd(2) or kevent(2) say.
    pub fn stop_handle(&self) -> io::Result<StopHandle> {
        if let Some(stop) = self.stop.get() {
            return Ok(stop.clone());
        }
        let stop = StopHandle::new(Waker::new(self.poll.registry(), STOP)?);
        Ok(self.stop.get_or_init(|| stop).clone())
    }

    /// The addresses it listens on, in the order of the listeners; none after
    /// [`stop_listening`](Kernel::stop_listening).
    ///
    /// # Errors
    /// What getsockname(2) says.
    pub fn addresses(&self) -> io::Result<Vec<Address>> {
        self.listeners.iter().map(Listener::address).collect()
    }
}

impl Kernel for MioKernel {
    type Connection = Stream;

    // A list of systems where it is known to be so, not of those where it is not: elsewhere reading
    // on to WouldBlock costs a call, and stopping short would hang. kqueue is not among them: it
    // does not tell of urgent marks.
    const SHORT_IS_END: bool = cfg!(all(
        not(mio_unsupported_force_poll_poll),
        any(target_os = "linux", target_os = "android")
    ));

    fn listeners(&self) -> usize {
        self.listeners.len()
    }

    fn wait(&mut self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        events.clear();
        self.poll.poll(&mut self.events, timeout)?;
        for event in &self.events {
            if event.token() == Self::HOST_TOKEN {
                self.host_events += 1;
            } else {
                events.push(translate(event));
            }
        }
        Ok(())
    }

    fn accept(&mut self, listener: usize) -> io::Result<Accepted<Stream>> {
        self.listeners.get_mut(listener).ok_or(io::ErrorKind::WouldBlock)?.accept()
    }

    fn stop_listening(&mut self) {
        // Closing is not enough: a service manager has inherited listeners open too, and epoll
        // reports a socket for as long as anybody has (epoll(7)).
        for mut listener in self.listeners.drain(..) {
            let _ = self.poll.registry().deregister(listener.source());
        }
    }

    fn add(&mut self, connection: &mut Stream, key: usize, writable: bool) -> io::Result<()> {
        self.poll.registry().register(connection.source(), Token(key), interest(writable))
    }

    fn arm(&mut self, connection: &mut Stream, key: usize, writable: bool) -> io::Result<()> {
        self.poll.registry().reregister(connection.source(), Token(key), interest(writable))
    }

    fn read(&mut self, connection: &mut Stream, into: &mut [u8]) -> io::Result<usize> {
        connection.read(into)
    }

    fn write(&mut self, connection: &mut Stream, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        connection.send(slices)
    }

    fn finish(&mut self, connection: &mut Stream) -> io::Result<()> {
        connection.finish()
    }

    fn close(&mut self, mut connection: Stream) {
        // mio's poll(2) backend removes a descriptor by itself after an error: nothing is lost
        // when this fails.
        let _ = self.poll.registry().deregister(connection.source());
    }

    fn abort(&mut self, connection: Stream) {
        connection.give_up();
        self.close(connection);
    }

    fn address(&self, connection: &Stream) -> Option<SocketAddr> {
        connection.peer()
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
fn translate(event: &MioEvent) -> Event {
    let source = match event.token() {
        STOP => Source::Stop,
        Token(token) if token > FIRST_LISTENER - LISTENERS => {
            Source::Listener(FIRST_LISTENER - token)
        }
        Token(key) => Source::Client(key),
    };
    let ended = event.is_read_closed() || event.is_error();
    Event {
        source,
        readable: event.is_readable() || ended,
        writable: event.is_writable() || event.is_write_closed() || event.is_error(),
        read_on: ended || event.is_priority(),
    }
}
