//! The clients of one server, and the loads that they make; all in one thread.
//!
//! A load is a closed loop: a talker has a fixed number of messages in flight, and one is in flight
//! until every client that reads has it. So both servers are offered the same, neither can win by
//! falling behind, and what is in flight fits in the sockets' buffers.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};

use crate::ledger::Ledger;
use crate::message::Identity;
use crate::sender::Sender;

/// Longer than either of them lets a client wait; then what is missing is lost.
const LIMIT: Duration = Duration::from_millis(if cfg!(test) { 200 } else { 10_000 });

/// What the talkers do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// How many of the clients talk; the first ones.
    pub(crate) talkers: usize,
    /// Messages in flight for each of them.
    pub(crate) window: u64,
    /// Messages of each of them, at most.
    pub(crate) messages: u64,
    /// How long they go on sending, at most.
    pub(crate) time: Duration,
}

/// What came of a load, after all of it was delivered to everybody.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    /// Messages times receivers.
    pub(crate) deliveries: u64,
    /// From the first message until everybody had the last one.
    pub(crate) time: Duration,
}

/// The clients of one server.
pub(crate) struct Room {
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
    clients: Vec<Client>,
    senders: Vec<Sender>,
    /// They are in, and never read; held so that they stay.
    _mute: Vec<TcpStream>,
    size: usize,
    buffer: Vec<u8>,
    delivered: u64,
}

#[derive(Debug)]
struct Client {
    stream: TcpStream,
    /// The beginning of a message whose rest has not come.
    torn: Vec<u8>,
    ledger: Ledger,
    last_read: Instant,
    longest_silence: Duration,
}

impl Room {
    /// Connects so many who read, after so many who do not, for messages of `size` bytes.
    pub(crate) fn open(
        address: SocketAddr,
        readers: usize,
        mute: usize,
        size: usize,
    ) -> Result<Self, String> {
        let epoll = epoll::create(CreateFlags::CLOEXEC).map_err(|error| error.to_string())?;
        let mute = (0..mute).map(|_| connect(address)).collect::<Result<_, _>>()?;
        let mut room = Self {
            epoll,
            events: Vec::with_capacity(256),
            clients: Vec::new(),
            senders: Vec::new(),
            _mute: mute,
            size,
            buffer: vec![0; 64 << 10],
            delivered: 0,
        };
        for place in 0..readers {
            room.clients.push(Client::connect(address, readers)?);
            room.senders.push(Sender::default());
            let (stream, data) = (&room.clients[place].stream, EventData::new_u64(place as u64));
            epoll::add(&room.epoll, stream, data, EventFlags::IN)
                .map_err(|error| format!("epoll_ctl: {error}"))?;
        }
        Ok(room)
    }

    /// The client that came last sends a message. When everybody has it, everybody is in: servers
    /// let clients in in the order in which they came.
    pub(crate) fn greet(&mut self) -> Result<(), String> {
        self.send(self.clients.len() - 1)?;
        self.finish()
    }

    /// Makes a load, and waits until everybody has all of it.
    pub(crate) fn run(&mut self, load: &Load) -> Result<Outcome, String> {
        let (start, before) = (Instant::now(), self.delivered);
        self.clients.iter_mut().for_each(|client| client.last_read = start);
        let goals: Vec<u64> =
            self.senders[..load.talkers].iter().map(|one| one.sent() + load.messages).collect();
        while start.elapsed() < load.time && self.fill(load.window, &goals)? {
            self.receive()?;
        }
        self.finish()?;
        Ok(Outcome { deliveries: self.delivered - before, time: start.elapsed() })
    }

    /// The longest time during a load that any client that reads got nothing.
    pub(crate) fn longest_silence(&self) -> Duration {
        self.clients.iter().map(|client| client.longest_silence).max().unwrap_or_default()
    }

    /// What each client that reads has had.
    pub(crate) fn ledgers(&self) -> impl Iterator<Item = &Ledger> {
        self.clients.iter().map(|client| &client.ledger)
    }

