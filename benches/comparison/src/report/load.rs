//! All contenders under one load, side by side.

use std::collections::{BTreeMap, BTreeSet};

use crate::record::{Churn, Run};
use crate::report::data::{Data, FLOOR, SUBJECT};
use crate::report::measure::Measure;
use crate::report::series::{Alternated, Series};
use crate::report::shape::Shape;
use crate::spread::Spread;

mod standing;

pub(crate) use standing::Standing;

/// The link between two network namespaces; any other is loopback.
pub(crate) const VETH: &str = "veth";

#[derive(Debug)]
pub(crate) struct Load<'a, R> {
    /// In words, as in missing.csv.
    pub(crate) words: String,
    /// Only of runs.
    pub(crate) shape: Option<Shape>,
    pub(crate) lines: Vec<Line<'a, R>>,
    /// Who has no figure here, marked, and why.
    pub(crate) missing: Vec<(String, String)>,
    /// For each of these a reason was recorded.
    pub(crate) is_explained: bool,
}

/// One contender under one load.
#[derive(Debug, Clone)]
pub(crate) struct Line<'a, R> {
    pub(crate) contender: &'a str,
    /// Its name, with its class and what was reordered.
    pub(crate) name: String,
    runs: Vec<&'a R>,
    /// All runs of the subject under this load.
    subject: Vec<&'a R>,
    series: Option<Series<'a, R>>,
}

/// Runs over a link under each load of a scenario, the smallest first.
pub(crate) fn loads<'a>(data: &'a Data, scenario: &str, link: &str) -> Vec<Load<'a, Run>> {
    let mut by_shape = BTreeMap::<Shape, Vec<&Run>>::new();
    let rooms = rooms(data, scenario);
    let is_asked =
        |run: &&Run| answers(run, scenario, &rooms) && (run.link == VETH) == (link == VETH);
    let asked: Vec<&Run> = data.runs.iter().filter(is_asked).collect();
    for run in &asked {
        // Whatever it was asked for: it stands among the loads of this scenario.
        let shape = Shape { scenario: scenario.to_owned(), ..Shape::of(run) };
        by_shape.entry(shape).or_default().push(run);
    }
    let load = |(shape, runs): (Shape, Vec<&'a Run>)| {
        let known = asked.iter().map(|run| &*run.contender).collect();
        let origin = runs.first().map_or(scenario, |run| &*run.scenario);
        let load = Load::new(data, [scenario, origin], shape.words(), known, &runs);
        Load { shape: Some(shape), ..load }
    };
    by_shape.into_iter().map(load).collect()
}

/// Clients, talkers and window of each load of a scenario.
type Rooms = BTreeSet<(usize, usize, u64)>;

fn room(run: &Run) -> (usize, usize, u64) {
    (run.clients, run.talkers, run.window)
}

fn rooms(data: &Data, scenario: &str) -> Rooms {
    data.runs.iter().filter(|run| run.scenario == scenario).map(room).collect()
}

/// Whether a run belongs to a scenario. One talker to a hundred is asked once, and answers two
/// questions; and both of these are one of the sizes, if the others are of such rooms.
fn answers(run: &Run, scenario: &str, rooms: &Rooms) -> bool {
    let is_shared = match scenario {
        "talkers" => run.scenario == "clients" && run.clients == 100,
        "sizes" => matches!(&*run.scenario, "clients" | "talkers") && rooms.contains(&room(run)),
        _ => false,
    };
    run.scenario == scenario || is_shared
}

/// All of the churn is one load.
pub(crate) fn churn(data: &Data) -> Option<Load<'_, Churn>> {
    let runs = data.churn.iter().collect::<Vec<_>>();
    let known = runs.iter().map(|run| &*run.contender).collect();
    (!runs.is_empty()).then(|| Load::new(data, ["churn"; 2], String::new(), known, &runs))
}

