use super::{brief, calls, closed, idle, moments};
use crate::record::{Calls, Idle, Missing, Moment, Run};
use crate::report::data::Data;
use crate::report::synthetic::{MODELS, alternated, shape};

/// The row of a table that begins with this cell.
fn row<'a>(text: &'a str, begin: &str) -> &'a str {
    let begin = format!("| {begin} |");
    text.lines()
        .find(|line| line.starts_with(&begin))
        .unwrap_or_else(|| panic!("no {begin} {text}"))
}

fn missing(scenario: &str, shape: &str, contender: &str) -> Missing {
    let [scenario, shape] = [scenario, shape].map(str::to_owned);
    Missing {
        scenario,
        shape,
        contender: contender.into(),
        reason: "it ended".into(),
        is_expected: false,
    }
}

fn idle_data() -> Data {
    let row = |contender: &str, clients, memory_kib| Idle {
        contender: contender.into(),
        clients,
        memory_kib,
        ..Idle::default()
    };
    let rows =
        [("pollcast", 0, 1_000), ("pollcast", 100, 1_200), ("go", 0, 500), ("go", 100, 1_500)];
    let idle = rows.map(|(contender, clients, kib)| row(contender, clients, kib)).to_vec();
    Data { idle, ..Data::default() }
}

#[test]
fn memory_per_client_is_the_slope() {
    let text = idle::section(&idle_data()).expect("there are rows").text;
    assert!(row(&text, "pollcast").starts_with("| pollcast | 2.00 KiB | 1.00 | 1,000 KiB | "));
    assert!(row(&text, "go").starts_with("| go | 10.0 KiB | 5.00 | 500 KiB | "));
    assert!(text.contains("**pollcast** is first (2.00 KiB), by a factor of 5.00 before go."));
}

#[test]
fn who_failed_altogether_has_no_figure_even_if_it_has_rows() {
    let mut data = idle_data();
    data.missing.push(missing("idle", "", "go"));
    let text = idle::section(&data).expect("there are rows").text;
    assert!(row(&text, "go").starts_with("| go | no figure: it ended | "));
    assert!(!text.contains("10.0 KiB"), "{text}");
}

#[test]
fn calls_are_told_for_each_delivery() {
    let row_of = |contender: &str, call: &str, count| Calls {
        contender: contender.into(),
        call: call.into(),
        count,
        deliveries: 1_000,
        errors: 5,
        ..Calls::default()
    };
    let calls = vec![
        row_of("pollcast", "writev", 200),
        row_of("pollcast", "epoll_wait", 300),
        row_of("nats", "writev", 100),
    ];
    let missing = vec![missing("calls", "", "ncat")];
    let text = calls::section(&Data { calls, missing, ..Data::default() }).expect("rows").text;
    let pollcast = "| pollcast | 0.500 | 1.00 | epoll_wait 0.300, writev 0.200 | 2.00% |";
    assert_eq!(row(&text, "pollcast"), pollcast);
    assert_eq!(row(&text, "nats"), "| nats | 0.100 | 0.200 | writev 0.100 | 5.00% |");
    assert!(row(&text, "ncat").starts_with("| ncat | no figure: it ended |"));
    assert!(text.contains("**nats** is first (0.100), by a factor of 5.00 before pollcast."));
}

#[test]
fn the_longest_silence_is_one_that_nothing_breaks() {
    let steps = [9, 0, 0, 9, 0, 9, 9, 9, 9, 9];
    let moment = |(step, deliveries): (usize, u64)| Moment {
        scenario: "stalled".into(),
        contender: "go".into(),
        bad: 10,
        at_ms: (step as u64 + 1) * 100,
        deliveries,
        ..Moment::default()
    };
    let moments = steps.into_iter().enumerate().map(moment).collect();
    let text = moments::section(&Data { moments, ..Data::default() }).expect("rows").text;
    assert!(text.contains("| 30.0% (longest 200 ms) |"), "{text}");
    assert!(text.contains("**`stalled`, 10 bad clients: they never read**"), "{text}");
}

fn talkers() -> Data {
    let runs = alternated(&shape("talkers", 100, 10, 1), &MODELS[2..4], 2);
    Data { runs, ..Data::default() }
}

fn text(data: &Data) -> String {
    closed::section(data, &closed::LOOPBACK[1]).expect("there are runs").text
}

#[test]
fn a_generator_that_may_be_the_limit_is_pointed_out() {
    let mut data = talkers();
    let is_go = |run: &&mut Run| run.contender == "go";
    data.runs.iter_mut().for_each(|run| run.generator_cpu_ns = run.elapsed_ns / 2);
    assert!(!text(&data).contains("The generator was busy"));
    data.runs.iter_mut().filter(is_go).for_each(|run| run.generator_cpu_ns = run.elapsed_ns);
    let text = text(&data);
    assert!(text.contains("%, **100%** |"), "{text}");
    assert!(text.contains("The generator was busy all the time with go: "), "{text}");
}

#[test]
fn of_very_many_clients_it_is_said_that_they_are_one_thread() {
    let told = |clients: usize| {
        let runs: Vec<Run> = alternated(&shape("talkers", clients, 10, 1), &MODELS[2..3], 1);
        text(&Data { runs, ..Data::default() }).contains("All these clients are one thread")
    };
    assert_eq!([1_000, 10_000].map(told), [false, true]);
}

#[test]
fn a_reason_of_one_link_is_none_of_the_other() {
    let mut data = talkers();
    data.missing.push(missing("talkers", "10 clients, over veth", "nats"));
    data.missing.push(missing("talkers", "10 clients", "ncat"));
    let loopback = text(&data);
    assert!(loopback.contains("| ncat | no figure") && !loopback.contains("| nats |"));
    data.runs.iter_mut().for_each(|run| run.link = "veth".into());
    let veth = closed::veth(&data).expect("there are runs").text;
    assert!(veth.contains("| nats | no figure") && !veth.contains("| ncat |"));
}

#[test]
fn the_row_in_short_names_who_is_first_and_k_of_both() {
    let section = closed::section(&talkers(), &closed::LOOPBACK[1]).expect("there are runs");
    let text = brief::table(&[section]);
    let begin = "| Several who talk: 100 clients, 10 talkers, 64 bytes, window 1 | **pollcast**, ";
    let found = text.lines().find(|line| line.starts_with(begin));
    let found = found.unwrap_or_else(|| panic!("{text}"));
    assert!(found.contains(" before go-fixed | 8.00, 8.00 | **pollcast**, "), "{found}");
    assert_eq!(brief::table(&[]), "");
}
