use super::{About, Outcome, outcome, reasons, sentence};
use crate::record::{Entrant, Run};
use crate::report::data::Data;
use crate::report::load::loads;
use crate::report::measure::{CPU, Measure, SPEED};

/// Runs of the subject at 100, and of opponents at these: first within a round, and second.
fn data(opponents: &[(&str, u64, u64)]) -> Data {
    let mut data = Data::default();
    for (name, first, second) in opponents {
        for round in 0..2 {
            let places = [("pollcast", 100), (*name, *first), ("pollcast", 100), (*name, *second)];
            for (place, (contender, cost)) in places.into_iter().enumerate() {
                data.runs.push(Run {
                    scenario: "talkers".into(),
                    contender: contender.into(),
                    series: (*name).into(),
                    round,
                    place,
                    deliveries: 1,
                    server_cpu_ns: cost,
                    elapsed_ns: cost,
                    ..Run::default()
                });
            }
        }
    }
    data
}

fn first_by(opponents: &[(&str, u64, u64)], measure: &Measure<Run>) -> Option<Outcome> {
    outcome(&loads(&data(opponents), "talkers", "loopback")[0], measure)
}

fn first(first: &str, second: &str, times: f64) -> Option<Outcome> {
    Some(Outcome::First { first: first.into(), second: second.into(), times })
}

#[test]
fn who_needs_least_is_first_whoever_it_is() {
    assert_eq!(first_by(&[("go", 400, 400)], &CPU), first("pollcast", "go", 4.0));
    let found = first_by(&[("go", 400, 400), ("uring", 50, 50)], &CPU);
    assert_eq!(found, first("uring", "pollcast", 2.0));
}

#[test]
fn where_more_is_better_who_has_most_is_first() {
    assert_eq!(first_by(&[("go", 400, 400)], &SPEED), first("pollcast", "go", 4.0));
    assert_eq!(first_by(&[("uring", 50, 50)], &SPEED), first("uring", "pollcast", 2.0));
}

#[test]
fn a_difference_within_the_noise_of_the_controls_is_a_tie() {
    let found = first_by(&[("go", 100, 103), ("nats", 200, 200)], &CPU);
    assert_eq!(found, Some(Outcome::Tie(vec!["pollcast".into(), "go".into()])));
    assert_eq!(first_by(&[("go", 103, 103)], &CPU), first("pollcast", "go", 1.03));
}

#[test]
fn inconclusive_is_never_first_and_never_beaten() {
    let undecided = Some(Outcome::Undecided(vec!["go".into()]));
    assert_eq!(first_by(&[("go", 400, 300)], &CPU), undecided, "though it is far behind");
    assert_eq!(first_by(&[("go", 50, 60)], &CPU), undecided, "though it is far ahead");
    assert_eq!(first_by(&[("go", 50, 60), ("nats", 200, 200)], &CPU), undecided);
    let found = first_by(&[("go", 400, 300), ("nats", 200, 200)], &CPU);
    assert_eq!(found, first("pollcast", "nats", 2.0));
}

#[test]
fn nobody_is_ahead_of_the_second_if_the_second_may_be_another() {
    let found = first_by(&[("go", 400, 300), ("nats", 900, 900)], &CPU);
    assert_eq!(found, Some(Outcome::Undecided(vec!["go".into()])));
}

#[test]
fn the_floor_is_not_ranked() {
    let found = first_by(&[("floor", 10, 10), ("go", 200, 200)], &CPU);
    assert_eq!(found, first("pollcast", "go", 2.0));
}

fn told(data: &Data) -> String {
    let loads = loads(data, "talkers", "loopback");
    let labels: Vec<String> = loads.iter().map(|load| load.words.clone()).collect();
    let labels = if labels.len() == 1 { vec![String::new()] } else { labels };
    sentence(&loads, &labels, &CPU).expect("a sentence")
}

#[test]
fn the_sentence_names_the_winner_and_the_second_with_their_classes() {
    let mut data = data(&[("nats", 50, 50), ("go", 80, 80), ("ncat", 500, 700)]);
    let class = |contender: &str, class: &str| Entrant {
        contender: contender.into(),
        class: class.into(),
        ..Entrant::default()
    };
    data.entrants = vec![class("nats", "order"), class("go", "bytes")];
    data.runs.iter_mut().filter(|run| run.contender == "go").for_each(|run| run.reordered = 300);
    assert_eq!(
        told(&data),
        "By processor time per delivery: **nats (order)** is first, by a factor of 1.60 before go \
         (bytes; 1,200 reordered). Why: nats: each client's writer gathers what is queued, and \
         it does more than the others: it parses frames, matches topics, and answers. \
         Inconclusive, so not ranked: ncat."
    );
}

#[test]
fn the_sentence_tells_several_loads_at_once() {
    let mut data = data(&[("go", 200, 200)]);
    let mut more = self::data(&[("go", 300, 300)]).runs;
    more.iter_mut().for_each(|run| run.clients = 9);
    let mut tied = self::data(&[("go", 100, 100)]).runs;
    tied.iter_mut().for_each(|run| run.clients = 99);
    data.runs.extend(more.into_iter().chain(tied));
    let told = told(&data);
    let load = |clients: &str| format!("{clients} clients, 0 talkers, 0 bytes, window 0");
    assert_eq!(
        told,
        format!(
            "By processor time per delivery: **pollcast** is first at 2 loads ({}; {}), by a \
             factor of 2.00 to 3.00 before go; a tie at {} of go and pollcast.{}",
            load("0"),
            load("9"),
            load("99"),
            reasons::sentence(["pollcast", "go"], About::Messages)
        )
    );
}
