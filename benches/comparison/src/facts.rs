//! About the machine and the measurement.

use std::fs;
use std::process::Command;
use std::thread;

use crate::comparison::Comparison;
use crate::process::memory_available;
use crate::record::Fact;

/// Writes down what a reader has to know to compare figures with others.
pub(crate) fn write(comparison: &Comparison) -> Result<(), String> {
    let fact = |name: &str, text: String| Fact { name: name.to_owned(), text };
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut facts = vec![
        fact("date", said(Command::new("date").arg("-u").arg("+%Y-%m-%d %H:%M UTC"))),
        fact("commit", said(Command::new("git").args(["describe", "--always", "--dirty"]))),
        fact("command", format!("comparison {}", words.join(" "))),
        fact("kernel", said(Command::new("uname").arg("-srm"))),
        fact("processor", processor()),
        fact("processors", thread::available_parallelism().map_or(0, usize::from).to_string()),
        fact("memory", format!("{} MiB available", memory_available()? >> 10)),
        fact("rust", said(Command::new("rustc").arg("--version"))),
    ];
    facts.extend(comparison.arguments.notes.iter().map(|note| fact("note", note.clone())));
    comparison.add(&facts)
}

/// What a command prints; that it is unknown, if it cannot be run.
fn said(command: &mut Command) -> String {
    let output = command.output().ok().filter(|output| output.status.success());
    let text = output.and_then(|output| String::from_utf8(output.stdout).ok());
    text.map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned())
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    let model = lines.filter(|(name, _)| name.trim() == "model name").map(|(_, text)| text.trim());
    model.map(str::to_owned).next().unwrap_or_else(|| "unknown".to_owned())
}
