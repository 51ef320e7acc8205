//! Promises about latency at a calm pace, against whoever is best at it.

use super::{Finding, Limit, Row, controls, runs, shown};
use crate::record::Run;
use crate::report::data::{Data, FLOOR, SUBJECT};
use crate::report::load::{Line, Load, loads};
use crate::report::measure::{Measure, P50, P99};
use crate::report::sections::open::is_late;
use crate::report::series::Ratio;

const CLIENTS: usize = 100;
/// Messages a second.
const RATE: u64 = 200;

/// One of those who might be best.
struct Rival<'a> {
    name: &'a str,
    ratio: Ratio,
    finding: Finding,
}

pub(super) fn all(data: &Data) -> Vec<Row> {
    let all = loads(data, "paced", "loopback");
    let load = all.into_iter().find(|load| {
        load.shape.as_ref().is_some_and(|shape| (shape.clients, shape.rate) == (CLIENTS, RATE))
    });
    [&P50, &P99].map(|measure| row(load.as_ref(), measure)).into()
}

fn row(load: Option<&Load<'_, Run>>, measure: &Measure<Run>) -> Row {
    let promise = format!(
        "{}, {RATE} messages/s to {CLIENTS} clients: pollcast ÷ the best of the others",
        measure.name
    );
    let limit = Limit::NoWorse;
    let mut rivals = load.map_or_else(Vec::new, |load| rivals(load, measure));
    rivals.sort_by(|one, other| other.ratio.spread.median.total_cmp(&one.ratio.spread.median));
    let Some(best) = decisive(&rivals) else { return Row::not_measured(promise, limit, None) };
    let is_late = load.and_then(|load| load.line(SUBJECT)).is_some_and(is_late);
    let (note, finding) = match is_late {
        true => ("; the generator was late", Finding::Inconclusive),
        false => ("", best.finding),
    };
    Row {
        promise,
        asked: limit.show(),
        measured: format!("{} of {}{note}", shown(&best.ratio), best.name),
        control: controls(&best.ratio, best.name),
        finding,
    }
}

/// Of the best one; but who is conclusively better than pollcast is enough, though the best may be
/// another.
fn decisive<'a, 'b>(rivals: &'b [Rival<'a>]) -> Option<&'b Rival<'a>> {
    let better = rivals.iter().find(|rival| rival.finding == Finding::NotHeld);
    better.or(rivals.first())
}

/// The floor is no server to pick.
fn rivals<'a>(load: &'a Load<'_, Run>, measure: &Measure<Run>) -> Vec<Rival<'a>> {
    let others = load.lines.iter().filter(|line| ![SUBJECT, FLOOR].contains(&line.contender));
    others.filter_map(|line| rival(load, line, measure)).collect()
}

fn rival<'a>(
    load: &'a Load<'_, Run>,
    line: &'a Line<'_, Run>,
    measure: &Measure<Run>,
) -> Option<Rival<'a>> {
    let (_, ratio) = runs::against(load, line.contender, measure)?;
    let finding = match is_late(line) {
        true => Finding::Inconclusive,
        false => Limit::NoWorse.judge(&ratio),
    };
    Some(Rival { name: &line.name, ratio, finding })
}
