//! The sections of the report: each is there if there is raw data for it.

use crate::report::data::Data;
use crate::report::load::Load;
use crate::report::measure::Measure;
use crate::report::plot::Plot;
use crate::report::ranking::sentence;
use crate::report::series::Alternated;

mod again;
pub(crate) mod brief;
mod calls;
pub(crate) mod closed;
pub(crate) mod idle;
mod limits;
pub(crate) mod moments;
pub(crate) mod open;
mod others;
mod promises;
pub(crate) mod single;
mod who;

#[derive(Debug, Default)]
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) text: String,
    /// For a table of all sections.
    pub(crate) brief: Option<brief::Brief>,
    pub(crate) plots: Vec<Plot>,
}

/// In the order of the report.
pub(crate) fn all(data: &Data) -> Vec<Section> {
    let mut sections: Vec<Option<Section>> = vec![promises::section(data), who::compared(data)];
    sections.extend(closed::LOOPBACK.iter().map(|scenario| closed::section(data, scenario)));
    sections.extend([open::load(data), open::paced(data)]);
    sections.push(moments::section(data));
    sections.extend([idle::section(data), others::churn_section(data), others::firehose(data)]);
    sections.push(calls::section(data));
    sections.extend([closed::section(data, &closed::FREE), closed::veth(data)]);
    sections.push(closed::section(data, &closed::TUNING));
    sections.extend(closed::unknown(data));
    sections.extend([who::missing(data), who::machine(data), Some(again::section(data))]);
    sections.into_iter().flatten().collect()
}

/// Who is first by each figure, one a line.
fn firsts<R: Alternated>(
    loads: &[Load<'_, R>],
    labels: &[String],
    measures: &[&Measure<R>],
) -> String {
    let sentences = measures.iter().filter_map(|measure| sentence(loads, labels, measure));
    sentences.map(|sentence| format!("- {sentence}\n")).collect()
}

/// Text that a reader may open.
fn folded(summary: &str, text: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n{text}\n</details>\n\n")
}

/// What stands beneath a table.
fn cannot_show(text: &str) -> String {
    format!("*What this cannot show:* {text}\n\n")
}

fn pictures(plots: &[Plot]) -> String {
    plots.iter().map(|plot| format!("![{}]({})\n\n", plot.title, plot.file)).collect()
}

#[cfg(test)]
mod tests;
