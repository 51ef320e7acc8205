//! One simulated TCP connection, seen from the server, and how its readiness is told.
//!
//! - epoll(7), edge-triggered: news is told once. What is told is the readiness at that time, all
//!   of it; EPOLL_CTL_MOD tells present readiness anew.
//! - kqueue(2) with EV_CLEAR: reading and writing are two events; an end of stream is told while
//!   data is unread; adding a filter tells its present state.
//! - poll(2) as mio uses it: what is told is disarmed, and only WouldBlock or a new registration
//!   arms it again; a hang-up or an error ends the registration.

use std::collections::VecDeque;
use std::fmt;
use std::io::Read;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Epoll,
    Kqueue,
    Poll,
}

impl Mode {
    pub const ALL: [Self; 3] = [Self::Epoll, Self::Kqueue, Self::Poll];
}

/// What an event says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    pub readable: bool,
    pub writable: bool,
    pub read_on: bool,
}

#[derive(Default)]
pub struct Socket {
    /// Arrived, not yet read by the server.
    pub inbound: VecDeque<u8>,
    /// An urgent byte stands at this place of it: a read stops there once, although there is more
    /// (tcp(7); with SO_OOBINLINE the byte is one of the stream).
    pub mark: Option<usize>,
    /// Sent by the peer, still on its way.
    pub in_flight: VecDeque<u8>,
    /// The peer's end of stream is on its way behind that, or has arrived.
    pub end_in_flight: bool,
    pub ended: bool,
    /// Taken from the server, not yet read by the peer.
    pub outbound: VecDeque<u8>,
    /// How much of that the kernel takes at most, and at present.
    pub buffer: usize,
    pub capacity: usize,
    /// The peer closed altogether: the next write is answered by a reset.
    pub peer_gone: bool,
    pub reset: bool,
    /// The server ended its stream.
    pub finished: bool,
    pub closed: bool,

    pub key: Option<usize>,
    pub armed: bool,
    /// News of each direction that was not told yet (epoll, kqueue).
    pub news_read: bool,
    pub news_write: bool,
    /// The three bits of poll(2) that are still set.
    poll_in: bool,
    poll_end: bool,
    poll_out: bool,
}

impl Socket {
    pub fn new(buffer: usize) -> Self {
        Self { buffer, capacity: buffer, ..Self::default() }
    }

    /// Some of what is on its way arrives; the end of stream comes last.
    pub fn arrive(&mut self, bytes: usize) {
        let bytes = bytes.min(self.in_flight.len());
        let later = self.in_flight.split_off(bytes);
        self.inbound.append(&mut self.in_flight);
        self.in_flight = later;
        let ends = self.end_in_flight && self.in_flight.is_empty() && !self.ended;
        self.ended |= ends;
        if bytes > 0 || ends {
            self.news_read = true;
        }
    }

    /// The peer resets the connection; what has arrived can still be read, as on Linux.
    pub fn be_reset(&mut self) {
        if self.ended && self.finished {
            // Both have ended it: there is no connection any more that could be reset.
            return;
        }
        self.in_flight.clear();
        self.end_in_flight = false;
        self.reset = true;
        self.news_read = true;
        self.news_write = true;
    }

    /// The peer reads; room to write is news once a third of the buffer is free.
    pub fn peer_reads(&mut self, bytes: usize) -> usize {
        let had_room = self.has_room();
        let bytes = bytes.min(self.outbound.len());
        self.outbound.drain(..bytes);
        if !had_room && self.has_room() {
            self.news_write = true;
        }
        bytes
    }

    pub fn register(&mut self, key: usize, writable: bool) {
        self.key = Some(key);
        self.armed = writable;
        self.tell_anew(writable);
    }

    /// False when the registration is gone.
    pub fn arm(&mut self, mode: Mode, writable: bool) -> bool {
        if self.key.is_none() {
            return false;
        }
        let added = writable && !self.armed;
        self.armed = writable;
        match mode {
            Mode::Kqueue => self.news_write = added && (self.has_room() || self.reset),
            Mode::Epoll | Mode::Poll => self.tell_anew(writable),
        }
        true
    }

    /// The server ends its stream. Linux wakes whoever polls the socket, reset or not
    /// (inet_shutdown calls sk_state_change), so epoll tells present readiness anew. False after a
    /// reset.
    pub fn finish(&mut self, mode: Mode) -> bool {
        if mode == Mode::Epoll {
            self.news_read |= self.is_readable();
            self.news_write |= self.is_writable();
        }
        self.finished |= !self.reset;
        !self.reset
    }

