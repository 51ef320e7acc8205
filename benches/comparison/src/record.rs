//! Raw data: everything that was measured, one row for each fact, in CSV files of one folder. The
//! report is made of these files alone, so anyone can make it again, or another one.

use std::fs::File;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A row of one kind, and the file that such rows are in.
pub(crate) trait Row: Serialize + DeserializeOwned {
    /// Name of the file in the folder.
    const FILE: &'static str;
}

/// One run of one server under one load.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    /// Which question it answers: `clients`, `talkers`, `sizes`, `free`, `load`, `paced`,
    /// `firehose`, `tuning`.
    pub(crate) scenario: String,
    /// `loopback` or `veth`.
    pub(crate) link: String,
    pub(crate) contender: String,
    /// With whom it alternates; empty if with nobody. All runs of a scenario, shape and pair of
    /// contenders are one series.
    pub(crate) series: String,
    /// Of four runs of the series: two of each, alternating.
    pub(crate) round: usize,
    /// Place in the round, from 0 to 3.
    pub(crate) place: usize,

    pub(crate) clients: usize,
    pub(crate) talkers: usize,
    /// Bytes of a message.
    pub(crate) size: usize,
    /// Messages in flight for each talker; 0 where they are sent on schedule.
    pub(crate) window: u64,
    /// Messages that are scheduled each second, of all talkers together; 0 in a closed loop.
    pub(crate) rate: u64,

    pub(crate) messages: u64,
    /// Messages times receivers: all of them arrived, whole.
    pub(crate) deliveries: u64,
    /// Deliveries that came after a later message of the same sender.
    pub(crate) reordered: u64,
    /// How many different conversations the receivers saw; 1 is one log. 0 where all talk and none
    /// hears itself, so that nobody heard what another did.
    pub(crate) conversations: usize,
    /// From the first message until everybody had the last one.
    pub(crate) elapsed_ns: u64,
    /// Processor time of the server, and of the thread that is all clients.
    pub(crate) server_cpu_ns: u64,
    pub(crate) generator_cpu_ns: u64,
    /// Data segments that the server sent (TCP_INFO, tcpi_data_segs_out), if they could be counted:
    /// over loopback one for each write of up to 64 KiB.
    pub(crate) segments: Option<u64>,
    /// Deliveries in the same time as these segments: the warming up is in both, since nothing may
    /// come between it and the load.
    pub(crate) segment_deliveries: u64,
    /// How late the generator sent what was scheduled, of a hundred messages the second latest.
    pub(crate) lateness_p99_ns: u64,
    /// Resident memory at the end of the load, and its peak since the start of the server.
    pub(crate) memory_kib: u64,
    pub(crate) peak_kib: u64,

    /// From the time for which a message was scheduled, until its first receiver had it.
    pub(crate) first_p50_ns: u64,
    pub(crate) first_p99_ns: u64,
    pub(crate) first_p999_ns: u64,
    pub(crate) first_max_ns: u64,
    /// Until half of the receivers had it.
    pub(crate) median_p50_ns: u64,
    pub(crate) median_p99_ns: u64,
    pub(crate) median_p999_ns: u64,
    pub(crate) median_max_ns: u64,
    /// Until the last receiver had it.
    pub(crate) last_p50_ns: u64,
    pub(crate) last_p99_ns: u64,
    pub(crate) last_p999_ns: u64,
    pub(crate) last_max_ns: u64,
}

impl Row for Run {
    const FILE: &'static str = "runs.csv";
}

/// What a room was like at one moment, while some of its clients do not do their part.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Moment {
    /// `stalled` (they never read), `slow` (one reads at 1 MB/s) or `attack` (they stall, and come
    /// back once they were evicted).
    pub(crate) scenario: String,
    pub(crate) contender: String,
    /// What the server was told about patience; empty where it knows no such thing.
    pub(crate) patience: String,
    /// How many clients do not do their part.
    pub(crate) bad: usize,
    pub(crate) at_ms: u64,
    /// To clients that do, since the moment before.
    pub(crate) deliveries: u64,
    /// Of all those so far, deliveries that came after a later message of the same sender.
    pub(crate) reordered: u64,
    /// How many of those that do not were closed by the server, so far.
    pub(crate) evicted: usize,
    /// Resident memory, and its peak since the start of the server.
    pub(crate) memory_kib: u64,
    pub(crate) peak_kib: u64,
}

impl Row for Moment {
    const FILE: &'static str = "moments.csv";
}

