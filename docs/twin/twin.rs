//! The twin of pollcast: every byte that a client sends goes to every client, the sender included,
//! in one order for all. One thread, one `Poll`, a slab of clients, a queue for each of them.
//!
//! It is what one writes first, and it is right as long as everybody behaves and nothing runs out.
//! What happens otherwise is shown by tests/twin, each time beside pollcast:
//!
//!     cargo run --example twin            serves on 127.0.0.1:8080
//!     cargo test --test twin              lets it work, and then breaks it
//!
//! Three words of Rust that C and Go do not have: `?` leaves a function with the error, if there is
//! one. `match` must name every answer that a call can give. `&mut` is a pointer through which
//! nobody else reads or writes meanwhile.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token};
use slab::Slab;

/// What the kernel hands back with an event is a number of ours. A client's is its place in the
/// slab; the listener's is one that no client has.
const LISTENER: Token = Token(usize::MAX);

struct Client {
    stream: TcpStream,
    /// What the kernel has not taken yet.
    queue: VecDeque<u8>,
    /// Whether the kernel is to tell when there is room to write.
    is_armed: bool,
}

/// A slab is a vector with holes: a place is a key, and is used again once it is free.
type Clients = Slab<Client>;

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let mut listener = TcpListener::bind(address.parse().map_err(io::Error::other)?)?;
    println!("listening on {}", listener.local_addr()?);

    let mut poll = Poll::new()?; // epoll_create1(2), or kqueue(2)
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut clients = Clients::new();
    let mut events = Events::with_capacity(256);
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue, // by a signal
            result => result?,
        }
        for event in &events {
            let Token(key) = event.token();
            if event.token() == LISTENER {
                accept(&listener, poll.registry(), &mut clients)?;
                continue;
            }
            if event.is_writable() {
                flush(key, poll.registry(), &mut clients);
            }
            if event.is_readable() {
                read(key, poll.registry(), &mut clients);
            }
        }
    }
}

/// Lets in whoever waits. An edge is told once, so it goes on until the kernel has nobody more.
fn accept(listener: &TcpListener, registry: &Registry, clients: &mut Clients) -> io::Result<()> {
    loop {
        let mut stream = match listener.accept() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            result => result?.0,
        };
        stream.set_nodelay(true)?; // as Go does
        let place = clients.vacant_entry();
        registry.register(&mut stream, Token(place.key()), Interest::READABLE)?;
        place.insert(Client { stream, queue: VecDeque::new(), is_armed: false });
    }
}

/// Passes on what a client has sent, until the kernel has nothing more of it.
fn read(key: usize, registry: &Registry, clients: &mut Clients) {
    let mut buffer = [0; 4096];
    while let Some(client) = clients.get_mut(key) {
        match client.stream.read(&mut buffer) {
            Ok(0) => remove(key, registry, clients), // the end of its stream
            Ok(length) => broadcast(&buffer[..length], registry, clients),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(_) => remove(key, registry, clients),
        }
    }
}

/// To everybody: behind what waits for them already, and out with as much as the kernel takes.
fn broadcast(message: &[u8], registry: &Registry, clients: &mut Clients) {
    // A copy of the keys, since a client that cannot be written to is removed on the way.
    let keys: Vec<usize> = clients.iter().map(|(key, _)| key).collect();
    for key in keys {
        clients[key].queue.extend(message);
        flush(key, registry, clients);
    }
}

fn flush(key: usize, registry: &Registry, clients: &mut Clients) {
    let Some(client) = clients.get_mut(key) else { return };
    if client.write().and_then(|()| client.arm(key, registry)).is_err() {
        remove(key, registry, clients);
    }
}

fn remove(key: usize, registry: &Registry, clients: &mut Clients) {
    let mut client = clients.remove(key);
    let _ = registry.deregister(&mut client.stream);
} // `client` ends here, and with it its stream: that is close(2)

impl Client {
    /// Writes until nothing waits, or the kernel takes no more.
    fn write(&mut self) -> io::Result<()> {
        while !self.queue.is_empty() {
            // The queue is a ring: what it holds may go around the end, in two parts.
            match self.stream.write(self.queue.as_slices().0) {
                Ok(length) => drop(self.queue.drain(..length)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Asks for news of room while something waits, and only then: a socket nearly always has room.
    fn arm(&mut self, key: usize, registry: &Registry) -> io::Result<()> {
        let waits = !self.queue.is_empty();
        if waits == self.is_armed {
            return Ok(());
        }
        self.is_armed = waits;
        let both = Interest::READABLE | Interest::WRITABLE;
        let interest = if waits { both } else { Interest::READABLE };
        registry.reregister(&mut self.stream, Token(key), interest) // epoll_ctl(2)
    }
}
