//! Those who come and go.

use super::between;
use crate::lanes::ABRUPT;
use crate::receiver::Receiver;
use crate::stage::Stage;
use crate::visitor::Visitor;

/// Lanes, each of one who comes and goes. What it said has been heard before it comes again.
pub const VISITORS: std::ops::Range<usize> = 8..16;
/// Who breaks off, at the same time.
pub const RESETS: usize = 2;

/// Comes, talks, and leaves: with an end of stream, or without, once it has heard itself.
pub fn visit(stage: &Stage, lane: usize, seed: u64) -> Result<(), String> {
    let mut random = fastrand::Rng::with_seed(seed);
    while !stage.is_over() {
        let receiver = Receiver::new(&stage.log, format!("visitor {lane}")).counting(lane);
        let mut visitor = Visitor::good(stage, receiver);
        let mut voice = visitor.voice(lane);
        let mut said = 0;
        for _ in 0..random.usize(1..=4) {
            let bytes = random.usize(1..=4_000);
            visitor.read_until_there_is_room(bytes)?;
            voice.say(bytes).map_err(|error| format!("visitor {lane}: {error}"))?;
            said += bytes as u64;
            visitor.read_for(between(&mut random, 5, 80))?;
        }
        if random.bool() {
            visitor.leave()?.must_have_heard(said)?;
        } else {
            visitor.read_until(|receiver| receiver.came_back() >= said)?;
            visitor.break_off();
        }
    }
    Ok(())
}

/// Comes, talks, and resets the connection, perhaps with everything unread.
pub fn reset(stage: &Stage, seed: u64) -> Result<(), String> {
    let mut random = fastrand::Rng::with_seed(seed);
    while !stage.is_over() {
        let mut visitor = Visitor::good(stage, Receiver::new(&stage.log, "one who resets"));
        visitor.read_until_there_is_room(4_000)?;
        let said = visitor.voice(ABRUPT).say(random.usize(1..=4_000));
        said.map_err(|error| format!("one who resets: {error}"))?;
        visitor.read_for(between(&mut random, 0, 60))?;
        visitor.reset();
    }
    Ok(())
}
