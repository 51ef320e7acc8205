//! One of the two servers, as a process.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::placement::Processors;
use crate::process::Process;

/// How long starting and ending may take.
const LIMIT: Duration = Duration::from_secs(20);
/// Before it has said where it listens.
const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Design {
    /// A goroutine for each message and receiver.
    Go,
    /// One loop.
    Pollcast,
}

impl Design {
    /// Both, in the order of the columns.
    pub(crate) const BOTH: [Self; 2] = [Self::Go, Self::Pollcast];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Go => "Go",
            Self::Pollcast => "pollcast",
        }
    }
}

/// Where the programs are, where there is room for their logs, and where they run.
#[derive(Debug)]
pub(crate) struct Places {
    pub(crate) go: PathBuf,
    pub(crate) pollcast: PathBuf,
    pub(crate) folder: PathBuf,
    pub(crate) processors: Processors,
}

impl Places {
    pub(crate) fn program(&self, design: Design) -> &Path {
        match design {
            Design::Go => &self.go,
            Design::Pollcast => &self.pollcast,
        }
    }
}

/// A server that runs; it is killed when nobody wants it any more.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

/// What pollcast says of itself in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) writes: u64,
    pub(crate) bytes_out: u64,
}

impl Server {
    /// Starts it, on a port that the system chooses.
    pub(crate) fn start(places: &Places, design: Design) -> Result<Self, String> {
        Self::start_under(&[], places, design)
    }

    /// Starts it under a program that becomes the server, as `strace -D` does.
    pub(crate) fn start_under(
        words: &[&str],
        places: &Places,
        design: Design,
    ) -> Result<Self, String> {
        let program = places.program(design);
        let log = places.folder.join(format!("{}.log", design.name().to_lowercase()));
        let failed = |error| format!("cannot start {}: {error}", program.display());
        let mut command = under(words, program);
        command.arg("127.0.0.1:0").stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(File::create(&log).map_err(failed)?);
        let mut child = command.spawn().map_err(failed)?;
        let output = child.stdout.take().expect("it is a pipe");
        let mut line = String::new();
        // The rest of the output is nobody's: neither of them says more.
        let _ = BufReader::new(output).read_line(&mut line);
        let mut server = Self { child, address: NOWHERE, log };
        let address = line.trim_end().strip_prefix("listening on ").map(str::parse);
        let Some(Ok(address)) = address else {
            let said = said(&server.log);
            return Err(format!("{} does not listen: {said}", program.display()));
        };
        server.address = address;
        Ok(server)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn process(&self) -> Process {
        Process(self.child.id())
    }

    /// Asks pollcast to end, and for its summary. Its clients should be gone.
    pub(crate) fn end(mut self) -> Result<Summary, String> {
        let process = Pid::from_child(&self.child);
        kill_process(process, Signal::TERM).map_err(|error| format!("SIGTERM: {error}"))?;
        let status = self.wait()?;
        let log = said(&self.log);
        if !status.success() {
            return Err(format!("pollcast ended with {status}: {log}"));
        }
        Summary::read(&log).ok_or_else(|| format!("no summary: {log}"))
    }

    fn wait(&mut self) -> Result<ExitStatus, String> {
        let start = Instant::now();
        while start.elapsed() < LIMIT {
            if let Some(status) = self.child.try_wait().map_err(|error| error.to_string())? {
                return Ok(status);
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

impl Summary {
    /// Write calls for each delivered message of this size.
    pub(crate) fn writes_for(self, size: usize) -> f64 {
        self.writes as f64 * size as f64 / self.bytes_out as f64
    }

    fn read(log: &str) -> Option<Self> {
        let line = log.lines().filter_map(|line| line.split_once("summary: ")).next_back()?.1;
        let counter = |name: &str| {
            let words = line.split_whitespace().filter_map(|word| word.split_once('='));
            words.filter(|(key, _)| *key == name).find_map(|(_, value)| value.parse().ok())
        };
        Some(Self { writes: counter("writes")?, bytes_out: counter("bytes_out")? })
    }
}

/// The program by itself, or as the last word of another command.
fn under(words: &[&str], program: &Path) -> Command {
    let mut command = match words {
        [] => Command::new(program),
        [tracer, words @ ..] => {
            let mut command = Command::new(tracer);
            command.args(words).arg(program);
            command
        }
    };
    // What would make either of them another server than the one that ships.
    for name in ["RUST_LOG", "GOGC", "GOMAXPROCS", "GOMEMLIMIT", "GODEBUG"] {
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

#[cfg(test)]
mod tests {
    use super::Summary;

    #[test]
    fn the_counters_of_the_summary_are_found_by_their_whole_names() {
        let log = "info: draining: 2 clients\n\
            info: summary: turns=3 rewrites=9 writes=25 bytes_out=6400 evicted=10 waited=0.5\n";
        let summary = Summary { writes: 25, bytes_out: 6_400 };
        assert_eq!(Summary::read(log), Some(summary));
        assert_eq!(Summary::read("info: summary: writes=25"), None);
    }
}
