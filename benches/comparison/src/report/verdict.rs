//! Whether a measurement says what it was made to say.

use crate::report::data::Data;
use crate::report::load::{Load, Standing, churn, loads};
use crate::report::measure::{CPU, CPU_CONNECTION, Measure, P50};
use crate::report::series::Alternated;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Verdict {
    /// Nothing is missing that could be there, and nothing without a reason.
    pub(crate) is_complete: bool,
    /// In each series both contenders are the same as themselves, by its main figure: processor
    /// time, and where messages come on schedule, the median latency.
    pub(crate) is_conclusive: bool,
}

impl Verdict {
    pub(crate) fn of(data: &Data) -> Self {
        let mut verdict = Self {
            is_complete: data.missing.iter().all(|row| row.is_expected),
            is_conclusive: true,
        };
        let mut kinds: Vec<(&str, &str)> =
            data.runs.iter().map(|run| (&*run.scenario, &*run.link)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for (scenario, link) in kinds {
            let measure = if scenario == "paced" { &P50 } else { &CPU };
            for load in loads(data, scenario, link) {
                verdict.judge(&load, measure);
            }
        }
        if let Some(load) = churn(data) {
            verdict.judge(&load, &CPU_CONNECTION);
        }
        verdict
    }

    fn judge<R: Alternated>(&mut self, load: &Load<'_, R>, measure: &Measure<R>) {
        self.is_complete &= load.is_explained;
        for line in &load.lines {
            if let Standing::Alternated(ratio) = line.standing(measure) {
                self.is_conclusive &= ratio.is_conclusive();
            }
        }
    }
}
