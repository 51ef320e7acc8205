use super::{Ratio, Series};
use crate::record::Run;
use crate::spread::Spread;

fn run(contender: &str, round: usize, place: usize, cpu: u64) -> Run {
    let contender = contender.to_owned();
    Run { contender, series: "go".into(), round, place, server_cpu_ns: cpu, ..Run::default() }
}

fn cpu(run: &Run) -> Option<f64> {
    (run.server_cpu_ns > 0).then_some(run.server_cpu_ns as f64)
}

fn ratio(runs: &[Run]) -> Option<Ratio> {
    Series::of(&runs.iter().collect::<Vec<_>>()).ratio(cpu)
}

fn round(round: usize, names: [&str; 4], cpu: [u64; 4]) -> Vec<Run> {
    (0..4).map(|place| run(names[place], round, place, cpu[place])).collect()
}

const BEGINS: [&str; 4] = ["pollcast", "go", "pollcast", "go"];
const FOLLOWS: [&str; 4] = ["go", "pollcast", "go", "pollcast"];

#[test]
fn pairs_are_neighbours_and_controls_are_two_apart() {
    let mut runs = round(0, BEGINS, [100, 300, 200, 800]);
    runs.extend(round(1, FOLLOWS, [500, 100, 600, 100]));
    runs.reverse();
    let ratio = ratio(&runs).expect("there are pairs");
    // 300/100, 800/200, 500/100, 600/100.
    assert_eq!(ratio.spread, Spread { low: 3.75, median: 4.5, high: 5.25 });
    let go = Spread::of(&[300.0 / 800.0, 500.0 / 600.0]);
    let pollcast = Spread::of(&[100.0 / 200.0, 100.0 / 100.0]);
    assert_eq!(ratio.controls, [Some(go), Some(pollcast)]);
}

#[test]
fn one_of_both_that_differs_from_itself_is_enough_to_be_inconclusive() {
    assert!(ratio(&round(0, BEGINS, [100, 300, 100, 300])).expect("pairs").is_conclusive());
    assert!(!ratio(&round(0, BEGINS, [100, 300, 105, 300])).expect("pairs").is_conclusive());
    assert!(!ratio(&round(0, BEGINS, [100, 300, 100, 315])).expect("pairs").is_conclusive());
}

#[test]
fn a_pair_without_any_control_is_inconclusive() {
    let ratio = ratio(&round(0, BEGINS, [100, 300, 100, 300])[..2]).expect("a pair");
    assert_eq!((ratio.spread.median, ratio.is_conclusive()), (3.0, false));
}

#[test]
fn a_run_without_the_figure_takes_its_pair_along() {
    let ratio = ratio(&round(0, BEGINS, [100, 0, 100, 300])).expect("a pair");
    assert_eq!(ratio.spread.median, 3.0);
    assert_eq!(ratio.controls[0], None);
    assert_eq!(super::Series::of(&[&run("go", 0, 0, 7)]).ratio(cpu), None);
}

#[test]
fn noise_is_how_far_the_quartiles_of_the_controls_lie_from_one() {
    let control = |low, high| Some(Spread { low, median: 1.0, high });
    let spread = Spread { low: 1.0, median: 1.0, high: 1.0 };
    let ratio = Ratio { spread, controls: [control(0.8, 1.1), control(0.9, 1.2)] };
    assert_eq!(ratio.noise(), 1.25);
}
