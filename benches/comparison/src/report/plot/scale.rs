//! From figures to places, and where the ticks are.

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    is_log: bool,
    /// Figures at the ends.
    low: f64,
    high: f64,
    /// Places of the ends.
    from: f64,
    to: f64,
}

/// What is kept free at both ends of a logarithmic scale.
const PADDING: f64 = 0.06;

impl Scale {
    /// Around all figures that are above zero.
    pub(crate) fn log(figures: impl Iterator<Item = f64>, (from, to): (f64, f64)) -> Self {
        let positive = figures.filter(|figure| *figure > 0.0);
        let (low, high) = positive.fold((f64::INFINITY, 0.0_f64), |(low, high), figure| {
            (low.min(figure), high.max(figure))
        });
        let (low, high) = if high > 0.0 { (low, high) } else { (1.0, 10.0) };
        // A curve that is flat stands in the middle.
        let middle = (low * high).sqrt();
        let (low, high) = (low.min(middle / 1.5), high.max(middle * 1.5));
        let padding = (high / low).powf(PADDING);
        Self { is_log: true, low: low / padding, high: high * padding, from, to }
    }

    /// From zero.
    pub(crate) fn linear(high: f64, (from, to): (f64, f64)) -> Self {
        Self { is_log: false, low: 0.0, high: if high > 0.0 { high } else { 1.0 }, from, to }
    }

    pub(crate) fn place(&self, figure: f64) -> f64 {
        let share = if self.is_log {
            (figure.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (figure - self.low) / (self.high - self.low)
        };
        self.from + (self.to - self.from) * share.clamp(0.0, 1.0)
    }

    /// Figures that are round, from three to about eight of them.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        if !self.is_log {
            let step = round_step(self.high / 4.0);
            let all = (0..=8).map(|n| f64::from(n) * step);
            return all.filter(|tick| *tick <= self.high).collect();
        }
        let decades = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let steps: &[f64] = match (self.high / self.low).log10() {
            ..0.9 => &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0],
            ..2.2 => &[1.0, 2.0, 5.0],
            ..4.0 => &[1.0, 3.0],
            _ => &[1.0],
        };
        let decade = |decade| steps.iter().map(move |step| step * 10_f64.powi(decade));
        decades.flat_map(decade).filter(|tick| self.contains(*tick)).collect()
    }

    /// Powers of two, of a logarithmic scale: these are round with KiB, MiB and GiB.
    pub(crate) fn powers_of_two(&self) -> Vec<f64> {
        let step = ((self.high / self.low).log2() / 6.0).ceil().max(1.0) as i32;
        let all = (0..40 / step).map(|n| 2_f64.powi(n * step));
        all.filter(|tick| self.contains(*tick)).collect()
    }

    fn contains(&self, figure: f64) -> bool {
        (self.low..=self.high).contains(&figure)
    }
}

/// 1, 2 or 5, and zeros.
fn round_step(about: f64) -> f64 {
    let decade = 10_f64.powf(about.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|step| step * decade)
        .into_iter()
        .find(|step| *step >= about)
        .unwrap_or(decade)
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn a_decade_is_as_wide_as_any_other() {
        let scale = Scale::log([10.0, 10_000.0].into_iter(), (0.0, 300.0));
        let [one, two, three] = [10.0, 100.0, 1_000.0].map(|figure| scale.place(figure));
        assert!((two - one - (three - two)).abs() < 1e-9);
        assert_eq!(scale.ticks(), [10.0, 30.0, 100.0, 300.0, 1_000.0, 3_000.0, 10_000.0]);
    }

    #[test]
    fn zero_is_at_the_end_of_a_linear_scale_and_at_none_of_a_logarithmic_one() {
        let linear = Scale::linear(80.0, (100.0, 0.0));
        assert_eq!(
            [0.0, 40.0, 80.0, 90.0].map(|figure| linear.place(figure)),
            [100.0, 50.0, 0.0, 0.0]
        );
        assert_eq!(linear.ticks(), [0.0, 20.0, 40.0, 60.0, 80.0]);
        let scale = Scale::log([0.0, 5.0].into_iter(), (0.0, 1.0));
        assert_eq!(scale.powers_of_two(), [4.0]);
        assert!(scale.place(0.0) == 0.0 && (scale.place(5.0) - 0.5).abs() < 1e-9);
    }
}
