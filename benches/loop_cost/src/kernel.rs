//! A kernel that does nothing: no sockets, no clock, a few instructions a call.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::time::Duration;

use pollcast::kernel::{Accepted, Event, Kernel, Shortage, Source};

use crate::workload::{Behind, MESSAGE, ROUNDS, Workload};

/// Whoever listens lets `backlog` clients in. From then on a round begins whenever the server has
/// nothing else to do: some send, and of those who are behind some take.
#[derive(Debug)]
pub(crate) struct NullKernel {
    workload: Workload,
    clients: usize,
    accepted: usize,
    rounds: usize,
    /// Bytes that each of those who are behind takes now.
    rooms: Vec<usize>,
    now: Duration,
    pub(crate) writes: u64,
    pub(crate) bytes: u64,
}

/// A client. As large as the real one, since it stands in the slot of each client.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Connection {
    /// Takes everything.
    Quick,
    /// Is the one of those who are behind with this number.
    Slow(u32),
}

impl NullKernel {
    pub(crate) fn new(workload: Workload, clients: usize) -> Self {
        let slow = workload.one_behind_in().map_or(0, |every| clients.div_ceil(every));
        Self {
            workload,
            clients,
            accepted: 0,
            rounds: 0,
            rooms: vec![0; slow],
            now: Duration::ZERO,
            writes: 0,
            bytes: 0,
        }
    }

    /// Others send than in the round before. In turn those who are behind take something.
    fn begin_round(&mut self, events: &mut Vec<Event>) {
        let first = self.rounds * self.workload.senders;
        for sender in first..first + self.workload.senders {
            events.push(event(sender % self.clients, false));
        }
        if let Some(every) = self.workload.one_behind_in() {
            let (last, now) = ((self.rounds + ROUNDS - 1) % ROUNDS, self.rounds % ROUNDS);
            self.rooms.iter_mut().skip(last).step_by(ROUNDS).for_each(|room| *room = 0);
            let room = self.room();
            for slow in (now..self.rooms.len()).step_by(ROUNDS) {
                self.rooms[slow] = room;
                events.push(event(slow * every, true));
            }
        }
        self.rounds += 1;
    }

    /// What one who is behind takes in its round.
    fn room(&self) -> usize {
        match self.workload.behind {
            Behind::All if self.rounds < 2 * ROUNDS => 0,
            Behind::All => ROUNDS * self.workload.senders * MESSAGE,
            Behind::Nobody | Behind::Some => usize::MAX,
        }
    }
}

/// Clients are let in in the order of their numbers and nobody leaves, so the key is the number.
fn event(client: usize, writable: bool) -> Event {
    Event { source: Source::Client(client), readable: !writable, writable, read_on: false }
}

impl Kernel for NullKernel {
    type Connection = Connection;

    const SHORT_IS_END: bool = true;

    fn listeners(&self) -> usize {
        1
    }

    fn wait(&mut self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        events.clear();
        self.now += Duration::from_micros(1);
        if self.accepted < self.clients {
            let source = Source::Listener(0);
            events.push(Event { source, readable: true, writable: false, read_on: false });
        } else if timeout != Some(Duration::ZERO) {
            self.begin_round(events);
        }
        Ok(())
    }

    fn accept(&mut self, _listener: usize) -> io::Result<Accepted<Connection>> {
        if self.accepted == self.clients {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let connection = match self.workload.one_behind_in() {
            Some(every) if self.accepted % every == 0 => {
                Connection::Slow((self.accepted / every) as u32)
            }
            _ => Connection::Quick,
        };
        self.accepted += 1;
        Ok(Accepted { connection, address: None })
    }

    fn stop_listening(&mut self) {}

    fn add(&mut self, _: &mut Connection, key: usize, _: bool) -> io::Result<()> {
        assert_eq!(key + 1, self.accepted, "the key of a client is its number");
        Ok(())
    }

    fn arm(&mut self, _: &mut Connection, _key: usize, _writable: bool) -> io::Result<()> {
        Ok(())
    }

    fn read(&mut self, _: &mut Connection, into: &mut [u8]) -> io::Result<usize> {
        Ok(into.len().min(MESSAGE))
    }

    fn write(&mut self, connection: &mut Connection, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let offered: usize = slices.iter().map(|slice| slice.len()).sum();
        self.writes += 1;
        let taken = match *connection {
            Connection::Quick => offered,
            Connection::Slow(number) => {
                let room = &mut self.rooms[number as usize];
                let taken = offered.min(*room);
                *room -= taken;
                if taken == 0 {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                taken
            }
        };
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn finish(&mut self, _: &mut Connection) -> io::Result<()> {
        Ok(())
    }

    fn close(&mut self, _: Connection) {}

    fn abort(&mut self, _: Connection) {}

    fn address(&self, _: &Connection) -> Option<SocketAddr> {
        None
    }

    fn now(&self) -> Duration {
        self.now
    }

    fn shortage(_: &io::Error) -> Option<Shortage> {
        None
    }
}
