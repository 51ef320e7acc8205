//! What a trace is made of.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::config::Config;
use crate::kernel::Event;
use crate::observer::{Admission, Decision, Passage, Phase, Step};

/// One thing that happened.
#[derive(Debug)]
pub(super) struct Record<'a> {
    /// When it began, by the kernel's time. What is no call has no time of its own: it has that of
    /// the last call, or question for the time, before it.
    pub(super) at: Duration,
    /// How long it took.
    pub(super) took: Duration,
    /// Times that the kernel told the server since the record before.
    pub(super) asked: &'a [Duration],
    pub(super) what: What<'a>,
}

#[derive(Debug)]
pub(super) enum What<'a> {
    /// What the server is, before anything happens.
    Setup(&'a Setup),
    Call(&'a Call<'a>),
    /// A phase is over.
    Phase(Phase),
    /// A turn is over; the first is number 1.
    Turn(u64),
    /// Decided at this time of the server's clock.
    Decision(Duration, &'a Decision<'a>),
    Step(&'a Step<'a>),
    /// The host was asked whether somebody is let in.
    Admission(Admission),
    /// The host was asked what becomes of what this client sent, and did not let it pass.
    Passage(usize, Passage),
    Gauge(Gauge),
}

/// What a run depends on, beside the answers of the kernel and the host.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setup {
    /// [`Kernel::SHORT_IS_END`](crate::kernel::Kernel::SHORT_IS_END).
    pub(super) short_is_end: bool,
    pub(super) listeners: usize,
    /// Bytes of memory for each client that there may be, as the recorded server would have taken
    /// them without a trace.
    pub(super) slot: usize,
    pub(super) config: Config,
}

impl Setup {
    /// One that is not known yet.
    pub(super) fn none() -> Self {
        Self { short_is_end: true, listeners: 0, slot: 0, config: Config::default() }
    }
}

/// A call to the kernel, and its answer. Who has no key is a connection that was not let in.
#[derive(Debug)]
pub(super) enum Call<'a> {
    Wait { timeout: Option<Duration>, answer: Answer<'a, &'a [Event]> },
    Accept { listener: usize, answer: Answer<'a, Option<SocketAddr>> },
    StopListening,
    Add { client: usize, writable: bool, answer: Answer<'a, ()> },
    Arm { client: usize, writable: bool, answer: Answer<'a, ()> },
    Read { client: usize, room: usize, answer: Answer<'a, &'a [u8]> },
    Write { client: usize, slices: usize, offered: usize, answer: Answer<'a, usize> },
    Finish { client: usize, answer: Answer<'a, ()> },
    Close { client: Option<usize> },
    Abort { client: Option<usize> },
    Address { client: usize, at: Option<SocketAddr> },
}

pub(super) type Answer<'a, T> = Result<T, &'a io::Error>;

/// An amount that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gauge {
    /// Bytes that wait for this client.
    Queue(usize, usize),
    /// Bytes that wait for all of them together; what several wait for counts for each.
    Queued(usize),
    Clients(usize),
    /// Clients of which room to write is reported.
    Armed(usize),
    /// Clients with input, as far as is known.
    Ready(usize),
}

/// Whoever is told each record.
pub(super) trait Sink {
    /// The loop enters this phase of this turn.
    fn enter(&mut self, turn: u64, phase: Phase);

    fn take(&mut self, record: &Record<'_>);

    /// Nothing may happen for a while: what was taken should be where it is read.
    fn rest(&mut self);
}
