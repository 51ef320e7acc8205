//! Many clients at a time: what a turn does to all of them grows with their number, and no faster.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use pollcast::kernel::{Accepted, Event, Kernel, Shortage, Source};
use pollcast::{Config, Patience, Server};

/// A room of which the first client talks and hears, and nobody else ever takes a byte.
struct Stub {
    in_backlog: usize,
    joined: usize,
    started: Instant,
}

impl Kernel for Stub {
    type Connection = usize;

    const SHORT_IS_END: bool = false;

    fn listeners(&self) -> usize {
        1
    }

    fn wait(&mut self, events: &mut Vec<Event>, _: Option<Duration>) -> io::Result<()> {
        events.clear();
        let source = if self.in_backlog > 0 { Source::Listener(0) } else { Source::Client(0) };
        events.push(Event { source, readable: true, writable: false, read_on: false });
        Ok(())
    }

    fn accept(&mut self, _: usize) -> io::Result<Accepted<usize>> {
        self.in_backlog = self.in_backlog.checked_sub(1).ok_or(io::ErrorKind::WouldBlock)?;
        self.joined += 1;
        Ok(Accepted { connection: self.joined, address: None })
    }

    fn read(&mut self, connection: &mut usize, into: &mut [u8]) -> io::Result<usize> {
        if *connection == 1 { Ok(into.len()) } else { Err(io::ErrorKind::WouldBlock.into()) }
    }

    fn write(&mut self, connection: &mut usize, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let bytes = slices.iter().map(|slice| slice.len()).sum();
        if *connection == 1 { Ok(bytes) } else { Err(io::ErrorKind::WouldBlock.into()) }
    }

    fn stop_listening(&mut self) {}

    fn add(&mut self, _: &mut usize, _: usize, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn arm(&mut self, _: &mut usize, _: usize, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, _: &mut usize) -> io::Result<()> {
        Ok(())
    }

    fn close(&mut self, _: usize) {}

    fn abort(&mut self, _: usize) {}

    fn address(&self, _: &usize) -> Option<SocketAddr> {
        None
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn shortage(_: &io::Error) -> Option<Shortage> {
        None
    }
}

/// The longest turn of a room in which all but one become full at once, and are evicted at once.
fn longest_turn(clients: usize) -> Duration {
    let kernel = Stub { in_backlog: clients, joined: 0, started: Instant::now() };
    let patience = Patience::Limit(Duration::from_millis(20));
    let config = Config { max_clients: clients, patience, ..Config::default() };
    let mut server = Server::new(kernel, config).expect("limits that work");
    while server.stats().evicted < clients as u64 - 1 {
        server.turn(None).expect("it waits");
    }
    server.stats().longest_turn
}

#[test]
fn a_turn_in_which_all_become_full_or_are_evicted_grows_no_faster_than_their_number() {
    // The least of three: a machine that is busy otherwise makes turns longer, never shorter.
    let least = |clients| (0..3).map(|_| longest_turn(clients)).min().expect("three");
    let (few, many) = (least(2_000), least(20_000));
    eprintln!("2,000 full clients: {few:?} at most; 20,000: {many:?}");
    assert!(many < few * 40, "{few:?} for 2,000, {many:?} for 20,000: ten times as many");
}
