//! What the calls of a stretch of time come to.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::books::strace::Call;

/// Numbers by their kind and name.
pub(crate) type Tally = BTreeMap<(&'static str, String), u64>;

/// Counts what returned within this time. A wait that began before it counts too: it ended in it.
pub(crate) fn tally(calls: &[Call], within: &Range<u64>) -> Tally {
    let mut tally = Tally::new();
    let mut add = |kind, name: &str| *tally.entry((kind, name.to_owned())).or_insert(0) += 1;
    for call in calls.iter().filter(|call| within.contains(&call.returned())) {
        let is_household = HOUSEHOLD.iter().any(|name| call.name.starts_with(name));
        add(if is_household { "household" } else { "calls" }, &call.name);
        if let Some(error) = call.result.as_ref().err().filter(|error| is_seen(call, error)) {
            add("failed with", &format!("{} {error}", call.name));
        }
        if is_short(call) {
            add("of which", "writes that the kernel took in part");
        }
        if let Some(name) = detail(call) {
            add("of which", name);
        }
    }
    let threads: BTreeSet<u32> = calls.iter().map(|call| call.thread).collect();
    tally.insert(("told", "threads".to_owned()), threads.len() as u64);
    tally
}

/// How the names begin of calls for memory, threads, signals, and for what the process is.
const HOUSEHOLD: [&str; 14] = [
    "brk",
    "mmap",
    "munmap",
    "madvise",
    "mprotect",
    "rt_sig",
    "sigaltstack",
    "gettid",
    "getpid",
    "tgkill",
    "clone",
    "sched_",
    "exit",
    "restart_syscall",
];

/// Whether the server hears of an error. What is to begin anew does so by itself, and what returns
/// from a signal returns whatever was interrupted.
fn is_seen(call: &Call, error: &str) -> bool {
    !error.starts_with("ERESTART") && !error.starts_with("errno ") && call.name != "rt_sigreturn"
}

/// What the name alone does not say.
fn detail(call: &Call) -> Option<&'static str> {
    let has_come = call.result.as_ref().is_ok_and(|&result| result > 0);
    match call.name.as_str() {
        "epoll_ctl" => match call.argument(1) {
            "EPOLL_CTL_ADD" => Some("epoll_ctl ADD"),
            "EPOLL_CTL_MOD" => Some("epoll_ctl MOD"),
            "EPOLL_CTL_DEL" => Some("epoll_ctl DEL"),
            _ => None,
        },
        "epoll_wait" | "epoll_pwait" if has_come => Some("waits for events that brought some"),
        "epoll_wait" | "epoll_pwait" => Some("waits for events that brought none"),
        "futex" if !is_wait(call) => Some("futex, to wake a thread"),
        "futex" => Some("futex, to wait for another thread"),
        _ => None,
    }
}

/// Where the length is an argument.
fn is_short(call: &Call) -> bool {
    let length = matches!(call.name.as_str(), "write" | "sendto").then(|| call.argument(2).parse());
    matches!((length, &call.result), (Some(Ok(length)), Ok(taken)) if *taken < length)
}

pub(crate) fn is_wait(call: &Call) -> bool {
    call.argument(1).starts_with("FUTEX_WAIT")
}

#[cfg(test)]
mod tests {
    use super::tally;
    use crate::books::strace::calls;

    const TEXT: &str = "\
7 1.000000000 epoll_wait(3, [{events=EPOLLIN, data={u32=0, u64=0}}], 256, -1) = 1 <5.000000000>
7 6.100000000 read(4, \"\", 10) = -1 EAGAIN (Resource ...) <0.000000001>
7 6.200000000 epoll_ctl(3, EPOLL_CTL_MOD, 4, {events=EPOLLIN}) = 0 <0.000000001>
8 6.300000000 futex(0x1, FUTEX_WAIT_PRIVATE, 0, NULL) = 0 <9.000000000>
7 6.400000000 futex(0x1, FUTEX_WAKE_PRIVATE, 1) = 1 <0.000000001>
7 6.500000000 epoll_wait(3, [], 256, 0) = 0 <0.000000001>
";

    #[test]
    fn a_call_counts_where_it_returns_and_errors_and_kinds_are_told_apart() {
        let second = 1_000_000_000;
        let tally = tally(&calls(TEXT), &(5 * second..7 * second));
        let all: Vec<_> =
            tally.iter().map(|((kind, name), value)| format!("{kind}: {name} {value}")).collect();
        let expected = [
            "calls: epoll_ctl 1",
            "calls: epoll_wait 2",
            "calls: futex 1",
            "calls: read 1",
            "failed with: read EAGAIN 1",
            "of which: epoll_ctl MOD 1",
            "of which: futex, to wake a thread 1",
            "of which: waits for events that brought none 1",
            "of which: waits for events that brought some 1",
            "told: threads 2",
        ];
        assert_eq!(all, expected);
    }
}
