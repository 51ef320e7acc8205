use super::{Standing, loads};
use crate::record::{Missing, Run};
use crate::report::data::Data;
use crate::report::measure::{CPU, P50};
use crate::report::synthetic::{MODELS, alternated, shape};

fn data(opponents: usize) -> Data {
    let runs = alternated(&shape("clients", 100, 1, 16), &MODELS[1..=opponents], 2);
    Data { runs, ..Data::default() }
}

#[test]
fn figures_of_the_subject_are_of_all_its_series_and_ratios_of_one() {
    let data = data(3);
    let load = &loads(&data, "clients", "loopback")[0];
    let line = |name| load.line(name).expect("it ran");
    assert_eq!((line("pollcast").runs(), line("go").runs()), (12, 4));
    assert_eq!(line("pollcast").standing(&CPU), Standing::Itself);
    assert!(matches!(line("go").standing(&CPU), Standing::Alternated(_)));
}

#[test]
fn a_ratio_of_runs_that_did_not_alternate_is_marked() {
    let mut data = data(3);
    data.runs.iter_mut().for_each(|run| run.series.clear());
    let load = &loads(&data, "clients", "loopback")[0];
    let shown = load.line("go").expect("it ran").standing(&P50).show();
    assert!(shown.starts_with('~'), "{shown}");
}

#[test]
fn an_inconclusive_ratio_is_shown_and_marked() {
    let mut data = data(3);
    let first = data.runs.iter_mut().filter(|run| run.contender == "go" && run.place < 2);
    first.for_each(|run| run.server_cpu_ns *= 2);
    let load = &loads(&data, "clients", "loopback")[0];
    let standing = load.line("go").expect("it ran").standing(&CPU);
    assert!(!standing.is_conclusive());
    let shown = standing.show();
    assert!(shown.starts_with('*') && shown.ends_with(", inconclusive*"), "{shown}");
    assert!(load.line("floor").expect("it ran").standing(&CPU).is_conclusive());
}

#[test]
fn another_link_is_another_load() {
    let mut data = data(3);
    data.runs.iter_mut().filter(|run| run.series == "go").for_each(|run| run.link = "veth".into());
    let count = |link| loads(&data, "clients", link)[0].lines.len();
    assert_eq!((count("veth"), count("loopback")), (2, 3));
}

#[test]
fn several_who_talk_are_one_of_the_sizes_if_the_others_are_of_such_rooms() {
    let size = |size| Run { size, ..shape("sizes", 100, 10, 1) };
    let mut runs = alternated(&size(16), &MODELS[2..3], 1);
    runs.extend(alternated(&size(1_024), &MODELS[2..3], 1));
    for (talkers, window) in [(10, 1), (100, 1), (10, 16)] {
        runs.extend(alternated(&shape("talkers", 100, talkers, window), &MODELS[2..3], 1));
    }
    let mut data = Data { runs, ..Data::default() };
    let sizes = |data: &Data| -> Vec<usize> {
        let loads = loads(data, "sizes", "loopback");
        loads.iter().filter_map(|load| Some(load.shape.as_ref()?.size)).collect()
    };
    assert_eq!(sizes(&data), [16, 64, 1_024]);
    data.runs.retain(|run| run.scenario == "talkers");
    assert_eq!(sizes(&data), [0; 0], "no sizes were asked");
}

#[test]
fn a_reason_that_was_told_of_the_scenario_of_the_runs_counts() {
    let mut data = data(2);
    let (scenario, contender) = ("clients".to_owned(), "nats".to_owned());
    let reason = "it ended".to_owned();
    data.missing.push(Missing { scenario, contender, reason, ..Missing::default() });
    data.runs.extend(alternated(&shape("talkers", 100, 10, 16), &MODELS[10..11], 1));
    let loads = loads(&data, "talkers", "loopback");
    let one = loads.iter().find(|load| load.words.contains("1 talker,")).expect("it is shared");
    assert_eq!((one.is_explained, &*one.missing[0].1), (true, "it ended"));
}