    /// What a read or write that would block does to the registration. False when it is gone.
    pub fn would_block(&mut self, mode: Mode) -> bool {
        if mode != Mode::Poll || self.key.is_none() {
            return mode != Mode::Poll || self.closed || !self.reset;
        }
        (self.poll_in, self.poll_end, self.poll_out) = (true, true, self.armed);
        true
    }

    /// How much one read can take.
    pub fn readable_bytes(&self) -> usize {
        self.mark.filter(|&mark| mark > 0).unwrap_or(self.inbound.len())
    }

    /// One read: the mark moves on, and is gone once it is passed.
    pub fn take_input(&mut self, into: &mut [u8]) {
        self.mark = self.mark.and_then(|mark| mark.checked_sub(into.len()));
        self.inbound.read_exact(into).expect("no more than there is");
    }

    /// Whether a short read may not be the end: an end of stream, or an urgent mark (EPOLLPRI).
    fn has_more_behind(&self) -> bool {
        self.ended || self.reset || self.mark.is_some()
    }

    pub fn is_readable(&self) -> bool {
        !self.inbound.is_empty() || self.ended || self.reset
    }

    /// sk_stream_is_writeable of Linux: a third must be free.
    pub fn has_room(&self) -> bool {
        self.outbound.len() * 3 <= self.capacity * 2
    }

    pub fn is_writable(&self) -> bool {
        self.armed && (self.has_room() || self.reset)
    }

    /// Whether there is something to tell now.
    pub fn has_news(&self, mode: Mode) -> bool {
        self.key.is_some()
            && match mode {
                // Whatever woke it: what is told is the readiness at this time, if there is any.
                Mode::Epoll => {
                    (self.news_read || self.news_write)
                        && (self.is_readable() || self.is_writable())
                }
                Mode::Kqueue => self.news_read && self.is_readable() || self.news_write_counts(),
                Mode::Poll => self.poll_told() != Told::default(),
            }
    }

    /// Tells it: one event, or two on kqueue.
    pub fn tell(&mut self, mode: Mode) -> Vec<Told> {
        match mode {
            Mode::Epoll => {
                (self.news_read, self.news_write) = (false, false);
                let (readable, writable) = (self.is_readable(), self.is_writable());
                let read_on = self.has_more_behind();
                vec![Told { readable, writable: writable || self.reset, read_on }]
            }
            Mode::Kqueue => self.tell_kqueue(),
            Mode::Poll => self.tell_poll(),
        }
    }

    fn tell_anew(&mut self, writable: bool) {
        self.news_read |= self.is_readable();
        self.news_write = writable && self.is_writable();
        (self.poll_in, self.poll_end, self.poll_out) = (true, true, writable);
    }

    fn news_write_counts(&self) -> bool {
        self.news_write && self.is_writable()
    }

    fn tell_kqueue(&mut self) -> Vec<Told> {
        let read_on = self.ended || self.reset;
        let mut told = Vec::new();
        if self.news_read && self.is_readable() {
            told.push(Told { readable: true, writable: false, read_on });
        }
        if self.news_write_counts() {
            told.push(Told { readable: false, writable: true, read_on: self.reset });
        }
        (self.news_read, self.news_write) = (false, false);
        told
    }

    /// POLLHUP: both directions have ended, or a reset came. Told whether asked for or not.
    fn is_hung_up(&self) -> bool {
        self.reset || (self.ended && self.finished)
    }

    fn poll_told(&self) -> Told {
        let hung_up = self.is_hung_up();
        let end = (self.poll_end && self.ended) || hung_up;
        Told {
            readable: (self.poll_in && self.is_readable()) || end,
            writable: (self.poll_out && self.is_writable()) || hung_up,
            read_on: end || (self.poll_in && self.mark.is_some()),
        }
    }

    fn tell_poll(&mut self) -> Vec<Told> {
        let told = self.poll_told();
        self.poll_in &= !self.is_readable();
        self.poll_end &= !self.ended;
        self.poll_out &= !self.is_writable();
        if self.is_hung_up() {
            self.key = None;
        }
        vec![told]
    }
}

/// With the lengths of what waits, in place of the bytes.
impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("inbound", &self.inbound.len())
            .field("outbound", &self.outbound.len())
            .field("capacity", &self.capacity)
            .field("ended", &self.ended)
            .field("reset", &self.reset)
            .field("finished", &self.finished)
            .field("key", &self.key)
            .field("armed", &self.armed)
            .field("news", &(self.news_read, self.news_write))
            .field("poll bits", &(self.poll_in, self.poll_end, self.poll_out))
            .finish_non_exhaustive()
    }
}
