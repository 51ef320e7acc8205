//! Churn, and as many bytes as go through.

use super::closed::labels;
use super::limits::limits;
use super::{Section, cannot_show, firsts};
use crate::record::{Churn, Run};
use crate::report::data::Data;
use crate::report::load::{churn, loads};
use crate::report::measure::{
    BYTES, CHURN_GENERATOR_BUSY, CHURN_SERVER_BUSY, CONNECTIONS, CPU_BYTES, CPU_CONNECTION,
    GENERATOR_BUSY, K, P50, PEAK, SERVER_BUSY,
};
use crate::report::table::{Column, side_by_side};

const CHURN_COLUMNS: [Column<Churn>; 7] = [
    Column::Runs,
    Column::Figure(&CPU_CONNECTION),
    Column::Ratio(&CPU_CONNECTION),
    Column::Control(&CPU_CONNECTION),
    Column::Figure(&CONNECTIONS),
    Column::Ratio(&CONNECTIONS),
    Column::Busy(&CHURN_SERVER_BUSY, &CHURN_GENERATOR_BUSY),
];

pub(crate) fn churn_section(data: &Data) -> Option<Section> {
    let mut load = churn(data)?;
    load.sort_by(&CPU_CONNECTION);
    let loads = [load];
    let text = format!(
        "Clients connect, end their stream, are ended, and close.\n\n{}\n{}\n{}",
        firsts(&loads, &[String::new()], &[&CPU_CONNECTION, &CONNECTIONS]),
        side_by_side(&loads[0], &CHURN_COLUMNS).markdown(),
        cannot_show(
            "Most of a connection's cost is the kernel's handshake, the same for all. Where the \
             generator is busy all the time, connections per second are the generator's."
        )
    );
    Some(Section { title: "Coming and going".to_owned(), text, ..Section::default() })
}

const FIREHOSE_CANNOT: &str = "Loopback copies each byte in and out of the kernel on the same \
    machine: GB/s here are those of memory, not of a network. The generator copies as many bytes \
    as the server.";

const FIREHOSE_COLUMNS: [Column<Run>; 10] = [
    Column::Figure(&BYTES),
    Column::Ratio(&BYTES),
    Column::Figure(&CPU_BYTES),
    Column::Ratio(&CPU_BYTES),
    Column::Control(&CPU_BYTES),
    Column::Median(&K),
    Column::Median(&P50),
    Column::Ratio(&P50),
    Column::Median(&PEAK),
    Column::Busy(&SERVER_BUSY, &GENERATOR_BUSY),
];

pub(crate) fn firehose(data: &Data) -> Option<Section> {
    let mut loads = loads(data, "firehose", "loopback");
    if loads.is_empty() {
        return None;
    }
    loads.iter_mut().for_each(|load| load.sort_by(&CPU_BYTES));
    let labels = labels(&loads);
    let mut text = "As many bytes as go through.\n\n".to_owned();
    text += &firsts(&loads, &labels, &[&CPU_BYTES, &BYTES, &PEAK]);
    for load in &loads {
        let table = side_by_side(load, &FIREHOSE_COLUMNS).markdown();
        text += &format!("\n**{}**\n\n{table}\n{}", load.words, limits(load, FIREHOSE_CANNOT));
    }
    Some(Section { title: "Firehose".to_owned(), text, ..Section::default() })
}
