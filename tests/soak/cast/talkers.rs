//! Those who talk for as long as a cycle takes. The audience has their ears.

use std::time::{Duration, Instant};

use super::between;
use crate::cast::{stalled, stopped};
use crate::stage::{GIFT, PATIENCE, Stage, Voice, add_max};

/// Lanes, each of one who talks.
pub const METRONOME: usize = 0;
pub const TALKERS: std::ops::Range<usize> = 1..4;
pub const HOG: usize = 4;
pub const DRIPS: std::ops::Range<usize> = 5..7;

/// Sends a few bytes, waits until they stand in the log, and again: it is never held up for longer
/// than the patience of all whom the room may wait for.
pub fn metronome(stage: &Stage, mut voice: Voice<'_>, seed: u64) -> Result<(), String> {
    let mut random = fastrand::Rng::with_seed(seed);
    // Strangers share one gift; members have one patience each.
    let members = (stopped::STOPPED + stalled::SLOW) as u32;
    let allowed = GIFT + PATIENCE * members;
    while !stage.is_over() {
        let began = Instant::now();
        say(stage, &mut voice, 16)?;
        if stage.is_ending() {
            return Ok(());
        }
        let said = stage.log.sent(METRONOME);
        let is_heard = stage.log.wait_for_lane(METRONOME, said);
        let held_up = began.elapsed();
        add_max(&stage.tally.held_up, held_up);
        let allowed = stage.on_this_machine(allowed);
        if !is_heard && stage.is_ending() {
            return Err("SIGTERM: what the metronome had sent before it did not come".to_owned());
        }
        if !is_heard || held_up > allowed {
            return Err(format!(
                "a talker was held up for {held_up:?}; all patience together is {allowed:?}"
            ));
        }
        stage.sleep(between(&mut random, 5, 25));
    }
    voice.end();
    Ok(())
}

/// Some kilobytes, many times a second.
pub fn talker(stage: &Stage, mut voice: Voice<'_>, seed: u64) -> Result<(), String> {
    let mut random = fastrand::Rng::with_seed(seed);
    while stage.wait_for_room(2_000) {
        say(stage, &mut voice, random.usize(1..=2_000))?;
        stage.sleep(between(&mut random, 5, 30));
    }
    voice.end();
    Ok(())
}

/// One byte at a time.
pub fn drip(stage: &Stage, mut voice: Voice<'_>) -> Result<(), String> {
    while !stage.is_over() {
        say(stage, &mut voice, 1)?;
        stage.sleep(Duration::from_millis(1));
    }
    voice.end();
    Ok(())
}

/// A megabyte a second, and for a second now and then as much as the room takes.
pub fn hog(stage: &Stage, mut voice: Voice<'_>, seed: u64) -> Result<(), String> {
    let mut random = fastrand::Rng::with_seed(seed);
    while !stage.is_over() {
        let is_fast = random.bool();
        let until = Instant::now() + between(&mut random, 500, 1_500);
        while Instant::now() < until && stage.wait_for_room(32 << 10) {
            say(stage, &mut voice, 32 << 10)?;
            if !is_fast {
                stage.sleep(Duration::from_millis(30));
            }
        }
    }
    voice.end();
    Ok(())
}

/// Once the server ends it need not take any more.
fn say(stage: &Stage, voice: &mut Voice<'_>, bytes: usize) -> Result<(), String> {
    match voice.say(bytes) {
        Err(error) if !stage.is_ending() => Err(format!("one who talks cannot send: {error}")),
        _ => Ok(()),
    }
}
