//! What the kernel tells of a process.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;
use rustix::process::{Resource, Rlimit, prlimit};

/// A process that runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    /// Nanoseconds on a processor so far, of all its threads, those included that have ended: the
    /// scheduler's own account, without the ticks of /proc (clock_getcpuclockid(3)).
    pub(crate) fn cpu_ns(self) -> Result<u64, String> {
        let failed = |error| format!("the processor time of process {}: {error}", self.0);
        let clock = clock_getcpuclockid(Pid::from_raw(self.0 as i32)).map_err(failed)?;
        let time = clock_gettime(clock).map_err(failed)?;
        Ok(time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64)
    }

    /// A figure of /proc/PID/status as it stands there: memory is in KiB.
    pub(crate) fn status(self, name: &str) -> Result<u64, String> {
        named(&self.read("status")?, name).ok_or_else(|| format!("no {name} in its status"))
    }

    /// From now on it can open so many more files (prlimit(2)).
    pub(crate) fn leave_descriptors(self, most: u64) -> Result<(), String> {
        let path = self.path("fd");
        let failed = |error| format!("{}: {error}", path.display());
        let mut open = BTreeSet::new();
        for entry in fs::read_dir(&path).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            open.extend(name.to_str().and_then(|name| name.parse::<u64>().ok()));
        }
        let free = (0..).filter(|number| !open.contains(number));
        let limit = free.take(most as usize).last().map(|last| last + 1);
        let process = rustix::process::Pid::from_raw(self.0 as i32);
        let limit = Rlimit { current: limit, maximum: limit };
        prlimit(process, Resource::Nofile, limit).map_err(|error| format!("prlimit: {error}"))?;
        Ok(())
    }

    fn read(self, name: &str) -> Result<String, String> {
        let path = self.path(name);
        fs::read_to_string(&path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))
    }

    fn path(self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.0))
    }
}

/// Memory that can still be used without swapping, in KiB.
pub(crate) fn memory_available() -> Result<u64, String> {
    let text = fs::read_to_string("/proc/meminfo").map_err(|error| format!("meminfo: {error}"))?;
    named(&text, "MemAvailable").ok_or_else(|| "no MemAvailable in meminfo".to_owned())
}

/// The number behind `name:`.
fn named(text: &str, name: &str) -> Option<u64> {
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.filter(|(key, _)| *key == name).find_map(|(_, value)| first_number(value))
}

fn first_number(text: &str) -> Option<u64> {
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::{Process, named};

    #[test]
    fn a_figure_is_found_by_its_whole_name() {
        let text = "VmHWMark:\t7 kB\nVmHWM:\t    3120 kB\nThreads:\t1\n";
        assert_eq!(named(text, "VmHWM"), Some(3120));
        assert_eq!(named(text, "Threads"), Some(1));
        assert_eq!(named(text, "Vm"), None);
    }

    fn spent_by(script: &str) -> u64 {
        let mut child = Command::new("sh").args(["-c", script]).spawn().expect("sh");
        let process = Process(child.id());
        let before = process.cpu_ns().expect("it runs");
        thread::sleep(Duration::from_millis(60));
        let after = process.cpu_ns();
        child.kill().and_then(|()| child.wait()).expect("it ran");
        after.expect("it ran") - before
    }

    #[test]
    fn a_process_that_works_uses_processor_time_and_one_that_sleeps_none() {
        let (busy, idle) = (spent_by("while :; do :; done"), spent_by("exec sleep 10"));
        assert!(busy > 2_000_000, "{busy} ns");
        assert!(idle < busy / 2, "{idle} ns of one that sleeps, {busy} of one that works");
    }

    #[test]
    fn the_time_of_a_thread_that_has_ended_is_counted() {
        let own = Process(std::process::id());
        let before = own.cpu_ns().expect("it runs");
        let spin = || {
            let start = Instant::now();
            while start.elapsed() < Duration::from_millis(20) {}
        };
        thread::spawn(spin).join().expect("it ends");
        let used = own.cpu_ns().expect("it runs") - before;
        assert!(used > 2_000_000, "{used} ns");
    }

    #[test]
    fn memory_is_told_of_a_process() {
        assert!(Process(std::process::id()).status("VmHWM").expect("it runs") > 0);
    }
}
