//! Many who come at once, all talk at once, and leave.

use super::between;
use crate::lanes::SHARED;
use crate::receiver::Receiver;
use crate::stage::Stage;
use crate::visitor::Visitor;

pub const MANY: usize = 24;

const MOST: usize = 3_000;

pub fn play(stage: &Stage, seed: u64) -> Result<(), String> {
    let mut random = fastrand::Rng::with_seed(seed);
    while !stage.is_over() {
        // Room first: who has come must read, or others wait for it.
        stage.wait_for_room((MANY * MOST) as u64);
        let receiver = |number| Receiver::new(&stage.log, format!("number {number} of a burst"));
        let many: Vec<_> = (0..MANY).map(|number| Visitor::good(stage, receiver(number))).collect();
        for visitor in &many {
            let mut voice = visitor.voice(SHARED);
            voice.say(random.usize(1..=MOST)).map_err(|error| format!("a burst: {error}"))?;
            voice.end();
        }
        for visitor in many {
            visitor.leave()?;
        }
        stage.sleep(between(&mut random, 300, 1_500));
    }
    Ok(())
}
