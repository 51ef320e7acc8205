//! What a contender is of the subject.

use crate::report::number::{Kind, significant};
use crate::report::series::Ratio;
use crate::spread::Spread;

/// What a contender is of the subject, by one figure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Standing {
    /// It is the subject.
    Itself,
    Alternated(Ratio),
    /// Of medians of runs that did not alternate, and the noise of the runs.
    Apart {
        ratio: f64,
        noise: f64,
    },
    Unknown,
}

impl Standing {
    /// What it is of the subject.
    pub(crate) fn ratio(&self) -> Option<f64> {
        match self {
            Self::Itself => Some(1.0),
            Self::Alternated(ratio) => Some(ratio.spread.median),
            Self::Apart { ratio, .. } => Some(*ratio),
            Self::Unknown => None,
        }
    }

    pub(crate) fn noise(&self) -> f64 {
        match self {
            Self::Alternated(ratio) => ratio.noise(),
            Self::Apart { noise, .. } => *noise,
            Self::Itself | Self::Unknown => 1.0,
        }
    }

    pub(crate) fn is_conclusive(&self) -> bool {
        match self {
            Self::Alternated(ratio) => ratio.is_conclusive(),
            Self::Itself | Self::Apart { .. } => true,
            Self::Unknown => false,
        }
    }

    /// For a table.
    pub(crate) fn show(&self) -> String {
        match self {
            Self::Itself => "1".to_owned(),
            Self::Alternated(ratio) if ratio.is_conclusive() => Kind::Plain.spread(ratio.spread),
            Self::Alternated(ratio) => {
                format!("*{}, inconclusive*", Kind::Plain.spread(ratio.spread))
            }
            Self::Apart { ratio, .. } => format!("~{}", significant(*ratio)),
            Self::Unknown => String::new(),
        }
    }

    /// The controls: the contender to itself, and the subject to itself.
    pub(crate) fn controls(&self) -> String {
        let Self::Alternated(ratio) = self else { return String::new() };
        let control = |control: Option<Spread>| {
            control.map_or_else(|| "none".to_owned(), |control| significant(control.median))
        };
        format!("{}, {}", control(ratio.controls[0]), control(ratio.controls[1]))
    }
}
