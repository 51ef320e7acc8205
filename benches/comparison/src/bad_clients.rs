//! Clients that do not do their part.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::room::{Entrance, connect};

/// What is wrong with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// They never read.
    NeverRead,
    /// They read a million bytes a second.
    ReadSlowly,
    /// They never read, and come back as soon as they were thrown out.
    StallAndReturn,
}

/// Bytes a second of those that read slowly.
const PACE: f64 = 1e6;
/// How often they are looked after; more often would cost the good ones.
const EVERY: Duration = Duration::from_millis(5);
/// Bytes that are read at a time.
const PART: usize = 16 << 10;

/// Some clients with one habit.
#[derive(Debug)]
pub(crate) struct BadClients {
    entrance: Entrance,
    habit: Habit,
    clients: Vec<Client>,
    evicted: usize,
    last: Instant,
}

#[derive(Debug)]
struct Client {
    stream: TcpStream,
    since: Instant,
    read: f64,
    is_gone: bool,
}

impl BadClients {
    /// None yet.
    pub(crate) fn new(entrance: Entrance, habit: Habit) -> Self {
        Self { entrance, habit, clients: Vec::new(), evicted: 0, last: Instant::now() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// How often the server has closed one of them.
    pub(crate) fn evicted(&self) -> usize {
        self.evicted
    }

    /// So many come in.
    pub(crate) fn come(&mut self, count: usize) -> Result<(), String> {
        for place in 0..count {
            // Far from the numbers of the good ones, where numbers are names.
            let client = Client::connect(&self.entrance, 100_000 + self.clients.len() + place)?;
            self.clients.push(client);
        }
        Ok(())
    }

    /// They do what they do, if it is time.
    pub(crate) fn act(&mut self) -> Result<(), String> {
        if self.last.elapsed() < EVERY {
            return Ok(());
        }
        self.last = Instant::now();
        for client in self.clients.iter_mut().filter(|client| !client.is_gone) {
            if self.habit == Habit::ReadSlowly {
                client.read_slowly();
            }
            client.is_gone = client.is_gone || client.is_closed()?;
            self.evicted += usize::from(client.is_gone);
        }
        if self.habit == Habit::StallAndReturn {
            for place in 0..self.clients.len() {
                if self.clients[place].is_gone {
                    let name = 100_000 * (self.evicted + 1) + place;
                    self.clients[place] = Client::connect(&self.entrance, name)?;
                }
            }
        }
        Ok(())
    }
}

impl Client {
    fn connect(entrance: &Entrance, name: usize) -> Result<Self, String> {
        let mut stream = connect(entrance.address)?;
        let greeting = entrance.protocol.greeting(name);
        let failed = |error| format!("a bad client: {error}");
        stream.write_all(&greeting).map_err(failed)?;
        stream.set_nonblocking(true).map_err(failed)?;
        Ok(Self { stream, since: Instant::now(), read: 0.0, is_gone: false })
    }

    fn read_slowly(&mut self) {
        let mut part = [0; PART];
        while self.read < self.since.elapsed().as_secs_f64() * PACE {
            match self.stream.read(&mut part) {
                Ok(len @ 1..) => self.read += len as f64,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    // What it did not read in time it may not read faster later.
                    self.read = self.since.elapsed().as_secs_f64() * PACE;
                    return;
                }
                Ok(_) | Err(_) => {
                    self.is_gone = true;
                    return;
                }
            }
        }
    }

    /// Whether the server has ended the connection; what it had sent before may stand unread.
    fn is_closed(&self) -> Result<bool, String> {
        let mut look = [PollFd::new(&self.stream, PollFlags::RDHUP)];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut look, Some(&now)).map_err(|error| format!("poll: {error}"))?;
        let ends = PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR;
        Ok(look[0].revents().intersects(ends))
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::{Duration, Instant};

    use super::{BadClients, Habit};
    use crate::protocol::Protocol;
    use crate::room::Entrance;

    fn act_until(bad: &mut BadClients, evicted: usize) {
        let start = Instant::now();
        while bad.evicted() < evicted {
            assert!(start.elapsed() < Duration::from_secs(5), "{} evicted", bad.evicted());
            bad.act().expect("it can come back");
        }
    }

    #[test]
    fn who_reads_slowly_takes_a_million_bytes_a_second_of_what_there_is() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let entrance =
            Entrance { address, protocol: Protocol::Raw, echoes: true, pause: Duration::ZERO };
        let mut bad = BadClients::new(entrance, Habit::ReadSlowly);
        bad.come(1).expect("it listens");
        let (mut server, _) = listener.accept().expect("it came");
        // Nothing is there for a while; that is not made up for later.
        let act_for = |bad: &mut BadClients, time| {
            let start = Instant::now();
            while start.elapsed() < time {
                bad.act().expect("nothing fails");
            }
        };
        act_for(&mut bad, Duration::from_millis(300));
        std::io::Write::write_all(&mut server, &[0; 60_000]).expect("it is taken");
        let start = Instant::now();
        let mut left = 60_000;
        while left > 0 {
            assert!(start.elapsed() < Duration::from_secs(5), "{left} bytes are not read");
            bad.act().expect("nothing fails");
            left = rustix::io::ioctl_fionread(&bad.clients[0].stream).expect("a socket");
        }
        assert!(start.elapsed() > Duration::from_millis(25), "{:?}", start.elapsed());
    }

    #[test]
    fn who_is_thrown_out_comes_back_if_that_is_its_habit() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let entrance =
            Entrance { address, protocol: Protocol::Raw, echoes: true, pause: Duration::ZERO };
        for (habit, comes_back) in [(Habit::NeverRead, false), (Habit::StallAndReturn, true)] {
            let mut bad = BadClients::new(entrance, habit);
            bad.come(1).expect("it listens");
            drop(listener.accept().expect("it came"));
            act_until(&mut bad, 1);
            if comes_back {
                drop(listener.accept().expect("it came back"));
                act_until(&mut bad, 2);
            }
            bad.act().expect("nothing to do");
            assert_eq!(bad.evicted(), 1 + usize::from(comes_back));
        }
    }
}
