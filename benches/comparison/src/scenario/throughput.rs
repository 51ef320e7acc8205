//! Series of runs under one load after another.

use std::time::Duration;

use super::Scenario;
use crate::comparison::{Comparison, Reason};
use crate::contender::Contender;
use crate::link::{Cable, Link};
use crate::load::Load;
use crate::measure::Shape;
use crate::placement::Placement;
use crate::record::Run;
use crate::series::Effort;

/// Bytes of a message. It divides what the Go server reads at once, so none is cut in two by that.
const SIZE: usize = 64;
/// Clients of a room, where nothing else is said.
const CLIENTS: usize = 100;
const WINDOWS: [u64; 2] = [1, 16];
/// Messages a second to a hundred clients, until a server cannot follow any more.
const RATES: [u64; 9] = [200, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000];
/// A server that delivers less than this share of what is scheduled is past its end.
const FOLLOWS: f64 = 0.95;

/// Milliseconds of a run.
const BRIEF: u64 = 100;
const LONG: u64 = 1_000;

pub(crate) fn ask(scenario: Scenario, comparison: &Comparison) -> Result<(), String> {
    let loopback = (Link::Loopback, Placement::Apart);
    match scenario {
        Scenario::Clients => [10, 100, 1_000, 10_000].iter().try_for_each(|&clients| {
            let windows = WINDOWS.map(|window| Shape::closed(clients, 1, SIZE, window));
            // With so many a message takes so long that sixteen are seconds.
            let asked = if clients < 10_000 { &windows[..] } else { &windows[..1] };
            compare(scenario, comparison, loopback, asked, milliseconds(clients))
        }),
        Scenario::Talkers => {
            let ten = WINDOWS.map(|window| Shape::closed(CLIENTS, 10, SIZE, window));
            let all = WINDOWS.map(|window| Shape::closed(CLIENTS, CLIENTS, SIZE, window));
            compare(scenario, comparison, loopback, &[ten, all].concat(), BRIEF)
        }
        Scenario::Sizes => {
            // One talks: of several, a server that does not know messages mixes large ones.
            let sizes = [16, 1 << 10, 16 << 10].map(|size| Shape::closed(CLIENTS, 1, size, 1));
            compare(scenario, comparison, loopback, &sizes, BRIEF)
        }
        Scenario::Free => {
            let free = (Link::Loopback, Placement::Free);
            compare(scenario, comparison, free, &[Shape::closed(CLIENTS, 10, SIZE, 1)], BRIEF)
        }
        Scenario::Veth => across_a_cable(scenario, comparison),
        Scenario::Firehose => {
            let hose = Shape::closed(CLIENTS, 1, 16 << 10, 32);
            compare(scenario, comparison, loopback, &[hose], LONG / 2)
        }
        Scenario::Paced => compare(scenario, comparison, loopback, &[scheduled(200)], LONG),
        Scenario::Load => {
            let all = &comparison.contenders;
            all.iter().try_for_each(|contender| saturate(comparison, contender))
        }
        _ => Ok(()),
    }
}

/// What a message to so many takes, several times.
fn milliseconds(clients: usize) -> u64 {
    if clients < 10_000 { BRIEF } else { LONG / 3 }
}

/// A series of every contender for every shape.
fn compare(
    scenario: Scenario,
    comparison: &Comparison,
    (link, placement): (Link, Placement),
    shapes: &[Shape],
    milliseconds: u64,
) -> Result<(), String> {
    let place = comparison.place(link, placement);
    let effort = comparison.arguments.effort(milliseconds);
    for shape in shapes {
        for contender in &comparison.contenders[1..] {
            if contender.is_foreign() && !is_for_all(scenario) {
                let reason = Reason::Expected("asked of broadcast servers alone".to_owned());
                comparison.miss(scenario.name(), shape.words(&place), contender, reason)?;
                continue;
            }
            let rounds = effort.rounds * importance(contender);
            let effort = Effort { rounds, ..effort };
            comparison.series(scenario.name(), &place, shape, contender, effort)?;
        }
    }
    Ok(())
}

/// The questions for which people come here are asked of every kind of server.
fn is_for_all(scenario: Scenario) -> bool {
    matches!(scenario, Scenario::Clients | Scenario::Talkers)
}

/// More pairs with those that the promises name.
fn importance(contender: &Contender) -> usize {
    if ["floor", "go"].contains(&contender.name.as_str()) { 2 } else { 1 }
}

fn across_a_cable(scenario: Scenario, comparison: &Comparison) -> Result<(), String> {
    let _cable = match Cable::lay() {
        Ok(cable) => cable,
        Err(reason) => {
            return comparison.contenders.iter().try_for_each(|contender| {
                let (name, reason) =
                    (scenario.name(), Reason::Expected(format!("not possible here: {reason}")));
                comparison.miss(name, "over veth".to_owned(), contender, reason)
            });
        }
    };
    let shapes = [Shape::closed(CLIENTS, 1, SIZE, 1), Shape::closed(CLIENTS, 10, SIZE, 1)];
    compare(scenario, comparison, (Link::Veth, Placement::Apart), &shapes, BRIEF)
}

fn scheduled(rate: u64) -> Shape {
    Shape { load: Load::Rate(rate), ..Shape::closed(CLIENTS, 10, SIZE, 1) }
}

/// One rate after another, until it does not follow any more.
fn saturate(comparison: &Comparison, contender: &Contender) -> Result<(), String> {
    if let Some(reason) = scheduled(RATES[0]).exceeds(contender) {
        let scenario = Scenario::Load.name();
        return comparison.miss(scenario, String::new(), contender, Reason::Expected(reason));
    }
    let mut saturated = None;
    RATES.iter().try_for_each(|&rate| match saturated {
        Some(before) => skip(comparison, contender, rate, before),
        None => {
            let follows = schedule(comparison, contender, rate)?;
            saturated = (!follows).then_some(rate);
            Ok(())
        }
    })
}

/// Who could not follow a lower rate is not asked for a higher one.
fn skip(
    comparison: &Comparison,
    contender: &Contender,
    rate: u64,
    before: u64,
) -> Result<(), String> {
    let words = scheduled(rate).words(&comparison.place(Link::Loopback, Placement::Apart));
    let reason = Reason::Expected(format!("it did not follow {before} messages a second"));
    comparison.miss(Scenario::Load.name(), words, contender, reason)
}

/// One run of one contender on schedule, three times; whether it followed.
fn schedule(comparison: &Comparison, contender: &Contender, rate: u64) -> Result<bool, String> {
    let shape = scheduled(rate);
    let scenario = Scenario::Load.name();
    let place = comparison.place(Link::Loopback, Placement::Apart);
    let words = shape.words(&place);
    eprintln!("  {}: {words}", contender.name);
    let times = comparison.arguments.effort(LONG / 2).times;
    let mut follows = true;
    for round in 0..3 {
        match shape.run(&place, contender, times) {
            Ok(run) => {
                let run = Run { scenario: scenario.to_owned(), round, ..run };
                follows &= has_followed(&run);
                comparison.add(&[run])?;
            }
            Err(reason) => {
                comparison.miss(scenario, words, contender, shape.explain(contender, reason))?;
                return Ok(false);
            }
        }
    }
    Ok(follows)
}

fn has_followed(run: &Run) -> bool {
    let scheduled = Duration::from_secs(run.messages).as_nanos() as f64 / run.rate as f64;
    scheduled >= run.elapsed_ns as f64 * FOLLOWS
}
