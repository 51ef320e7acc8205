//! Rows of a Markdown table, and how figures are written.

use std::time::Duration;

use crate::cpu::{Run, Series};
use crate::figures::Pair;
use crate::server::Design;
use crate::statistics::Spread;

/// One figure of both servers.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    /// Go, pollcast; nothing where there is no figure.
    values: [Option<f64>; 2],
    show: fn(f64) -> String,
    ratio: String,
    /// Not noise.
    is_conclusive: bool,
    is_more_better: bool,
}

/// How much better one has to be to be told the winner.
const CLEARLY: f64 = 1.03;

impl Row {
    /// Of figures of which less is better.
    pub(crate) fn new<T>(
        what: impl Into<String>,
        pair: &Pair<T>,
        figure: impl Fn(&T) -> f64,
        show: fn(f64) -> String,
    ) -> Self {
        let values = [0, 1].map(|place| pair[place].as_ref().ok().map(&figure));
        let ratio = match values {
            [Some(go), Some(pollcast)] if pollcast > 0.0 => short(go / pollcast),
            _ => String::new(),
        };
        let (what, is_conclusive, is_more_better) = (what.into(), true, false);
        Self { what, values, show, ratio, is_conclusive, is_more_better }
    }

    /// Of medians; the ratio is that of the pairs.
    pub(crate) fn of_pairs(
        what: impl Into<String>,
        series: &Result<Series, String>,
        figure: fn(&Run) -> f64,
        show: fn(f64) -> String,
    ) -> Self {
        let row = Self::new(what, &medians(series, figure), |median| *median, show);
        let (ratio, is_conclusive) = match series {
            Ok(series) if series.is_conclusive(figure) => (spread(series.ratio(figure)), true),
            Ok(_) => ("inconclusive".to_owned(), false),
            Err(_) => (String::new(), false),
        };
        Self { ratio, is_conclusive, ..row }
    }

    /// More is better here.
    pub(crate) fn more_is_better(self) -> Self {
        Self { is_more_better: true, ..self }
    }

    /// Of figures whose ratio says nothing.
    pub(crate) fn without_ratio(self) -> Self {
        Self { ratio: String::new(), ..self }
    }

    /// Go / pollcast, or why it is not known.
    pub(crate) fn ratio(&self) -> &str {
        &self.ratio
    }

    /// Whether the first, Go, is clearly better.
    pub(crate) fn is_won_by_go(&self) -> bool {
        match self.values {
            _ if !self.is_conclusive => false,
            [Some(go), Some(pollcast)] if self.is_more_better => go > pollcast * CLEARLY,
            [Some(go), Some(pollcast)] => go * CLEARLY < pollcast,
            _ => false,
        }
    }

    fn markdown(&self) -> String {
        let [go, pollcast] =
            self.values.map(|value| value.map_or_else(|| "no figure".to_owned(), self.show));
        format!("| {} | {go} | {pollcast} | {} |\n", self.what, self.ratio)
    }
}

/// Of all runs of each server.
pub(crate) fn medians(series: &Result<Series, String>, figure: fn(&Run) -> f64) -> Pair<f64> {
    Design::BOTH.map(|design| match series {
        Ok(series) => Ok(series.of(design, figure).median),
        Err(error) => Err(error.clone()),
    })
}

pub(crate) fn markdown(rows: &[Row]) -> String {
    let head = "| | Go | pollcast | Go / pollcast |\n|---|--:|--:|--:|\n";
    rows.iter().fold(head.to_owned(), |text, row| text + &row.markdown())
}

/// With a comma behind each thousand.
pub(crate) fn count(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// As few digits as tell enough.
pub(crate) fn short(number: f64) -> String {
    match number {
        ..0.1 => format!("{number:.3}"),
        ..10.0 => format!("{number:.2}"),
        ..100.0 => format!("{number:.1}"),
        _ => count(number),
    }
}

/// A median, and its quartiles.
pub(crate) fn spread(Spread { low, median, high }: Spread) -> String {
    format!("{} ({} to {})", short(median), short(low), short(high))
}

/// KiB as MiB.
pub(crate) fn mebibytes(kib: f64) -> String {
    format!(
        "{} MiB",
        if kib < 102_400.0 { format!("{:.1}", kib / 1024.0) } else { count(kib / 1024.0) }
    )
}

pub(crate) fn kibibytes(bytes: f64) -> String {
    format!("{} KiB", count(bytes / 1024.0))
}

pub(crate) fn nanoseconds(number: f64) -> String {
    format!("{} ns", count(number))
}

pub(crate) fn milliseconds(seconds: f64) -> String {
    format!("{} ms", count(Duration::from_secs_f64(seconds).as_millis() as f64))
}

#[cfg(test)]
mod tests {
    use super::{Row, count, markdown, mebibytes, short};

    fn row(go: f64, pollcast: f64) -> Row {
        Row::new("it", &[Ok(go), Ok(pollcast)], |figure| *figure, short)
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([0.0, 999.0, 1e3, 1_234_567.4].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [0.02388, 0.5, 7.039, 47.25, 980.4].map(short),
            ["0.024", "0.50", "7.04", "47.2", "980"]
        );
        assert_eq!([3_123.0, 2_893_824.0].map(mebibytes), ["3.0 MiB", "2,826 MiB"]);
    }

    #[test]
    fn who_wins_depends_on_what_is_better_and_not_on_noise() {
        assert!(row(1.0, 2.0).is_won_by_go());
        assert!(!row(2.0, 1.0).is_won_by_go());
        assert!(row(2.0, 1.0).more_is_better().is_won_by_go());
        assert!(!row(1.0, 2.0).more_is_better().is_won_by_go());
        assert!(!row(1.0, 1.02).is_won_by_go());
        assert!(!row(1.02, 1.0).more_is_better().is_won_by_go());
    }

    #[test]
    fn a_figure_that_is_missing_is_said_to_be() {
        let pair = [Err("it ended".to_owned()), Ok(3.0)];
        let row = Row::new("it", &pair, |figure| *figure, short);
        assert!(!row.is_won_by_go());
        assert!(markdown(&[row]).ends_with("| it | no figure | 3.00 |  |\n"));
    }
}
