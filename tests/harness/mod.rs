//! The server as a child process, its clients, and what can be measured of it from outside.

#![allow(dead_code, unreachable_pub, unused_imports, reason = "each test binary uses a part of it")]

mod clients;
mod descriptors;
mod limit;
mod measures;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};

pub use clients::{is_answered, is_ended, noise, swallow, take};
pub use descriptors::raise_descriptors;
pub use limit::LIMIT;
pub use measures::median;

/// A server, killed when it is dropped.
#[derive(Debug)]
pub struct Server {
    child: Killed,
    pub address: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
    /// Its standard error, while nobody reads it.
    unread: Option<ChildStderr>,
}

/// A child that does not outlive its test, not even one that fails while it starts.
#[derive(Debug)]
struct Killed(Child);

impl Server {
    /// Serves with these arguments on a port that the system chooses.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_program(Path::new(env!("CARGO_BIN_EXE_pollcast")), arguments)
    }

    /// The same for another program that says where it listens.
    pub fn start_program(program: &Path, arguments: &[&str]) -> Self {
        let mut server = Self::spawn(Command::new(program).args(arguments));
        server.follow_log();
        server
    }

    /// The same with at most this many open files.
    pub fn start_with_descriptors(limit: usize, arguments: &[&str]) -> Self {
        Self::start_after(&format!("ulimit -n {limit}"), arguments)
    }

    /// The same after these commands of a shell, which limit it.
    pub fn start_after(commands: &str, arguments: &[&str]) -> Self {
        let script = format!("{commands}; exec \"$0\" \"$@\"");
        let arguments = [&["-c", &script, env!("CARGO_BIN_EXE_pollcast")], arguments].concat();
        Self::start_program(Path::new("sh"), &arguments)
    }

    /// The same with a log that nobody reads.
    pub fn start_with_stuck_log(arguments: &[&str]) -> Self {
        Self::spawn(Command::new(env!("CARGO_BIN_EXE_pollcast")).args(arguments))
    }

    fn spawn(command: &mut Command) -> Self {
        command.arg("127.0.0.1:0").env_remove("RUST_LOG");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = Killed(command.spawn().expect("the binary starts"));
        let line = next_line(&mut BufReader::new(child.0.stdout.take().expect("piped")));
        let address = line.trim().strip_prefix("listening on ").unwrap_or_else(|| {
            panic!("it says {line:?} in place of where it listens");
        });
        let address = address.parse().expect("an address");
        let unread = child.0.stderr.take();
        Self { child, address, log: Arc::default(), unread }
    }

    fn follow_log(&mut self) {
        let sink = Arc::clone(&self.log);
        let lines = BufReader::new(self.unread.take().expect("followed once")).lines();
        thread::spawn(move || lines.map_while(Result::ok).for_each(|line| lock(&sink).push(line)));
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child.0), signal).expect("it runs");
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        wait_until("the server ends", LIMIT, || {
            status = self.child.0.try_wait().expect("a child");
            status.is_some()
        });
        status.expect("it has ended")
    }

    /// Ends it, and tells its counters.
    pub fn stop(mut self) -> BTreeMap<String, f64> {
        self.signal(Signal::TERM);
        let status = self.wait();
        assert!(status.success(), "it ended with {status}");
        let mut summary = None;
        wait_until("the summary is read", LIMIT, || {
            summary = self.log().iter().find_map(|line| counters(line, "summary: "));
            summary.is_some()
        });
        summary.expect("found")
    }

    /// A counter, as it is now: the server logs all of them at SIGUSR1.
    pub fn counter(&self, name: &str) -> f64 {
        let before = self.logged("stats: ");
        self.signal(Signal::USR1);
        wait_until("the counters are logged", LIMIT, || self.logged("stats: ") > before);
        let log = self.log();
        let latest = log.iter().rev().find_map(|line| counters(line, "stats: "));
        latest.expect("logged")[name]
    }

    /// Ends one with a stuck log, and tells what the pipe took.
    pub fn stop_and_read_log(mut self) -> String {
        self.signal(Signal::TERM);
        let status = self.wait();
        assert!(status.success(), "it ended with {status}");
        let mut log = String::new();
        self.unread.take().expect("stuck").read_to_string(&mut log).expect("text");
        log
    }

    pub fn log(&self) -> Vec<String> {
        lock(&self.log).clone()
    }

    /// The lines after the first `seen` ones.
    pub fn log_after(&self, seen: usize) -> Vec<String> {
        lock(&self.log)[seen..].to_vec()
    }

    /// How many lines of the log contain this.
    pub fn logged(&self, what: &str) -> usize {
        lock(&self.log).iter().filter(|line| line.contains(what)).count()
    }

    fn proc(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.child.0.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if thread::panicking() {
            let log = self.log();
            let start = log.len().saturating_sub(20);
            eprintln!("the last lines of the server's log: {:#?}", &log[start..]);
        }
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The counters of a line of the log that begins with this word.
fn counters(line: &str, word: &str) -> Option<BTreeMap<String, f64>> {
    let counters = line.split_once(word)?.1;
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').expect("name=value");
        (name.to_owned(), value.parse().expect("a number"))
    };
    Some(counters.split_whitespace().map(pair).collect())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The next line that a child says; nothing if there is none.
#[track_caller]
pub fn next_line(output: &mut BufReader<ChildStdout>) -> String {
    wait_until("it says a line, or ends", LIMIT, || {
        !output.buffer().is_empty() || is_readable(output.get_ref())
    });
    let mut line = String::new();
    output.read_line(&mut line).expect("text");
    line
}

fn is_readable(pipe: &ChildStdout) -> bool {
    let mut pipes = [PollFd::new(pipe, PollFlags::IN)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut pipes, Some(&at_once)).expect("a pipe") > 0
}

/// Waits for a condition.
#[track_caller]
pub fn wait_until(what: &str, limit: Duration, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < limit, "not within {limit:?}: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Tells the threads of a test that it is over. A test that fails tells them too: without that the
/// scope would wait for them for ever, and the reason would never be printed.
#[derive(Debug, Default)]
pub struct Over(AtomicBool);

/// Tells them when it is dropped, and ends these streams, on which they may wait.
#[derive(Debug)]
pub struct AtTheEnd<'a>(&'a Over, Vec<&'a TcpStream>);

impl Over {
    pub fn is_reached(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    #[must_use]
    pub fn at_the_end<'a>(&'a self, of: impl IntoIterator<Item = &'a TcpStream>) -> AtTheEnd<'a> {
        AtTheEnd(self, of.into_iter().collect())
    }
}

impl Drop for AtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
        for stream in &self.1 {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

static MEASURING: RwLock<()> = RwLock::new(());

/// For tests that measure: nothing runs beside them.
pub fn alone() -> RwLockWriteGuard<'static, ()> {
    MEASURING.write().unwrap_or_else(PoisonError::into_inner)
}

/// For tests that measure nothing.
pub fn together() -> RwLockReadGuard<'static, ()> {
    MEASURING.read().unwrap_or_else(PoisonError::into_inner)
}
