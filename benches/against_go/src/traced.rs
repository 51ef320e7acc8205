//! Number 4: whether the counters of write calls are right, checked with strace.
//!
//! strace slows a server so much that more is read at once and fewer writes follow. So the figure
//! is that of the counters, which cost nothing, in the runs that are timed; strace only has to
//! count the same as they do, in a run of its own.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::cpu::{CLIENTS, SHAPES, SIZE, Shape};
use crate::room::{Load, Room};
use crate::server::{Design, Places, Server};

const CALLS: [&str; 5] = ["write", "writev", "sendto", "sendmsg", "sendmmsg"];
const MESSAGES_OF_EACH: u64 = 20;
const LIMIT: Duration = Duration::from_secs(60);
/// How far apart the two counts may be: a call that wakes a thread may come after the reading.
const TOLERANCE: f64 = 0.01;

/// Write calls of one run, counted twice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) by_strace: u64,
    pub(crate) by_counter: u64,
}

impl Counts {
    pub(crate) fn agree(&self) -> bool {
        let apart = self.by_strace.abs_diff(self.by_counter) as f64;
        apart <= self.by_strace as f64 * TOLERANCE
    }
}

/// Whether there is a strace.
pub(crate) fn is_possible() -> bool {
    let mut version = Command::new("strace");
    let quiet = version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

pub(crate) fn measure(places: &Places, design: Design) -> Result<Counts, String> {
    let table = places.folder.join("strace");
    let _ = fs::remove_file(&table);
    let calls = format!("trace={}", CALLS.join(","));
    let output = table.to_str().ok_or("a path that is not text")?;
    // With -D the server is our child, and strace is its grandchild.
    let words = ["strace", "-D", "-f", "-c", "-e", &calls, "-o", output];
    let server = Server::start_under(&words, places, design)?;
    let process = server.process();
    let mut room = Room::open(server.address(), CLIENTS, 0, SIZE)?;
    room.greet()?;
    let (Shape { talkers, window, .. }, messages) = (SHAPES[0], MESSAGES_OF_EACH);
    room.run(&Load { talkers, window, messages, time: LIMIT })?;
    // What goes on for a moment after the last delivery.
    thread::sleep(Duration::from_millis(100));
    let calls = process.write_calls();
    drop(room);
    let by_counter = match design {
        Design::Go => {
            drop(server);
            calls?
        }
        Design::Pollcast => server.end()?.writes,
    };
    Ok(Counts { by_strace: wait_for(&table)?, by_counter })
}

/// strace writes its table after the server has ended.
fn wait_for(table: &Path) -> Result<u64, String> {
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        let text = fs::read_to_string(table).unwrap_or_default();
        if let Some(calls) = sum(&text) {
            return Ok(calls);
        }
        thread::sleep(Duration::from_millis(10));
    }
    Err(format!("strace has not written {}", table.display()))
}

/// The sum of a complete table.
fn sum(table: &str) -> Option<u64> {
    table.lines().find(|line| line.ends_with(" total"))?;
    let rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let ours = rows.filter(|words| words.last().is_some_and(|name| CALLS.contains(name)));
    ours.map(|words| words.get(3)?.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::{Counts, sum};

    const TABLE: &str = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.020000           5      4000           sendmsg
 39.00    0.010000           5        12         3 write
  1.00    0.000100           5         7           rewrite
------ ----------- ----------- --------- --------- ----------------
100.00    0.030100           5      4019         3 total
";

    #[test]
    fn only_writes_are_summed_with_and_without_errors() {
        assert_eq!(sum(TABLE), Some(4_012));
    }

    #[test]
    fn a_table_that_is_not_complete_is_none() {
        assert_eq!(sum(&TABLE[..TABLE.len() - 7]), None);
        assert_eq!(sum(""), None);
    }

    #[test]
    fn one_percent_apart_agrees_and_two_do_not() {
        let agree = |by_counter| Counts { by_strace: 1_000, by_counter }.agree();
        assert!(agree(1_000) && agree(990) && agree(1_010));
        assert!(!agree(980) && !agree(1_020));
    }
}