    /// Sends what may be in flight, one message of each talker at a time, as people would who do
    /// not know of each other. Whether anything is in flight then.
    fn fill(&mut self, window: u64, goals: &[u64]) -> Result<bool, String> {
        let mut has_sent = true;
        while has_sent {
            has_sent = false;
            for (place, goal) in goals.iter().enumerate() {
                let sender = &self.senders[place];
                if sender.in_flight() < window && sender.sent() < *goal {
                    self.send(place)?;
                    has_sent = true;
                }
            }
        }
        Ok(self.in_flight() > 0)
    }

    fn send(&mut self, place: usize) -> Result<(), String> {
        let message = &mut self.buffer[..self.size];
        let number = self.senders[place].count_sent(self.clients.len());
        Identity { sender: place, number }.write(message);
        match self.clients[place].stream.write(message) {
            Ok(len) if len == message.len() => Ok(()),
            Ok(len) => Err(format!("sender {place}: the socket took {len} bytes of a message")),
            Err(error) => Err(format!("sender {place}: {error}")),
        }
    }

    fn finish(&mut self) -> Result<(), String> {
        while self.in_flight() > 0 {
            self.receive()?;
        }
        Ok(())
    }

    fn in_flight(&self) -> u64 {
        self.senders.iter().map(Sender::in_flight).sum()
    }

    /// Waits for input, and takes it.
    fn receive(&mut self) -> Result<(), String> {
        // Twice: when the whole machine was stopped for long, the first wait is over before what
        // was on its way has come.
        if self.wait()? == 0 && self.wait()? == 0 {
            let missing: u64 = self.senders.iter().map(Sender::lacking).sum();
            return Err(format!("lost: {missing} deliveries have not come within {LIMIT:?} twice"));
        }
        for index in 0..self.events.len() {
            let place = self.events[index].data.u64() as usize;
            self.read(place).map_err(|error| format!("client {place}: {error}"))?;
        }
        Ok(())
    }

    /// How many have something to read.
    fn wait(&mut self) -> Result<usize, String> {
        let limit = Timespec::try_from(LIMIT).expect("a few seconds");
        self.events.clear();
        epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&limit))
            .map_err(|error| format!("epoll_wait: {error}"))
    }

    fn read(&mut self, place: usize) -> Result<(), String> {
        let client = &mut self.clients[place];
        let torn = client.torn.len();
        self.buffer[..torn].copy_from_slice(&client.torn);
        let len = match client.stream.read(&mut self.buffer[torn..]) {
            Ok(0) => return Err("the server has closed the connection".to_owned()),
            Ok(len) => torn + len,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.to_string()),
        };
        client.hear();
        let messages = self.buffer[..len].chunks_exact(self.size);
        client.torn.clear();
        client.torn.extend_from_slice(messages.remainder());
        for bytes in messages {
            let message = Identity::read(bytes).ok_or("garbled: not a message of anybody")?;
            client.ledger.take(message)?;
            self.senders[message.sender].count_delivered(message.number)?;
            self.delivered += 1;
        }
        Ok(())
    }
}

impl Client {
    fn connect(address: SocketAddr, senders: usize) -> Result<Self, String> {
        Ok(Self {
            stream: connect(address)?,
            torn: Vec::new(),
            ledger: Ledger::new(senders),
            last_read: Instant::now(),
            longest_silence: Duration::ZERO,
        })
    }

    fn hear(&mut self) {
        let now = Instant::now();
        self.longest_silence = self.longest_silence.max(now - self.last_read);
        self.last_read = now;
    }
}

/// A client that is not in a room.
pub(crate) fn connect(address: SocketAddr) -> Result<TcpStream, String> {
    let failed = |error| format!("cannot connect to {address}: {error}");
    let stream = TcpStream::connect(address).map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    stream.set_nonblocking(true).map_err(failed)?;
    Ok(stream)
}

#[cfg(test)]
mod tests;
