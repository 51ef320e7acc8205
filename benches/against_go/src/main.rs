//! pollcast against a server of the Go design that it answers (benches/peers/go), in five numbers:
//! order, memory, processor time, write calls, and what it takes to be idle.
//!
//! Both are run as they ship, one at a time, with the same clients and the same load. Every
//! receiver checks every message: where one is lost, doubled or garbled there is no figure.
//! Processor time is compared in pairs of short runs that follow each other, and each server with
//! itself as well: where that is not 1, the difference between the two is not worth telling.

#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs, thread};

use cpu::Effort;
use figures::Figures;
use placement::Processors;
use raw::{Line, Raw};
use report::Report;
use server::Places;

mod cpu;
mod figures;
mod idle;
mod ledger;
mod memory;
mod message;
mod order;
mod placement;
mod process;
mod raw;
mod remarks;
mod report;
mod room;
mod sender;
mod server;
mod source;
mod statistics;
mod table;
mod traced;

const HELP: &str = "\
Compares pollcast with the Go server; prints Markdown tables. .ci/against-go builds both.
  --go PATH           the Go server
  --pollcast PATH     the server of this project
  --out PATH          where raw data goes, as JSON lines; logs go beside it
  --rounds N          rounds of two pairs of runs; default 25
  --milliseconds N    the timed part of a run; default 250
  --note TEXT         a line about this machine or these programs; may be repeated
Exit status: 0; 1 if a figure is missing; 2 for wrong arguments; 3 if a ratio is inconclusive.
";

/// Many short runs: what else the machine does changes slowly, and is the same for both of a pair.
const ROUNDS: usize = 25;
const TIME: Duration = Duration::from_millis(250);

const STATUS_MISSING: u8 = 1;
const STATUS_USAGE: u8 = 2;
const STATUS_INCONCLUSIVE: u8 = 3;

/// What was asked for.
#[derive(Debug)]
struct Settings {
    go: PathBuf,
    pollcast: PathBuf,
    out: PathBuf,
    effort: Effort,
    notes: Vec<String>,
}

fn main() -> ExitCode {
    let settings = match parse(env::args().skip(1)) {
        Ok(Some(settings)) => settings,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => return fail(&problem, STATUS_USAGE),
    };
    match compare(settings) {
        Ok(Report { is_complete: false, .. }) => ExitCode::from(STATUS_MISSING),
        Ok(Report { is_conclusive: false, .. }) => ExitCode::from(STATUS_INCONCLUSIVE),
        Ok(_) => ExitCode::SUCCESS,
        Err(problem) => fail(&problem, STATUS_MISSING),
    }
}

fn compare(settings: Settings) -> Result<Report, String> {
    let Settings { go, pollcast, out, effort, mut notes } = settings;
    let folder = out.parent().ok_or("--out is not a file")?.to_owned();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease");
    let processors = thread::available_parallelism().map_or(0, usize::from);
    let kernel = kernel.map_err(|error| format!("this takes a Linux: {error}"))?;
    notes.insert(0, format!("Linux {}, {processors} processors, loopback", kernel.trim()));
    let mut raw = Raw::create(&out)?;
    for note in &notes {
        raw.write(&Line::new("note").text("text", note))?;
    }
    let places = Places { go, pollcast, folder, processors: Processors::ours()? };
    let figures = Figures::measure(&places, effort, &mut raw)?;
    let report = Report::new(&figures);
    print!("{}", report.text);
    notes.iter().for_each(|note| println!("- {note}"));
    Ok(report)
}

/// Nothing if help was asked for.
fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Settings>, String> {
    let [mut go, mut pollcast, mut out] = [const { None::<PathBuf> }; 3];
    let mut effort = Effort { rounds: ROUNDS, time: TIME };
    let mut notes = Vec::new();
    while let Some(option) = words.next() {
        if matches!(option.as_str(), "-h" | "--help") {
            return Ok(None);
        }
        let value = words.next().ok_or_else(|| format!("{option}: a value is missing\n{HELP}"))?;
        match option.as_str() {
            "--go" => go = Some(value.into()),
            "--pollcast" => pollcast = Some(value.into()),
            "--out" => out = Some(value.into()),
            "--rounds" => effort.rounds = number(&option, &value)? as usize,
            "--milliseconds" => effort.time = Duration::from_millis(number(&option, &value)?),
            "--note" => notes.push(value),
            _ => return Err(format!("{option} is not an option\n{HELP}")),
        }
    }
    let needed = |path: Option<PathBuf>, name| path.ok_or_else(|| format!("{name} is needed"));
    let (go, pollcast) = (needed(go, "--go")?, needed(pollcast, "--pollcast")?);
    Ok(Some(Settings { go, pollcast, out: needed(out, "--out")?, effort, notes }))
}

fn number(option: &str, value: &str) -> Result<u64, String> {
    let number = value.parse().ok().filter(|number| (1..=100_000).contains(number));
    number.ok_or_else(|| format!("{option} takes a number from 1 to 100000"))
}

fn fail(problem: &str, status: u8) -> ExitCode {
    eprintln!("against_go: {}", problem.trim_end());
    ExitCode::from(status)
}
