//! Two contenders that alternate: what one is of the other, and each of itself.

use std::collections::BTreeMap;

use crate::record::{Churn, Run};
use crate::report::data::SUBJECT;
use crate::report::ranking::reasons::About;
use crate::spread::Spread;

/// A row that may be one of a series.
pub(crate) trait Alternated {
    /// What it tells of, memory aside.
    const ABOUT: About = About::Messages;

    fn contender(&self) -> &str;
    /// The opponent of the subject.
    fn series(&self) -> &str;
    fn round(&self) -> usize;
    fn place(&self) -> usize;
    fn reordered(&self) -> u64 {
        0
    }
    fn conversations(&self) -> usize {
        1
    }
}

impl Alternated for Run {
    fn contender(&self) -> &str {
        &self.contender
    }
    fn series(&self) -> &str {
        &self.series
    }
    fn round(&self) -> usize {
        self.round
    }
    fn place(&self) -> usize {
        self.place
    }
    fn reordered(&self) -> u64 {
        self.reordered
    }
    fn conversations(&self) -> usize {
        self.conversations
    }
}

impl Alternated for Churn {
    const ABOUT: About = About::Connections;

    fn contender(&self) -> &str {
        &self.contender
    }
    fn series(&self) -> &str {
        &self.series
    }
    fn round(&self) -> usize {
        self.round
    }
    fn place(&self) -> usize {
        self.place
    }
}

/// All runs of the subject and of one opponent, of one shape.
#[derive(Debug, Clone)]
pub(crate) struct Series<'a, R> {
    rounds: Vec<[Option<&'a R>; 4]>,
}

/// What an opponent is of the subject, by one figure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ratio {
    pub(crate) spread: Spread,
    /// The opponent to itself within a round, and the subject to itself.
    pub(crate) controls: [Option<Spread>; 2],
}

impl<'a, R: Alternated> Series<'a, R> {
    pub(crate) fn of(runs: &[&'a R]) -> Self {
        let mut rounds = BTreeMap::new();
        for run in runs.iter().filter(|run| run.place() < 4) {
            let round = rounds.entry(run.round()).or_insert([None; 4]);
            round[run.place()] = Some(*run);
        }
        Self { rounds: rounds.into_values().collect() }
    }

    /// Nothing if there is no pair of neighbours that both have this figure.
    pub(crate) fn ratio(&self, figure: fn(&R) -> Option<f64>) -> Option<Ratio> {
        let pairs = self.pairs([(0, 1), (2, 3)], |first, second| {
            let opponent_is_first = first.contender() != SUBJECT;
            let (first_figure, second_figure) = (figure(first)?, figure(second)?);
            match (opponent_is_first, second.contender() != SUBJECT) {
                (true, false) => Some((first_figure, second_figure)),
                (false, true) => Some((second_figure, first_figure)),
                _ => None,
            }
        });
        if pairs.is_empty() {
            return None;
        }
        let controls = [false, true].map(|is_subject| self.control(is_subject, figure));
        Some(Ratio { spread: Spread::of_ratios(&pairs), controls })
    }

    fn control(&self, is_subject: bool, figure: fn(&R) -> Option<f64>) -> Option<Spread> {
        let pairs = self.pairs([(0, 2), (1, 3)], |first, second| {
            let is_same = first.contender() == second.contender();
            let is_asked = (first.contender() == SUBJECT) == is_subject;
            if is_same && is_asked { Some((figure(first)?, figure(second)?)) } else { None }
        });
        if pairs.is_empty() { None } else { Some(Spread::of_ratios(&pairs)) }
    }

    fn pairs(
        &self,
        places: [(usize, usize); 2],
        of: impl Fn(&R, &R) -> Option<(f64, f64)>,
    ) -> Vec<(f64, f64)> {
        let all = self
            .rounds
            .iter()
            .flat_map(|round| places.map(|(first, second)| round[first].zip(round[second])));
        all.flatten().filter_map(|(first, second)| of(first, second)).collect()
    }
}

impl Ratio {
    /// Whether each was the same as itself. If that is not known, it was not.
    pub(crate) fn is_conclusive(&self) -> bool {
        self.controls.iter().all(|control| control.is_some_and(|control| control.is_one()))
    }

    /// Of medians alone: nothing alternated, so nothing was compared with itself.
    pub(crate) fn apart(ratio: f64) -> Self {
        let spread = Spread { low: ratio, median: ratio, high: ratio };
        Self { spread, controls: [None; 2] }
    }

    /// What the subject is of the opponent.
    pub(crate) fn inverse(&self) -> Self {
        let Spread { low, median, high } = self.spread;
        let spread = Spread { low: 1.0 / high, median: 1.0 / median, high: 1.0 / low };
        Self { spread, ..self.clone() }
    }

    /// By how much one differs from itself: a factor, of at least 1.
    pub(crate) fn noise(&self) -> f64 {
        let apart = |control: &Spread| control.high.max(1.0 / control.low);
        self.controls.iter().flatten().map(apart).fold(1.0, f64::max)
    }
}

#[cfg(test)]
mod tests;
