//! Runs each workload on each server, with strace and without.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::books::entries::Entry;
use crate::books::guests::{Guests, rest};
use crate::books::strace::{self, calls};
use crate::books::tally::{Tally, tally};
use crate::books::workloads::{Outcome, Workload, stall};
use crate::contender::Contender;
use crate::link::Link;
use crate::placement::{Placement, Processors};
use crate::server::{Place, Server};

/// Of each workload and server.
const RUNS: usize = 5;
/// How long strace may write on after the server has ended.
const LIMIT: Duration = Duration::from_secs(20);
/// Where logs and what strace writes are left.
const FOLDER: &str = "target/comparison/ledger";

/// One after the other, so that nobody takes time from another one; and each run of all servers
/// before the next one, so that what the machine does meanwhile falls to all of them.
pub(crate) fn all(servers: &[Contender]) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    for workload in Workload::ALL {
        for run in 1..=RUNS {
            for server in servers {
                let about = |problem| format!("{}, {}: {problem}", server.name, workload.name());
                let mut numbers = traced(server, workload).map_err(about)?;
                numbers.extend(untraced(server, workload).map_err(about)?);
                let entry = |((kind, name), value): ((&str, String), u64)| Entry {
                    server: server.name.clone(),
                    workload: workload.name().to_owned(),
                    run,
                    kind: kind.to_owned(),
                    name,
                    value,
                };
                entries.extend(numbers.into_iter().map(entry));
            }
        }
        eprintln!("{}: {RUNS} runs of {} servers", workload.name(), servers.len());
    }
    Ok(entries)
}

/// What it calls.
fn traced(contender: &Contender, workload: Workload) -> Result<Tally, String> {
    let file = PathBuf::from(FOLDER).join("strace");
    let server = start_traced(contender, &file)?;
    let (process, id) = (server.process(), server.process().0);
    let mut guests = Guests::gather(server.entrance().address, workload.guests())?;
    rest(process)?;
    let began = now();
    let outcome = workload.run(&mut guests, process)?;
    if outcome.lived {
        rest(process)?;
    }
    let ended = now();
    drop(guests);
    server.end()?;
    let text = wait_for(&file, id)?;
    let mut numbers = tally(&calls(&text), &(began..ended));
    let Outcome { deliveries, lived } = outcome;
    check(workload, &numbers)?;
    numbers.insert(("told", "deliveries".to_owned()), deliveries);
    numbers.insert(("told", "lived".to_owned()), lived.into());
    Ok(numbers)
}

/// Where nobody fell behind, the workload was none.
fn check(workload: Workload, numbers: &Tally) -> Result<(), String> {
    let tells_of_it = |(_, name): &(&str, String)| {
        let fails = ["write EAGAIN", "sendto EAGAIN", "sendmsg EAGAIN"].contains(&name.as_str());
        fails || name == "writes that the kernel took in part"
    };
    if workload == Workload::Stall && !numbers.keys().any(tells_of_it) {
        let why = "the kernel took everything for one who does not read: net.ipv4.tcp_wmem is to \
                   end with 65536 (.ci/ledger has a network of its own for that)";
        return Err(why.to_owned());
    }
    Ok(())
}

/// What it takes when nobody looks on: processor time, and memory at the peak.
fn untraced(contender: &Contender, workload: Workload) -> Result<Tally, String> {
    let place = place()?;
    let server = Server::start(&place.of(), contender, workload.guests())?;
    let process = server.process();
    let mut guests = Guests::gather(server.entrance().address, workload.guests())?;
    rest(process)?;
    let before = process.cpu_ns()?;
    let outcome = workload.run(&mut guests, process)?;
    let mut numbers = Tally::new();
    if outcome.lived {
        let mut tell = |name: &str, value| numbers.insert(("told", name.to_owned()), value);
        tell("processor time in ns", process.cpu_ns()? - before);
        tell("deliveries without strace", outcome.deliveries);
        tell("peak of resident memory in KiB", process.status("VmHWM")?);
    }
    drop(guests);
    server.end()?;
    Ok(numbers)
}

/// A small strace of a reader that stalls, for a trace that is looked at.
pub(crate) fn sample(contender: &Contender, folder: &Path) -> Result<PathBuf, String> {
    let file = PathBuf::from(FOLDER).join("sample");
    let server = start_traced(contender, &file)?;
    let id = server.process().0;
    let mut guests = Guests::gather(server.entrance().address, 5)?;
    rest(server.process())?;
    stall(&mut guests, 1_000, 90)?;
    rest(server.process())?;
    drop(guests);
    server.end()?;
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    wait_for(&file, id)?;
    Ok(file)
}

fn start_traced(contender: &Contender, file: &Path) -> Result<Server, String> {
    let place = place()?;
    let _ = fs::remove_file(file);
    let words = [&strace::WORDS[..], &[file.to_str().ok_or("a path that is not text")?]].concat();
    Server::start_under(&words, &place.of(), contender, 20)
}

/// strace writes on after the server has ended.
fn wait_for(file: &Path, process: u32) -> Result<String, String> {
    let began = Instant::now();
    while began.elapsed() < LIMIT {
        let text = fs::read_to_string(file).unwrap_or_default();
        if strace::is_complete(&text, process) {
            return Ok(text);
        }
        thread::sleep(Duration::from_millis(10));
    }
    Err(format!("strace has not written {} to its end", file.display()))
}

/// By the time of day in nanoseconds, as strace tells it.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_nanos() as u64
}

struct Where(Processors);

fn place() -> Result<Where, String> {
    fs::create_dir_all(FOLDER).map_err(|error| format!("{FOLDER}: {error}"))?;
    Processors::ours().map(Where)
}

impl Where {
    fn of(&self) -> Place<'_> {
        let (link, placement) = (Link::Loopback, Placement::Free);
        Place { link, processors: &self.0, placement, folder: Path::new(FOLDER) }
    }
}
