use super::{again, brief, calls, closed, idle, moments, open, others};
use crate::record::{Calls, Churn, Idle, Missing, Moment, Run};
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
    assert!(
        row(&text, "pollcast")
            .starts_with("| pollcast | 2.00 KiB | 1.00 | 1.00 (at 100) | 1,000 KiB | ")
    );
    assert!(row(&text, "go").starts_with("| go | 10.0 KiB | 5.00 | 1.25 (at 100) | 500 KiB | "));
    assert!(text.contains("**pollcast** is first (2.00 KiB), by a factor of 5.00 before go.\n"));
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
fn resident_memory_is_compared_at_the_most_clients_that_both_have() {
    let mut data = idle_data();
    let contender = "go".to_owned();
    data.idle.push(Idle { contender, clients: 9_000, memory_kib: 90_000, ..Idle::default() });
    let text = idle::section(&data).expect("there are rows").text;
    assert!(row(&text, "go").contains(" | 1.25 (at 100) | "), "{text}");
}

#[test]
fn without_strip_no_program_has_a_size() {
    let mut data = idle_data();
    let text = |data: &Data| idle::section(data).expect("there are rows").text;
    let unknown = "| unknown (strip is missing) |";
    assert!(row(&text(&data), "pollcast").ends_with(unknown));
    assert!(row(&text(&data), "go").ends_with(unknown));
    let subject = data.idle.iter_mut().filter(|row| row.contender == "pollcast");
    subject.for_each(|row| row.program_bytes = 4_096);
    assert!(row(&text(&data), "pollcast").ends_with("| 4.00 KiB |"));
    assert!(row(&text(&data), "go").ends_with("| not built here |"));
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
    assert!(
        text.contains(
            "**nats** is first (0.100), by a factor of 5.00 before pollcast. Why: nats: "
        )
    );
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

#[test]
fn of_pollcast_only_its_default_patience_is_ranked() {
    let moment = |contender: &str, patience: &str, deliveries, peak_kib| Moment {
        scenario: "stalled".into(),
        contender: contender.into(),
        patience: patience.into(),
        bad: 10,
        at_ms: 1_000,
        deliveries,
        peak_kib,
        ..Moment::default()
    };
    let mut go = moment("go", "", 100, 8_000);
    (go.reordered, go.memory_kib) = (1_234, 9_000_000);
    let others = [moment("pollcast", "0", 900, 100), moment("pollcast", "1s", 200, 2_000)];
    let moments = others.into_iter().chain([moment("pollcast", "forever", 1, 1), go]).collect();
    let text = moments::section(&Data { moments, ..Data::default() }).expect("rows").text;
    let speed = "**pollcast, patience 1s** is first (200), by a factor of 2.00 before go (1,234 ";
    assert!(text.contains(speed), "{text}");
    let memory = "**pollcast, patience 1s** is first (1.95 MiB), by a factor of 4.00 before go";
    assert!(text.contains(memory), "{text}");
    assert!(row(&text, "go (1,234 reordered)").ends_with("| 7.81 MiB |"), "{text}");
    for patience in ["0", "forever"] {
        row(&text, &format!("pollcast, patience {patience}"));
    }
    assert!(text.contains("64 MiB with mio-naive; without a limit with go"), "{text}");
}

/// The subject, and others by their latency, none of whom alternates.
fn on_schedule(scenario: &str, latencies: &[(&str, u64)]) -> Data {
    let shape = Run { rate: 200, elapsed_ns: 1_000_000_000, ..shape(scenario, 100, 10, 0) };
    let run = |(contender, last): &(&str, u64)| Run {
        contender: (*contender).into(),
        messages: 200,
        last_p50_ns: *last,
        last_p99_ns: 2 * last,
        last_p999_ns: 4 * last,
        last_max_ns: 9 * last,
        ..shape.clone()
    };
    Data { runs: latencies.iter().map(run).collect(), ..Data::default() }
}

#[test]
fn the_maximum_stands_beside_the_percentiles() {
    let data = on_schedule("paced", &[("pollcast", 100), ("go", 300)]);
    let text = open::paced(&data).expect("runs").text;
    assert!(text.contains("| p99.9 | ÷ pollcast | max | server, generator busy |"), "{text}");
    assert!(row(&text, "go").contains(" | 1.20 µs | ~3.00 | 2.70 µs | "), "{text}");
    let data = on_schedule("load", &[("pollcast", 100), ("go", 300)]);
    let text = open::load(&data).expect("runs").text;
    assert!(row(&text, "go").contains(" | 1.20 µs | 2.70 µs | "), "{text}");
}

#[test]
fn what_did_not_alternate_is_called_a_hint_and_within_a_tenth_a_tie() {
    let text =
        |latencies: &[(&str, u64)]| open::load(&on_schedule("load", latencies)).expect("runs").text;
    let near = text(&[("pollcast", 100), ("go", 109)]);
    assert!(near.contains("By p50 to the last receiver: a tie of pollcast and go."), "{near}");
    assert!(near.contains("These runs did not alternate"), "{near}");
    let far = text(&[("pollcast", 100), ("go", 111)]);
    assert!(far.contains("**pollcast** is first, by a factor of 1.11 before go"), "{far}");
    let mut data = talkers();
    data.runs.iter_mut().for_each(|run| (run.scenario, run.rate) = ("load".into(), 200));
    let alternated = open::load(&data).expect("runs").text;
    assert!(!alternated.contains("did not alternate"), "{alternated}");
}

#[test]
fn where_the_generator_was_late_the_latency_is_its_own_and_not_ranked() {
    for (scenario, section) in
        [("paced", open::paced as fn(&Data) -> Option<super::Section>), ("load", open::load)]
    {
        let mut data = on_schedule(scenario, &[("pollcast", 100), ("go", 300), ("nats", 900)]);
        let first = "**pollcast** is first, by a factor of 3.00 before go";
        let text = section(&data).expect("runs").text;
        assert!(text.contains(first) && !text.contains("**300 ns**"), "{text}");
        data.runs[1].lateness_p99_ns = 31;
        let text = section(&data).expect("runs").text;
        assert!(row(&text, "go").contains("| **300 ns** |"), "{text}");
        assert!(text.contains("is first, by a factor of 9.00 before nats"), "{text}");
        assert!(text.contains("The generator sent late with go, "), "{text}");
    }
}

#[test]
fn where_the_generator_is_busy_too_the_highest_rate_is_no_limit_of_the_server() {
    let text = |generator_cpu_ns: u64| {
        let mut data = on_schedule("load", &[("pollcast", 100), ("go", 300)]);
        data.runs[1].generator_cpu_ns = generator_cpu_ns;
        open::load(&data).expect("runs").text
    };
    assert!(text(890_000_000).contains("saturation: go 200, pollcast 200. "));
    assert!(text(910_000_000).contains("saturation: go 200 or more, pollcast 200. "));
}

#[test]
fn who_takes_connections_best_is_explained_by_what_a_connection_is_to_it() {
    let names = ["pollcast", "uring", "pollcast", "uring"].into_iter().enumerate();
    let churn = names.map(|(place, name)| Churn {
        contender: name.into(),
        series: "uring".into(),
        place,
        connections: if name == "uring" { 200 } else { 100 },
        elapsed_ns: 1_000,
        server_cpu_ns: 500,
        ..Churn::default()
    });
    let data = Data { churn: churn.collect(), ..Data::default() };
    let text = others::churn_section(&data).expect("rows").text;
    let told = "**uring** is first, by a factor of 2.00 before pollcast. Why: uring: accept and ";
    assert_eq!(text.matches(told).count(), 2, "{text}");
}

#[test]
fn the_last_section_says_what_the_exit_status_judges() {
    let text = again::section(&talkers()).text;
    assert!(text.contains("at a calm pace the p50 to the last receiver"), "{text}");
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
