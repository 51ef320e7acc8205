//! What the project promises, held against what was measured.

use crate::report::data::Data;
use crate::report::number::{Kind, significant};
use crate::report::series::Ratio;
use crate::spread::Spread;

mod once;
mod paced;
mod runs;

/// One promise, in words.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) promise: String,
    pub(crate) asked: String,
    pub(crate) measured: String,
    pub(crate) control: String,
    pub(crate) finding: Finding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finding {
    Held,
    NotHeld,
    /// A server differs from itself, or the figure was taken once and is too near the limit.
    Inconclusive,
    NotMeasured,
}

/// What is asked of a ratio of pollcast to another.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
    /// At most 1, and what lies within the noise is 1.
    NoWorse,
}

/// In the order in which they are made.
pub(crate) fn all(data: &Data) -> Vec<Row> {
    let mut rows = runs::loops(data);
    rows.extend(paced::all(data));
    rows.extend(once::all(data));
    rows.push(runs::churn(data));
    rows
}

impl Finding {
    pub(crate) const ALL: [Self; 4] =
        [Self::Held, Self::NotHeld, Self::Inconclusive, Self::NotMeasured];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::NotHeld => "not held",
            Self::Inconclusive => "inconclusive",
            Self::NotMeasured => "not measured",
        }
    }

    fn of(is_held: bool) -> Self {
        if is_held { Self::Held } else { Self::NotHeld }
    }
}

/// A noise that is wider than this excuses nothing.
const WIDEST_NOISE: f64 = 1.1;

impl Limit {
    /// Of what alternated; the ratio is of pollcast to the other.
    fn judge(self, ratio: &Ratio) -> Finding {
        let (median, noise) = (ratio.spread.median, ratio.noise());
        match self {
            _ if !ratio.is_conclusive() => Finding::Inconclusive,
            Self::AtMost(limit) => Finding::of(median <= limit),
            Self::AtLeast(limit) => Finding::of(median >= limit),
            Self::NoWorse if median > 1.0 && median <= noise && noise > WIDEST_NOISE => {
                Finding::Inconclusive
            }
            Self::NoWorse => Finding::of(median <= noise),
        }
    }

    fn show(self) -> String {
        match self {
            Self::AtMost(limit) if limit < 0.2 => {
                format!("at most 1/{}", (1.0 / limit).round())
            }
            Self::AtMost(limit) => format!("at most {limit:.2}"),
            Self::AtLeast(limit) => format!("at least {limit:.2}"),
            Self::NoWorse => "at most 1 and the control's noise".to_owned(),
        }
    }
}

impl Row {
    fn not_measured(promise: String, limit: Limit, reason: Option<String>) -> Self {
        let (asked, measured) = (limit.show(), reason.unwrap_or_else(|| "–".to_owned()));
        Self { promise, asked, measured, control: String::new(), finding: Finding::NotMeasured }
    }
}

/// A median with its quartiles; nothing that did not alternate has them.
fn shown(ratio: &Ratio) -> String {
    Kind::Plain.spread(ratio.spread)
}

/// Both, each to itself.
fn controls(ratio: &Ratio, other: &str) -> String {
    let show = |control: Option<Spread>| {
        control.map_or_else(|| "none".to_owned(), |control| Kind::Plain.spread(control))
    };
    let noise = significant(ratio.noise());
    let [own, subject] = ratio.controls.map(show);
    format!("{other} {own}, pollcast {subject}: noise {noise}")
}

#[cfg(test)]
mod tests;
