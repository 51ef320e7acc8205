//! What needs no fuzzer: writes the first corpus, and replays inputs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

use fuzz::{TARGETS, kernel_events};

const USAGE: &str = "usage: fuzz record FOLDER SEEDS | fuzz replay TARGET FILE";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["record", folder, seeds] => record(Path::new(folder), seeds),
        ["replay", target, file] => replay(target, &PathBuf::from(file)),
        _ => Err(io::Error::other(USAGE)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("fuzz: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// One input for each seed.
fn record(folder: &Path, seeds: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for seed in 0..seeds.parse().map_err(io::Error::other)? {
        fs::write(folder.join(format!("seed-{seed}")), kernel_events::record(seed).0)?;
    }
    Ok(())
}

fn replay(name: &str, file: &Path) -> io::Result<()> {
    let target = TARGETS.iter().find(|target| target.0 == name);
    let (_, run) = target.ok_or_else(|| io::Error::other(format!("no target: {name}")))?;
    run(&fs::read(file)?);
    Ok(())
}
