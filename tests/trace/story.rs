//! What a trace shows of a reader that stalls and recovers, in this order and without words: the
//! short write, room to write armed, the queue growing, the room waiting, the flush, disarmed.

use serde_json::Value;

use crate::recorded::{record, stall_and_recover};

/// Finds the next event of which this holds, from `from` on.
#[track_caller]
fn find(events: &[Value], from: usize, what: &str, holds: impl Fn(&Value) -> bool) -> usize {
    let found = events.iter().skip(from).position(holds);
    from + found.unwrap_or_else(|| panic!("behind event {from} there is none: {what}"))
}

fn stalled_and_recovered() -> Vec<Value> {
    let arguments = ["--max-queue", "256k", "--patience", "forever"];
    let trace = record(1024, &arguments, stall_and_recover);
    trace.events()
}

#[test]
fn a_stalled_reader_shows_the_short_write_the_arming_the_queue_the_wait_the_flush_the_disarming() {
    let events = stalled_and_recovered();
    let is_short = |event: &Value| {
        let (bytes, offered) = (event["args"]["bytes"].as_u64(), event["args"]["offered"].as_u64());
        event["name"] == "write" && bytes < offered
    };
    let short = find(&events, 0, "a short write", is_short);
    let client = events[short]["args"]["client"].clone();
    let is_of = |event: &Value| event["args"]["client"] == client;
    let armed = find(&events, short, "room to write armed", |event| {
        event["name"] == "armed" && is_of(event) && event["args"]["writable"] == true
    });
    let queue = format!("queue of client {client}");
    let mut queued = 0;
    let mut at = armed;
    for _ in 0..3 {
        at = find(&events, at, "a queue that grows", |event| {
            event["name"] == *queue && event["args"]["bytes"].as_u64() > Some(queued)
        });
        queued = events[at]["args"]["bytes"].as_u64().expect("bytes");
    }
    let full = find(&events, at, "a full queue", |event| event["name"] == "full" && is_of(event));
    let holds = find(&events, full, "a room that waits", |event| {
        event["name"] == "holds" && event["args"]["why"].to_string().contains("room waits")
    });
    let flush = find(&events, holds, "a flush", |event| {
        event["name"] == "write" && is_of(event) && event["args"]["bytes"].as_u64() > Some(0)
    });
    let recovered = find(&events, flush, "a queue at one half", |event| {
        event["name"] == "recovered" && is_of(event)
    });
    find(&events, recovered, "room to write disarmed", |event| {
        event["name"] == "armed" && is_of(event) && event["args"]["writable"] == false
    });
}

#[test]
fn every_turn_has_its_seven_phases_and_every_call_lies_within_its_turn() {
    let events = stalled_and_recovered();
    let of = |category: &str| {
        let category = category.to_owned();
        events.iter().filter(move |event| event["cat"] == *category)
    };
    let turns: Vec<(f64, f64)> = of("turn").map(span).collect();
    assert!(turns.len() > 5 && of("phase").count() == 7 * turns.len());
    let mut calls = 0;
    for call in of("call").filter(|call| call["name"] != "stop_listening") {
        let (begin, end) = span(call);
        let place = turns.partition_point(|turn| turn.1 < end);
        let around = turns[place];
        assert!(around.0 <= begin && end <= around.1, "{call} in {around:?}");
        calls += 1;
    }
    assert!(calls > 20, "{calls} calls");
    assert!(turns.windows(2).all(|pair| pair[0].1 <= pair[1].0), "turns follow each other");
    // Viewers that go by the order of the file would take the wait for the outer one.
    let phases: Vec<(f64, f64)> = of("phase").map(span).collect();
    let first = phases.iter().step_by(7);
    assert!(first.zip(&turns).all(|(wait, turn)| turn.0 < wait.0), "a turn begins before its wait");
}

/// From when to when, in microseconds.
fn span(event: &Value) -> (f64, f64) {
    let at = event["ts"].as_f64().expect("a time");
    // Nanoseconds, so that sums are exact.
    let at = (at * 1000.0).round();
    (at, at + (event["dur"].as_f64().expect("a length of time") * 1000.0).round())
}
