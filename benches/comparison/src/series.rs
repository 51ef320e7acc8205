//! Runs of two contenders in turn: what else the machine does changes slowly, and is the same for
//! two runs that follow each other.

use crate::contender::Contender;
use crate::measure::{Shape, Times};
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

/// All runs of a series, in order. Calls `note` before each.
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
    for round in 0..effort.rounds {
        for (index, which) in places(round).into_iter().enumerate() {
            let run = shape.run(place, pair[which], effort.times);
            let run = run.map_err(|reason| Failure { which, reason })?;
            let series = pair[1].name.clone();
            runs.push(Run { series, round, place: index, ..run });
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
    fn both_alternate_and_each_begins_as_often() {
        assert_eq!([places(0), places(1)], [[0, 1, 0, 1], [1, 0, 1, 0]]);
    }
}
