//! The server: the turn, and what it works on.

mod accept;
mod audit;
mod clock;
mod drain;
mod fan_out;
mod flush;
mod gather;
mod host;
mod judge;
mod lists;
mod memory;
mod read;
mod reap;
mod wait;
mod writer;

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use slab::Slab;

use crate::addresses::Addresses;
use crate::blocks::Blocks;
use crate::budget::Budget;
use crate::client::Client;
use crate::config::{Config, ConfigError};
use crate::deadlines::Deadlines;
use crate::framing::Lines;
use crate::kernel::{EVENTS, Event, Kernel};
use crate::observer::{Decision, Observer, Phase, Step};
use crate::patience::Waiting;
use crate::stats::Stats;

use clock::Clock;
use drain::Drain;
use fan_out::FanOut;
pub use host::SayError;
use reap::Ends;

/// A broadcast server on one [kernel](Kernel), told turn by turn what to do next. It starts no
/// thread, handles no signal, and prints nothing.
///
/// To end it in order, [shut it down](Server::shut_down) and make turns until it is
/// [finished](Server::is_finished). One that is dropped before that closes its sockets as they are:
/// what waits is lost, and clients may take that for the end.
#[derive(Debug)]
pub struct Server<K: Kernel, O: Observer = ()> {
    kernel: K,
    observer: O,
    config: Config,
    budget: Budget,
    clock: Clock,
    deadlines: Deadlines,
    stats: Stats,

    clients: Slab<Client<K::Connection>>,
    /// The keys of all clients, densely: a walk over them costs what they are, not what they were
    /// at their peak. It changes only while no fan-out is under way.
    roster: Vec<u32>,
    /// Listeners with connections in their backlog, as far as is known.
    listening: VecDeque<usize>,
    /// Connections lost in accepting since the last one that was let in.
    accept_failures: usize,
    /// Clients with input, as far as is known: the memory that edges demand.
    ready: VecDeque<u32>,
    /// Clients to flush.
    writable: VecDeque<u32>,
    /// Clients whose read or write failed for want of memory in the kernel.
    starved: VecDeque<u32>,
    /// Clients that are not simply open and caught up: those behind, leaving, or dead.
    watch: Vec<u32>,
    /// Clients by address, where that is limited.
    addresses: Option<Addresses>,

    events: Vec<Event>,
    blocks: Blocks,
    lines: Lines,
    waiting: Waiting,
    /// Somebody became full, or no longer is, since the deadline of patience was set.
    waits_changed: bool,
    /// How far the open client that is most behind is behind, as of the last judgement.
    longest: usize,
    /// The one read buffer. What it holds is being fanned out.
    buffer: Box<[u8]>,
    fan_out: FanOut,
    /// When the wait of this turn ended, by the kernel's time.
    woken: Duration,
    /// Writes that this turn may still make.
    writes_left: usize,
    drain: Option<Drain>,
    ends: Ends,
}

impl<K: Kernel> Server<K> {
    /// A server that nobody observes.
    ///
    /// # Errors
    /// When a limit of the configuration cannot work.
    pub fn new(kernel: K, config: Config) -> Result<Self, ConfigError> {
        Self::with_observer(kernel, config, ())
    }
}

impl<K: Kernel, O: Observer> Server<K, O> {
    /// A server that tells `observer` what it decides.
    ///
    /// # Errors
    /// When a limit of the configuration cannot work.
    pub fn with_observer(kernel: K, config: Config, observer: O) -> Result<Self, ConfigError> {
        let slot = Self::slot(&config);
        Self::with_slots(kernel, config, observer, slot)
    }

    /// The same for one whose budget counts so many bytes for each client: one that is recorded
    /// divides its memory as one that is not.
    pub(crate) fn with_slots(
        kernel: K,
        config: Config,
        observer: O,
        slot: usize,
    ) -> Result<Self, ConfigError> {
        config.check_ranges()?;
        let budget = Budget::divide(&config, slot)?;
        let clients = config.max_clients;
        Ok(Self {
            observer,
            clock: Clock::default(),
            deadlines: Deadlines::new(clients),
            stats: Stats::default(),
            clients: Slab::with_capacity(clients),
            roster: Vec::with_capacity(clients),
            listening: VecDeque::with_capacity(kernel.listeners()),
            accept_failures: 0,
            ready: VecDeque::with_capacity(clients),
            writable: VecDeque::with_capacity(clients),
            starved: VecDeque::with_capacity(clients),
            watch: Vec::with_capacity(clients),
            addresses: config.max_clients_per_address.map(|most| Addresses::new(most, clients)),
            events: Vec::with_capacity(EVENTS),
            blocks: Self::store(&config, &budget),
            lines: Lines::new(config.max_line, budget.lines),
            waiting: Waiting::new(config.patience, clients),
            waits_changed: false,
            longest: 0,
            buffer: vec![0; budget.buffer].into(),
            fan_out: FanOut::new(budget.names),
            woken: Duration::ZERO,
            writes_left: config.turn.writes,
            drain: None,
            ends: Ends::default(),
            kernel,
            budget,
            config,
        })
    }

    /// One pass of the loop. Waits at most `timeout` (`None`: until something happens), and not at
    /// all while there is work; a deadline of the server's own ends the wait too.
    ///
    /// The order of the phases is part of the design: load is shed (flush) before more is taken
    /// (read); who is full is judged after they had their chance to drain; slots are freed last, so
    /// nothing that this turn has noted of a client meets a stranger in a slot that was reused.
    ///
    /// # Errors
    /// When the kernel cannot wait any more. No client can cause it.
    pub fn turn(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.stats.turns += 1;
        self.wait(timeout)?;
        self.accept();
        self.flush();
        self.judge();
        self.read();
        self.fan_out();
        self.reap();
        self.measure();
        self.step(&Step::Turned { ready: self.ready.len() });
        Ok(())
    }

    /// Counters since the start.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// How many clients there are, those that are leaving included.
    pub fn client_count(&self) -> usize {
        self.clients.len()
    }

    /// The client for which the room waits at present, if for any: nobody is read until it has
    /// taken enough, or is gone.
    pub fn waits_for(&self) -> Option<usize> {
        self.waiting.cause()
    }

    /// The limits that it runs with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The kernel that it runs on.
    pub fn kernel(&self) -> &K {
        &self.kernel
    }

    /// Who listens to it.
    pub fn observer(&self) -> &O {
        &self.observer
    }

    /// Who listens to it, to be changed.
    pub fn observer_mut(&mut self) -> &mut O {
        &mut self.observer
    }

    fn enter(&mut self, phase: Phase) {
        self.observer.phase(self.clock.now(), phase);
    }

    fn decide(&mut self, decision: &Decision<'_>) {
        self.observer.decided(self.clock.now(), decision);
    }

    #[inline]
    fn step(&mut self, step: &Step<'_>) {
        if O::HEARS_STEPS {
            self.observer.stepped(step);
        }
    }

    /// Of whose bytes a queue takes no notice: of the client's own, where there is no echo.
    fn left_out(&self, key: usize) -> Option<usize> {
        (!self.config.echo).then_some(key)
    }
}
