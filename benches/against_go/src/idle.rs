//! Number 5: what a server takes while nothing happens.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::room::connect;
use crate::server::{Design, Places, Server};

pub(crate) const CLIENTS: usize = 1_000;

const LIMIT: Duration = Duration::from_secs(20);
/// How long nothing happens before it is measured.
const REST: Duration = Duration::from_secs(1);

/// What it takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Idle {
    /// Resident memory before the first client, and with all of them.
    pub(crate) empty_kib: u64,
    pub(crate) full_kib: u64,
    pub(crate) threads: u64,
}

pub(crate) fn measure(places: &Places, design: Design) -> Result<Idle, String> {
    let server = Server::start(places, design)?;
    let process = server.process();
    let (before, empty_kib) = (process.descriptors()?, process.status("VmRSS")?);
    let address = server.address();
    let clients: Vec<TcpStream> = (0..CLIENTS)
        .map(|_| connect(address))
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{error}; this takes {CLIENTS} descriptors on each side"))?;
    let start = Instant::now();
    while process.descriptors()? < before + clients.len() {
        if start.elapsed() > LIMIT {
            return Err(format!("not all of {CLIENTS} clients are in after {LIMIT:?}"));
        }
        thread::sleep(Duration::from_millis(10));
    }
    thread::sleep(REST);
    Ok(Idle { empty_kib, full_kib: process.status("VmRSS")?, threads: process.status("Threads")? })
}

/// Bytes of the program without its symbols.
pub(crate) fn stripped_size(program: &Path, folder: &Path) -> Result<u64, String> {
    let stripped = folder.join("stripped");
    let status = Command::new("strip").arg("-o").arg(&stripped).arg(program).status();
    match status.map_err(|error| format!("strip (of binutils) is missing: {error}"))?.success() {
        true => fs::metadata(&stripped).map(|data| data.len()).map_err(|error| error.to_string()),
        false => Err(format!("strip cannot read {}", program.display())),
    }
}
