//! The process that serves and records: what it makes between two marks is what is compared.

use std::cell::RefCell;
use std::env;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::path::Path;
use std::process;

use pollcast::Server;
use pollcast::kernel::mio::{Listener, MioKernel, listen};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::call::Call;
use crate::expected::Table;
use crate::memory;
use crate::progress;
use crate::recorder::Recorder;
use crate::workloads::{Until, Workload};

/// Names of files that there are not. To ask for one is a system call that nobody takes for
/// another.
pub const BEGIN: &str = "/-- the recorded part begins --";
pub const END: &str = "/-- the recorded part ends --";

/// Bytes of records that there is room for from the start: to ask for more would be a system call.
const ROOM: usize = 16 << 20;

/// Serves one workload to its end, and leaves the record in this folder.
pub fn serve(workload: &Workload, folder: &Path) {
    let path = workload.unix.then(|| env::temp_dir().join(format!("pollcast-{}", process::id())));
    let listeners = listeners(workload, path.as_deref()).expect("a free port");
    let fds: Vec<RawFd> = listeners.iter().map(|it| it.as_fd().as_raw_fd()).collect();
    let kernel = MioKernel::new(listeners).expect("a poll");
    let addresses = kernel.addresses().expect("bound");
    let epoll = kernel.registry().as_raw_fd();
    let registered = Vec::with_capacity(64);
    let table = Table { epoll, listeners: fds, registered, path };
    let ledger = RefCell::new(Ledger::new(table));
    let recorder = Recorder::new(kernel, |call: &Call<'_>| ledger.borrow_mut().note(call));
    let mut server = Server::new(recorder, (workload.config)()).expect("limits that work");
    progress::tell(&folder.join("progress")).expect("a file");
    let lines = addresses.iter().map(|address| format!("{address}\n")).collect::<String>();
    fs::write(folder.join("addresses.new"), lines).expect("room");
    fs::rename(folder.join("addresses.new"), folder.join("addresses")).expect("room");
    let before = getrlimit(Resource::Nofile);
    if let Some(clients) = workload.descriptors {
        leave_descriptors(clients).expect("a limit");
    }
    mark(BEGIN);
    ledger.borrow_mut().begin();
    let mut is_told = false;
    while !(is_told && server.is_finished()) {
        server.turn(None).expect("it waits");
        progress::publish(server.stats(), server.client_count(), server.waits_for().is_some());
        match workload.until {
            Until::Left(clients) => {
                let joined = server.stats().joined;
                if joined == clients && server.client_count() == 0 {
                    break;
                }
            }
            Until::Heard(bytes) if server.stats().bytes_in >= bytes && !is_told => {
                server.shut_down();
                is_told = true;
            }
            Until::Heard(_) => {}
        }
    }
    mark(END);
    setrlimit(Resource::Nofile, before).expect("the limit that it was");
    let record = ledger.borrow();
    assert!(record.text.capacity() == ROOM, "there was no room for the record");
    fs::write(folder.join("record"), &record.text).expect("room");
}

fn listeners(workload: &Workload, path: Option<&Path>) -> io::Result<Vec<Listener>> {
    if let Some(path) = path {
        return Listener::unix(path, None).map(|it| vec![it]);
    }
    let any = "127.0.0.1:0".parse().expect("an address");
    (0..workload.listeners).map(|_| listen(any)).collect()
}

/// So many descriptors are left from here on. The lowest that is free is always the next one.
fn leave_descriptors(count: u64) -> io::Result<()> {
    let next = File::open("/dev/null")?.as_raw_fd() as u64;
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    Ok(setrlimit(Resource::Nofile, Rlimit { current: Some(next + count), maximum })?)
}

fn mark(name: &str) {
    assert!(!Path::new(name).exists(), "{name} is a file");
}

/// Each call to the kernel, followed by the system calls that it must have made, and before it
/// whether the server asked the allocator for anything since the last one.
#[derive(Debug)]
struct Ledger {
    text: String,
    table: Table,
    asked: usize,
}

impl Ledger {
    fn new(table: Table) -> Self {
        Self { text: String::with_capacity(ROOM), table, asked: 0 }
    }

    fn begin(&mut self) {
        self.asked = memory::asked();
    }

    fn note(&mut self, call: &Call<'_>) {
        let asked = memory::asked();
        if asked > self.asked {
            let _ = writeln!(self.text, "memory: {}", asked - self.asked);
            self.asked = asked;
        }
        let _ = writeln!(self.text, "call: {call}");
        let _ = self.table.write(call, &mut self.text);
    }
}
