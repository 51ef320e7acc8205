//! A contender that runs.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::contender::Contender;
use crate::link::Link;
use crate::placement::{Placement, Processors};
use crate::process::Process;
use crate::room::Entrance;

/// How the error begins of a contender that this kernel does not let run.
pub(crate) const CANNOT_RUN: &str = "it cannot run here";
const STATUS_CANNOT: i32 = 3;

/// How long starting and ending may take.
const LIMIT: Duration = Duration::from_secs(20);

/// Where servers run.
#[derive(Debug, Clone)]
pub(crate) struct Place<'a> {
    pub(crate) link: Link,
    pub(crate) processors: &'a Processors,
    pub(crate) placement: Placement,
    /// For their logs and configurations.
    pub(crate) folder: &'a Path,
}

/// A server that runs; it is killed when nobody wants it any more.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    entrance: Entrance,
    log: PathBuf,
}

impl Server {
    /// Starts it where it is to run, for so many clients; after that this process runs where
    /// clients do.
    pub(crate) fn start(
        place: &Place<'_>,
        contender: &Contender,
        clients: usize,
    ) -> Result<Self, String> {
        Self::start_under(&[], place, contender, clients)
    }

    /// Starts it under a program that becomes the server, as `strace -D` does.
    pub(crate) fn start_under(
        words: &[&str],
        place: &Place<'_>,
        contender: &Contender,
        clients: usize,
    ) -> Result<Self, String> {
        place.processors.become_server(place.placement)?;
        let server = Self::spawn(words, place, contender, clients);
        place.processors.become_clients(place.placement)?;
        server
    }

    fn spawn(
        words: &[&str],
        place: &Place<'_>,
        contender: &Contender,
        clients: usize,
    ) -> Result<Self, String> {
        let log = place.folder.join(format!("{}.log", contender.name));
        let failed = |error| format!("cannot start {}: {error}", contender.program.display());
        let mut address = place.link.address();
        if !contender.speaks {
            address.set_port(free_port()?);
        }
        let words = [place.link.words(), words].concat();
        let mut command = under(&words, &contender.program);
        command.args(contender.arguments(address, clients, place.folder)?);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(File::create(&log).map_err(failed)?);
        let child = command.spawn().map_err(failed)?;
        let Contender { protocol, echoes, pause, .. } = *contender;
        let entrance = Entrance { address, protocol, echoes, pause };
        let mut server = Self { child, entrance, log };
        if contender.speaks { server.hear_address() } else { server.knock() }
            .map_err(|error| format!("{error}: {}", said(&server.log)))?;
        Ok(server)
    }

    /// The rest of the output is nobody's: none of them says more.
    fn hear_address(&mut self) -> Result<(), String> {
        let output = self.child.stdout.take().expect("it is a pipe");
        let mut line = String::new();
        let _ = BufReader::new(output).read_line(&mut line);
        let address = line.trim_end().strip_prefix("listening on ").map(str::parse);
        let Some(Ok(address)) = address else { return Err(self.why_silent()) };
        self.entrance.address = address;
        Ok(())
    }

    /// A peer ends with a status of its own where the kernel does not let it work.
    fn why_silent(&mut self) -> String {
        let status = self.child.wait().ok().and_then(|status| status.code());
        let cannot = status == Some(STATUS_CANNOT);
        if cannot { CANNOT_RUN.to_owned() } else { "it does not listen".to_owned() }
    }

    /// Until it lets somebody in. What it prints is nobody's.
    fn knock(&mut self) -> Result<(), String> {
        let mut output = self.child.stdout.take().expect("it is a pipe");
        thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        let start = Instant::now();
        while TcpStream::connect(self.entrance.address).is_err() {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("it has ended with {status}"));
            }
            if start.elapsed() > LIMIT {
                return Err(format!("it does not listen within {LIMIT:?}"));
            }
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    pub(crate) fn entrance(&self) -> Entrance {
        self.entrance
    }

    pub(crate) fn process(&self) -> Process {
        Process(self.child.id())
    }

    /// Asks it to end, and waits for that.
    pub(crate) fn end(mut self) -> Result<(), String> {
        let process = Pid::from_child(&self.child);
        kill_process(process, Signal::TERM).map_err(|error| format!("SIGTERM: {error}"))?;
        let start = Instant::now();
        while start.elapsed() < LIMIT {
            if self.child.try_wait().map_err(|error| error.to_string())?.is_some() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(1));
        }
        Err(format!("it has not ended within {LIMIT:?}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One that was free a moment ago.
fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0");
    let address = listener.and_then(|listener| listener.local_addr());
    address.map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}

/// The program by itself, or as the last word of another command.
fn under(words: &[&str], program: &Path) -> Command {
    let mut command = match words {
        [] => Command::new(program),
        [first, words @ ..] => {
            let mut command = Command::new(first);
            command.args(words).arg(program);
            command
        }
    };
    // What would make any of them another server than the one that ships.
    for name in ["RUST_LOG", "GOGC", "GOMAXPROCS", "GOMEMLIMIT", "GODEBUG", "TOKIO_WORKER_THREADS"]
    {
        command.env_remove(name);
    }
    command
}

/// The end of what it said on standard error.
fn said(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let end = &text[text.len().saturating_sub(2_000)..];
    String::from_utf8_lossy(end).trim().to_owned()
}
