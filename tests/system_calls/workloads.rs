//! What is served: limits, when it is over, what the clients do, and what must have happened.

use pollcast::{Config, Interest, Patience};

use crate::driver::Host;
use crate::record::Record;
use crate::scenes;

/// One of them, known to both processes by its name.
#[derive(Debug, Clone, Copy)]
pub struct Workload {
    pub name: &'static str,
    pub config: fn() -> Config,
    pub listeners: usize,
    /// Whether it listens on a path, in place of TCP ports.
    pub unix: bool,
    /// Descriptors that there are for clients.
    pub descriptors: Option<u64>,
    pub until: Until,
    /// What the clients do.
    pub play: fn(&Host),
    /// Fails when something did not happen for which the workload is there.
    pub check: fn(&Record),
}

/// When a host is done.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// So many have joined, and nobody is left.
    Left(u64),
    /// So many bytes were read; then it is shut down, and drains.
    Heard(u64),
}

pub const ALL: [Workload; 5] = [QUIET, BURST, STALL, SHORTAGE, UNIX];

pub const QUIET: Workload = Workload {
    name: "quiet",
    config: || Config { max_clients: 3, ..Config::default() },
    listeners: 1,
    unix: false,
    descriptors: None,
    until: Until::Left(3),
    play: scenes::quiet,
    check: |record| {
        assert_eq!(record.count("add", "= 0"), 3);
        assert!(record.count("accept", "= EAGAIN") >= 1);
        assert_eq!(record.count("read", "= 0"), 2, "one ends its stream, one closes");
        assert_eq!(record.count("read", "= ECONNRESET"), 1);
        let ends = (record.count("close", ""), record.count("abort", ""));
        assert_eq!(ends, (3, 1), "one was refused, and one was reset");
        assert_eq!(record.count("arm", ""), 0, "nobody is ever behind");
        assert_eq!(record.memory(), 0, "a server at which nobody is behind needs no memory");
    },
};

pub const BURST: Workload = Workload {
    name: "burst",
    config: || Config { max_clients: 8, max_queue: 4 << 20, ..Config::default() },
    listeners: 1,
    unix: false,
    descriptors: None,
    until: Until::Left(3),
    play: scenes::burst,
    check: |record| {
        let slices = record.writes().map(|(slices, ..)| slices).max();
        assert!(slices >= Some(4), "at most {slices:?} slices in a write");
        check_that_somebody_fell_behind(record);
    },
};

pub const STALL: Workload = Workload {
    name: "stall",
    config: || Config { max_clients: 8, max_queue: 256 << 10, ..Config::default() },
    listeners: 1,
    unix: false,
    descriptors: None,
    until: Until::Left(3),
    play: scenes::stall,
    check: |record| {
        check_that_somebody_fell_behind(record);
        assert_eq!(record.count("abort", ""), 1, "one is evicted");
        assert_eq!(record.count("close", ""), 2);
        assert!(record.count("address", "") >= 2, "who held up the room, and who was evicted");
    },
};

pub const SHORTAGE: Workload = Workload {
    name: "shortage",
    config: || Config { max_clients: 8, patience: Patience::Forever, ..Config::default() },
    listeners: 2,
    unix: false,
    descriptors: Some(2),
    until: Until::Heard(6),
    play: scenes::shortage,
    check: |record| {
        assert!(record.count("accept", "= EMFILE") >= 2, "it paused, and tried again");
        let waits = record.calls.iter().filter(|noted| noted.call.starts_with("wait("));
        let mut timed = waits.filter(|noted| !noted.call.contains("no limit"));
        assert!(timed.any(|noted| noted.call.ends_with("= []")), "no wait ended by its time");
        assert_eq!(record.count("add", "= 0"), 3, "the third got in when one had left");
        assert_eq!(record.count("stop_listening", ""), 1);
        assert_eq!(record.count("finish", "= 0"), 2, "two are told the end");
        assert_eq!(record.count("close", ""), 3);
        assert_eq!(record.memory(), 0, "a server at which nobody is behind needs no memory");
    },
};

pub const UNIX: Workload = Workload {
    name: "unix",
    config: || Config { max_clients: 8, interest: Interest::Once, ..Config::default() },
    listeners: 1,
    unix: true,
    descriptors: None,
    until: Until::Heard(10),
    play: scenes::unix,
    check: |record| {
        assert_eq!(record.count("add", "= 0"), 3);
        assert_eq!(record.count("read", "= ECONNRESET"), 1);
        assert_eq!(record.count("arm", ""), 0, "room to write is always asked for");
        assert_eq!(record.count("stop_listening", ""), 1);
        assert_eq!(record.count("finish", "= 0"), 1, "one is told the end");
        assert_eq!(record.memory(), 1, "the memory of the path is given back, and that is all");
    },
};

fn check_that_somebody_fell_behind(record: &Record) {
    let is_short = |(_, offered, taken): (usize, usize, Option<usize>)| {
        taken.is_some_and(|taken| taken < offered)
    };
    assert!(record.writes().any(is_short), "no write was short");
    let armed = |what: &str| {
        let calls = record.calls.iter().map(|noted| noted.call.as_str());
        calls.filter(|call| call.starts_with("arm(") && call.contains(what)).count()
    };
    assert!(armed(", read and write)") >= 1, "room to write was not asked for");
    assert!(armed(", read)") >= 1, "nobody caught up");
    let events = record.calls.iter().filter(|noted| noted.call.starts_with("wait("));
    assert!(events.filter(|noted| noted.call.contains("writable")).count() >= 1);
}
