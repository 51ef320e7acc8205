//! The clients of one server, all in one thread: they send what they are told to, and check every
//! message that any of them gets.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::thread;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};

use crate::latency::Latency;
use crate::ledger::Ledger;
use crate::message::Message;
use crate::protocol::Protocol;
use crate::record::Run;
use crate::sender::Sender;

/// Longer than any server lets a client wait; then what is missing is lost.
const LIMIT: Duration = Duration::from_millis(if cfg!(test) { 200 } else { 10_000 });
/// How soon what a socket did not take is offered again.
const SOON: Duration = Duration::from_millis(1);
/// More than the largest message, and what a socket is read into at a time.
const BUFFER: usize = 256 << 10;

/// Where clients of a server come in, and how they talk there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entrance {
    pub(crate) address: SocketAddr,
    pub(crate) protocol: Protocol,
    /// Whether a sender gets its own messages.
    pub(crate) echoes: bool,
    /// How long to wait after each client, where the backlog has few places.
    pub(crate) pause: Duration,
}

/// The clients of one server.
pub(crate) struct Room {
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
    clients: Vec<Client>,
    /// What each of the last clients sent: they are the talkers.
    senders: Vec<Sender>,
    entrance: Entrance,
    /// Bytes of a message.
    size: usize,
    buffer: Vec<u8>,
    start: Instant,
    delivered: u64,
    latency: Latency,
    /// Talkers whose socket did not take all.
    blocked: Vec<usize>,
}

#[derive(Debug)]
struct Client {
    stream: TcpStream,
    /// The beginning of a message whose rest has not come.
    torn: Vec<u8>,
    /// What the socket did not take.
    unsent: Vec<u8>,
    ledger: Ledger,
}

impl Room {
    /// Connects so many clients, the last ones of which talk, in messages of `size` bytes.
    pub(crate) fn open(
        entrance: Entrance,
        clients: usize,
        talkers: usize,
        size: usize,
    ) -> Result<Self, String> {
        let epoll = epoll::create(CreateFlags::CLOEXEC).map_err(|error| error.to_string())?;
        let mut room = Self {
            epoll,
            events: Vec::with_capacity(512),
            clients: Vec::with_capacity(clients),
            senders: (0..talkers).map(|_| Sender::default()).collect(),
            entrance,
            size,
            buffer: vec![0; BUFFER],
            start: Instant::now(),
            delivered: 0,
            latency: Latency::new(),
            blocked: Vec::new(),
        };
        for place in 0..clients {
            let client = Client::connect(&entrance, place, talkers)
                .map_err(|error| format!("client {place}: {error}"))?;
            thread::sleep(entrance.pause);
            let data = EventData::new_u64(place as u64);
            epoll::add(&room.epoll, &client.stream, data, EventFlags::IN)
                .map_err(|error| format!("epoll_ctl: {error}"))?;
            room.clients.push(client);
        }
        Ok(room)
    }

    /// The client that came last sends a message. When everybody has it, everybody is in: servers
    /// let clients in in the order in which they came.
    pub(crate) fn greet(&mut self) -> Result<(), String> {
        self.send(self.senders.len() - 1, self.now())?;
        self.settle()
    }

    /// Nanoseconds of the room's clock.
    pub(crate) fn now(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }

    pub(crate) fn senders(&self) -> &[Sender] {
        &self.senders
    }

    /// Messages that somebody lacks.
    pub(crate) fn in_flight(&self) -> u64 {
        self.senders.iter().map(Sender::in_flight).sum()
    }

    /// Messages that came to a client, so far.
    pub(crate) fn delivered(&self) -> u64 {
        self.delivered
    }

    /// How long messages took is counted anew.
    pub(crate) fn forget_times(&mut self) {
        self.latency.forget();
    }

    /// Puts how long messages took into the record of a run.
    pub(crate) fn describe_times(&self, run: &mut Run) {
        self.latency.describe(run);
    }

    /// What each client has had that is no talker. Where all talk it is what all have had, or of
    /// nobody, if none hears itself: then no two have the same.
    pub(crate) fn listeners(&self) -> impl Iterator<Item = &Ledger> {
        let listeners = self.clients.len() - self.senders.len();
        let all_the_same = listeners == 0 && self.entrance.echoes;
        let shown = if all_the_same { self.clients.len() } else { listeners };
        self.clients[..shown].iter().map(|client| &client.ledger)
    }

    /// Deliveries that came after a later message of the same sender.
    pub(crate) fn reordered(&self) -> u64 {
        self.clients.iter().map(|client| client.ledger.late()).sum()
    }

    /// How many get a message.
    fn receivers(&self) -> usize {
        self.clients.len() - usize::from(!self.entrance.echoes)
    }

    /// A talker sends a message that was meant for `scheduled`.
    pub(crate) fn send(&mut self, talker: usize, scheduled: u64) -> Result<(), String> {
        self.latency.record_sent(self.now().saturating_sub(scheduled));
        let receivers = self.receivers();
        let number = self.senders[talker].count_sent(receivers, scheduled);
        let message = &mut self.buffer[..self.size];
        Message { sender: talker as u16, number, scheduled }.write(message);
        let place = self.clients.len() - self.senders.len() + talker;
        let client = &mut self.clients[place];
        self.entrance.protocol.wrap(message, &mut client.unsent);
        if !client.flush().map_err(|error| format!("talker {talker}: {error}"))? {
            self.blocked.push(place);
        }
        Ok(())
    }