/// What it takes to be there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Idle {
    pub(crate) contender: String,
    pub(crate) clients: usize,
    /// Resident memory.
    pub(crate) memory_kib: u64,
    pub(crate) threads: u64,
    /// The program without symbols; 0 for one that is not built here.
    pub(crate) program_bytes: u64,
    /// Processor time in one second in which nothing happens.
    pub(crate) cpu_ns_per_second: u64,
}

impl Row for Idle {
    const FILE: &'static str = "idle.csv";
}

/// A run of clients that connect, end their stream, are ended, and close.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Churn {
    pub(crate) contender: String,
    pub(crate) series: String,
    pub(crate) round: usize,
    pub(crate) place: usize,
    pub(crate) connections: u64,
    pub(crate) elapsed_ns: u64,
    pub(crate) server_cpu_ns: u64,
    pub(crate) generator_cpu_ns: u64,
}

impl Row for Churn {
    const FILE: &'static str = "churn.csv";
}

/// System calls of one kind in a run of fixed work under strace.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Calls {
    pub(crate) contender: String,
    pub(crate) clients: usize,
    pub(crate) talkers: usize,
    pub(crate) window: u64,
    pub(crate) deliveries: u64,
    pub(crate) call: String,
    pub(crate) count: u64,
    pub(crate) errors: u64,
}

impl Row for Calls {
    const FILE: &'static str = "calls.csv";
}

/// Something that has no figure, and why.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Missing {
    pub(crate) scenario: String,
    /// Which loads, in words; empty for all of the scenario.
    pub(crate) shape: String,
    pub(crate) contender: String,
    pub(crate) reason: String,
    /// It cannot be otherwise: its design does not allow it, or it is not there.
    pub(crate) is_expected: bool,
}

impl Row for Missing {
    const FILE: &'static str = "missing.csv";
}

/// Who was compared, as it ran.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entrant {
    pub(crate) contender: String,
    /// What it is, in a few words.
    pub(crate) design: String,
    /// `one log`, `order` or `bytes`: what it promises, and what was checked.
    pub(crate) class: String,
    /// Whether a sender gets its own messages.
    pub(crate) echoes: bool,
    /// Its command line.
    pub(crate) command: String,
    /// Of the program, and of what built it.
    pub(crate) version: String,
}

impl Row for Entrant {
    const FILE: &'static str = "entrants.csv";
}

/// Something about the machine or the whole of the measurement: `date`, `commit`, `kernel`,
/// `processor`, `processors`, `memory`, `command`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fact {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Row for Fact {
    const FILE: &'static str = "facts.csv";
}

/// A folder of raw data.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// An empty one, made if need be; files of an earlier measurement in it are removed.
    pub(crate) fn create(path: &Path) -> Result<Self, String> {
        let failed = |error| format!("{}: {error}", path.display());
        std::fs::create_dir_all(path).map_err(failed)?;
        let files = [Run::FILE, Moment::FILE, Idle::FILE, Churn::FILE, Calls::FILE];
        for file in files.into_iter().chain([Missing::FILE, Entrant::FILE, Fact::FILE]) {
            let path = path.join(file);
            if path.exists() {
                std::fs::remove_file(&path).map_err(failed)?;
            }
        }
        Ok(Self(path.to_owned()))
    }

    /// One that is there.
    pub(crate) fn open(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Adds rows at once, so that what was measured is kept whatever happens later.
    pub(crate) fn add<R: Row>(&self, rows: &[R]) -> Result<(), String> {
        // Without a row there would be a file without a head.
        if rows.is_empty() {
            return Ok(());
        }
        let path = self.0.join(R::FILE);
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let is_new = !path.exists();
        let file = File::options().create(true).append(true).open(&path);
        let file = file.map_err(|error| failed(&error))?;
        let mut writer = csv::WriterBuilder::new().has_headers(is_new).from_writer(file);
        for row in rows {
            writer.serialize(row).map_err(|error| failed(&error))?;
        }
        writer.flush().map_err(|error| failed(&error))
    }

    /// All rows of a kind; none if there is no such file.
    pub(crate) fn rows<R: Row>(&self) -> Result<Vec<R>, String> {
        let path = self.0.join(R::FILE);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let failed = |error: csv::Error| format!("{}: {error}", path.display());
        let mut reader = csv::Reader::from_path(&path).map_err(failed)?;
        reader.deserialize().collect::<Result<_, _>>().map_err(failed)
    }
}

#[cfg(test)]
mod tests;
