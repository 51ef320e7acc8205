//! What /proc tells of a process.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// A process that runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(pub(crate) u32);

/// Nanoseconds on a processor, for each thread.
pub(crate) type CpuTimes = BTreeMap<u32, u64>;

impl Process {
    /// The processor time of each thread so far.
    pub(crate) fn cpu_times(self) -> Result<CpuTimes, String> {
        let mut times = CpuTimes::new();
        let folder = self.path("task");
        let unreadable = |error| format!("cannot read {}: {error}", folder.display());
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            let thread: u32 =
                name.to_str().and_then(|name| name.parse().ok()).ok_or("no thread")?;
            let text = self.read(&format!("task/{thread}/schedstat"))?;
            times.insert(thread, first_number(&text).ok_or("no schedstat in this kernel")?);
        }
        Ok(times)
    }

    /// A figure of /proc/PID/status as it stands there: memory is in KiB.
    pub(crate) fn status(self, name: &str) -> Result<u64, String> {
        named(&self.read("status")?, name).ok_or_else(|| format!("no {name} in its status"))
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

/// What was used between two readings.
///
/// # Errors
/// A thread has ended meanwhile, and took its part of the account with it.
pub(crate) fn cpu_between(before: &CpuTimes, after: &CpuTimes) -> Result<u64, String> {
    let mut sum = 0;
    for (thread, time) in before {
        let later = after.get(thread).ok_or("a thread ended: its processor time is not known")?;
        sum += later - time;
    }
    let new = after.iter().filter(|(thread, _)| !before.contains_key(thread));
    Ok(sum + new.map(|(_, time)| time).sum::<u64>())
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
    use std::time::Duration;

    use super::{CpuTimes, Process, cpu_between, named};

    #[test]
    fn a_figure_is_found_by_its_whole_name() {
        let text = "VmHWMark:\t7 kB\nVmHWM:\t    3120 kB\nThreads:\t1\n";
        assert_eq!(named(text, "VmHWM"), Some(3120));
        assert_eq!(named(text, "Threads"), Some(1));
        assert_eq!(named(text, "Vm"), None);
    }

    #[test]
    fn time_is_summed_over_threads_also_new_ones() {
        let before = CpuTimes::from([(1, 100), (2, 50)]);
        let after = CpuTimes::from([(1, 130), (2, 50), (3, 7)]);
        assert_eq!(cpu_between(&before, &after), Ok(37));
    }

    #[test]
    fn a_thread_that_ended_leaves_no_figure() {
        let before = CpuTimes::from([(1, 100), (2, 50)]);
        assert!(cpu_between(&before, &CpuTimes::from([(1, 130)])).is_err());
    }

    #[test]
    fn a_process_that_works_uses_processor_time() {
        let mut child = Command::new("sh").args(["-c", "while :; do :; done"]).spawn().expect("sh");
        let process = Process(child.id());
        let before = process.cpu_times();
        thread::sleep(Duration::from_millis(50));
        let (after, peak) = (process.cpu_times(), process.status("VmHWM"));
        child.kill().and_then(|()| child.wait()).expect("it ran");
        let used = cpu_between(&before.expect("it ran"), &after.expect("it ran"));
        assert!(used.expect("no thread ended") > 1_000_000);
        assert!(peak.expect("it ran") > 0);
    }
}
