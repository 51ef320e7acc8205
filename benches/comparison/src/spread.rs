//! The middle of several figures, and how far they lie apart.

/// How far from 1 the median of a server against itself may be.
const TOLERANCE: f64 = 0.03;

/// Where the middle of several figures lies, and the middle half of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Spread {
    /// Of at least one figure; between two figures it is the straight line.
    pub(crate) fn of(figures: &[f64]) -> Self {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (sorted.len() - 1) as f64 * share;
            let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
            below + (above - below) * place.fract()
        };
        Self { low: at(0.25), median: at(0.5), high: at(0.75) }
    }

    /// Of the ratios of the first of each pair to the second.
    pub(crate) fn of_ratios(pairs: &[(f64, f64)]) -> Self {
        let ratios: Vec<f64> = pairs.iter().map(|(first, second)| first / second).collect();
        Self::of(&ratios)
    }

    /// Whether these ratios of a thing to itself are what they should be.
    pub(crate) fn is_one(&self) -> bool {
        (self.median - 1.0).abs() <= TOLERANCE
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn the_middle_of_an_odd_number_is_one_of_them() {
        let spread = Spread::of(&[9.0, 1.0, 5.0, 3.0, 7.0]);
        assert_eq!(spread, Spread { low: 3.0, median: 5.0, high: 7.0 });
    }

    #[test]
    fn the_middle_of_an_even_number_lies_between_two() {
        let spread = Spread::of(&[4.0, 1.0, 3.0, 2.0]);
        assert_eq!(spread, Spread { low: 1.75, median: 2.5, high: 3.25 });
    }

    #[test]
    fn one_alone_is_its_own_middle() {
        assert_eq!(Spread::of(&[8.0]), Spread { low: 8.0, median: 8.0, high: 8.0 });
    }

    #[test]
    fn ratios_are_taken_pair_by_pair() {
        // The ratio of the medians would be 2.
        let spread = Spread::of_ratios(&[(1.0, 1.0), (6.0, 2.0), (8.0, 4.0), (9.0, 1.0)]);
        assert_eq!(spread.median, 2.5);
    }

    #[test]
    fn three_percent_off_is_one_and_four_is_not() {
        let is_one = |median| Spread { low: 0.0, median, high: 9.0 }.is_one();
        assert!(is_one(1.0) && is_one(1.029) && is_one(0.971));
        assert!(!is_one(1.04) && !is_one(0.96));
    }
}
