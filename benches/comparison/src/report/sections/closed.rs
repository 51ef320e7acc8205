//! Closed loops: what is in flight is fixed, and the next message is sent once one has arrived.

use super::limits::limits;
use super::{Section, brief, firsts, folded, pictures};
use crate::record::Run;
use crate::report::data::Data;
use crate::report::load::{Load, VETH, loads};
use crate::report::measure::{
    CPU, GENERATOR_BUSY, K, P50, P99, PEAK, SEGMENTS, SERVER_BUSY, SPEED,
};
use crate::report::plot::Plot;
use crate::report::plots;
use crate::report::shape::Shape;
use crate::report::table::{Column, side_by_side};

#[derive(Debug)]
pub(crate) struct Scenario {
    name: &'static str,
    title: &'static str,
    lead: &'static str,
    cannot: &'static str,
    plots: fn(&Data) -> Vec<Plot>,
}

/// Told beneath each of these tables.
const LOOPBACK_CANNOT: &str = "Over loopback the receivers' TCP work is done in the sender's \
    calls, and is billed to the server. A server that sleeps between reads looks cheap by \
    processor time alone: read it beside k and the latency.";

pub(crate) const LOOPBACK: [Scenario; 3] = [
    Scenario {
        name: "clients",
        title: "One talker, and ever more who listen",
        lead: "One client talks, and all receive. With window 1 a message is sent when everybody \
            has the one before: there is nothing to gather, and each delivery is a write. With a \
            larger window that many are in flight.",
        cannot: "The talker waits while its window is full: latency under a load that does not \
            wait is told further below.",
        plots: plots::clients,
    },
    Scenario {
        name: "talkers",
        title: "Several who talk",
        lead: "What several clients say at the same time can leave in one write to each receiver.",
        cannot: "All talkers wait for their own window: real ones do not talk in step.",
        plots: plots::talkers,
    },
    Scenario {
        name: "sizes",
        title: "Sizes of messages",
        lead: "The larger a message, the more of its cost is the kernel's copy, the same for all.",
        cannot: "The generator reads what it is sent, and compares it: with large messages that \
            is most of its work.",
        plots: plots::sizes,
    },
];

pub(crate) const FREE: Scenario = Scenario {
    name: "free",
    title: "Where the kernel places them",
    lead: "Server and generator run on whichever processors the kernel picks; elsewhere the \
        generator has one to itself.",
    cannot: "Servers with several threads take processors from the generator here.",
    plots: |_| Vec::new(),
};

pub(crate) const TUNING: Scenario = Scenario {
    name: "tuning",
    title: "Tuning",
    lead: "pollcast with other settings, against itself as it comes.",
    cannot: "A setting that is better under this load may be worse under another.",
    plots: |_| Vec::new(),
};

const COLUMNS: [Column<Run>; 12] = columns(Column::Median(&K));
/// Where a data segment is not a write.
const VETH_COLUMNS: [Column<Run>; 12] = columns(Column::Median(&SEGMENTS));

const fn columns(writes: Column<Run>) -> [Column<Run>; 12] {
    [
        Column::Figure(&CPU),
        Column::Ratio(&CPU),
        Column::Control(&CPU),
        writes,
        Column::Figure(&P50),
        Column::Ratio(&P50),
        Column::Median(&P99),
        Column::Ratio(&P99),
        Column::Figure(&SPEED),
        Column::Ratio(&SPEED),
        Column::Median(&PEAK),
        Column::Busy(&SERVER_BUSY, &GENERATOR_BUSY),
    ]
}

/// For a terminal.
pub(crate) const FEW_COLUMNS: [Column<Run>; 7] = [
    Column::Median(&CPU),
    Column::Ratio(&CPU),
    Column::Control(&CPU),
    Column::Median(&K),
    Column::Median(&P50),
    Column::Ratio(&P50),
    Column::Busy(&SERVER_BUSY, &GENERATOR_BUSY),
];

