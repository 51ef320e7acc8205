//! A server whose whole output is of interest.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{LIMIT, next_line, take, wait_until};

/// What a process left.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) output: String,
    pub(crate) errors: String,
}

/// A process, killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) child: Child,
    output: Option<BufReader<ChildStdout>>,
}

/// A command without the environment's wishes, all output to pipes.
pub(crate) fn command<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pollcast"));
    command.args(arguments);
    piped(command)
}

/// The same with these limits of open files.
pub(crate) fn with_descriptors(soft: usize, hard: usize, arguments: &[&str]) -> Command {
    prepared(&format!("ulimit -S -n {soft}; ulimit -H -n {hard}"), arguments)
}

/// The same after these commands of a shell.
pub(crate) fn prepared<S: AsRef<OsStr>>(
    commands: &str,
    arguments: impl IntoIterator<Item = S>,
) -> Command {
    let script = format!("{commands}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_pollcast")]).args(arguments);
    piped(command)
}

fn piped(mut command: Command) -> Command {
    for name in ["RUST_LOG", "LISTEN_PID", "LISTEN_FDS", "NOTIFY_SOCKET"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs what is expected to end by itself.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ended {
    Process::start(&mut command(arguments)).end()
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().expect("the binary starts");
        let output = child.stdout.take().map(BufReader::new);
        Self { child, output }
    }

    /// The next line in which it says where it listens.
    pub(crate) fn place(&mut self) -> String {
        let line = next_line(self.output.as_mut().expect("piped"));
        let place = line.strip_prefix("listening on ").and_then(|rest| rest.strip_suffix('\n'));
        place.unwrap_or_else(|| panic!("{line:?} does not say where it listens")).to_owned()
    }

    /// The same, of a TCP listener.
    pub(crate) fn address(&mut self) -> SocketAddr {
        let place = self.place();
        place.parse().unwrap_or_else(|_| panic!("{place:?} is no TCP address"))
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }

    /// Waits for its end. What it leaves in its pipes must fit them.
    pub(crate) fn end(mut self) -> Ended {
        let mut status = None;
        wait_until("it ends", LIMIT, || {
            status = self.child.try_wait().expect("a child");
            status.is_some()
        });
        let (mut output, mut errors) = (String::new(), String::new());
        if let Some(pipe) = &mut self.output {
            pipe.read_to_string(&mut output).expect("text");
        }
        if let Some(pipe) = &mut self.child.stderr {
            pipe.read_to_string(&mut errors).expect("text");
        }
        Ended { status: status.expect("it has ended"), output, errors }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client, in the backlog at least.
pub(crate) fn connect(address: impl Into<SocketAddr>) -> TcpStream {
    let client = TcpStream::connect(address.into()).expect("it accepts");
    client.set_read_timeout(Some(LIMIT)).expect("a timeout");
    client.set_write_timeout(Some(LIMIT)).expect("a timeout");
    client
}

/// A client that is a member: its own byte came back.
pub(crate) fn join(address: impl Into<SocketAddr>) -> TcpStream {
    let mut client = connect(address);
    echo(&mut client);
    client
}

/// The same over a UNIX socket.
pub(crate) fn join_unix(path: &Path) -> UnixStream {
    let mut client = UnixStream::connect(path).expect("it accepts");
    client.set_read_timeout(Some(LIMIT)).expect("a timeout");
    client.set_write_timeout(Some(LIMIT)).expect("a timeout");
    echo(&mut client);
    client
}

pub(crate) fn echo(client: &mut (impl Read + Write)) {
    client.write_all(b".").expect("it reads");
    assert_eq!(take(client, 1), b".");
}

/// A folder for the sockets of one test, gone with it.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The name of the test keeps it apart from others; the path of a socket must be short.
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("pollcast-{}-{name}", std::process::id()));
        fs::create_dir(&path).expect("a folder of its own");
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The path as a place to listen on.
pub(crate) fn unix(path: &Path) -> String {
    format!("unix:{}", path.display())
}
