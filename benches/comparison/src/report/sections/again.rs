//! How to run it again, and what the raw data is.

use super::Section;
use crate::record::{Calls, Churn, Entrant, Fact, Idle, Missing, Moment, Row, Run};
use crate::report::data::Data;
use crate::report::number::count;
use crate::report::table::Table;

const STATUS: &str = "The exit status of a measurement is 1 if something has no figure that should \
    have one, 3 if a server differs from itself by more than 3% (inconclusive), and else 0. That \
    is judged by the main figure of each table alone: processor time per delivery; at a calm pace \
    the p50 to the last receiver; where clients come and go processor time per connection. Each \
    other ratio has its own control, and may be inconclusive nevertheless. Promises that are not \
    held do not change the status.\n";

pub(crate) fn section(data: &Data) -> Section {
    let mut text = String::new();
    if let Some(command) = data.fact("command") {
        text += &format!("Measured by\n\n```text\n{command}\n```\n\n");
    }
    text += "This page and its plots are made of the raw data beside it, and of nothing else, by\
        \n\n```text\ncargo run --release --manifest-path benches/comparison/Cargo.toml -- report \
        FOLDER\n```\n\nWhat each column is stands in `benches/comparison/src/record.rs`.\n\n";
    let files = [
        (Run::FILE, data.runs.len(), "one run of one server under one load"),
        (Moment::FILE, data.moments.len(), "a room while some clients do not do their part"),
        (Idle::FILE, data.idle.len(), "memory with clients that do nothing"),
        (Churn::FILE, data.churn.len(), "one run of clients that come and go"),
        (Calls::FILE, data.calls.len(), "system calls of one kind in a run under strace"),
        (Missing::FILE, data.missing.len(), "something that has no figure, and why"),
        (Entrant::FILE, data.entrants.len(), "a contender, as it ran"),
        (Fact::FILE, data.facts.len(), "something about the machine"),
    ];
    let mut table = Table::new(&["file", "rows", "a row is"]);
    for (file, rows, what) in files.into_iter().filter(|(_, rows, _)| *rows > 0) {
        table.row(vec![format!("[{file}]({file})"), count(rows as u64), what.to_owned()]);
    }
    text += &format!("{}\n{STATUS}", table.markdown());
    Section { title: "Again, and the raw data".to_owned(), text, ..Section::default() }
}