pub(crate) fn section(data: &Data, scenario: &Scenario) -> Option<Section> {
    let loads = loads(data, scenario.name, "loopback");
    let plots = (scenario.plots)(data);
    let cannot = format!("{LOOPBACK_CANNOT} {}", scenario.cannot);
    let lead = format!("{}\n\n{}", scenario.lead, pictures(&plots));
    let section = tables(scenario.title, loads, &COLUMNS, &cannot)?;
    Some(Section { text: lead + &section.text, plots, ..section })
}

/// All that ran over the link between two network namespaces.
pub(crate) fn veth(data: &Data) -> Option<Section> {
    let loads = names(data, true).into_iter().flat_map(|name| loads(data, name, VETH)).collect();
    let lead = "Server and clients have a network namespace each, and a pair of virtual \
        interfaces between them. Its MTU is that of Ethernet, so a write may leave as several \
        segments: there is no k here, only segments for each delivery.\n\n";
    let cannot = "No cable and no interrupt of a card: a segment is handed from one namespace to \
        the other in the sender's call.";
    let section = tables("Between two network namespaces", loads, &VETH_COLUMNS, cannot)?;
    Some(Section { text: lead.to_owned() + &section.text, ..section })
}

/// Scenarios that no section is about: what was measured is not left out.
pub(crate) fn unknown(data: &Data) -> Vec<Option<Section>> {
    let open = ["load", "paced", "firehose"];
    let mut known: Vec<&str> = LOOPBACK.iter().map(|scenario| scenario.name).collect();
    known.extend([FREE.name, TUNING.name].into_iter().chain(open));
    let names = names(data, false).into_iter().filter(|name| !known.contains(name));
    let section = |name: &str| {
        let title = format!("Other runs: {name}");
        tables(&title, loads(data, name, "loopback"), &COLUMNS, LOOPBACK_CANNOT)
    };
    names.map(section).collect()
}

fn names(data: &Data, is_veth: bool) -> Vec<&str> {
    let runs = data.runs.iter().filter(|run| (run.link == VETH) == is_veth);
    let mut names: Vec<&str> = runs.map(|run| &*run.scenario).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Who is first, a table that is open, and the others folded.
fn tables(
    title: &str,
    mut loads: Vec<Load<'_, Run>>,
    columns: &[Column<Run>],
    cannot: &str,
) -> Option<Section> {
    let main = main(&loads)?;
    loads.iter_mut().for_each(|load| load.sort_by(&CPU));
    let labels = labels(&loads);
    let mut text = firsts(&loads, &labels, &[&CPU, &P50, &P99, &PEAK]);
    let table = |load: &Load<'_, Run>| {
        let table = side_by_side(load, columns).markdown();
        format!("{table}\n{}", limits(load, cannot))
    };
    text += &format!("\n**{}**\n\n{}", loads[main].words, table(&loads[main]));
    for (place, load) in loads.iter().enumerate().filter(|(place, _)| *place != main) {
        text += &folded(&labels[place], &table(load));
    }
    let brief = brief::row(title, &loads[main]);
    Some(Section { title: title.to_owned(), text, brief, plots: Vec::new() })
}

/// The one that is shown first: in the middle of those with the largest window.
pub(crate) fn main(loads: &[Load<'_, Run>]) -> Option<usize> {
    let window = |load: &Load<'_, Run>| load.shape.as_ref().map(|shape| shape.window);
    let largest = loads.iter().map(window).max()?;
    let places: Vec<usize> =
        (0..loads.len()).filter(|place| window(&loads[*place]) == largest).collect();
    places.get(places.len() / 2).copied()
}

/// Each load in a few words.
pub(crate) fn labels(loads: &[Load<'_, Run>]) -> Vec<String> {
    let shapes: Vec<&Shape> = loads.iter().filter_map(|load| load.shape.as_ref()).collect();
    if shapes.len() == 1 {
        return vec![String::new()];
    }
    shapes.iter().map(|shape| shape.differences(&shapes)).collect()
}
