//! Open loops: messages come on schedule, whether the server keeps up or not.

use std::collections::BTreeMap;

use super::closed::labels;
use super::limits::limits;
use super::{Section, firsts, folded, pictures};
use crate::record::Run;
use crate::report::data::Data;
use crate::report::load::{Line, Load, Standing, loads};
use crate::report::measure::{
    CPU, GENERATOR_BUSY, K, KEPT_UP, LATENCY, LATENESS, MAX, Measure, P50, P99, P999, SERVER_BUSY,
};
use crate::report::number::count;
use crate::report::plots;
use crate::report::table::{Column, may_be_the_generators, side_by_side};

/// Whoever delivers less than this part of what is offered is saturated.
const KEEPS_UP: f64 = 0.95;

/// Where the generator is later than this part of a latency, the latency is its own.
const LATE: f64 = 0.1;

const CANNOT: &str = "The generator is one thread: what it notices late is in these figures, for \
    all alike. Where server and generator are both busy, the limit may be either's.";

const COLUMNS: [Column<Run>; 11] = [
    Column::AtLeast(&KEPT_UP, KEEPS_UP, "saturated"),
    latency(&P50),
    Column::Ratio(&P50),
    latency(&P99),
    Column::Ratio(&P99),
    latency(&P999),
    latency(&MAX),
    Column::Median(&CPU),
    Column::Ratio(&CPU),
    Column::Median(&K),
    Column::Busy(&SERVER_BUSY, &GENERATOR_BUSY),
];

/// Bold where it is the generator's.
const fn latency(measure: &'static Measure<Run>) -> Column<Run> {
    Column::Bold(measure, &LATENESS, LATE)
}

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
    let is_ranked = |line: &Line<'_, Run>| keeps_up(line) && !is_late(line);
    let ranked: Vec<_> = loads.iter().map(|load| load.only(is_ranked)).collect();
    text += &firsts(&ranked, &labels, &[&P50, &P99]);
    text += if loads.iter().any(alternates) { "" } else { APART };
    text += &format!("- {}\n\n", saturation(&loads));
    for (load, label) in loads.iter().zip(&labels) {
        let label = if label.is_empty() { &load.words } else { label };
        let table = side_by_side(load, &COLUMNS).markdown();
        let cannot = format!("{CANNOT}{}", lateness(load));
        text += &folded(label, &format!("{table}\n{}", limits(load, &cannot)));
    }
    let title = "Latency under ever more load".to_owned();
    Some(Section { title, text, plots, ..Section::default() })
}

const APART: &str = "- These runs did not alternate, and no server was compared with itself: \
    what differs by less than 10% is called a tie, and what differs by more is no more than a \
    hint.\n";

fn alternates(load: &Load<'_, Run>) -> bool {
    load.lines.iter().any(|line| matches!(line.standing(&P50), Standing::Alternated(_)))
}

/// Whether the latency is the generator's, which was not on time itself.
pub(crate) fn is_late(line: &Line<'_, Run>) -> bool {
    line.spread(&LATENESS).is_some_and(|spread| spread.median > LATE)
}

/// Whose latency is the generator's; nothing where it was on time.
fn lateness(load: &Load<'_, Run>) -> String {
    let late = load.lines.iter().filter(|line| is_late(line));
    let late: Vec<&str> = late.map(|line| &*line.name).collect();
    if late.is_empty() {
        return String::new();
    }
    format!(
        " The generator sent late with {}, by more than a tenth of the p50: these latencies are \
         the generator's, and not ranked.",
        late.join(", ")
    )
}

/// Or is not told to.
pub(crate) fn keeps_up(line: &Line<'_, Run>) -> bool {
    line.spread(&KEPT_UP).is_none_or(|spread| spread.median >= KEEPS_UP)
}

/// The highest rate at which each contender was not saturated; it is not ranked above that.
fn saturation(loads: &[Load<'_, Run>]) -> String {
    let mut highest = BTreeMap::<&str, (u64, bool)>::new();
    for load in loads {
        let rate = load.shape.as_ref().map_or(0, |shape| shape.rate);
        for line in &load.lines {
            let known = highest.entry(line.contender).or_default();
            let is_busy = may_be_the_generators(line, &GENERATOR_BUSY);
            *known = match keeps_up(line) {
                true => (rate, is_busy),
                false => (known.0, known.1 || is_busy),
            };
        }
    }
    let mut highest: Vec<(&str, (u64, bool))> = highest.into_iter().collect();
    highest.sort_by_key(|(_, known)| std::cmp::Reverse(*known));
    let told = highest.iter().map(|(name, known)| match known {
        (0, _) => format!("{name} none of these"),
        (rate, false) => format!("{name} {}", count(*rate)),
        (rate, true) => format!("{name} {} or more", count(*rate)),
    });
    let told = told.collect::<Vec<_>>().join(", ");
    format!(
        "Most messages per second without saturation: {told}. *Or more*: the generator was busy \
         all the time as well, so it may be what did not follow. It reads more often where less \
         leaves in a write, and so the first to feel it is the server that gathers least. Who is \
         saturated is not ranked."
    )
}

const PACED_CANNOT: &str = "A p99.9 is of few messages, and a maximum of one: they repeat badly, \
    and their ratio is seldom conclusive. Which receiver is the last is the server's order of \
    writing, and the generator's of reading.";

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
    let ranked: Vec<_> = loads.iter().map(|load| load.only(|line| !is_late(line))).collect();
    text += &firsts(&ranked, &labels, &[&P50, &P99, &P999]);
    text.push('\n');
    for load in &loads {
        let cannot = format!("{PACED_CANNOT}{}", lateness(load));
        let table = |measures| {
            let table = side_by_side(load, &columns(measures)).markdown();
            format!("{table}\n{}", limits(load, &cannot))
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

fn columns([p50, p99, p999, max]: &'static [Measure<Run>; 4]) -> Vec<Column<Run>> {
    vec![
        latency(p50),
        Column::Ratio(p50),
        Column::Control(p50),
        latency(p99),
        Column::Ratio(p99),
        latency(p999),
        Column::Ratio(p999),
        latency(max),
        Column::Busy(&SERVER_BUSY, &GENERATOR_BUSY),
    ]
}
