//! pollcast against what a user might pick instead, and against the least that can be done.
//!
//! Each is run as it ships, one at a time, with the same clients and the same load. Every receiver
//! checks every message: where one is lost, doubled or garbled there is no figure. Processor time
//! is compared in pairs of short runs that follow each other, and each server with itself as well:
//! where that is not 1, the difference between the two is not worth telling.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use arguments::{Arguments, HELP, Task};
use comparison::Comparison;
use record::Folder;
use scenario::Scenario;

mod arguments;
mod bad_clients;
mod books;
mod check;
mod comparison;
mod contender;
mod contenders;
mod facts;
mod latency;
mod ledger;
mod link;
mod load;
mod measure;
mod message;
mod placement;
mod process;
mod protocol;
mod quick;
mod record;
mod report;
mod room;
mod scenario;
mod segments;
mod sender;
mod series;
mod server;
mod spread;
mod tuning;

const STATUS_MISSING: u8 = 1;
const STATUS_USAGE: u8 = 2;
const STATUS_INCONCLUSIVE: u8 = 3;

fn main() -> ExitCode {
    let arguments = match Arguments::parse(lexopt::Parser::from_env()) {
        Ok(arguments) => arguments,
        Err(problem) => return fail(&problem.to_string(), STATUS_USAGE),
    };
    placement::allow_many_descriptors();
    let names = if arguments.task == Task::Tuning { &[][..] } else { &arguments.only };
    if let Err(problem) = contenders::check_names(names) {
        return fail(&problem, STATUS_USAGE);
    }
    match carry_out(arguments) {
        Ok(status) => ExitCode::from(status),
        Err(problem) => fail(&problem, STATUS_MISSING),
    }
}

/// Does what was asked for; the exit status.
fn carry_out(arguments: Arguments) -> Result<u8, String> {
    match arguments.task.clone() {
        Task::Help => {
            print!("{HELP}");
            return Ok(0);
        }
        Task::Report(path) => {
            report::write(&Folder::open(&path))?;
            return Ok(0);
        }
        Task::Check => return check::all(&Comparison::prepare(arguments)?),
        Task::Books(task) => {
            return books::carry_out(&task, &arguments.pollcast, &arguments.peers);
        }
        Task::Tuning | Task::Measure => {}
    }
    let comparison = Comparison::prepare(arguments)?;
    facts::write(&comparison)?;
    if comparison.arguments.task == Task::Tuning {
        tuning::measure(&comparison)?;
    } else if comparison.arguments.is_quick {
        quick::measure(&comparison)?;
    } else {
        let asked = &comparison.arguments.scenarios;
        let all = Scenario::ALL.map(|(scenario, _)| scenario);
        let asked = if asked.is_empty() { &all[..] } else { asked };
        asked.iter().try_for_each(|scenario| scenario.ask(&comparison))?;
    }
    let results = comparison.results();
    report::write(results)?;
    // Rooms with bad clients, idle ones and the like have no such table.
    println!("{}", report::print_main_table(results).unwrap_or_else(|nothing| nothing));
    println!("raw data, plots and the whole report: {}", results.path().display());
    let verdict = report::verdict(results)?;
    Ok(match (verdict.is_complete, verdict.is_conclusive) {
        (false, _) => STATUS_MISSING,
        (true, false) => STATUS_INCONCLUSIVE,
        (true, true) => 0,
    })
}

fn fail(problem: &str, status: u8) -> ExitCode {
    eprintln!("comparison: {}", problem.trim_end());
    ExitCode::from(status)
}
