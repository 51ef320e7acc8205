//! The server: the turn, and what it works on.

mod accept;
mod audit;
mod clock;
mod drain;
mod fan_out;
mod flush;
mod judge;
mod read;
mod reap;
mod wait;
mod writer;

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use slab::Slab;

use crate::blocks::Blocks;
use crate::client::Client;
use crate::config::{Config, ConfigError};
use crate::kernel::{Event, Kernel};
use crate::observer::{Decision, Observer, Phase};
use crate::patience::Waiting;
use crate::stats::Stats;

use clock::Clock;
use drain::Drain;
use fan_out::FanOut;
use wait::Retry;

/// A broadcast server on one [kernel](Kernel), told turn by turn what to do next. It starts no
/// thread, handles no signal, and prints nothing.
#[derive(Debug)]
pub struct Server<K: Kernel, O: Observer = ()> {
    kernel: K,
    observer: O,
    config: Config,
    clock: Clock,
    stats: Stats,

    clients: Slab<Client<K::Connection>>,
    /// The keys of all clients, densely: a walk over them costs what they are, not what they were
    /// at their peak. It changes only while no fan-out is under way.
    roster: Vec<u32>,
    /// Listeners with connections in their backlog, as far as is known.
    listening: VecDeque<usize>,
    /// Clients with input, as far as is known: the memory that edges demand.
    ready: VecDeque<usize>,
    /// Clients to flush.
    writable: VecDeque<usize>,
    /// Clients that are not simply open and caught up: those behind, leaving, or dead.
    watch: Vec<usize>,

    events: Vec<Event>,
    blocks: Blocks,
    waiting: Waiting,
    /// Most bytes that wait for one open client, as of the last judgement.
    longest: usize,
    /// The one read buffer. What it holds is being fanned out.
    buffer: Box<[u8]>,
    fan_out: FanOut,
    /// Writes that this turn may still make.
    writes_left: usize,
    retry: Retry,
    drain: Option<Drain>,
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
        config.check()?;
        Ok(Self {
            kernel,
            observer,
            clock: Clock::default(),
            stats: Stats::default(),
            clients: Slab::new(),
            roster: Vec::new(),
            listening: VecDeque::new(),
            ready: VecDeque::new(),
            writable: VecDeque::new(),
            watch: Vec::new(),
            events: Vec::new(),
            blocks: Blocks::new(config.block_size()),
            waiting: Waiting::new(config.patience),
            longest: 0,
            buffer: vec![0; config.buffer_size()].into(),
            fan_out: FanOut::default(),
            writes_left: config.turn.writes,
            retry: Retry::default(),
            drain: None,
            config,
        })
    }

    /// One pass of the loop. Waits at most `timeout` (`None`: until something happens), and not at
    /// all while there is work; a deadline of the server's own ends the wait too.
    ///
    /// The order of the phases is part of the design: load is shed (flush) before more is taken
    /// (read); who is full is judged after they had their chance to drain; slots are freed last,
    /// so no event of this turn meets a stranger in a slot that was reused.
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

    /// Bytes of memory that queues hold, used or kept for the next burst: shared blocks, and the
    /// entries of each client. It walks all clients.
    pub fn queue_memory(&self) -> usize {
        let entries = self.clients.iter().map(|(_, client)| client.outbox.memory());
        self.blocks.memory() + entries.sum::<usize>()
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

    /// Puts a client on the watch list.
    fn watch(&mut self, key: usize) {
        let client = &mut self.clients[key];
        if !client.in_watch {
            client.in_watch = true;
            self.watch.push(key);
        }
    }

    /// Puts a client on the list of those to read from.
    fn mark_ready(&mut self, key: usize) {
        let client = &mut self.clients[key];
        if !client.in_ready {
            client.in_ready = true;
            self.ready.push_back(key);
        }
    }

    /// Puts a client on the list of those to flush.
    fn mark_writable(&mut self, key: usize) {
        let client = &mut self.clients[key];
        if !client.in_writable {
            client.in_writable = true;
            self.writable.push_back(key);
        }
    }
}
