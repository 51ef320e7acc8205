//! What a table of runs cannot show, by what is in it.

use super::cannot_show;
use crate::record::Run;
use crate::report::load::Load;
use crate::report::measure::GENERATOR_BUSY;
use crate::report::table::may_be_the_generators;

/// With so many clients the one thread that is all of them is late to notice.
const MANY: usize = 5_000;

/// A few sentences, and what these very runs add to them.
pub(crate) fn limits(load: &Load<'_, Run>, sentences: &str) -> String {
    let mut text = sentences.to_owned();
    if load.shape.as_ref().is_some_and(|shape| shape.clients >= MANY) {
        text += " All these clients are one thread, which notices the last receiver late: \
            latencies are those of server and generator together.";
    }
    let busy = load.lines.iter().filter(|line| may_be_the_generators(line, &GENERATOR_BUSY));
    let busy: Vec<&str> = busy.map(|line| line.contender).collect();
    if !busy.is_empty() {
        let names = busy.join(", ");
        text += &format!(
            " The generator was busy all the time with {names}: how fast these are is not in \
             these figures."
        );
    }
    cannot_show(&text)
}
