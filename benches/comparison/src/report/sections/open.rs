//! Open loops: messages come on schedule, whether the server keeps up or not.

use std::collections::BTreeMap;

use super::closed::labels;
use super::limits::limits;
use super::{Section, firsts, folded, pictures};
use crate::record::Run;
use crate::report::data::Data;
use crate::report::load::{Line, Load, loads};
use crate::report::measure::{
    CPU, GENERATOR_BUSY, K, KEPT_UP, LATENCY, Measure, P50, P99, SERVER_BUSY,
};
use crate::report::number::count;
use crate::report::plots;
use crate::report::table::{Column, side_by_side};

/// Whoever delivers less than this part of what is offered is saturated.
const KEEPS_UP: f64 = 0.95;

const CANNOT: &str = "The generator is one thread: what it notices late is in these figures, for \
    all alike. Where server and generator are both busy, the limit may be either's.";

const COLUMNS: [Column<Run>; 9] = [
    Column::AtLeast(&KEPT_UP, KEEPS_UP, "saturated"),
    Column::Figure(&P50),
    Column::Ratio(&P50),
    Column::Figure(&P99),
    Column::Ratio(&P99),
    Column::Median(&CPU),
    Column::Ratio(&CPU),
    Column::Median(&K),
    Column::Busy(&SERVER_BUSY, &GENERATOR_BUSY),
];

pub(crate) fn load(data: &Data) -> Option<Section> {
    let mut loads = loads(data, "load", "loopback");
    if loads.is_empty() {
        return None;
    }
    loads.iter_mut().for_each(|load| load.sort_by(&P50));
    let (labels, plots) = (labels(&loads), plots::load(data));
    let mut text = "Messages are sent on schedule, and latency counts from the time for which a \
        message was scheduled: a server that pauses pays for all that it delayed. Whoever \
        delivers less than 95% of what is offered is saturated; its latency then grows for as \
        long as the run lasts, and says nothing but that.\n\n"
        .to_owned();
    text += &pictures(&plots);
    let ranked: Vec<_> = loads.iter().map(|load| load.only(keeps_up)).collect();
    text += &firsts(&ranked, &labels, &[&P50, &P99]);
    text += &format!("- {}\n\n", saturation(&loads));
    for (load, label) in loads.iter().zip(&labels) {
        let label = if label.is_empty() { &load.words } else { label };
        let table = side_by_side(load, &COLUMNS).markdown();
        text += &folded(label, &format!("{table}\n{}", limits(load, CANNOT)));
    }
    let title = "Latency under ever more load".to_owned();
    Some(Section { title, text, plots, ..Section::default() })
}

/// Or is not told to.
pub(crate) fn keeps_up(line: &Line<'_, Run>) -> bool {
    line.spread(&KEPT_UP).is_none_or(|spread| spread.median >= KEEPS_UP)
}

/// The highest rate at which each contender was not saturated; it is not ranked above that.
fn saturation(loads: &[Load<'_, Run>]) -> String {
    let mut highest = BTreeMap::<&str, u64>::new();
    for load in loads {
        let rate = load.shape.as_ref().map_or(0, |shape| shape.rate);
        for line in &load.lines {
            let known = highest.entry(line.contender).or_default();
            *known = if keeps_up(line) { rate.max(*known) } else { *known };
        }
    }
    let mut highest: Vec<(&str, u64)> = highest.into_iter().collect();
    highest.sort_by_key(|(_, rate)| std::cmp::Reverse(*rate));
    let told = highest.iter().map(|(name, rate)| match rate {
        0 => format!("{name} none of these"),
        rate => format!("{name} {}", count(*rate)),
    });
    let told = told.collect::<Vec<_>>().join(", ");
    format!("Most messages per second without saturation: {told}. Who is saturated is not ranked.")
}

const PACED_CANNOT: &str = "A p99.9 is of few messages, and repeats badly: its ratio is seldom \
    conclusive. Which receiver is the last is the server's order of writing, and the generator's \
    of reading.";

pub(crate) fn paced(data: &Data) -> Option<Section> {
    let mut loads = loads(data, "paced", "loopback");
    if loads.is_empty() {
        return None;
    }
    loads.iter_mut().for_each(|load| load.sort_by(&P50));
    let labels = labels(&loads);
    let mut text = "The same, far from any limit, with alternated runs: who is quick when there \
        is time?\n\n"
        .to_owned();
    text += &firsts(&loads, &labels, &[&P50, &P99, &LATENCY[2].1[2]]);
    text.push('\n');
    for load in &loads {
        let table = |measures| {
            let table = side_by_side(load, &columns(measures)).markdown();
            format!("{table}\n{}", limits(load, PACED_CANNOT))
        };
        let [first, half, last] = &LATENCY;
        text +=
            &format!("**{}, until the last receiver has it**\n\n{}\n", load.words, table(&last.1));
        for (whom, measures) in [first, half] {
            text += &folded(&format!("Until {whom} has it"), &table(measures));
        }
    }
    Some(Section { title: "Latency at a calm pace".to_owned(), text, ..Section::default() })
}

fn columns([p50, p99, p999]: &'static [Measure<Run>; 3]) -> Vec<Column<Run>> {
    vec![
        Column::Figure(p50),
        Column::Ratio(p50),
        Column::Control(p50),
        Column::Figure(p99),
        Column::Ratio(p99),
        Column::Figure(p999),
        Column::Ratio(p999),
        Column::Busy(&SERVER_BUSY, &GENERATOR_BUSY),
    ]
}
