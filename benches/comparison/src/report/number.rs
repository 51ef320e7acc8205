//! How figures are written: three digits that count, and a unit.

use crate::spread::Spread;

/// What a figure is of, which says its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// In nanoseconds.
    Time,
    /// In KiB.
    Memory,
    /// How many times, or how many of it.
    Plain,
    /// 1 is all of one processor.
    Share,
}

impl Kind {
    pub(crate) fn show(self, figure: f64) -> String {
        let (unit, name) = self.unit(figure);
        significant(figure / unit) + name
    }

    /// A median with its quartiles; all three in the unit of the median.
    pub(crate) fn spread(self, Spread { low, median, high }: Spread) -> String {
        let (unit, name) = self.unit(median);
        let [low, median, high] = [low, median, high].map(|figure| significant(figure / unit));
        if low == high {
            return median + name;
        }
        format!("{median}{name} ({low}–{high})")
    }

    /// As short as it can be told: for an axis.
    pub(crate) fn tick(self, figure: f64) -> String {
        let (unit, name) = self.unit(figure);
        let (scaled, name) = match (figure / unit, self) {
            (millions, Self::Plain) if millions >= 1e6 => (millions / 1e6, " M"),
            (thousands, Self::Plain) if thousands >= 1e5 => (thousands / 1e3, " k"),
            (scaled, _) => (scaled, name),
        };
        let text = significant(scaled);
        if !text.contains('.') {
            return text + name;
        }
        text.trim_end_matches('0').trim_end_matches('.').to_owned() + name
    }

    fn unit(self, figure: f64) -> (f64, &'static str) {
        match self {
            Self::Time if figure < 999.5 => (1.0, " ns"),
            Self::Time if figure < 999.5e3 => (1e3, " µs"),
            Self::Time if figure < 999.5e6 => (1e6, " ms"),
            Self::Time => (1e9, " s"),
            Self::Memory if figure < 0.9995 => (1.0 / 1024.0, " B"),
            Self::Memory if figure < 1023.5 => (1.0, " KiB"),
            Self::Memory if figure < 1023.5 * 1024.0 => (1024.0, " MiB"),
            Self::Memory => (1024.0 * 1024.0, " GiB"),
            Self::Plain => (1.0, ""),
            Self::Share => (0.01, "%"),
        }
    }
}

/// Three digits, and a comma behind each thousand.
pub(crate) fn significant(figure: f64) -> String {
    if figure == 0.0 || !figure.is_finite() {
        return if figure == 0.0 { "0".to_owned() } else { "no figure".to_owned() };
    }
    let magnitude = |figure: f64| figure.abs().log10().floor() as i32;
    let last = 10_f64.powi(magnitude(figure) - 2);
    let rounded = (figure / last).round() * last;
    match magnitude(rounded + last / 10.0) {
        2.. => count(rounded.round() as u64),
        less => format!("{rounded:.*}", usize::try_from(2 - less).unwrap_or(0).min(6)),
    }
}

/// All digits, and a comma behind each thousand.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// One thing, or several.
pub(crate) fn plural(number: usize, thing: &str) -> String {
    format!("{} {thing}{}", count(number as u64), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::{Kind, significant};
    use crate::spread::Spread;

    #[test]
    fn three_digits_count() {
        let texts = [1_234_567.0, 999.6, 100.0, 31.26, 9.996, 1.0, 0.06249, 0.0].map(significant);
        assert_eq!(texts, ["1,230,000", "1,000", "100", "31.3", "10.0", "1.00", "0.0625", "0"]);
    }

    #[test]
    fn the_unit_is_that_of_the_median() {
        let spread = |low, median, high| Kind::Time.spread(Spread { low, median, high });
        assert_eq!(spread(900.0, 1_100.0, 2_000.0), "1.10 µs (0.900–2.00)");
        assert_eq!(spread(999.0, 999.0, 999.0), "999 ns");
        assert_eq!(Kind::Memory.show(3_100.0), "3.03 MiB");
        assert_eq!(Kind::Share.show(1.871), "187%");
    }

    #[test]
    fn an_axis_has_no_digit_too_many() {
        let ticks = [100.0, 2_000.0, 200_000.0, 5e6].map(|figure| Kind::Plain.tick(figure));
        assert_eq!(ticks, ["100", "2,000", "200 k", "5 M"]);
        assert_eq!(
            [500.0, 2e5, 1e6].map(|figure| Kind::Time.tick(figure)),
            ["500 ns", "200 µs", "1 ms"]
        );
    }
}
