//! No allocation in a turn, once warm, while nobody is behind; and none at all, nor the freeing of
//! anything, in a server that takes its memory at the start, whatever happens on real sockets.

#![allow(unreachable_pub, reason = "nothing is public outside of a test")]

#[path = "harness/strict.rs"]
#[allow(dead_code, reason = "no kernel stands between that may allocate")]
mod strict;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

use pollcast::kernel::mio::{Listener, MioKernel, SocketOptions, listen};
use pollcast::{Config, Framing, HalfClose, Interest, Patience, SayError, Server};
use socket2::SockRef;

/// One round: each client says something, and everybody hears everything.
fn converse(server: &mut Server<MioKernel>, clients: &mut [TcpStream], buffer: &mut [u8]) {
    for client in clients.iter_mut() {
        client.write_all(b"sixteen bytes...").expect("it reads");
    }
    let expected = server.stats().bytes_out + 16 * (clients.len() * clients.len()) as u64;
    while server.stats().bytes_out < expected {
        strict::act(|| server.turn(Some(Duration::from_secs(5)))).expect("it waits");
    }
    for client in clients.iter_mut() {
        client.read_exact(buffer).expect("it delivers");
    }
}

#[test]
fn a_server_allocates_nothing_while_nobody_is_behind() {
    let kernel = MioKernel::new(vec![
        listen("127.0.0.1:0".parse().expect("an address")).expect("a free port"),
    ])
    .expect("a poll");
    let address = kernel.addresses().expect("bound")[0].inet().expect("TCP");
    let mut server = Server::new(kernel, Config::default()).expect("limits that work");
    let mut clients: Vec<TcpStream> = (0..20)
        .map(|_| {
            let client = TcpStream::connect(address).expect("it listens");
            server.turn(Some(Duration::from_secs(5))).expect("it waits");
            client
        })
        .collect();
    assert_eq!(server.client_count(), 20);
    let mut buffer = vec![0; 16 * clients.len()];
    for _ in 0..500 {
        converse(&mut server, &mut clients, &mut buffer);
    }
    assert!(server.stats().turns >= 500, "{} turns", server.stats().turns);
}

/// Most clients, of which some are refused.
const CLIENTS: usize = 40;
/// More than a handful of them.
const LISTENERS: usize = 12;

/// A server that took its memory at the start, and whoever is there, in one thread.
struct Room {
    server: Server<MioKernel>,
    addresses: Vec<SocketAddr>,
    path: std::path::PathBuf,
    clients: Vec<TcpStream>,
    /// They have ended their streams, and read on.
    leavers: Vec<TcpStream>,
    neighbours: Vec<UnixStream>,
    random: fastrand::Rng,
    /// Lines of 64 bytes.
    chunk: Vec<u8>,
}