impl<'a, R: Alternated> Load<'a, R> {
    /// Of those who are known in this scenario, some may have no run here. The reason may be told
    /// of the scenario that the runs were made for.
    fn new(
        data: &'a Data,
        [scenario, origin]: [&str; 2],
        words: String,
        mut known: Vec<&'a str>,
        runs: &[&'a R],
    ) -> Self {
        let is_veth = words.ends_with(VETH);
        let told = data.missing.iter().filter(|row| {
            // Of the other link it would be no reason.
            row.scenario == scenario && (row.shape.contains(VETH) == is_veth)
        });
        known.extend(told.map(|row| &*row.contender));
        known.sort_unstable();
        known.dedup();
        let is_lost = |contender: &str| {
            [scenario, origin].iter().any(|asked| data.is_missing(asked, contender, &words))
        };
        let kept = runs.iter().filter(|run| !is_lost(run.contender())).copied();
        let kept = kept.collect::<Vec<_>>();
        let (mut lines, mut missing, mut is_explained) = (Vec::new(), Vec::new(), true);
        for contender in known {
            match Line::new(data, contender, &kept) {
                Some(line) => lines.push(line),
                None => {
                    let reason = data.reason(scenario, contender, &words);
                    let reason = reason.or_else(|| data.reason(origin, contender, &words));
                    is_explained &= reason.is_some();
                    let reason = reason.unwrap_or_else(|| "no reason was recorded".to_owned());
                    missing.push((data.name(contender), reason));
                }
            }
        }
        Self { words, shape: None, lines, missing, is_explained }
    }

    /// The best by a figure first, but the floor before all.
    pub(crate) fn sort_by(&mut self, measure: &Measure<R>) {
        let better = |line: &Line<'_, R>| match (line.spread(measure), measure.is_less_better) {
            (None, _) => f64::INFINITY,
            (Some(spread), true) => spread.median,
            (Some(spread), false) => -spread.median,
        };
        let key = |line: &Line<'_, R>| (line.contender != FLOOR, better(line));
        self.lines.sort_by(|one, other| {
            let ((one_floor, one), (other_floor, other)) = (key(one), key(other));
            one_floor.cmp(&other_floor).then(one.total_cmp(&other))
        });
    }

    /// With those contenders alone of whom this is true.
    pub(crate) fn only(&self, is_kept: impl Fn(&Line<'a, R>) -> bool) -> Self
    where
        R: Clone,
    {
        let lines = self.lines.iter().filter(|line| is_kept(line)).cloned().collect();
        let (words, shape, missing) =
            (self.words.clone(), self.shape.clone(), self.missing.clone());
        Self { words, shape, lines, missing, is_explained: self.is_explained }
    }

    pub(crate) fn line(&self, contender: &str) -> Option<&Line<'a, R>> {
        self.lines.iter().find(|line| line.contender == contender)
    }
}

impl<'a, R: Alternated> Line<'a, R> {
    fn new(data: &Data, contender: &'a str, all: &[&'a R]) -> Option<Self> {
        let of = |name: &str| all.iter().filter(|run| run.contender() == name).copied().collect();
        let (runs, subject): (Vec<&R>, Vec<&R>) = (of(contender), of(SUBJECT));
        let both = all.iter().filter(|run| run.series() == contender).copied();
        let both = both.collect::<Vec<_>>();
        let series = (!both.is_empty()).then(|| Series::of(&both));
        let reordered = runs.iter().map(|run| run.reordered()).sum();
        let conversations = runs.iter().map(|run| run.conversations()).max()?;
        let name = data.marked(contender, reordered, conversations);
        Some(Self { contender, name, runs, subject, series })
    }

    pub(crate) fn runs(&self) -> usize {
        self.runs.len()
    }

    /// Nothing if no run has this figure.
    pub(crate) fn spread(&self, measure: &Measure<R>) -> Option<Spread> {
        spread(&self.runs, measure)
    }

    pub(crate) fn standing(&self, measure: &Measure<R>) -> Standing {
        if self.contender == SUBJECT {
            return Standing::Itself;
        }
        let alternated = self.series.as_ref().and_then(|series| series.ratio(measure.of));
        if let Some(ratio) = alternated {
            return Standing::Alternated(ratio);
        }
        match (spread(&self.runs, measure), spread(&self.subject, measure)) {
            (Some(own), Some(subject)) => {
                let apart = |of: Spread| (of.high / of.median).max(of.median / of.low);
                let noise = apart(own).max(apart(subject)).max(LEAST_NOISE);
                Standing::Apart { ratio: own.median / subject.median, noise }
            }
            _ => Standing::Unknown,
        }
    }
}

/// Of runs that did not alternate: what single ones do not tell.
const LEAST_NOISE: f64 = 1.1;

fn spread<R>(runs: &[&R], measure: &Measure<R>) -> Option<Spread> {
    let figures: Vec<f64> = runs.iter().filter_map(|run| (measure.of)(run)).collect();
    (!figures.is_empty()).then(|| Spread::of(&figures))
}

#[cfg(test)]
mod tests;
