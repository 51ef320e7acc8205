//! The report as one page of Markdown, and its plots.

use std::collections::BTreeSet;

use crate::report::data::Data;
use crate::report::load::loads;
use crate::report::measure::{CPU, SEGMENTS};
use crate::report::number::{count, plural};
use crate::report::sections::{self, brief, closed};
use crate::report::table::side_by_side;

#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) text: String,
    /// Names of files, and what is in them.
    pub(crate) plots: Vec<(String, String)>,
}

const HOW_TO_READ: &str = "\
Every figure is made of the raw data beside this page. The two servers of a pair run at the same \
time, and take turns at the load, A B A B, so that the two runs that are compared are a moment \
apart; who begins changes each round. The four runs of a round are four separate processes, two \
instances of each server, and after two rounds all are started anew. (Where so many clients would \
take more descriptors than there are, and where clients come and go, each run starts its server by \
itself.) What stands under *÷ pollcast* is the median of pairs of neighbours, with its quartiles: \
not the quotient of the two medians beside it. Under *÷ itself* are the contender and pollcast, \
each instance against the other one of the same round: how far they lie from 1 is the noise. Where \
one is off by more than 3%, the ratio is *inconclusive*: it is shown, and nothing follows from it. \
What differs by less than the quartiles of that noise is called a tie. A ratio with ~ is one of \
medians of runs that did not alternate.

Processor time is never told alone: beside it stand *k*, how many messages left with one write \
(deliveries for each data segment, warming up and load together; over loopback a segment is a \
write of up to 64 KiB), and the time until the last receiver had a message. *Server, generator \
busy* are shares of one processor: who is at 100% sets the pace, and where that may be the \
generator, its share is bold. So is a latency where the generator was late by more than a tenth of \
the p50. Who lost or garbled anything has no figure, and a line that says so.
";

impl Document {
    pub(crate) fn new(data: &Data) -> Self {
        let mut text =
            format!("# pollcast beside others\n\n{}\n{}{HOW_TO_READ}\n", when(data), no_k(data));
        let (mut plots, mut titles) = (Vec::new(), String::new());
        let mut body = String::new();
        let sections = sections::all(data);
        text += &brief::table(&sections);
        for (place, section) in sections.into_iter().enumerate() {
            let title = format!("{}. {}", place + 1, section.title);
            titles += &format!("- [{title}](#{})\n", anchor(&title));
            body += &format!("## {title}\n\n{}\n", section.text.trim_end_matches('\n'));
            body.push('\n');
            plots.extend(section.plots.into_iter().map(|plot| (plot.file, plot.svg)));
        }
        text += &format!("{titles}\n{}\n", body.trim_end());
        Self { text, plots }
    }
}

fn when(data: &Data) -> String {
    let facts = [("date", "Measured on "), ("commit", "at commit "), ("processor", "on ")];
    let told =
        facts.iter().filter_map(|(name, before)| Some(format!("{before}{}", data.fact(name)?)));
    let told = told.collect::<Vec<_>>().join(", ");
    if told.is_empty() { String::new() } else { format!("{told}.\n") }
}

/// What follows if the segments of some runs could not be counted.
fn no_k(data: &Data) -> String {
    let runs = data.runs.len();
    let without = data.runs.iter().filter(|run| (SEGMENTS.of)(run).is_none()).count();
    if without == 0 {
        return String::new();
    }
    format!(
        "**k is unknown of {} of {}: their data segments were not counted (that takes `ss`, of \
         iproute2). Do not trust their processor time alone: a server that sleeps between reads \
         writes less often, and looks cheap.**\n\n",
        count(without as u64),
        plural(runs, "run")
    )
}

/// As GitHub makes it of a title.
fn anchor(title: &str) -> String {
    let kept = title.to_lowercase();
    let kept = kept.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.collect::<String>().replace(' ', "-")
}

/// One talker and several; if neither was asked, the first closed loop that was.
pub(crate) fn main_table(data: &Data) -> Result<String, String> {
    let tables: Vec<String> =
        ["clients", "talkers"].iter().filter_map(|scenario| table(data, scenario)).collect();
    if !tables.is_empty() {
        return Ok(tables.join("\n"));
    }
    let all: BTreeSet<&str> = data.runs.iter().map(|run| &*run.scenario).collect();
    let first = all.into_iter().find_map(|scenario| table(data, scenario));
    first.ok_or_else(|| "no runs over loopback to make a table of".to_owned())
}

/// Of the main load of a scenario.
fn table(data: &Data, scenario: &str) -> Option<String> {
    let mut loads = loads(data, scenario, "loopback");
    let main = closed::main(&loads)?;
    let load = &mut loads[main];
    load.sort_by(&CPU);
    let table = side_by_side(load, &closed::FEW_COLUMNS).markdown();
    Some(format!("{}\n\n{table}", load.words))
}
