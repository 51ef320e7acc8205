//! What the loop says in the log: in which words, at which level, and how often.

use std::io;
use std::mem;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use log::{Level, LevelFilter, Log, Metadata, Record};
use pollcast::observer::log::LogObserver;
use pollcast::observer::{Decision, Observer, Phase, Reason, Refusal};

/// The log of this process, which tests take in turns.
static LINES: Mutex<Vec<Line>> = Mutex::new(Vec::new());
static IN_TURN: Mutex<()> = Mutex::new(());

type Line = (Level, String);

struct Kept;

impl Log for Kept {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = (record.level(), record.args().to_string());
        LINES.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn flush(&self) {}
}

/// What is said at this level of what was done, and how many lines were suppressed.
fn said(level: LevelFilter, done: impl FnOnce(&mut LogObserver)) -> (Vec<Line>, u64) {
    let _turn = IN_TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let _only_once = log::set_logger(&Kept);
    log::set_max_level(level);
    let mut observer = LogObserver::default();
    done(&mut observer);
    let lines = mem::take(&mut *LINES.lock().unwrap_or_else(PoisonError::into_inner));
    (lines, observer.suppressed())
}

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Something that is decided at 1 s is one line, at this level and in these words.
#[track_caller]
fn assert_told(decision: &Decision<'_>, level: Level, words: &str) {
    let (lines, _) = said(LevelFilter::Trace, |observer| observer.decided(ms(1_000), decision));
    assert_eq!(lines, [(level, words.to_owned())]);
}

fn left(reason: Reason) -> Decision<'static> {
    let address = Some("192.0.2.1:5000".parse().expect("an address"));
    Decision::Left { client: 7, address, reason, dropped: 30 }
}

#[test]
fn who_is_put_out_is_a_warning_that_says_why_and_who_goes_is_a_line_for_debugging() {
    let reasons = [
        (Reason::Left, "is gone: left"),
        (Reason::Reset, "is gone: reset"),
        (Reason::Drained, "is gone: drained"),
        (Reason::SlowConsumer, "evicted: slow consumer: its queue was full"),
        (Reason::DrainTimeout, "evicted: drain timeout: it did not take what was queued for it"),
        (Reason::OverBudget, "evicted: over budget: there was no memory for what waited"),
        (Reason::Idle, "evicted: idle: it sent nothing"),
        (Reason::LineTooLong, "evicted: a line that is too long"),
    ];
    for (reason, words) in reasons {
        let level = if words.starts_with("evicted") { Level::Warn } else { Level::Debug };
        let line = format!("client 7 from 192.0.2.1:5000 {words}; 30 bytes dropped");
        assert_told(&left(reason), level, &line);
    }
}

#[test]
fn refusals_and_shortages_are_warnings_that_say_what_is_short() {
    let error = &io::Error::other("no descriptors");
    let address = Some("[2001:db8::1]:5000".parse().expect("an address"));
    let refused = |refusal| Decision::Refused { address, refusal };
    let decisions = [
        (
            refused(Refusal::Clients),
            "a connection from [2001:db8::1]:5000 was refused: there are as many clients as there \
             may be",
        ),
        (
            refused(Refusal::ClientsPerAddress),
            "a connection from [2001:db8::1]:5000 was refused: there are as many clients from its \
             address as there may be",
        ),
        (
            Decision::AcceptPaused { error, until: ms(1_100) },
            "accepting paused for 100ms: no descriptors",
        ),
        (
            Decision::Starved { client: 7, until: ms(1_050) },
            "no memory in the kernel for client 7, again in 50ms",
        ),
    ];
    for (decision, words) in &decisions {
        assert_told(decision, Level::Warn, words);
    }
}

#[test]
fn comings_waits_of_the_room_and_who_was_lost_early_are_lines_for_debugging() {
    let error = &io::Error::other("too late");
    let address = Some("192.0.2.1:5000".parse().expect("an address"));
    let held = ms(250);
    let decisions = [
        (Decision::Joined { client: 7, address }, "client 7 joined from 192.0.2.1:5000"),
        (Decision::Joined { client: 7, address: None }, "client 7 joined"),
        (Decision::AcceptFailed { error }, "lost before accept: too late"),
        (
            Decision::Waited { client: 7, held, took: 4_096, address, next: None },
            "the room waited 250ms for client 7 from 192.0.2.1:5000, which took 4096 bytes",
        ),
    ];
    for (decision, words) in &decisions {
        assert_told(decision, Level::Debug, words);
    }
}

#[test]
fn the_start_of_a_drain_is_always_worth_a_line_and_the_rest_is_for_tracing() {
    let draining = Decision::Draining { clients: 3, until: ms(6_000) };
    let words = "draining: 3 clients get what has arrived, within 5s";
    assert_told(&draining, Level::Info, words);
    assert_told(&Decision::Lingering { client: 7 }, Level::Trace, "1s: Lingering { client: 7 }");
    let (lines, _) = said(LevelFilter::Trace, |observer| observer.phase(ms(1_000), Phase::FanOut));
    assert_eq!(lines, [(Level::Trace, "1s: FanOut".to_owned())]);
}

fn joined() -> Decision<'static> {
    Decision::Joined { client: 7, address: None }
}

/// As a flood does: so many are put out, and so many come, all at 1 s.
fn flood(observer: &mut LogObserver, evictions: usize, comings: usize) {
    for _ in 0..evictions {
        observer.decided(ms(1_000), &left(Reason::Idle));
    }
    for _ in 0..comings {
        observer.decided(ms(1_000), &joined());
    }
}

#[test]
fn a_flood_of_warnings_leaves_room_for_comings_and_how_many_were_left_out_is_told() {
    let (lines, suppressed) = said(LevelFilter::Debug, |observer| {
        flood(observer, 22, 23);
        observer.phase(ms(1_099), Phase::Wait);
        observer.phase(ms(1_100), Phase::Wait);
        observer.phase(ms(9_000), Phase::Wait);
    });
    let count = |level| lines[..40].iter().filter(|(said_at, _)| *said_at == level).count();
    assert_eq!((count(Level::Warn), count(Level::Debug)), (20, 20));
    let left_out = |many: u64| format!("{many} more such lines were suppressed");
    assert_eq!(lines[40..], [(Level::Warn, left_out(2)), (Level::Debug, left_out(3))]);
    assert_eq!(suppressed, 5);
}

#[test]
fn what_is_not_logged_at_all_is_not_suppressed() {
    let (lines, suppressed) = said(LevelFilter::Warn, |observer| flood(observer, 20, 100));
    assert_eq!((lines.len(), suppressed), (20, 0));
    let (lines, suppressed) = said(LevelFilter::Off, |observer| flood(observer, 100, 100));
    assert_eq!((lines.len(), suppressed), (0, 0));
}

#[test]
fn where_everything_is_traced_nothing_is_suppressed() {
    let (lines, suppressed) = said(LevelFilter::Trace, |observer| flood(observer, 100, 100));
    assert_eq!((lines.len(), suppressed), (200, 0));
}

#[test]
fn a_stream_ends_in_order_only_if_the_client_has_everything() {
    let orderly = [Reason::Left, Reason::Idle, Reason::Drained];
    let abrupt = [
        Reason::Reset,
        Reason::SlowConsumer,
        Reason::DrainTimeout,
        Reason::OverBudget,
        Reason::LineTooLong,
    ];
    assert!(orderly.iter().all(|reason| reason.is_orderly()));
    assert!(!abrupt.iter().any(|reason| reason.is_orderly()));
}
