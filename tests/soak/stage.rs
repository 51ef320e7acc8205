//! What all who play share: the server, the log, what they saw, and the first failure.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use rustix::process::Pid;

use crate::counters::Counters;
use crate::harness::{LIMIT, Server};
use crate::lanes::fill;
use crate::log::Log;
use crate::receiver::Positions;

/// How long a client that is full may hold up the room.
pub const PATIENCE: Duration = Duration::from_millis(500);
/// What strangers may hold it up together: see docs/decisions/0003-patience.md.
pub const GIFT: Duration = Duration::from_secs(1);
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(4);
pub const MAX_MEMORY: usize = 16 << 20;

/// Most that a client of the good kind may come to be behind, when those who send much heed it:
/// below three quarters of `--max-queue`, so that none is ever full, however slow the machine is.
const WINDOW: u64 = 384 << 10;

#[derive(Debug)]
pub struct Stage {
    pub server: Server,
    pub log: Log,
    pub positions: Positions,
    pub tally: Tally,
    pub seed: u64,
    folder: PathBuf,
    over: AtomicBool,
    ending: AtomicBool,
    failure: Mutex<Option<String>>,
}

/// What the clients saw, to be held against the server's counters.
#[derive(Debug, Default)]
pub struct Tally {
    pub connected: AtomicU64,
    /// Ended their stream, and received everything and the end.
    pub left: AtomicU64,
    /// Were evicted, and saw it.
    pub evicted: AtomicU64,
    /// Broke off: they may have left, been reset, or been evicted without seeing it.
    pub broke_off: AtomicU64,
    /// Nanoseconds that members of some standing may have held up the room.
    pub earned: AtomicU64,
    /// The longest time that the talker was held up, in nanoseconds.
    pub held_up: AtomicU64,
    /// Where the streams of the last audience ended.
    pub last: AtomicU64,
    /// Times that descriptors ran short.
    pub shortages: AtomicU64,
    /// By how much the machine itself was late, at worst, in nanoseconds.
    pub late: AtomicU64,
}

impl Stage {
    pub fn new(seed: u64) -> Result<Self, String> {
        let folder = std::env::temp_dir().join(format!("pollcast-soak-{}", std::process::id()));
        std::fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let stats = format!("unix:{}", folder.join("stats").display());
        let patience = format!("{}ms", PATIENCE.as_millis());
        let memory = format!("{MAX_MEMORY}");
        let drain = format!("{}s", DRAIN_TIMEOUT.as_secs());
        let server = Server::start(&[
            "--stats",
            &stats,
            "--patience",
            &patience,
            "--max-memory",
            &memory,
            "--drain-timeout",
            &drain,
        ]);
        Ok(Self {
            server,
            log: Log::new(seed),
            positions: Positions::default(),
            tally: Tally::default(),
            seed,
            folder,
            over: AtomicBool::new(false),
            ending: AtomicBool::new(false),
            failure: Mutex::new(None),
        })
    }

    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    pub fn set_over(&self, over: bool) {
        self.over.store(over, Ordering::SeqCst);
    }

    /// The server was told to end, or is about to be.
    pub fn is_ending(&self) -> bool {
        self.ending.load(Ordering::SeqCst)
    }

    pub fn begin_ending(&self) {
        self.ending.store(true, Ordering::SeqCst);
    }

