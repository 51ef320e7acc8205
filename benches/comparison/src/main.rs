//! pollcast against what a user might pick instead, and against the least that can be done.

#![forbid(unsafe_code)]

use std::path::Path;
use std::process::ExitCode;

use record::Folder;

mod record;
mod report;
#[expect(dead_code)]
mod spread;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let (Some("report"), Some(path)) = (words.next().as_deref(), words.next()) else {
        eprintln!("comparison: report FOLDER");
        return ExitCode::from(2);
    };
    match report::write(&Folder::open(Path::new(&path))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("comparison: {problem}");
            ExitCode::FAILURE
        }
    }
}
