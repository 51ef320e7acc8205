//! Runs of two contenders in turn: what else the machine does changes slowly, and is the same for
//! two runs that follow each other.

use crate::contender::Contender;
use crate::measure::{Running, Shape, Times};
use crate::placement::most_clients;
use crate::record::Run;
use crate::server::Place;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// Of four runs each: two pairs, and one of each contender with itself.
    pub(crate) rounds: usize,
    pub(crate) times: Times,
}

/// The places of a round: which of the two runs. Who is the first changes with each round, and who
/// is started first with each start.
pub(crate) fn places(round: usize, start: usize) -> [usize; 4] {
    [0, 1, 2, 3].map(|place| (round + start + place) % 2)
}

/// Rounds of a start: each of the four has a run in either.
const ROUNDS_OF_A_START: usize = 2;

/// All runs of a series, in order.
///
/// Two instances of each contender are started, in the order of the round, and take turns while the
/// others sleep: what else the machine does changes within seconds, so the runs of a pair are a
/// fraction of a second apart. That there are two of each is for the comparison of each with itself:
/// where a process lies in memory, and which ports it has, may matter too. After two rounds all are
/// started anew. Where the clients of four would take more descriptors than there are, each run has
/// a server of its own.
///
/// # Errors
/// One of the runs has no figure: which, and why. What was measured before is given up.
pub(crate) fn measure(
    place: &Place<'_>,
    shape: &Shape,
    pair: [&Contender; 2],
    effort: Effort,
) -> Result<Vec<Run>, Failure> {
    let mut runs = Vec::new();
    let fits = shape.clients.saturating_mul(4) <= most_clients();
    for first in (0..effort.rounds).step_by(ROUNDS_OF_A_START) {
        let mut instances = [None, None, None, None];
        for round in first..effort.rounds.min(first + ROUNDS_OF_A_START) {
            for (index, which) in places(round, first / ROUNDS_OF_A_START).into_iter().enumerate() {
                let failed = |reason| Failure { which, reason };
                // The first of a contender in a round is the same in both rounds.
                let instance = &mut instances[which * 2 + index / 2];
                if instance.is_none() {
                    *instance = Some(Running::start(shape, place, pair[which]).map_err(failed)?);
                }
                let running = instance.as_mut().expect("it was started");
                let run = running.measure(effort.times).map_err(failed)?;
                runs.push(Run { series: pair[1].name.clone(), round, place: index, ..run });
                if !fits {
                    *instance = None;
                }
            }
        }
    }
    Ok(runs)
}

/// A run that has no figure.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Whose: 0 or 1.
    pub(crate) which: usize,
    pub(crate) reason: String,
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn both_alternate_and_each_begins_and_is_started_first_as_often() {
        let four: Vec<[usize; 4]> = (0..4).map(|round| places(round, round / 2)).collect();
        let (one, other) = ([0, 1, 0, 1], [1, 0, 1, 0]);
        assert_eq!(four, [one, other, other, one]);
    }
}