    /// The first failure stands, and ends everything.
    pub fn fail(&self, what: String) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(what);
        self.set_over(true);
    }

    pub fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets one play in a thread of its own.
    pub fn play<'scope, F>(&'scope self, scope: &'scope Scope<'scope, '_>, part: F)
    where
        F: FnOnce() -> Result<(), String> + Send + 'scope,
    {
        scope.spawn(move || {
            let _guard = self.guard();
            if let Err(error) = part() {
                self.fail(error);
            }
        });
    }

    /// Tells everybody when this thread panics.
    pub fn guard(&self) -> Guard<'_> {
        Guard(self)
    }

    /// Sleeps for so long, or until it is over.
    pub fn sleep(&self, time: Duration) {
        let end = Instant::now() + time;
        while !self.is_over() && Instant::now() < end {
            let left = end.saturating_duration_since(Instant::now());
            thread::sleep(left.min(Duration::from_millis(20)));
        }
    }

    /// Whether so many bytes more make no good client full.
    pub fn has_room(&self, bytes: u64) -> bool {
        let end = self.log.end() + self.log.outstanding() + bytes;
        self.positions.last().is_none_or(|last| end.saturating_sub(last) <= WINDOW)
    }

    /// Waits until there is. False when it is over.
    pub fn wait_for_room(&self, bytes: u64) -> bool {
        while !self.is_over() {
            if self.has_room(bytes) {
                return true;
            }
            thread::sleep(Duration::from_millis(1));
        }
        false
    }

    pub fn counters(&self) -> Result<Counters, String> {
        let cannot = |error| format!("the socket of --stats does not answer: {error}");
        let mut socket = UnixStream::connect(self.folder.join("stats")).map_err(cannot)?;
        socket.set_read_timeout(Some(LIMIT)).map_err(cannot)?;
        let mut text = String::new();
        socket.read_to_string(&mut text).map_err(cannot)?;
        Counters::parse(&text)
    }

    /// The process that listens on the socket of counters is the server.
    pub fn pid(&self) -> Result<Pid, String> {
        let socket = UnixStream::connect(self.folder.join("stats"));
        let socket = socket.map_err(|error| format!("the socket of --stats: {error}"))?;
        let peer = rustix::net::sockopt::socket_peercred(&socket);
        peer.map(|peer| peer.pid).map_err(|error| format!("who serves is not told: {error}"))
    }

    /// A bound of time on this machine: what it was late by itself comes on top, several times.
    pub fn on_this_machine(&self, bound: Duration) -> Duration {
        bound + 4 * Duration::from_nanos(self.tally.late.load(Ordering::SeqCst))
    }

    /// Until it is told to stop, notes by how much a short sleep was too long.
    pub fn watch_the_machine(&self, is_done: &AtomicBool) {
        let nap = Duration::from_millis(10);
        while !is_done.load(Ordering::SeqCst) && self.failure().is_none() {
            let began = Instant::now();
            thread::sleep(nap);
            add_max(&self.tally.late, began.elapsed().saturating_sub(nap));
        }
    }

    /// A member that has been one for so long may have held up the room.
    pub fn may_have_held_up(&self, member_for: Duration) {
        let earned = PATIENCE.min(member_for / 10);
        let earned = if earned < Duration::from_millis(100) { Duration::ZERO } else { earned };
        self.tally.earned.fetch_add(earned.as_nanos() as u64, Ordering::SeqCst);
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A part that panics is a failure too: the others would play on for ever.
#[derive(Debug)]
pub struct Guard<'a>(&'a Stage);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.fail("a thread of the soak itself panicked".to_owned());
        }
    }
}

pub fn add_max(most: &AtomicU64, time: Duration) {
    most.fetch_max(time.as_nanos() as u64, Ordering::SeqCst);
}

/// One who sends on a lane.
#[derive(Debug)]
pub struct Voice<'a> {
    stage: &'a Stage,
    lane: usize,
    stream: TcpStream,
    bytes: Vec<u8>,
}

impl<'a> Voice<'a> {
    pub fn new(stage: &'a Stage, lane: usize, stream: &TcpStream) -> Self {
        let stream = stream.try_clone().expect("a descriptor");
        Self { stage, lane, stream, bytes: Vec::new() }
    }

    /// Sends the next bytes of its lane.
    pub fn say(&mut self, bytes: usize) -> std::io::Result<()> {
        let log = &self.stage.log;
        let from = log.begin_to_send(self.lane, bytes);
        self.bytes.resize(bytes, 0);
        fill(self.stage.seed, self.lane, from, &mut self.bytes);
        self.stream.write_all(&self.bytes)?;
        log.has_sent(self.lane, bytes);
        Ok(())
    }

    /// Everything was said. When the server ends it is the one to end the stream.
    pub fn end(&self) {
        if self.stage.is_ending() {
            return;
        }
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}
