//! The other side: starts the host, plain or under strace, and drives its clients.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::progress::{self, Progress};
use crate::record::Record;
use crate::workloads::Workload;

/// Longer than anything that works can take.
pub const LIMIT: Duration = Duration::from_secs(20);

/// A host at work, ended when it is dropped.
#[derive(Debug)]
pub struct Host {
    child: Child,
    folder: PathBuf,
    addresses: Vec<String>,
}

/// Who looks on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Witness {
    Nobody,
    Strace,
}

impl Host {
    /// Starts one for this workload. What it leaves behind stays under target/tmp.
    pub fn start(workload: &Workload, witness: Witness) -> Self {
        let name = format!("system_calls/{}-{witness:?}", workload.name);
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        let program = std::env::current_exe().expect("this test");
        let mut command = match witness {
            Witness::Nobody => Command::new(program),
            Witness::Strace => {
                let mut strace = Command::new("strace");
                // Everything, of each thread in a file of its own, with arrays in full.
                strace.args(["-ff", "-qq", "-v", "-s", "0", "-o"]).arg(folder.join("strace"));
                strace.arg(program);
                strace
            }
        };
        command.args(["--exact", "the_host", "--ignored", "--nocapture"]);
        command.env("POLLCAST_WORKLOAD", workload.name).env("POLLCAST_FOLDER", &folder);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.spawn().expect("it starts; with a witness, strace is there");
        let mut host = Self { child, folder, addresses: Vec::new() };
        host.wait("it listens", |host| host.folder.join("addresses").exists());
        let text = fs::read_to_string(host.folder.join("addresses")).expect("text");
        host.addresses = text.lines().map(str::to_owned).collect();
        host
    }

    /// A client of the first listener.
    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(self.inet(0)).expect("it listens")
    }

    /// A client of another one.
    pub fn connect_to(&self, listener: usize) -> TcpStream {
        TcpStream::connect(self.inet(listener)).expect("it listens")
    }

    /// A client that takes little before it reads: twice this, as the kernel counts.
    pub fn connect_small(&self, buffer: usize) -> TcpStream {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.set_recv_buffer_size(buffer).expect("an option");
        socket.connect(&self.inet(0).into()).expect("it listens");
        socket.into()
    }

    fn inet(&self, listener: usize) -> SocketAddr {
        self.addresses[listener].parse().expect("an address")
    }

    /// A client over the UNIX socket.
    pub fn connect_unix(&self) -> UnixStream {
        let path = self.addresses[0].strip_prefix("unix:").expect("a path");
        UnixStream::connect(path).expect("it listens")
    }

    /// Waits until the server is so far.
    #[track_caller]
    pub fn wait_until(&self, what: &str, holds: impl Fn(Progress) -> bool) {
        let began = Instant::now();
        loop {
            let progress = progress::read(&self.folder.join("progress")).unwrap_or_default();
            if holds(progress) {
                return;
            }
            assert!(began.elapsed() < LIMIT, "not within {LIMIT:?}: {what}; {progress:?}");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits for its end.
    pub fn finish(mut self) -> Record {
        self.wait("it ends", |host| host.child.try_wait().expect("a child").is_some());
        let status = self.child.wait().expect("a child");
        assert!(status.success(), "it ended with {status}");
        let text = fs::read_to_string(self.folder.join("record")).expect("a record");
        Record::parse(&text, self.folder.clone())
    }

    #[track_caller]
    fn wait(&mut self, what: &str, mut holds: impl FnMut(&mut Self) -> bool) {
        let began = Instant::now();
        while !holds(self) {
            assert!(began.elapsed() < LIMIT, "not within {LIMIT:?}: {what}");
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // What strace started, it ends with itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
