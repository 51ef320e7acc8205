//! The ledger (docs/LEDGER.md): the same four workloads on pollcast, the twin and the Go peer, and
//! every system call that each of them makes for it, as strace tells.
//!
//! What is counted lies between two moments of the driver: everybody is in and the server rests,
//! and everybody has everything. strace makes a server slower, so times are taken without it, in
//! runs of their own, and told only as a ratio.

use std::path::{Path, PathBuf};

use crate::contender::Contender;

mod convert;
mod entries;
mod guests;
mod measure;
mod page;
mod strace;
mod summary;
mod tally;
mod workloads;

pub(crate) use convert::convert;
pub(crate) use page::{check, write};

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Task {
    /// Measures, and writes the raw data and the pages.
    Measure,
    /// Writes the tables of the pages from the raw data.
    Write,
    /// Whether the pages say what the raw data say.
    Check,
    /// Makes a small strace of the Go peer while a reader stalls, and a trace for a browser of it.
    Sample(PathBuf),
    /// A trace of what strace told of a server of this name.
    Convert(String, PathBuf, PathBuf),
}

/// Where the raw data are, below the folder of the project.
const DATA: &str = "benches/results/ledger.csv";

/// The names of the columns, in their order.
const SERVERS: [&str; 4] = ["pollcast", "pollcast --interest once", "twin", "go"];

pub(crate) fn carry_out(task: &Task, pollcast: &Path, peers: &Path) -> Result<u8, String> {
    let root = Path::new(".");
    match task {
        Task::Measure => {
            entries::write(&root.join(DATA), &measure::all(&servers(pollcast, peers))?)?;
            write(root)?;
        }
        Task::Write => write(root)?,
        Task::Check => check(root)?,
        Task::Sample(folder) => {
            let go = &servers(pollcast, peers)[3];
            let strace = measure::sample(go, folder)?;
            convert("go", &strace, &folder.join("go-stalled.json"))?;
        }
        Task::Convert(name, from, to) => convert(name, from, to)?,
    }
    Ok(0)
}

/// The twin is built beside pollcast.
fn servers(pollcast: &Path, peers: &Path) -> [Contender; 4] {
    let twin = pollcast.with_file_name("examples").join("twin");
    let ours = |name: &str, program: &Path| Contender::ours(name, "", program.to_owned());
    [
        ours(SERVERS[0], pollcast),
        ours(SERVERS[1], pollcast).with(&["--interest", "once"]),
        ours(SERVERS[2], &twin),
        ours(SERVERS[3], &peers.join("go")),
    ]
}