impl Room {
    fn new(config: Config) -> Self {
        let inet = || listen("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        let mut listeners: Vec<Listener> = (1..LISTENERS).map(|_| inet()).collect();
        let name = format!("pollcast-allocations-{}-{}", std::process::id(), fastrand::u32(..));
        let path = std::env::temp_dir().join(name);
        let neighbour = UnixListener::bind(&path).expect("a free name");
        let neighbour = Listener::inherited(neighbour, &SocketOptions::default());
        listeners.push(neighbour.expect("it listens"));
        let kernel = MioKernel::new(listeners).expect("a poll");
        let addresses = kernel.addresses().expect("bound");
        let addresses = addresses.iter().filter_map(|address| address.inet()).collect();
        let server = Server::new(kernel, config).expect("limits that work");
        let chunk = format!("{}\n", "x".repeat(63)).repeat(256).into_bytes();
        let random = fastrand::Rng::with_seed(7);
        let (clients, leavers, neighbours) = Default::default();
        Self { server, addresses, path, clients, leavers, neighbours, random, chunk }
    }

    /// A turn in which nothing may be allocated or freed.
    fn turn(&mut self) {
        strict::act(|| self.server.turn(Some(Duration::ZERO))).expect("it waits");
    }

    fn join(&mut self) {
        let address = self.addresses[self.random.usize(..self.addresses.len())];
        let client = TcpStream::connect(address).expect("it listens");
        client.set_nonblocking(true).expect("an option");
        self.clients.push(client);
    }

    /// Somebody sends something, in pieces of all sizes, or ends a line; some never read.
    fn talk(&mut self) {
        for _ in 0..4 {
            let talker = self.random.usize(..self.clients.len());
            let bytes = [1, 3, 64, 16 << 10][self.random.usize(..4)];
            // Who is not read from has a full buffer, and who was put out has none.
            let _ = self.clients[talker].write(&self.chunk[..bytes]);
        }
        let mut sink = [0; 4096];
        for client in self.clients.iter_mut().skip(5).chain(&mut self.leavers) {
            while matches!(client.read(&mut sink), Ok(1..)) {}
        }
        for neighbour in &mut self.neighbours {
            let _ = neighbour.write(b"over the fence\n");
            while matches!(neighbour.read(&mut sink), Ok(1..)) {}
        }
    }

    /// Some come at once, and wait in the backlogs; others go, in all ways.
    fn churn(&mut self) {
        self.leavers.clear();
        // Who was put out has gone already: others take the places of those who never read.
        self.clients.retain(|client| matches!(client.take_error(), Ok(None)));
        for _ in 0..10 {
            self.join();
        }
        let neighbour = UnixStream::connect(&self.path).expect("it listens");
        neighbour.set_nonblocking(true).expect("an option");
        self.neighbours.push(neighbour);
        if self.neighbours.len() > 3 {
            self.neighbours.remove(0);
        }
        while self.clients.len() > CLIENTS - 8 {
            let client = self.clients.remove(self.random.usize(5..self.clients.len()));
            match self.random.usize(..3) {
                0 if client.shutdown(Shutdown::Write).is_ok() => self.leavers.push(client),
                1 => SockRef::from(&client).set_linger(Some(Duration::ZERO)).expect("an option"),
                _ => {}
            }
        }
    }

    /// The host says something to all and to one, and puts one out.
    fn host_acts(&mut self) {
        let client = self.random.usize(..CLIENTS);
        let Self { server, chunk, .. } = self;
        let line = &chunk[64 * 250..];
        let said = strict::act(|| [server.broadcast(line), server.send_to(client, line)]);
        let is_known = |said| matches!(said, Ok(()) | Err(SayError::Later | SayError::Gone));
        assert!(said.into_iter().all(is_known), "{said:?}");
        if client == 0 {
            let _ = strict::act(|| server.evict(client));
        }
    }

    /// To the end of the server.
    fn finish(mut self) {
        strict::act(|| self.server.shut_down());
        let began = Instant::now();
        while !self.server.is_finished() {
            assert!(began.elapsed() < Duration::from_secs(20), "{:?}", self.server.stats());
            self.talk();
            self.turn();
        }
        std::fs::remove_file(&self.path).expect("it is there");
    }
}

/// A flood by those who come and go, while five never read.
fn flood(config: Config) {
    let mut room = Room::new(config);
    for round in 0..2_000 {
        if round % 20 == 0 {
            room.churn();
        }
        room.talk();
        room.host_acts();
        for _ in 0..3 {
            room.turn();
        }
    }
    let stats = *room.server.stats();
    assert!(stats.bytes_in > 1 << 18 && stats.joined > 300 && stats.refused > 0, "{stats:?}");
    assert!(stats.evicted >= 2 && stats.waits >= 2 && stats.bytes_by_host > 0, "{stats:?}");
    assert!(stats.left + stats.reset > 100, "{stats:?}");
    room.finish();
}

/// Room for few, whose patience is short.
fn limits() -> Config {
    Config {
        max_clients: CLIENTS,
        patience: Patience::Limit(Duration::from_millis(20)),
        drain_timeout: Duration::from_secs(1),
        ..Config::for_memory(128 << 10).expect("enough")
    }
}

#[test]
#[cfg_attr(
    mio_unsupported_force_poll_poll,
    ignore = "mio's poll(2) backend allocates for each registration"
)]
fn a_server_that_allocates_at_the_start_does_it_never_again_whatever_clients_do() {
    flood(limits());
}

#[test]
#[cfg_attr(
    mio_unsupported_force_poll_poll,
    ignore = "mio's poll(2) backend allocates for each registration"
)]
fn nor_does_it_where_clients_are_counted_by_address_and_receive_nothing_of_their_own() {
    let few = Config { max_clients_per_address: Some(CLIENTS - 2), ..limits() };
    flood(Config { echo: false, idle_timeout: Some(Duration::from_millis(50)), ..few });
}

#[test]
#[cfg_attr(
    mio_unsupported_force_poll_poll,
    ignore = "mio's poll(2) backend allocates for each registration"
)]
fn nor_does_it_with_lines_registered_once_for_those_who_listen_on() {
    let lines = Config { framing: Framing::Line, interest: Interest::Once, ..limits() };
    flood(Config { half_close: HalfClose::Listen, ..lines });
}

#[test]
#[cfg_attr(
    mio_unsupported_force_poll_poll,
    ignore = "mio's poll(2) backend allocates for each registration"
)]
fn nor_does_it_with_lines_that_are_gathered_and_not_echoed() {
    let lines = Config { framing: Framing::Line, echo: false, ..limits() };
    flood(Config { gather: Duration::from_millis(1), ..lines });
}
