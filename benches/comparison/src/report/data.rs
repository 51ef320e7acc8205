//! All raw data of a folder, and what is known of each contender.

use crate::record::{Calls, Churn, Entrant, Fact, Folder, Idle, Missing, Moment, Run};
use crate::report::number::count;

/// With whom everybody is compared.
pub(crate) const SUBJECT: &str = "pollcast";

/// The least that can be done, which nobody would pick as a server: shown, and not ranked.
pub(crate) const FLOOR: &str = "floor";

#[derive(Debug, Default)]
pub(crate) struct Data {
    pub(crate) runs: Vec<Run>,
    pub(crate) moments: Vec<Moment>,
    pub(crate) idle: Vec<Idle>,
    pub(crate) churn: Vec<Churn>,
    pub(crate) calls: Vec<Calls>,
    pub(crate) missing: Vec<Missing>,
    pub(crate) entrants: Vec<Entrant>,
    pub(crate) facts: Vec<Fact>,
}

impl Data {
    /// An error if nothing was measured.
    pub(crate) fn read(folder: &Folder) -> Result<Self, String> {
        let data = Self {
            runs: folder.rows()?,
            moments: folder.rows()?,
            idle: folder.rows()?,
            churn: folder.rows()?,
            calls: folder.rows()?,
            missing: folder.rows()?,
            entrants: folder.rows()?,
            facts: folder.rows()?,
        };
        if data.is_empty() {
            let path = folder.path().display();
            return Err(format!(
                "{path}: no raw data here: a report is made of runs.csv and others"
            ));
        }
        Ok(data)
    }

    fn is_empty(&self) -> bool {
        self.runs.is_empty()
            && self.moments.is_empty()
            && self.idle.is_empty()
            && self.churn.is_empty()
            && self.calls.is_empty()
            && self.missing.is_empty()
    }

    pub(crate) fn fact(&self, name: &str) -> Option<&str> {
        self.facts.iter().find(|fact| fact.name == name).map(|fact| &*fact.text)
    }

    /// Its name, with its class where that is not one log.
    pub(crate) fn name(&self, contender: &str) -> String {
        self.marked(contender, 0, 1)
    }

    /// Its name, with all that a reader must know of the figures beside it.
    pub(crate) fn marked(&self, contender: &str, reordered: u64, conversations: usize) -> String {
        let entrant = self.entrants.iter().find(|entrant| entrant.contender == contender);
        let class = entrant.map_or("", |entrant| &*entrant.class);
        let is_broken = class == "one log" && (reordered > 0 || conversations > 1);
        let mut marks = Vec::new();
        if is_broken || !matches!(class, "" | "one log") {
            marks.push(class.to_owned());
        }
        if reordered > 0 {
            marks.push(format!("{} reordered", count(reordered)));
        }
        if is_broken && conversations > 1 {
            marks.push(format!("{conversations} conversations"));
        }
        if marks.is_empty() {
            return contender.to_owned();
        }
        format!("{contender} ({})", marks.join("; "))
    }

    /// Why a contender has no figure in a scenario, if it has none at all, or none of this shape.
    pub(crate) fn is_missing(&self, scenario: &str, contender: &str, shape: &str) -> bool {
        self.missing_rows(scenario, contender).any(|row| row.shape.is_empty() || row.shape == shape)
    }

    /// What is told of it: of this shape, or else all that is told of the scenario.
    pub(crate) fn reason(&self, scenario: &str, contender: &str, shape: &str) -> Option<String> {
        let told = |row: &Missing| {
            let before = if row.shape.is_empty() { "" } else { ": " };
            format!("{}{before}{}", row.shape, row.reason)
        };
        let exact = self.missing_rows(scenario, contender).find(|row| row.shape == shape);
        let all = self.missing_rows(scenario, contender).map(told).collect::<Vec<_>>();
        match exact {
            Some(row) => Some(row.reason.clone()),
            None => (!all.is_empty()).then(|| all.join("; ")),
        }
    }

    fn missing_rows<'a>(
        &'a self,
        scenario: &'a str,
        contender: &'a str,
    ) -> impl Iterator<Item = &'a Missing> {
        let rows = self.missing.iter();
        rows.filter(move |row| row.scenario == scenario && row.contender == contender)
    }
}
