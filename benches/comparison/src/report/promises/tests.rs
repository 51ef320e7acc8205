use super::{Finding, Row, all};
use crate::record::{Churn, Idle, Missing, Moment, Run};
use crate::report::data::Data;

use Finding::{Held, Inconclusive, NotHeld, NotMeasured};

/// Two rounds in which pollcast takes 100 of everything, and the other as much as this: first
/// within a round, and second.
fn pairs(shape: &Run, other: &str, costs: [u64; 2]) -> Vec<Run> {
    let [first, second] = costs;
    let places = [("pollcast", 100), (other, first), ("pollcast", 100), (other, second)];
    let rows = (0..2).flat_map(|round| places.into_iter().enumerate().map(move |at| (round, at)));
    rows.map(|(round, (place, (contender, cost)))| Run {
        contender: contender.into(),
        series: other.into(),
        round,
        place,
        deliveries: 6,
        segments: Some(2),
        segment_deliveries: 6,
        server_cpu_ns: cost * 6,
        last_p50_ns: cost,
        last_p99_ns: cost,
        ..shape.clone()
    })
    .collect()
}

fn shape(scenario: &str, [talkers, clients]: [usize; 2], window: u64, rate: u64) -> Run {
    let (scenario, link) = (scenario.into(), "loopback".into());
    Run { scenario, link, talkers, clients, window, rate, size: 64, ..Run::default() }
}

fn one_talker() -> Run {
    shape("clients", [1, 100], 16, 0)
}

/// The only row that has all these words.
fn row(data: &Data, words: &[&str]) -> Row {
    let mut rows = all(data);
    rows.retain(|row| words.iter().all(|word| row.promise.contains(word)));
    assert_eq!(rows.len(), 1, "{words:?}");
    rows.pop().expect("there is one")
}

fn found(runs: Vec<Run>, words: &[&str]) -> Finding {
    row(&Data { runs, ..Data::default() }, words).finding
}

const FLOOR_CPU: [&str; 3] = ["time per delivery, 100 clients, 1 talker", "window 16", "÷ floor"];
const FLOOR_P50: [&str; 3] = ["p50 to the last receiver, 100 clients", "window 16", "÷ floor"];

fn floor(costs: [u64; 2], words: &[&str]) -> Finding {
    found(pairs(&one_talker(), "floor", costs), words)
}

#[test]
fn a_promise_is_held_if_the_ratio_of_pollcast_to_the_other_is_within_the_limit() {
    assert_eq!(floor([96, 96], &FLOOR_CPU), Held, "1.04");
    assert_eq!(floor([94, 94], &FLOOR_CPU), NotHeld, "1.06");
    let tenth = shape("talkers", [10, 100], 1, 0);
    let cpu = ["time per delivery", "10 talkers", "window 1:", "÷ go"];
    assert_eq!(found(pairs(&tenth, "go", [620, 620]), &cpu), Held);
    assert_eq!(found(pairs(&tenth, "go", [580, 580]), &cpu), NotHeld);
}

#[test]
fn what_differs_from_itself_or_did_not_alternate_is_never_held() {
    assert_eq!(floor([400, 500], &FLOOR_CPU), Inconclusive, "though it is far within");
    let mut apart = pairs(&one_talker(), "floor", [400, 400]);
    apart.iter_mut().for_each(|run| run.series.clear());
    let found = row(&Data { runs: apart, ..Data::default() }, &FLOOR_CPU);
    assert_eq!(found.finding, Inconclusive);
    assert!(found.measured.starts_with("0.250; "), "{found:?}");
    assert!(found.control.starts_with("floor none, pollcast none"), "{found:?}");
}

#[test]
fn what_was_not_measured_says_why() {
    let runs = pairs(&one_talker(), "go", [400, 400]);
    let (scenario, contender) = ("clients".to_owned(), "floor".to_owned());
    let shape = "100 clients, 1 talker, 64 bytes, window 16".to_owned();
    let reason = "it is not there".to_owned();
    let missing = vec![Missing { scenario, shape, contender, reason, is_expected: true }];
    let data = Data { runs, missing, ..Data::default() };
    let found = row(&data, &FLOOR_CPU);
    assert_eq!((found.finding, &*found.measured), (NotMeasured, "it is not there"));
    assert!(all(&Data::default()).iter().all(|row| row.finding == NotMeasured));
}

#[test]
fn no_worse_is_1_and_the_noise_but_a_wide_noise_excuses_nothing() {
    assert_eq!(floor([100, 100], &FLOOR_P50), Held);
    assert_eq!(floor([98, 99], &FLOOR_P50), NotHeld, "1.015, and a noise of 1.01");
    assert_eq!(floor([98, 100], &FLOOR_P50), Held, "1.01, and a noise of 1.02");
    // Of four rounds two are even, and two are far off to either side.
    let mut wide = pairs(&one_talker(), "floor", [98, 98]);
    let odd = wide.iter_mut().filter(|run| [(0, 1), (1, 3)].contains(&(run.round, run.place)));
    odd.for_each(|run| run.last_p50_ns = 60);
    let even = pairs(&one_talker(), "floor", [98, 98]).into_iter();
    wide.extend(even.map(|run| Run { round: run.round + 2, ..run }));
    let found = row(&Data { runs: wide, ..Data::default() }, &FLOOR_P50);
    assert!(found.measured.starts_with("1.02"), "{found:?}");
    assert_eq!(found.finding, Inconclusive);
}

