//! A host as a child process, and who visits it.

#![allow(unreachable_pub, reason = "each test binary is a crate of its own")]

#[path = "../harness/limit.rs"]
mod limit;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use limit::LIMIT;

/// A host, killed when it is dropped.
pub struct Host {
    child: Child,
    address: SocketAddr,
    said: Receiver<String>,
}

impl Host {
    pub fn start() -> Self {
        let mut command = command();
        command.arg("127.0.0.1:0").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the host starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let (sender, said) = channel();
        thread::spawn(move || {
            lines.map_while(Result::ok).try_for_each(|line| sender.send(line).map_err(drop))
        });
        let mut host = Self { child, address: ([0; 4], 0).into(), said };
        let line = host.next_line();
        let address = line.strip_prefix("listening on ").and_then(|address| address.parse().ok());
        host.address = address.unwrap_or_else(|| panic!("{line:?} in place of where it listens"));
        host
    }

    /// Somebody comes, and is greeted by this number.
    pub fn visit(&self, number: u32) -> Visitor {
        let mut visitor = self.visit_anyhow();
        visitor.hears(&format!("{number}\n"));
        visitor
    }

    /// Somebody comes, and is greeted: the number is what it hears next.
    pub fn visit_anyhow(&self) -> Visitor {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(LIMIT)).expect("a timeout");
        stream.set_write_timeout(Some(LIMIT)).expect("a timeout");
        let mut visitor = Visitor { stream };
        visitor.hears("welcome, client ");
        visitor
    }

    pub fn is_typed(&mut self, text: &str) {
        let typing = self.child.stdin.as_mut().expect("open");
        typing.write_all(text.as_bytes()).expect("it reads");
    }

    pub fn typing(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("open")
    }

    pub fn closes_typing(&mut self) {
        drop(self.typing());
    }

    /// Waits for the next line of counters that begins and ends so.
    pub fn tells(&mut self, beginning: &str, end: &str) {
        let began = Instant::now();
        let mut line = self.next_line();
        while !(line.starts_with(beginning) && line.ends_with(end)) {
            assert!(began.elapsed() < LIMIT, "it tells {line:?}, not {beginning:?}...{end:?}");
            line = self.next_line();
        }
    }

    fn next_line(&mut self) -> String {
        self.said.recv_timeout(LIMIT).unwrap_or_else(|_| {
            panic!("it says nothing more: {:?}", self.child.try_wait());
        })
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }

    /// Asks it to end, and waits for that.
    pub fn ends_in_order(&mut self) {
        self.signal(Signal::TERM);
        self.is_finished();
    }

    pub fn is_finished(&mut self) {
        self.tells("finished", "");
        let began = Instant::now();
        while began.elapsed() < LIMIT {
            if let Some(status) = self.child.try_wait().expect("a child") {
                assert!(status.success(), "it ended with {status}");
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
        panic!("it does not end");
    }

    /// What it has taken so far, in user and system mode (proc_pid_stat(5), 14 and 15).
    pub fn processor_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.unwrap_or_default();
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks: u64 =
            fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        Duration::from_millis(10 * ticks)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client of the host.
pub struct Visitor {
    pub stream: TcpStream,
}

impl Visitor {
    pub fn say(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).expect("it reads");
    }

    /// The next thing that it hears is this.
    #[track_caller]
    pub fn hears(&mut self, text: &str) {
        let mut heard = vec![0; text.len()];
        self.stream.read_exact(&mut heard).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        let heard = String::from_utf8_lossy(&heard);
        let wrong = heard.lines().zip(text.lines()).find(|(heard, text)| heard != text);
        assert_eq!(wrong, None, "what is heard, and what was said");
    }

    /// The next thing that all of them hear is this. They read at the same time.
    pub fn all_hear<const N: usize>(visitors: [&mut Self; N], text: &str) {
        thread::scope(|scope| {
            for visitor in visitors {
                scope.spawn(move || visitor.hears(text));
            }
        });
    }
}

/// POLLCAST_HOST, or the example that was built beside this test.
fn command() -> Command {
    if let Ok(command) = std::env::var("POLLCAST_HOST") {
        let mut words = command.split_whitespace();
        let mut command = Command::new(words.next().expect("a command"));
        command.args(words);
        return command;
    }
    let test = std::env::current_exe().expect("a path");
    let folder = test.ancestors().nth(2).expect("target/PROFILE/deps/TEST");
    let host: PathBuf = folder.join("examples/host");
    assert!(host.exists(), "cargo build --example host: {} is not there", host.display());
    Command::new(host)
}
