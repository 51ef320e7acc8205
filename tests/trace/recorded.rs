//! A server whose run is recorded, and its trace.

use std::cell::Cell;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::harness::{LIMIT, Server, wait_until};

/// A file of this test's own, which is removed with it.
#[derive(Debug)]
pub struct TraceFile(PathBuf);

impl TraceFile {
    pub fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("trace-{}-{number}.json", std::process::id());
        Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name))
    }

    pub fn path(&self) -> &str {
        self.0.to_str().expect("text")
    }

    pub fn text(&self) -> String {
        fs::read_to_string(&self.0).expect("it was written")
    }

    pub fn write(&self, text: &str) {
        fs::write(&self.0, text).expect("it can be written");
    }

    /// The events, in the order of the file.
    pub fn events(&self) -> Vec<Value> {
        let all: Value = serde_json::from_str(&self.text()).expect("JSON");
        all.as_array().expect("a list").clone()
    }

    pub fn replayed(&self) -> Output {
        pollcast(&["--replay", self.path()])
    }
}

impl Drop for TraceFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

pub fn pollcast(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pollcast"));
    command.args(arguments).env_remove("RUST_LOG").output().expect("it runs")
}

/// What happens to a server with these arguments and, at most, so many open files, as a trace.
pub fn record(descriptors: usize, arguments: &[&str], happens: impl FnOnce(&Server)) -> TraceFile {
    let file = TraceFile::new();
    let arguments = [arguments, &["--trace", file.path()]].concat();
    let server = Server::start_with_descriptors(descriptors, &arguments);
    happens(&server);
    server.stop();
    file
}

/// Whether a trace has an event of that name of which this holds.
pub fn has(events: &[Value], name: &str, holds: impl Fn(&Value) -> bool) -> bool {
    events.iter().any(|event| event["name"] == name && holds(&event["args"]))
}

/// A talker talks on until `is_enough`; it reads its own echo.
pub fn talk_until(talker: &TcpStream, what: &str, is_enough: impl Fn() -> bool) {
    let mut writer = talker;
    writer.set_nonblocking(true).expect("an option");
    wait_until(what, LIMIT, || {
        for _ in 0..20 {
            let _ = writer.write(&[b'x'; 4096]);
            skim(talker);
        }
        is_enough()
    });
}

/// Takes what there is, from a stream that does not block.
pub fn skim(mut stream: &TcpStream) {
    let mut buffer = [0; 65_536];
    while matches!(stream.read(&mut buffer), Ok(1..)) {}
}

/// A reader stalls until the room waits for it, and then takes everything.
pub fn stall_and_recover(server: &Server) {
    let (talker, slow) = (server.join(), server.connect_small(4096));
    slow.set_nonblocking(true).expect("an option");
    // A queue is judged in the turn after it was filled: by then it may have been flushed.
    while server.counter("waits") == 0.0 {
        let peak = server.counter("queue_peak");
        let most = Cell::new(0);
        talk_until(&talker, "the room waits, or a queue is longer than ever", || {
            most.set(most.get() + 1);
            server.counter("queue_peak") > peak.max(196_608.0) || most.get() > 100
        });
        wait_until("nobody is behind", LIMIT, || {
            skim(&talker);
            skim(&slow);
            server.counter("arms") as u64 % 2 == 0
        });
    }
}
