//! The simulated machine: a listener with a backlog, sockets, time, and everything that goes wrong.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::time::Duration;

use pollcast::Stats;
use pollcast::kernel::Event;

use crate::choice::Choices;
use crate::oracle::Oracle;
use crate::socket::{Mode, Socket};

/// How often each thing goes wrong, in a thousand times.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    pub interrupted: u32,
    pub late: u32,
    pub spurious: u32,
    pub reordered: u32,
    pub short: u32,
    pub shortage: u32,
    pub aborted: u32,
    pub descriptors: u32,
    pub add_fails: u32,
    pub arm_fails: u32,
    pub clock_jumps: u32,
    pub urgent: u32,
    /// What a host may answer when it is asked.
    pub refused: u32,
    pub withheld: u32,
    pub put_out: u32,
}

impl Faults {
    /// Everything, as often as a run can bear.
    pub const ALL: Self = Self {
        interrupted: 20,
        late: 150,
        spurious: 30,
        reordered: 300,
        short: 300,
        shortage: 10,
        aborted: 60,
        descriptors: 60,
        add_fails: 20,
        arm_fails: 3,
        clock_jumps: 5,
        urgent: 50,
        refused: 20,
        withheld: 30,
        put_out: 3,
    };

    /// What loses no connection and evicts nobody: the same bytes must arrive in every mode.
    pub const HARMLESS: Self = Self {
        aborted: 0,
        add_fails: 0,
        arm_fails: 0,
        clock_jumps: 0,
        refused: 0,
        withheld: 0,
        put_out: 0,
        ..Self::ALL
    };
}

/// Variables that ask for a replay: of a seed, and of an input of tests/fuzz.
const REPLAYS: [&str; 2] = ["POLLCAST_SEED", "POLLCAST_TRACE"];

#[derive(Debug)]
pub struct World {
    pub mode: Mode,
    pub choices: Box<dyn Choices>,
    pub faults: Faults,
    pub now: Duration,
    pub sockets: Vec<Socket>,
    pub backlog: VecDeque<usize>,
    pub backlog_news: bool,
    pub listening: bool,
    /// Sockets that the server may hold at a time.
    pub descriptors: usize,
    /// Most that the send buffer of the next connection takes.
    pub send_buffer: usize,
    pub oracle: Oracle,
    /// The last wait found nothing to tell.
    pub idle: bool,
    /// The host polls: a timeout of zero in this turn says nothing of work.
    pub host_polls: bool,
    /// Waits with a timeout of zero since a call got somewhere.
    pub idle_spins: usize,
    /// A replay prints every call and every decision.
    pub is_traced: bool,
    /// Calls since the last wait.
    pub calls: usize,
    /// Reads, writes, and ends of connections in this turn.
    pub made: [usize; 3],
    /// Faults that struck, and events that were told, so far.
    pub struck: u64,
    pub told: u64,
    /// What the next wait tells beside the truth: events that are spurious, late, or of nobody.
    pub rumours: Vec<Event>,
    /// What accept says next.
    pub accept_error: Option<ErrorKind>,
    pub counted: Counted,
}

/// What the server has to have counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    pub reads: u64,
    pub writes: u64,
    pub arms: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub bytes_discarded: u64,
}

impl Counted {
    pub fn of(stats: &Stats) -> Self {
        let &Stats { reads, writes, arms, bytes_in, bytes_out, bytes_discarded, .. } = stats;
        Self { reads, writes, arms, bytes_in, bytes_out, bytes_discarded }
    }
}

impl World {
    pub fn new(mode: Mode, choices: Box<dyn Choices>, faults: Faults) -> Self {
        Self {
            mode,
            choices,
            faults,
            now: Duration::ZERO,
            sockets: Vec::new(),
            backlog: VecDeque::new(),
            backlog_news: false,
            listening: true,
            descriptors: usize::MAX,
            send_buffer: 2048,
            oracle: Oracle::default(),
            idle: false,
            host_polls: false,
            idle_spins: 0,
            is_traced: REPLAYS.iter().any(|name| std::env::var_os(name).is_some()),
            calls: 0,
            made: [0; 3],
            struck: 0,
            told: 0,
            rumours: Vec::new(),
            accept_error: None,
            counted: Counted::default(),
        }
    }

    /// A peer connects. `None` when nobody listens any more.
    pub fn connect(&mut self) -> Option<usize> {
        if !self.listening {
            return None;
        }
        self.sockets.push(Socket::new(self.send_buffer));
        self.backlog.push_back(self.sockets.len() - 1);
        self.backlog_news = true;
        Some(self.sockets.len() - 1)
    }

    /// Sockets that the server holds.
    pub fn held(&self) -> usize {
        self.oracle.held
    }

    /// One line of the trace of a replay.
    pub fn say(&self, what: &str, details: impl std::fmt::Debug) {
        if self.is_traced {
            eprintln!("{:?} {what} {details:?}", self.now);
        }
    }

    /// Whether a fault of this frequency strikes.
    pub fn strikes(&mut self, frequency: impl Fn(&Faults) -> u32) -> bool {
        let per_mille = frequency(&self.faults);
        let strikes = self.choices.chance(per_mille);
        self.struck += u64::from(strikes);
        strikes
    }

    /// Some of what is on its way arrives, at one socket.
    pub fn deliver_some(&mut self, id: usize) {
        let waiting = self.sockets[id].in_flight.len();
        let short = self.faults.short;
        if waiting > 0 && self.choices.chance(short) {
            let bytes = self.choices.below(waiting);
            self.sockets[id].arrive(bytes);
        } else {
            self.sockets[id].arrive(waiting);
        }
        let arrived = self.sockets[id].inbound.len();
        if waiting > 0 && arrived > 0 && self.strikes(|faults| faults.urgent) {
            self.sockets[id].mark = Some(self.choices.below(arrived));
        }
    }

    pub fn deliver_all(&mut self) {
        for socket in &mut self.sockets {
            socket.arrive(usize::MAX);
        }
    }

    /// How much of `wanted` the send buffer takes; a short answer means that it is full, and stays
    /// so until the peer has read.
    pub fn room_for(&mut self, id: usize, wanted: usize) -> usize {
        let (mode, short) = (self.mode, self.faults.short);
        let socket = &mut self.sockets[id];
        if socket.outbound.is_empty() {
            socket.capacity = socket.buffer;
        }
        let room = wanted.min(socket.capacity.saturating_sub(socket.outbound.len()));
        if room == 0 || !self.choices.chance(short) {
            return room;
        }
        let taken = self.choices.amount(room);
        let socket = &mut self.sockets[id];
        if mode != Mode::Poll && taken < wanted {
            socket.capacity = socket.outbound.len() + taken;
        }
        taken
    }
}
