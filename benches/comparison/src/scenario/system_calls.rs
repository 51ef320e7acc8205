//! System calls for each delivery, as strace counts them, in runs of fixed work.
//!
//! strace slows a server so much that more is there to be read at once, and fewer writes follow:
//! what batches, batches more. So these are counts of this work under this tracer, and say which
//! calls a design makes; how many messages leave in a write at full speed is for the other runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::comparison::{Comparison, Reason};
use crate::contender::Contender;
use crate::link::Link;
use crate::load::{Load, Until};
use crate::placement::Placement;
use crate::record::Calls;
use crate::room::Room;
use crate::server::Server;

const CLIENTS: usize = 100;
const SIZE: usize = 64;
const MESSAGES: u64 = 200;
const SHAPES: [(usize, u64); 2] = [(1, 1), (10, 1)];
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) fn ask(comparison: &Comparison) -> Result<(), String> {
    for contender in &comparison.contenders {
        for (talkers, window) in SHAPES {
            let result = match () {
                () if !is_possible() => Err(Reason::Expected("strace is missing".to_owned())),
                () if talkers > contender.most_talkers => {
                    Err(Reason::Expected("at most one can talk".to_owned()))
                }
                () => measure(comparison, contender, talkers, window).map_err(Reason::from),
            };
            match result {
                Ok(rows) => comparison.add(&rows)?,
                Err(reason) => {
                    let shape = format!("{talkers} of {CLIENTS} talk");
                    comparison.miss("calls", shape, contender, reason)?;
                }
            }
        }
    }
    Ok(())
}

fn is_possible() -> bool {
    let mut version = Command::new("strace");
    let quiet = version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// What messages take is what more messages take more: to start, to let everybody in, and to end
/// is the same in both runs.
fn measure(
    comparison: &Comparison,
    contender: &Contender,
    talkers: usize,
    window: u64,
) -> Result<Vec<Calls>, String> {
    let load = (talkers, window);
    let (few, few_deliveries) = trace(comparison, contender, load, MESSAGES)?;
    let (many, many_deliveries) = trace(comparison, contender, load, 3 * MESSAGES)?;
    let row = |(call, (count, errors)): (String, (u64, u64))| {
        let (before, errors_before) = few.get(&call).copied().unwrap_or_default();
        Calls {
            contender: contender.name.clone(),
            clients: CLIENTS,
            talkers,
            window,
            deliveries: many_deliveries - few_deliveries,
            call,
            count: count.saturating_sub(before),
            errors: errors.saturating_sub(errors_before),
        }
    };
    let all: Vec<Calls> = many.into_iter().map(row).collect();
    Ok(all.into_iter().filter(|row| row.count > 0).collect())
}

/// Calls by name, and how many of each failed.
type Counts = BTreeMap<String, (u64, u64)>;

/// All calls of a server that so many messages go through, and how many deliveries that were.
fn trace(
    comparison: &Comparison,
    contender: &Contender,
    (talkers, window): (usize, u64),
    messages: u64,
) -> Result<(Counts, u64), String> {
    let place = comparison.place(Link::Loopback, Placement::Apart);
    let table = place.folder.join("strace");
    let _ = fs::remove_file(&table);
    let output = table.to_str().ok_or("a path that is not text")?;
    // With -D the server is our child, and strace is its grandchild.
    let words = ["strace", "-D", "-f", "-c", "-U", "calls,errors,name", "-o", output];
    let server = Server::start_under(&words, &place, contender, CLIENTS)?;
    let mut room = Room::open(server.entrance(), CLIENTS, talkers, SIZE)?;
    room.greet()?;
    let until = Until { time: LIMIT, messages };
    let outcome = Load::Window(window).make(&mut room, until)?;
    drop(room);
    server.end()?;
    Ok((wait_for(&table)?, outcome.deliveries))
}

/// strace writes its table after the server has ended.
fn wait_for(table: &Path) -> Result<Counts, String> {
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        let text = fs::read_to_string(table).unwrap_or_default();
        if let Some(calls) = parse(&text) {
            return Ok(calls);
        }
        thread::sleep(Duration::from_millis(10));
    }
    Err(format!("strace has not written {}", table.display()))
}

/// The rows of a complete table: name, calls, and how many of them failed.
fn parse(table: &str) -> Option<Counts> {
    table.lines().find(|line| line.ends_with(" total"))?;
    let rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let row = |words: Vec<&str>| match words[..] {
        [calls, errors, name] => {
            Some((name.to_owned(), (calls.parse().ok()?, errors.parse().ok()?)))
        }
        [calls, name] => Some((name.to_owned(), (calls.parse().ok()?, 0))),
        _ => None,
    };
    Some(rows.filter_map(row).filter(|(name, ..)| name != "total").collect())
}

#[cfg(test)]
mod tests {
    use super::parse;

    const TABLE: &str = "\
    calls    errors syscall
--------- --------- ----------------
     4000           sendmsg
       12         3 read
--------- --------- ----------------
     4012         3 total
";

    #[test]
    fn each_call_has_its_count_and_its_errors() {
        let calls = parse(TABLE).expect("it is complete");
        let rows: Vec<_> = calls.iter().map(|(name, counts)| (&**name, *counts)).collect();
        assert_eq!(rows, [("read", (12, 3)), ("sendmsg", (4_000, 0))]);
    }

    #[test]
    fn a_table_that_is_not_complete_is_none() {
        assert_eq!(parse(&TABLE[..TABLE.len() - 7]), None);
        assert_eq!(parse(""), None);
    }
}
