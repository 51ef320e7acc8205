//! A broadcast server on mio, the naive way: one thread, one loop, and a queue of messages for each
//! client. What a read gave is a message; each client gets a copy of its own into its queue, and a
//! write of its own. While a queue is not empty, its client is registered for writable too.
//!
//! It is what one writes first, and it is right: no byte is lost, none is doubled, nobody starves.
//! Nothing is gathered and nothing is shared, so a delivery costs an allocation, a copy and a
//! write.
//!
//! Class: one log. A client that never reads is dropped when more than 64 MiB wait for it, and only
//! then: ten of them may hold 640 MiB. A client that ends its stream is gone, with what waits for
//! it; one that cannot be written to is heard to its end. The limit of descriptors is left as it
//! is.

use std::collections::{BTreeSet, VecDeque};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token};
use slab::Slab;

const LISTENER: Token = Token(usize::MAX);
const MOST_QUEUED: usize = 64 * 1024 * 1024;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let (Ok(address), None) = (address.parse(), arguments.next()) else {
        eprintln!("usage: peer-mio-naive [ADDRESS]");
        return ExitCode::from(2);
    };
    let Err(error) = listen(address).and_then(Room::new).and_then(|mut room| room.serve());
    eprintln!("peer-mio-naive: {error}");
    ExitCode::FAILURE
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    rustix::net::listen(&listener, 4096)?;
    listener.set_nonblocking(true)?;
    println!("listening on {}", listener.local_addr()?);
    Ok(TcpListener::from_std(listener))
}

struct Room {
    poll: Poll,
    listener: TcpListener,
    clients: Slab<Client>,
    /// Who may have something to read. The kernel tells it once; it holds until a read would block.
    readable: BTreeSet<usize>,
    /// Whether connections may wait that could not be accepted.
    acceptable: bool,
    buffer: Box<[u8]>,
}

struct Client {
    stream: TcpStream,
    /// Messages that the kernel has not taken; of the first one, what is left of it.
    queue: VecDeque<Vec<u8>>,
    /// How many bytes that is.
    queued: usize,
    /// Whether the client is registered for writable too.
    waits: bool,
    /// Whether nothing more is written to it.
    lost: bool,
}

impl Room {
    fn new(mut listener: TcpListener) -> io::Result<Self> {
        let poll = Poll::new()?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        let buffer = vec![0; 16 * 1024].into_boxed_slice();
        let (clients, readable) = (Slab::new(), BTreeSet::new());
        Ok(Self { poll, listener, clients, readable, acceptable: false, buffer })
    }

    fn serve(&mut self) -> io::Result<std::convert::Infallible> {
        let mut events = Events::with_capacity(1024);
        loop {
            // While somebody has more to read, look for news, but do not wait for them.
            let timeout = (!self.readable.is_empty()).then_some(Duration::ZERO);
            match self.poll.poll(&mut events, timeout) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
                _ => events.iter().for_each(|event| self.note(event)),
            }
            // One read for each, so that nobody who talks without pause shuts out the others. Only
            // here slots are freed, and only below they are filled: no event meets a stranger.
            for key in self.readable.clone() {
                self.read(key);
            }
            if self.acceptable {
                self.accept();
            }
        }
    }

    fn note(&mut self, event: &Event) {
        let Token(key) = event.token();
        if event.token() == LISTENER {
            self.acceptable = true;
            return;
        }
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            self.readable.insert(key);
        }
        if event.is_writable() {
            self.clients[key].flush(self.poll.registry(), key);
        }
    }

    /// Without descriptors connections wait, and every turn tries again: the one in which somebody
    /// leaves has one.
    fn accept(&mut self) {
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => self.insert(stream),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    break self.acceptable = false;
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(_) => break,
            }
        }
    }

    fn insert(&mut self, mut stream: TcpStream) {
        let entry = self.clients.vacant_entry();
        let registered = stream.set_nodelay(true).and_then(|()| {
            self.poll.registry().register(&mut stream, Token(entry.key()), Interest::READABLE)
        });
        if registered.is_ok() {
            let queue = VecDeque::new();
            entry.insert(Client { stream, queue, queued: 0, waits: false, lost: false });
        }
    }

    fn read(&mut self, key: usize) {
        match self.clients[key].stream.read(&mut self.buffer) {
            Ok(0) => self.remove(key),
            Ok(length) => self.broadcast(length),
            Err(error) if error.kind() == ErrorKind::WouldBlock => _ = self.readable.remove(&key),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => self.remove(key),
        }
    }

    /// To everybody, the sender included.
    fn broadcast(&mut self, length: usize) {
        for (key, client) in &mut self.clients {
            client.send(&self.buffer[..length], self.poll.registry(), key);
        }
    }

    fn remove(&mut self, key: usize) {
        self.readable.remove(&key);
        let mut client = self.clients.remove(key);
        _ = self.poll.registry().deregister(&mut client.stream);
    }
}

impl Client {
    fn send(&mut self, message: &[u8], registry: &Registry, key: usize) {
        if self.lost {
            return;
        }
        self.queue.push_back(message.to_vec());
        self.queued += message.len();
        if self.queued > MOST_QUEUED {
            self.lose();
        } else if !self.waits {
            // While it waits there is no room: an event will tell when there is.
            self.flush(registry, key);
        }
    }

    fn flush(&mut self, registry: &Registry, key: usize) {
        let flushed = self.write();
        if flushed.and_then(|()| self.wait_for_room(registry, key)).is_err() {
            self.lose();
        }
    }

    /// Writes until the queue is empty or the kernel takes no more.
    fn write(&mut self) -> io::Result<()> {
        while let Some(message) = self.queue.front_mut() {
            match self.stream.write(message) {
                Ok(length) => {
                    self.queued -= length;
                    message.drain(..length);
                    if message.is_empty() {
                        self.queue.pop_front();
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// A shutdown makes it readable: what it has said is read, then comes the end, and it is
    /// removed.
    fn lose(&mut self) {
        self.lost = true;
        self.queue = VecDeque::new();
        self.queued = 0;
        _ = self.stream.shutdown(Shutdown::Both);
    }

    fn wait_for_room(&mut self, registry: &Registry, key: usize) -> io::Result<()> {
        let waits = !self.queue.is_empty();
        if waits == self.waits {
            return Ok(());
        }
        self.waits = waits;
        let both = Interest::READABLE | Interest::WRITABLE;
        let interest = if waits { both } else { Interest::READABLE };
        registry.reregister(&mut self.stream, Token(key), interest)
    }
}

/// Errors of accept(2) that say nothing about the next connection.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::Interrupted)
}
