//! All candidates on one workload: checked first, and then timed in turn, round after round.

use crate::candidate::{Candidate, Chunks, Copies, Cursors, Ranges, Stretches};
use crate::log_bytes::LogBytes;
use crate::replay::{self, Held, Times};
use crate::script::Script;

/// What one candidate came to on one workload.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) letter: char,
    pub(crate) name: &'static str,
    pub(crate) held: Held,
    /// Nanoseconds of one replay, medians of all rounds.
    pub(crate) push: f64,
    pub(crate) take: f64,
    /// Relative to candidate (e) in the same round.
    pub(crate) push_ratio: Spread,
    pub(crate) take_ratio: Spread,
}

/// Where the middle of several rounds lies, and the middle half of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

/// Checks and times all candidates.
///
/// # Errors
/// The first candidate that hands out a wrong byte, and which.
pub(crate) fn compare(script: &Script, rounds: usize) -> Result<Vec<Figures>, String> {
    let log = LogBytes::new();
    let mut held = Vec::new();
    for Contender { letter, check, .. } in &CONTENDERS {
        held.push(check(script, &log).map_err(|error| format!("({letter}): {error}"))?);
    }
    let mut timed = vec![Vec::new(); CONTENDERS.len()];
    for round in 0..rounds {
        for place in 0..CONTENDERS.len() {
            // Each goes first as often as any other: what the one before left in the caches and
            // in the allocator is nobody's own.
            let who = (round + place) % CONTENDERS.len();
            timed[who].push((CONTENDERS[who].time)(script, &log));
        }
    }
    let base = &timed[BASE];
    let figures = CONTENDERS.iter().zip(held).zip(&timed);
    Ok(figures.map(|((contender, held), timed)| contender.sum_up(held, timed, base)).collect())
}

struct Contender {
    letter: char,
    name: &'static str,
    check: fn(&Script, &LogBytes) -> Result<Held, String>,
    time: fn(&Script, &LogBytes) -> Times,
}

const CONTENDERS: [Contender; 5] = [
    Contender::new::<Copies>(),
    Contender::new::<Chunks>(),
    Contender::new::<Ranges>(),
    Contender::new::<Cursors>(),
    Contender::new::<Stretches>(),
];

/// Candidate (e), to which the times of all are related: it is what the server does.
const BASE: usize = 4;

impl Contender {
    const fn new<C: Candidate>() -> Self {
        let (check, time) = (replay::check::<C>, replay::time::<C>);
        Self { letter: C::LETTER, name: C::NAME, check, time }
    }

    fn sum_up(&self, held: Held, timed: &[Times], base: &[Times]) -> Figures {
        let of = |part: fn(&Times) -> u64| {
            let times = timed.iter().map(|times| part(times) as f64);
            let pairs = timed.iter().zip(base);
            let ratios = pairs.map(|(own, base)| part(own) as f64 / part(base).max(1) as f64);
            (Spread::of(times.collect()).median, Spread::of(ratios.collect()))
        };
        let (push, push_ratio) = of(|times| times.push);
        let (take, take_ratio) = of(|times| times.take);
        let Self { letter, name, .. } = *self;
        Figures { letter, name, held, push, take, push_ratio, take_ratio }
    }
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |quarters: usize| values[(values.len() - 1) * quarters / 4];
        Self { low: at(1), median: at(2), high: at(3) }
    }
}
