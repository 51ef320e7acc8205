//! Five ways to keep what waits for the clients, on the same workloads: what each holds, what it
//! allocates, how many writes it takes to send it, and what it costs the processor.
//!
//! No sockets: a workload is a list of operations, made once and replayed on each candidate, so
//! nothing but the queue differs. No figure is printed before each candidate has handed out exactly
//! the right bytes. docs/decisions/0002-outbound-queue.md tells what follows from the figures.

use std::process::ExitCode;

mod candidate;
mod left_out;
mod log_bytes;
mod measure;
mod memory;
mod replay;
mod report;
mod script;
#[cfg(test)]
mod tests;
mod workloads;

// The files of the server themselves: what is measured is what ships.
#[path = "../../../src/block.rs"]
mod block;
#[allow(dead_code, reason = "the server uses more of it, for its budget and its audit")]
#[path = "../../../src/blocks.rs"]
mod blocks;
#[allow(dead_code, reason = "the server uses more of it, for its audit")]
#[path = "../../../src/outbox.rs"]
mod outbox;
#[allow(dead_code, reason = "the server uses more of it, for its audit")]
#[path = "../../../src/run.rs"]
mod run;

const HELP: &str = "\
Compares five outbound queues; prints Markdown tables.
  --csv         print raw figures as comma-separated values instead
  --rounds N    timed rounds; default 15
";

fn main() -> ExitCode {
    let mut csv = false;
    let mut rounds = 15;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--csv" => csv = true,
            "--rounds" => match arguments.next().and_then(|number| number.parse().ok()) {
                Some(number @ 1..=1000) => rounds = number,
                _ => return refuse("--rounds takes a number from 1 to 1000"),
            },
            "-h" | "--help" => {
                print!("{HELP}");
                return ExitCode::SUCCESS;
            }
            _ => return refuse(HELP),
        }
    }
    let mut comparisons = Vec::new();
    for workload in workloads::all() {
        match measure::compare(&workload, rounds) {
            Ok(figures) => comparisons.push((workload, figures)),
            Err(error) => return refuse(&format!("{}: {error}", workload.name)),
        }
    }
    if csv {
        print!("{}", report::csv(&comparisons, rounds));
        return ExitCode::SUCCESS;
    }
    match left_out::fill() {
        Ok(filled) => print!("{}", report::markdown(&comparisons, rounds, &filled)),
        Err(error) => return refuse(&error),
    }
    ExitCode::SUCCESS
}

fn refuse(what: &str) -> ExitCode {
    eprintln!("{}", what.trim_end());
    ExitCode::from(2)
}
