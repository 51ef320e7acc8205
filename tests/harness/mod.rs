//! The server as a child process, and what can be measured of it from outside.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use socket2::{Domain, Socket, Type};

/// Longer than anything that works can take.
pub const LIMIT: Duration = Duration::from_secs(20);

/// A server, killed when it is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves with these arguments on a port that the system chooses.
    pub fn start(arguments: &[&str]) -> Self {
        Self::spawn(Command::new(env!("CARGO_BIN_EXE_pollcast")).args(arguments))
    }

    /// The same with at most this many open files.
    pub fn start_with_descriptors(limit: usize, arguments: &[&str]) -> Self {
        let script = format!("ulimit -n {limit}; exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_pollcast")]).args(arguments);
        Self::spawn(&mut command)
    }

    fn spawn(command: &mut Command) -> Self {
        command.arg("127.0.0.1:0").env_remove("RUST_LOG");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        output.read_line(&mut line).expect("it says where it listens");
        let address = line.trim().strip_prefix("listening on ").unwrap_or_else(|| {
            panic!("it says {line:?} in place of where it listens");
        });
        let address = address.parse().expect("an address");
        let log = Arc::new(Mutex::new(Vec::new()));
        let lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let sink = Arc::clone(&log);
        thread::spawn(move || lines.map_while(Result::ok).for_each(|line| lock(&sink).push(line)));
        Self { child, address, log }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it accepts");
        stream.set_read_timeout(Some(LIMIT)).expect("a timeout");
        stream.set_write_timeout(Some(LIMIT)).expect("a timeout");
        stream.set_nodelay(true).expect("an option");
        stream
    }

    /// A client with little kernel memory of its own: who does not read it is noticed early.
    pub fn connect_small(&self, receive_buffer: usize) -> TcpStream {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.set_recv_buffer_size(receive_buffer).expect("an option");
        socket.connect(&self.address.into()).expect("it accepts");
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(LIMIT)).expect("a timeout");
        stream
    }

    /// Clients that are all members: each has seen a byte that was sent after the last one came.
    pub fn gather(&self, clients: usize) -> Vec<TcpStream> {
        let mut streams: Vec<TcpStream> = Vec::new();
        for _ in 0..clients {
            streams.push(self.join());
        }
        let mut seen = vec![0; clients];
        for (index, stream) in streams.iter_mut().enumerate() {
            stream.read_exact(&mut seen[index + 1..]).expect("a byte of each who came later");
        }
        streams
    }

    /// A client that is a member: its own byte came back.
    pub fn join(&self) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(b".").expect("it reads");
        stream.read_exact(&mut [0]).expect("the echo");
        stream
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("it runs");
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        wait_until("the server ends", LIMIT, || {
            status = self.child.try_wait().expect("a child");
            status.is_some()
        });
        status.expect("it has ended")
    }

    /// Ends it, and tells its counters.
    pub fn stop(mut self) -> BTreeMap<String, f64> {
        self.signal(Signal::TERM);
        assert!(self.wait().success());
        let mut summary = None;
        wait_until("the summary is read", LIMIT, || {
            summary = self.log().iter().find_map(|line| counters(line));
            summary.is_some()
        });
        summary.expect("found")
    }

    pub fn log(&self) -> Vec<String> {
        lock(&self.log).clone()
    }

    /// How many lines of the log contain this.
    pub fn logged(&self, what: &str) -> usize {
        lock(&self.log).iter().filter(|line| line.contains(what)).count()
    }

    /// A figure of /proc/PID/status, in bytes: VmRSS, VmHWM (its peak), RssAnon.
    pub fn memory(&self, name: &str) -> usize {
        let status = fs::read_to_string(self.proc("status")).expect("it runs");
        let line = status.lines().find(|line| line.starts_with(name)).expect("a known name");
        let kilobytes = line.split_whitespace().nth(1).and_then(|value| value.parse().ok());
        kilobytes.map(|value: usize| value * 1024).expect("a number")
    }

    /// Processor time that it has used, from /proc/PID/schedstat.
    pub fn cpu(&self) -> Duration {
        let text = fs::read_to_string(self.proc("schedstat")).expect("it runs");
        let nanoseconds = text.split_whitespace().next().and_then(|value| value.parse().ok());
        Duration::from_nanos(nanoseconds.expect("a number"))
    }

    /// Waits until it has done nothing for a while.
    pub fn come_to_rest(&self) {
        wait_until("the server rests", LIMIT, || {
            let before = self.cpu();
            thread::sleep(Duration::from_millis(30));
            self.cpu() == before
        });
    }

    pub fn descriptors(&self) -> usize {
        fs::read_dir(self.proc("fd")).expect("it runs").count()
    }

    fn proc(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let log = self.log();
            let start = log.len().saturating_sub(20);
            eprintln!("the last lines of the server's log: {:#?}", &log[start..]);
        }
    }
}

fn counters(line: &str) -> Option<BTreeMap<String, f64>> {
    let counters = line.split_once("summary: ")?.1;
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').expect("name=value");
        (name.to_owned(), value.parse().expect("a number"))
    };
    Some(counters.split_whitespace().map(pair).collect())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for a condition; the only sleep that a test may have.
#[track_caller]
pub fn wait_until(what: &str, limit: Duration, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < limit, "not within {limit:?}: {what}");
        thread::sleep(Duration::from_millis(1));
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

/// Raises the number of files that this process may open, and tells what it is.
pub fn raise_descriptors() -> usize {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).expect("up to the maximum");
    maximum.map_or(usize::MAX, |limit| limit as usize)
}

/// The next bytes of a stream.
pub fn take(stream: &mut TcpStream, bytes: usize) -> Vec<u8> {
    let mut taken = vec![0; bytes];
    stream.read_exact(&mut taken).expect("as many bytes as were sent");
    taken
}

/// Bytes that do not repeat within any window that matters.
pub fn noise(bytes: usize, seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    std::iter::repeat_with(|| random.u8(..)).take(bytes).collect()
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
