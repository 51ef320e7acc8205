//! The main table alone, for who has three minutes.

use crate::comparison::{Comparison, Reason};
use crate::link::Link;
use crate::measure::Shape;
use crate::placement::Placement;

/// Milliseconds of a run.
const BRIEF: u64 = 60;

pub(crate) fn measure(comparison: &Comparison) -> Result<(), String> {
    let place = comparison.place(Link::Loopback, Placement::Apart);
    let effort = comparison.arguments.effort(BRIEF);
    let shape = |talkers| Shape::closed(100, talkers, 64, 1);
    let is_asked = |name: &str| comparison.arguments.only.iter().any(|only| only == name);
    for contender in &comparison.contenders[1..] {
        if contender.is_foreign() && !is_asked(&contender.name) {
            let reason = Reason::Expected("not asked in the quick comparison".to_owned());
            comparison.miss("", String::new(), contender, reason)?;
            continue;
        }
        comparison.series("clients", &place, &shape(1), contender, effort)?;
        comparison.series("talkers", &place, &shape(10), contender, effort)?;
    }
    Ok(())
}
