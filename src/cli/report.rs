//! The counters in one line: for the log, or as JSON.

use std::fmt::Write;
use std::time::Duration;

use pollcast::Stats;

/// What an operator is told.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) stats: &'a Stats,
    /// Since the start.
    pub(crate) uptime: Duration,
    /// Clients there are.
    pub(crate) clients: usize,
    /// Bytes of memory that are held for them, by capacity.
    pub(crate) memory: usize,
    /// Lines that standard error did not take.
    pub(crate) lines_dropped: u64,
    /// Lines about clients that were too many.
    pub(crate) lines_suppressed: u64,
}

impl Report<'_> {
    /// Every counter as `name=value`, times in seconds.
    pub(crate) fn line(&self) -> String {
        let mut line = String::new();
        for (name, value) in self.counters() {
            let gap = if line.is_empty() { "" } else { " " };
            let _ = write!(line, "{gap}{name}={value}");
        }
        line
    }

    /// The same as one object, with the five worst waits of the room.
    pub(crate) fn json(&self) -> String {
        let mut json = String::from("{");
        for (name, value) in self.counters() {
            let _ = write!(json, "\"{name}\":{value},");
        }
        let waits: Vec<String> = self.stats.worst_waits.iter().flatten().map(Self::wait).collect();
        let _ = write!(json, "\"worst_waits\":[{}]}}", waits.join(","));
        json
    }

    /// An address has no letter that JSON would have to escape.
    fn wait(wait: &pollcast::stats::WorstWait) -> String {
        let address = wait.address.map_or("null".to_owned(), |address| format!("\"{address}\""));
        format!(
            "{{\"client\":{},\"address\":{address},\"at\":{},\"held\":{},\"took\":{}}}",
            wait.client,
            seconds(wait.at),
            seconds(wait.held),
            wait.took
        )
    }

    fn counters(&self) -> Vec<(&'static str, String)> {
        let stats = self.stats;
        let mut counters = vec![
            ("uptime", seconds(self.uptime)),
            ("longest_turn", seconds(stats.longest_turn)),
            ("waited", seconds(stats.waited)),
            ("writes_per_message", quotient(stats.writes, stats.messages_out)),
        ];
        let own = [
            ("clients", self.clients as u64),
            ("memory", self.memory as u64),
            ("lines_dropped", self.lines_dropped),
            ("lines_suppressed", self.lines_suppressed),
        ];
        let counted = own.into_iter().chain(traffic(stats)).chain(departures(stats));
        counters.extend(counted.map(|(name, count)| (name, count.to_string())));
        counters
    }
}

fn traffic(stats: &Stats) -> [(&'static str, u64); 17] {
    [
        ("turns", stats.turns),
        ("reads", stats.reads),
        ("bytes_in", stats.bytes_in),
        ("messages_in", stats.messages_in),
        ("bytes_discarded", stats.bytes_discarded),
        ("bytes_unfinished", stats.bytes_unfinished),
        ("bytes_withheld", stats.bytes_withheld),
        ("bytes_by_host", stats.bytes_by_host),
        ("writes", stats.writes),
        ("bytes_out", stats.bytes_out),
        ("messages_out", stats.messages_out),
        ("bytes_dropped", stats.bytes_dropped),
        ("arms", stats.arms),
        ("queue_peak", stats.queue_peak),
        ("waits", stats.waits),
        ("accept_paused", stats.accept_paused),
        ("accept_failed", stats.accept_failed),
    ]
}

fn departures(stats: &Stats) -> [(&'static str, u64); 17] {
    let errors = &stats.accept_errors;
    [
        ("joined", stats.joined),
        ("refused", stats.refused),
        ("refused_per_address", stats.refused_per_address),
        ("refused_by_host", stats.refused_by_host),
        ("accept_no_descriptors", errors.descriptors),
        ("accept_no_memory", errors.memory),
        ("accept_aborted", errors.aborted),
        ("accept_other", errors.other),
        ("left", stats.left),
        ("reset", stats.reset),
        ("evicted", stats.evicted),
        ("drain_timeouts", stats.drain_timeouts),
        ("over_budget", stats.over_budget),
        ("idle", stats.idle),
        ("lines_too_long", stats.lines_too_long),
        ("drained", stats.drained),
        ("put_out", stats.put_out),
    ]
}

fn seconds(time: Duration) -> String {
    format!("{}.{:06}", time.as_secs(), time.subsec_micros())
}

/// To four places. What formats a float takes fifteen kilobytes.
fn quotient(dividend: u64, divisor: u64) -> String {
    let parts = dividend.saturating_mul(10_000) / divisor.max(1);
    format!("{}.{:04}", parts / 10_000, parts % 10_000)
}

#[cfg(test)]
mod tests;
