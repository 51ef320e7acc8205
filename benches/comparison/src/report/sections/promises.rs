//! What is promised, and whether it was kept.

use super::{Section, cannot_show};
use crate::report::data::Data;
use crate::report::promises::{Finding, all};
use crate::report::table::Table;

const LEAD: &str = "Each ratio here is what pollcast takes, divided by what the other takes: the \
    other way round than in the tables below, so 0.50 is half as much. Beside processor time \
    stand k of pollcast and of the other, and the ratio of the p50 to the last receiver. Under \
    *control* each is compared with itself: where a median is off by more than 3%, or where \
    nothing alternated, the promise is inconclusive, and that is never held. Of figures that \
    were taken once (memory), what is within 10% of the limit is inconclusive too.";

const CANNOT: &str = "Whether a promise would be kept on another machine, or over another link.";

/// Nothing if none of it was measured.
pub(crate) fn section(data: &Data) -> Option<Section> {
    let rows = all(data);
    if rows.iter().all(|row| row.finding == Finding::NotMeasured) {
        return None;
    }
    let counts = Finding::ALL.map(|finding| {
        let count = rows.iter().filter(|row| row.finding == finding).count();
        format!("{count} {}", finding.word())
    });
    let mut table = Table::new(&["promise", "asked", "measured", "control", "verdict"]);
    for row in &rows {
        let cells = [&row.promise, &row.asked, &row.measured, &row.control];
        let mut cells = cells.map(String::clone).to_vec();
        cells.push(row.finding.word().to_owned());
        table.row(cells);
    }
    let text = format!(
        "{LEAD}\n\nOf {}: {}.\n\n{}\n{}",
        rows.len(),
        counts.join(", "),
        table.left(),
        cannot_show(CANNOT)
    );
    Some(Section { title: TITLE.to_owned(), text, ..Section::default() })
}

const TITLE: &str = "What is promised, and what was measured";