    /// Waits until everybody has everything.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        while self.in_flight() > 0 {
            self.receive()?;
        }
        Ok(())
    }

    /// Waits for input, and takes it; there has to be some.
    pub(crate) fn receive(&mut self) -> Result<(), String> {
        // Twice, and by what was waited for, not by the clock: when the whole machine was stopped
        // for long, a wait is over before what was on its way has come.
        let mut waited = Duration::ZERO;
        while waited < 2 * LIMIT {
            if self.step(LIMIT)? > 0 {
                return Ok(());
            }
            waited += self.limit(LIMIT);
        }
        let missing: u64 = self.senders.iter().map(Sender::lacking).sum();
        Err(format!("lost: {missing} deliveries have not come within {LIMIT:?} twice"))
    }

    /// Takes the input that there is within this time; for how many clients there was some, or
    /// room to send on.
    pub(crate) fn step(&mut self, limit: Duration) -> Result<usize, String> {
        let moved = self.flush()?;
        let timeout = Timespec::try_from(self.limit(limit)).expect("a few seconds");
        self.events.clear();
        epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&timeout))
            .map_err(|error| format!("epoll_wait: {error}"))?;
        for index in 0..self.events.len() {
            let place = self.events[index].data.u64() as usize;
            self.read(place).map_err(|error| format!("client {place}: {error}"))?;
        }
        Ok(self.events.len() + moved)
    }

    /// How long to wait at most, since nothing tells when a socket takes more.
    fn limit(&self, limit: Duration) -> Duration {
        if self.blocked.is_empty() { limit } else { limit.min(SOON) }
    }

    /// Offers again what sockets did not take; how many did so now.
    fn flush(&mut self) -> Result<usize, String> {
        let before = self.blocked.len();
        let mut failed = None;
        self.blocked.retain(|&place| match self.clients[place].flush() {
            Ok(is_done) => !is_done,
            Err(error) => {
                failed = Some(format!("client {place}: {error}"));
                false
            }
        });
        failed.map_or(Ok(before - self.blocked.len()), Err)
    }

    fn read(&mut self, place: usize) -> Result<(), String> {
        let receivers = self.receivers();
        let client = &mut self.clients[place];
        let torn = client.torn.len();
        self.buffer[..torn].copy_from_slice(&client.torn);
        let len = match client.stream.read(&mut self.buffer[torn..]) {
            Ok(0) => return Err("the server has closed the connection".to_owned()),
            Ok(len) => torn + len,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.to_string()),
        };
        let now = self.start.elapsed().as_nanos() as u64;
        let mut rest = &self.buffer[..len];
        while let Some(heard) = self.entrance.protocol.next(rest, self.size)? {
            if let Some(range) = heard.message {
                let message = Message::read(&rest[range]);
                let message = message.ok_or("garbled: not a message of anybody")?;
                client.ledger.take(message)?;
                let have = self.senders[usize::from(message.sender)].count_delivered(&message)?;
                self.latency.record(have, receivers, now.saturating_sub(message.scheduled));
                self.delivered += 1;
            }
            rest = &rest[heard.len..];
        }
        client.torn.clear();
        client.torn.extend_from_slice(rest);
        Ok(())
    }
}

impl Client {
    /// Connects, and says what has to be said before anything else.
    fn connect(entrance: &Entrance, place: usize, talkers: usize) -> Result<Self, String> {
        let mut stream = connect(entrance.address)?;
        let failed = |error: std::io::Error| error.to_string();
        stream.set_read_timeout(Some(LIMIT)).map_err(failed)?;
        stream.write_all(&entrance.protocol.greeting(place)).map_err(failed)?;
        let mut answer = Vec::new();
        let len = loop {
            if let Some(len) = entrance.protocol.answer(&answer)? {
                break len;
            }
            let mut part = [0; 4096];
            match stream.read(&mut part).map_err(failed)? {
                0 => return Err("the server has closed the connection".to_owned()),
                len => answer.extend_from_slice(&part[..len]),
            }
        };
        stream.set_nonblocking(true).map_err(failed)?;
        let torn = answer.split_off(len);
        Ok(Self { stream, torn, unsent: Vec::new(), ledger: Ledger::new(talkers) })
    }

    /// Sends what was not sent; whether that is all.
    fn flush(&mut self) -> Result<bool, String> {
        let mut sent = 0;
        while sent < self.unsent.len() {
            match self.stream.write(&self.unsent[sent..]) {
                Ok(len) => sent += len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.to_string()),
            }
        }
        self.unsent.drain(..sent);
        Ok(self.unsent.is_empty())
    }
}

/// A connection that sends at once; it blocks.
pub(crate) fn connect(address: SocketAddr) -> Result<TcpStream, String> {
    let failed = |error| format!("cannot connect to {address}: {error}");
    let stream = TcpStream::connect(address).map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    Ok(stream)
}

#[cfg(test)]
mod tests;
