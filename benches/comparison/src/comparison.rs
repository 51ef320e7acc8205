//! What all questions need: who is compared, where they run, and where figures go.

use std::path::PathBuf;

use crate::arguments::Arguments;
use crate::contender::Contender;
use crate::contenders::{Contenders, SUBJECT};
use crate::link::Link;
use crate::measure::Shape;
use crate::placement::{Placement, Processors};
use crate::record::{Folder, Missing, Row};
use crate::series::{self, Effort};
use crate::server::{CANNOT_RUN, Place};

/// Why somebody has no figure.
#[derive(Debug)]
pub(crate) enum Reason {
    /// Its design does not allow it, or this machine does not.
    Expected(String),
    /// It should have one.
    Failure(String),
}

impl From<String> for Reason {
    fn from(reason: String) -> Self {
        if reason.contains(CANNOT_RUN) { Self::Expected(reason) } else { Self::Failure(reason) }
    }
}

/// What all questions need.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) arguments: Arguments,
    /// pollcast is the first.
    pub(crate) contenders: Vec<Contender>,
    pub(crate) processors: Processors,
    /// For logs and configurations.
    logs: PathBuf,
    results: Folder,
}

impl Comparison {
    /// Finds all who can be compared, and writes down who they are.
    pub(crate) fn prepare(arguments: Arguments) -> Result<Self, String> {
        let mut found = Contenders::find(&arguments.pollcast, &arguments.peers);
        if !arguments.only.is_empty() {
            found.keep(&arguments.only);
        }
        if found.all.first().is_none_or(|contender| contender.name != SUBJECT) {
            return Err(format!("{} is not there", arguments.pollcast.display()));
        }
        let results = Folder::create(&arguments.out)?;
        let logs = arguments.out.join("logs");
        std::fs::create_dir_all(&logs).map_err(|error| format!("{}: {error}", logs.display()))?;
        results.add(&found.missing)?;
        let entrants: Vec<_> = found.all.iter().map(Contender::entrant).collect();
        results.add(&entrants)?;
        let processors = Processors::ours()?;
        Ok(Self { arguments, contenders: found.all, processors, logs, results })
    }

    pub(crate) fn results(&self) -> &Folder {
        &self.results
    }

    pub(crate) fn pollcast(&self) -> &Contender {
        &self.contenders[0]
    }

    /// Where servers of a question run.
    pub(crate) fn place(&self, link: Link, placement: Placement) -> Place<'_> {
        Place { link, processors: &self.processors, placement, folder: &self.logs }
    }

    pub(crate) fn add<R: Row>(&self, rows: &[R]) -> Result<(), String> {
        self.results.add(rows)
    }

    /// Writes down that somebody has no figure.
    pub(crate) fn miss(
        &self,
        scenario: &str,
        shape: String,
        contender: &Contender,
        reason: Reason,
    ) -> Result<(), String> {
        let is_expected = matches!(reason, Reason::Expected(_));
        let (Reason::Expected(reason) | Reason::Failure(reason)) = reason;
        eprintln!("  {}: no figure: {reason}", contender.name);
        let (scenario, contender) = (scenario.to_owned(), contender.name.clone());
        self.add(&[Missing { scenario, shape, contender, reason, is_expected }])
    }

    /// One series of a contender against pollcast; its rows, or why it has none.
    pub(crate) fn series(
        &self,
        scenario: &str,
        place: &Place<'_>,
        shape: &Shape,
        contender: &Contender,
        effort: Effort,
    ) -> Result<(), String> {
        let words = shape.words(place);
        if let Some(reason) = shape.exceeds(contender) {
            return self.miss(scenario, words, contender, Reason::Expected(reason));
        }
        eprintln!("  {} against pollcast: {words}", contender.name);
        let pair = [self.pollcast(), contender];
        match series::measure(place, shape, pair, effort) {
            Ok(mut runs) => {
                runs.iter_mut().for_each(|run| scenario.clone_into(&mut run.scenario));
                self.add(&runs)
            }
            Err(series::Failure { which, reason }) => {
                let reason = shape.explain(pair[which], reason);
                self.miss(scenario, words, pair[which], reason)
            }
        }
    }
}
