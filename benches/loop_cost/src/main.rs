//! What the loop costs by itself: the server on a kernel that does nothing, so that all time and
//! all instructions are its own.
//!
//! Without arguments it prints a table of times. With `--workload` it does exactly the work that it
//! is asked for, for a tool that counts instructions. docs/LOOP_COST.md tells what the figures mean.

use std::process::ExitCode;

mod kernel;
mod measure;
mod memory;
mod report;
mod room;
#[cfg(test)]
mod tests;
mod workload;

use room::Room;
use workload::Workload;

const HELP: &str = "\
Measures the loop over a kernel that does nothing; prints a Markdown table.
  --csv PATH    write the figures there too, as comma-separated values
  --rounds N    timed rounds; default 9
  --workload NAME --clients N --messages M
                do that much work and nothing else; print what was done
";

/// What was asked for.
#[derive(Debug)]
struct Arguments {
    csv: Option<String>,
    rounds: usize,
    workload: Option<String>,
    clients: usize,
    messages: u64,
}

fn main() -> ExitCode {
    let Some(arguments) = Arguments::parse(std::env::args().skip(1)) else { return refuse(HELP) };
    let done = match &arguments.workload {
        Some(name) => work(name, arguments.clients, arguments.messages),
        None => measure(&arguments),
    };
    done.map_or_else(|error| refuse(&error), |()| ExitCode::SUCCESS)
}

impl Arguments {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let mut parsed = Self { csv: None, rounds: 9, workload: None, clients: 0, messages: 0 };
        while let Some(option) = arguments.next() {
            let value = arguments.next()?;
            match option.as_str() {
                "--csv" => parsed.csv = Some(value),
                "--rounds" => parsed.rounds = value.parse().ok().filter(|&rounds| rounds > 0)?,
                "--workload" => parsed.workload = Some(value),
                "--clients" => parsed.clients = value.parse().ok()?,
                "--messages" => parsed.messages = value.parse().ok()?,
                _ => return None,
            }
        }
        Some(parsed)
    }
}

/// The work that was asked for, once everything is warm, and nothing else.
fn work(name: &str, clients: usize, messages: u64) -> Result<(), String> {
    let workload = Workload::named(name).ok_or_else(|| format!("no workload is named {name}"))?;
    if clients < workload.least_clients() || messages % workload.period() != 0 {
        let (least, period) = (workload.least_clients(), workload.period());
        return Err(format!("{name} takes {least} clients or more, and messages by {period}"));
    }
    let mut room = Room::gather(workload, clients);
    room.converse(workload.warm_up())?;
    let counted = memory::allocations();
    let deliveries = room.converse(messages)?;
    let allocations = memory::allocations() - counted;
    println!("deliveries={deliveries} allocations={allocations}");
    Ok(())
}

fn measure(arguments: &Arguments) -> Result<(), String> {
    let figures = measure::all(arguments.rounds)?;
    print!("{}", report::markdown(&figures, arguments.rounds));
    match &arguments.csv {
        Some(path) => std::fs::write(path, report::csv(&figures))
            .map_err(|error| format!("cannot write {path}: {error}")),
        None => Ok(()),
    }
}

fn refuse(what: &str) -> ExitCode {
    eprintln!("{}", what.trim_end());
    ExitCode::from(2)
}
