//! Whether each contender keeps the order that it promises, without figures: for the gate.

use std::time::Duration;

use crate::comparison::{Comparison, Reason};
use crate::link::Link;
use crate::measure::{Shape, Times};
use crate::placement::Placement;

const TIMES: Times =
    Times { warm_up: Duration::from_millis(20), timed: Duration::from_millis(100) };

/// One line for each; the exit status.
pub(crate) fn all(comparison: &Comparison) -> Result<u8, String> {
    let place = comparison.place(Link::Loopback, Placement::Free);
    let mut status = 0;
    for contender in &comparison.contenders {
        let talkers = contender.most_talkers.min(5);
        let shape = Shape::closed(20, talkers, 64, 8);
        let verdict = match shape.run(&place, contender, TIMES) {
            Ok(run) => format!(
                "{}: {} deliveries, none lost, {} reordered, {} conversations",
                contender.class.name(),
                run.deliveries,
                run.reordered,
                run.conversations
            ),
            Err(reason) => match shape.explain(contender, reason) {
                Reason::Expected(reason) => format!("not checked: {reason}"),
                Reason::Failure(reason) => {
                    status = 1;
                    reason
                }
            },
        };
        println!("{}: {verdict}", contender.name);
    }
    Ok(status)
}
