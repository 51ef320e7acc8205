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

/// The places of a round: which of the two runs. Who is the first changes.
pub(crate) fn places(round: usize) -> [usize; 4] {
    [0, 1, 2, 3].map(|place| (round + place) % 2)
}

/// Two rounds of a start: both begin once.
const ROUNDS_OF_A_START: usize = 2;

/// All runs of a series, in order.
///
/// Both servers are started, and then take turns while the other one sleeps: what else the machine
/// does changes within seconds, so the two runs of a pair are a fraction of a second apart. After
/// two rounds both are started anew, since where a process lies in memory may matter too. Where the
/// clients of both would take more descriptors than there are, each run starts its server anew.
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
    let start = |which: usize| {
        let running = Running::start(shape, place, pair[which]);
        running.map_err(|reason| Failure { which, reason })
    };
    for first in (0..effort.rounds).step_by(ROUNDS_OF_A_START) {
        let rounds = first..effort.rounds.min(first + ROUNDS_OF_A_START);
        let mut both = [None, None];
        for (round, which, index) in rounds.flat_map(runs_of) {
            if both[which].is_none() {
                if 2 * shape.clients > most_clients() {
                    both = [None, None];
                }
                both[which] = Some(start(which)?);
            }
            let running = both[which].as_mut().expect("it was started");
            let run = running.measure(effort.times);
            let run = run.map_err(|reason| Failure { which, reason })?;
            runs.push(Run { series: pair[1].name.clone(), round, place: index, ..run });
        }
    }
    Ok(runs)
}

/// Round, contender and place of each run of a round.
fn runs_of(round: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    places(round).into_iter().enumerate().map(move |(index, which)| (round, which, index))
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
    fn both_alternate_and_each_begins_as_often() {
        assert_eq!([places(0), places(1)], [[0, 1, 0, 1], [1, 0, 1, 0]]);
    }
}
