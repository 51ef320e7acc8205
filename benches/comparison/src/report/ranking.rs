//! Who is first, by how much, and where nobody is.

use std::collections::BTreeMap;
use std::slice;

use crate::report::data::FLOOR;
use crate::report::load::{Line, Load, Standing};
use crate::report::measure::Measure;
use crate::report::number::{Kind, plural, significant};
use crate::report::series::Alternated;

pub(crate) mod reasons;

use reasons::About;

/// What can be said of one load by one figure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// By this factor before the second.
    First { first: String, second: String, times: f64 },
    /// Nearer to each other than each is to itself.
    Tie(Vec<String>),
    /// These are inconclusive, and might be first or second.
    Undecided(Vec<String>),
}

impl Outcome {
    /// Who is first, or ties for it.
    fn best(&self) -> &[String] {
        match self {
            Self::First { first, .. } => slice::from_ref(first),
            Self::Tie(names) => names,
            Self::Undecided(_) => &[],
        }
    }
}

struct Rank {
    name: String,
    /// How many times worse than the subject.
    worse: f64,
    noise: f64,
    is_conclusive: bool,
}

/// Nothing if there are no two to compare.
pub(crate) fn outcome<R: Alternated>(load: &Load<'_, R>, measure: &Measure<R>) -> Option<Outcome> {
    let ranks = load.lines.iter().filter(|line| line.contender != FLOOR);
    let mut ranks: Vec<Rank> = ranks.filter_map(|line| rank(line, measure)).collect();
    ranks.sort_by(|one, other| one.worse.total_cmp(&other.worse));
    let (conclusive, others): (Vec<Rank>, Vec<Rank>) =
        ranks.into_iter().partition(|rank| rank.is_conclusive);
    let (first, second) = match &conclusive[..] {
        [first, second, ..] => (first, second),
        _ if others.is_empty() => return None,
        _ => return Some(Outcome::Undecided(names(&others))),
    };
    let before: Vec<Rank> = others.into_iter().filter(|rank| rank.worse < second.worse).collect();
    if !before.is_empty() {
        return Some(Outcome::Undecided(names(&before)));
    }
    let is_tied = |rank: &&Rank| rank.worse / first.worse <= first.noise.max(rank.noise);
    let tied: Vec<String> =
        conclusive.iter().take_while(is_tied).map(|rank| rank.name.clone()).collect();
    Some(match tied.len() {
        0 | 1 => Outcome::First {
            first: first.name.clone(),
            second: second.name.clone(),
            times: second.worse / first.worse,
        },
        _ => Outcome::Tie(tied),
    })
}

fn rank<R: Alternated>(line: &Line<'_, R>, measure: &Measure<R>) -> Option<Rank> {
    let standing = line.standing(measure);
    // The subject too must have the figure.
    line.spread(measure)?;
    let ratio = standing.ratio()?;
    Some(Rank {
        name: line.name.clone(),
        worse: if measure.is_less_better { ratio } else { 1.0 / ratio },
        noise: standing.noise(),
        is_conclusive: standing.is_conclusive(),
    })
}

fn names(ranks: &[Rank]) -> Vec<String> {
    ranks.iter().map(|rank| rank.name.clone()).collect()
}

/// The same contender's firsts, told at once.
struct Firsts {
    first: String,
    seconds: Vec<String>,
    places: Vec<String>,
    times: Vec<f64>,
}

/// Who is first by a figure, under all these loads; `labels` name them.
pub(crate) fn sentence<R: Alternated>(
    loads: &[Load<'_, R>],
    labels: &[String],
    measure: &Measure<R>,
) -> Option<String> {
    let outcomes = loads.iter().zip(labels);
    let outcomes: Vec<(Outcome, &str)> =
        outcomes.filter_map(|(load, label)| Some((outcome(load, measure)?, &**label))).collect();
    if outcomes.is_empty() {
        return None;
    }
    let mut parts: Vec<String> =
        firsts(&outcomes).iter().map(|firsts| told(firsts, loads.len())).collect();
    for (outcome, label) in &outcomes {
        let at = if label.is_empty() { String::new() } else { format!(" at {label}") };
        match outcome {
            Outcome::First { .. } => {}
            Outcome::Tie(names) => parts.push(format!("a tie{at} of {}", list(names))),
            Outcome::Undecided(names) => {
                parts.push(format!("undecided{at}: {} inconclusive", list(names)));
            }
        }
    }
    let best = outcomes.iter().flat_map(|(outcome, _)| outcome.best()).map(String::as_str);
    let about = if measure.kind == Kind::Memory { About::Memory } else { R::ABOUT };
    let why = reasons::sentence(best, about);
    let unranked = unranked(loads, measure);
    Some(format!("By {}: {}.{why}{unranked}", measure.name, parts.join("; ")))
}

/// Whose control is off, and how often.
fn unranked<R: Alternated>(loads: &[Load<'_, R>], measure: &Measure<R>) -> String {
    let mut times = BTreeMap::<&str, usize>::new();
    for line in loads.iter().flat_map(|load| &load.lines) {
        if matches!(line.standing(measure), Standing::Alternated(ratio) if !ratio.is_conclusive()) {
            *times.entry(line.contender).or_default() += 1;
        }
    }
    if times.is_empty() {
        return String::new();
    }
    let names = times.iter().map(|(name, times)| match loads.len() {
        1 => (*name).to_owned(),
        all => format!("{name} ({times} of {})", plural(all, "load")),
    });
    format!(" Inconclusive, so not ranked: {}.", list(&names.collect::<Vec<_>>()))
}

fn firsts(outcomes: &[(Outcome, &str)]) -> Vec<Firsts> {
    let mut all: Vec<Firsts> = Vec::new();
    for (outcome, label) in outcomes {
        let Outcome::First { first, second, times } = outcome else { continue };
        // What was reordered differs from load to load.
        let place = all.iter().position(|firsts| firsts.first == *first);
        let firsts = match place {
            Some(place) => &mut all[place],
            None => {
                let (seconds, places, times) = (Vec::new(), Vec::new(), Vec::new());
                all.push(Firsts { first: first.clone(), seconds, places, times });
                all.last_mut().expect("it was pushed")
            }
        };
        if !firsts.seconds.contains(second) {
            firsts.seconds.push(second.clone());
        }
        firsts.places.push((*label).to_owned());
        firsts.times.push(*times);
    }
    all
}

fn told(firsts: &Firsts, all: usize) -> String {
    let Firsts { first, seconds, places, times } = firsts;
    let at = match &places[..] {
        [only] if only.is_empty() => String::new(),
        [only] => format!(" at {only}"),
        _ if places.len() == all => format!(" at all {}", plural(all, "load")),
        _ => format!(" at {} ({})", plural(places.len(), "load"), places.join("; ")),
    };
    let least = times.iter().copied().fold(f64::INFINITY, f64::min);
    let most = times.iter().copied().fold(0.0, f64::max);
    let by = match significant(least) == significant(most) {
        true => significant(least),
        false => format!("{} to {}", significant(least), significant(most)),
    };
    format!("**{first}** is first{at}, by a factor of {by} before {}", either(seconds))
}

fn list(names: &[String]) -> String {
    joined(names, "and")
}

fn either(names: &[String]) -> String {
    joined(names, "or")
}

fn joined(names: &[String], word: &str) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} {word} {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests;
