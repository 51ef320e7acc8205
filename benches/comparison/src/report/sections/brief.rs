//! One load of each section in one row: who is first.

use super::Section;
use crate::record::Run;
use crate::report::load::Load;
use crate::report::measure::{CPU, K, Measure, P50, P99, PEAK};
use crate::report::number::significant;
use crate::report::ranking::{Outcome, outcome};
use crate::report::table::Table;

/// Cells of a row.
pub(crate) type Brief = Vec<String>;

/// Nothing if there are no two to compare.
pub(crate) fn row(title: &str, load: &Load<'_, Run>) -> Option<Brief> {
    let by_cpu = outcome(load, &CPU)?;
    let cells = [&P50, &P99, &PEAK].map(|measure: &Measure<Run>| {
        outcome(load, measure).map_or_else(String::new, |outcome| told(&outcome))
    });
    let mut row = vec![format!("{title}: {}", load.words), told(&by_cpu), k(load, &by_cpu)];
    row.extend(cells);
    Some(row)
}

/// Empty if no section has a row.
pub(crate) fn table(sections: &[Section]) -> String {
    let head =
        ["load", "CPU per delivery", "k", "p50 to the last", "p99 to the last", "peak memory"];
    let mut table = Table::new(&head);
    let rows: Vec<&Brief> = sections.iter().filter_map(|section| section.brief.as_ref()).collect();
    if rows.is_empty() {
        return String::new();
    }
    rows.into_iter().for_each(|row| table.row(row.clone()));
    format!(
        "In short, who is first, and by what factor before the second; one load of each section, \
         and k of those who are named by processor time:\n\n{}\n",
        table.left()
    )
}

fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::First { first, second, times } => {
            format!("**{first}**, {} before {second}", significant(*times))
        }
        Outcome::Tie(names) => format!("a tie of {}", names.join(", ")),
        Outcome::Undecided(names) => format!("undecided: {} inconclusive", names.join(", ")),
    }
}

fn k(load: &Load<'_, Run>, outcome: &Outcome) -> String {
    let names = match outcome {
        Outcome::First { first, second, .. } => vec![first, second],
        Outcome::Tie(names) | Outcome::Undecided(names) => names.iter().collect(),
    };
    let k = names.into_iter().map(|name| {
        let line = load.lines.iter().find(|line| line.name == *name);
        let spread = line.and_then(|line| line.spread(&K));
        spread.map_or_else(|| "–".to_owned(), |spread| significant(spread.median))
    });
    k.collect::<Vec<_>>().join(", ")
}
