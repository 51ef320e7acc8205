//! The counters in one line, at the end.

use pollcast::Stats;

/// `summary:` and every counter as `name=value`, times in seconds.
pub(crate) fn line(stats: &Stats, dropped_lines: u64) -> String {
    let counters = [
        ("turns", stats.turns),
        ("joined", stats.joined),
        ("refused", stats.refused),
        ("accept_paused", stats.accept_paused),
        ("accept_failed", stats.accept_failed),
        ("reads", stats.reads),
        ("bytes_in", stats.bytes_in),
        ("bytes_discarded", stats.bytes_discarded),
        ("writes", stats.writes),
        ("bytes_out", stats.bytes_out),
        ("bytes_dropped", stats.bytes_dropped),
        ("arms", stats.arms),
        ("queue_peak", stats.queue_peak),
        ("waits", stats.waits),
        ("left", stats.left),
        ("reset", stats.reset),
        ("evicted", stats.evicted),
        ("drain_timeouts", stats.drain_timeouts),
        ("over_budget", stats.over_budget),
        ("drained", stats.drained),
        ("dropped_lines", dropped_lines),
    ];
    let mut line = String::from("summary:");
    for (name, value) in counters {
        line += &format!(" {name}={value}");
    }
    line + &format!(" waited={:.6}", stats.waited.as_secs_f64())
}

#[cfg(test)]
mod tests;
