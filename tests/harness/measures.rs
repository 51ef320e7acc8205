//! What the system tells of the server's process.

use std::fs;
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use super::{LIMIT, Server, wait_until};

impl Server {
    /// A figure of /proc/PID/status, in bytes: VmRSS, VmHWM (its peak), RssAnon.
    pub fn memory(&self, name: &str) -> usize {
        let status = fs::read_to_string(self.proc("status")).expect("it runs");
        let line = status.lines().find(|line| line.starts_with(name)).expect("a known name");
        let kilobytes = line.split_whitespace().nth(1).and_then(|value| value.parse().ok());
        kilobytes.map(|value: usize| value * 1024).expect("a number")
    }

    /// Processor time that it has used, from /proc/PID/schedstat.
    pub fn cpu(&self) -> Duration {
        let text = fs::read_to_string(self.proc("schedstat")).expect("it runs");
        let nanoseconds = text.split_whitespace().next().and_then(|value| value.parse().ok());
        Duration::from_nanos(nanoseconds.expect("a number"))
    }

    /// Waits until it has done nothing for a while.
    pub fn come_to_rest(&self) {
        wait_until("the server rests", LIMIT, || {
            let before = self.cpu();
            thread::sleep(Duration::from_millis(30));
            self.cpu() == before
        });
    }

    /// Stops it, and waits until it stands still: the signal alone takes a moment.
    pub fn stand_still(&self) {
        self.signal(Signal::STOP);
        wait_until("the server stands still", LIMIT, || {
            let stat = fs::read_to_string(self.proc("stat")).expect("it runs");
            stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('T'))
        });
    }

    pub fn descriptors(&self) -> usize {
        fs::read_dir(self.proc("fd")).expect("it runs").count()
    }
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
