//! The soak: the real server under a crowd of all kinds, for as long as one likes.
//!
//! `soak [TIME] [--seed N]`. A cycle after the other, a crowd comes, plays, and goes; only the
//! first client stays, whose stream is the log. Between cycles everything is counted.

#![forbid(unsafe_code)]
#![allow(unreachable_pub, reason = "one program")]

mod cast;
mod checks;
mod counters;
#[path = "../harness/mod.rs"]
mod harness;
mod lanes;
mod log;
mod receiver;
mod report;
mod show;
mod stage;
mod visitor;

use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [relay, address] = &arguments[..] {
        if relay == "relay" {
            return ExitCode::from(cast::stopped::relay(address) as u8);
        }
    }
    let (time, seed) = match parse(&arguments) {
        Ok(asked) => asked,
        Err(error) => {
            eprintln!("soak: {error}; usage: soak [TIME] [--seed N], as in 30s, 30m, 2h");
            return ExitCode::from(2);
        }
    };
    println!("soak: {time:?}, seed {seed}; again with: .ci/soak {}s --seed {seed}", time.as_secs());
    match show::run(time, seed) {
        Ok(said) => {
            println!("soak: passed: {said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("soak: FAILED, seed {seed}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: &[String]) -> Result<(Duration, u64), String> {
    let (mut time, mut seed) = (Duration::from_secs(30), fastrand::u64(..1_000_000));
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if argument == "--seed" {
            let number = arguments.next().and_then(|number| number.parse().ok());
            seed = number.ok_or("--seed takes a number")?;
        } else {
            time = parse_time(argument).ok_or_else(|| format!("{argument} is no time"))?;
        }
    }
    Ok((time, seed))
}

fn parse_time(text: &str) -> Option<Duration> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return None,
    };
    let number: u64 = text[..text.len() - 1].parse().ok()?;
    let seconds = number.checked_mul(unit).filter(|seconds| (10..=86_400 * 7).contains(seconds))?;
    Some(Duration::from_secs(seconds))
}