#[test]
fn processor_time_stands_beside_k_and_the_latency() {
    let runs = pairs(&one_talker(), "floor", [80, 80]);
    let found = row(&Data { runs, ..Data::default() }, &FLOOR_CPU);
    assert_eq!(found.measured, "1.25; k 3.00 and 3.00, p50 1.25");
    assert_eq!(found.control, "floor 1.00, pollcast 1.00: noise 1.00");
}

fn paced(rivals: &[(&str, [u64; 2])]) -> Row {
    let shape = shape("paced", [10, 100], 0, 200);
    let runs = rivals.iter().flat_map(|(name, costs)| pairs(&shape, name, *costs)).collect();
    row(&Data { runs, ..Data::default() }, &["p99", "200 messages/s"])
}

#[test]
fn a_calm_pace_is_held_against_the_best_who_is_named() {
    let found = paced(&[("go", [300, 300]), ("uring", [110, 110]), ("floor", [50, 50])]);
    assert_eq!((found.finding, &*found.measured), (Held, "0.909 of uring"));
    let found = paced(&[("go", [300, 300]), ("uring", [90, 90])]);
    assert_eq!((found.finding, &*found.measured), (NotHeld, "1.11 of uring"));
    assert_eq!(paced(&[("go", [300, 300]), ("uring", [110, 120])]).finding, Inconclusive);
    let found = paced(&[("go", [90, 90]), ("uring", [70, 80])]);
    assert_eq!((found.finding, &*found.measured), (NotHeld, "1.11 of go"), "whoever is best");
    assert_eq!(paced(&[]).finding, NotMeasured);
}

#[test]
fn a_generator_that_is_late_holds_no_promise() {
    let mut runs = pairs(&shape("paced", [10, 100], 0, 200), "go", [300, 300]);
    let words = ["p50", "200 messages/s"];
    assert_eq!(found(runs.clone(), &words), Held);
    let subject = runs.iter_mut().filter(|run| run.contender == "pollcast");
    subject.for_each(|run| run.lateness_p99_ns = 11);
    assert_eq!(found(runs, &words), Inconclusive);
}

fn stalled(own: u64, other: u64, missing: Vec<Missing>) -> Row {
    let moment = |contender: &str, patience: &str, peak_kib| Moment {
        scenario: "stalled".into(),
        contender: contender.into(),
        patience: patience.into(),
        bad: 10,
        peak_kib,
        ..Moment::default()
    };
    let other = [moment("go", "", other), moment("pollcast", "forever", 1)];
    let moments = other.into_iter().chain([moment("pollcast", "1s", own)]).collect();
    row(&Data { moments, missing, ..Data::default() }, &["peak memory"])
}

#[test]
fn memory_that_was_looked_at_once_must_be_off_the_limit_by_a_tenth() {
    let finding = |own, other| stalled(own, other, Vec::new()).finding;
    assert_eq!(finding(1_000, 30_000), Held);
    assert_eq!([finding(1_000, 19_000), finding(1_000, 21_000)], [Inconclusive; 2]);
    assert_eq!(finding(1_000, 10_000), NotHeld);
    assert_eq!(finding(0, 10_000), NotMeasured);
}

#[test]
fn who_was_ended_early_held_at_least_so_much() {
    let missing = |contender: &str, shape: &str| {
        let [scenario, shape] = ["stalled", shape].map(str::to_owned);
        let (contender, reason) = (contender.to_owned(), "it was ended".to_owned());
        vec![Missing { scenario, shape, contender, reason, is_expected: false }]
    };
    let go = || missing("go", "10 bad clients ");
    assert_eq!(stalled(1_000, 10_000, go()).finding, Inconclusive);
    let held = stalled(1_000, 30_000, go());
    assert!(held.measured.ends_with("; go at least 29.3 MiB); it was ended"), "{held:?}");
    assert_eq!(held.finding, Held);
    let own = missing("pollcast", "10 bad clients 1s");
    assert_eq!(stalled(1_000, 30_000, own).finding, NotMeasured);
}

#[test]
fn idle_memory_is_that_of_ten_thousand_clients() {
    let idle = |contender: &str, clients, memory_kib| Idle {
        contender: contender.into(),
        clients,
        memory_kib,
        ..Idle::default()
    };
    let rows = [idle("pollcast", 10_000, 5_000), idle("go", 10_000, 60_000)];
    let others = [idle("redis", 10_000, 60_000), idle("nats", 1_000, 600_000)];
    let data = Data { idle: rows.into_iter().chain(others).collect(), ..Data::default() };
    let finding = |peer| row(&data, &["10,000 idle clients", peer]).finding;
    assert_eq!(["go", "redis", "nats"].map(finding), [Held, NotHeld, NotMeasured]);
}

#[test]
fn coming_and_going_is_more_for_pollcast_unless_the_generator_sets_the_pace() {
    let finding = |connections: u64, generator_cpu_ns: u64| {
        let names = ["pollcast", "go", "pollcast", "go"];
        let churn = names.into_iter().enumerate().map(|(place, name)| Churn {
            contender: name.into(),
            series: "go".into(),
            place,
            connections: if name == "go" { 100 } else { connections },
            elapsed_ns: 1_000,
            server_cpu_ns: 500,
            generator_cpu_ns,
            ..Churn::default()
        });
        let data = Data { churn: churn.collect(), ..Data::default() };
        row(&data, &["connections per second"]).finding
    };
    assert_eq!([finding(130, 500), finding(110, 500)], [Held, NotHeld]);
    assert_eq!([finding(130, 950), finding(110, 950)], [Held, Inconclusive]);
}
