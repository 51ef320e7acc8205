//! Those who do not read, or not enough: the attacker who is back at once, and slow readers.

use std::thread;
use std::time::{Duration, Instant};

use super::between;
use crate::receiver::Receiver;
use crate::stage::Stage;
use crate::visitor::{Got, Visitor};

pub const ATTACKERS: usize = 3;
pub const SLOW: usize = 2;

/// Never reads until it is evicted, and comes back at once. What was sent to it before is a part of
/// the log.
pub fn attack(stage: &Stage) -> Result<(), String> {
    while !stage.is_over() {
        let receiver = Receiver::new(&stage.log, "an attacker");
        let mut attacker = Visitor::bad(stage, receiver, stage.server.connect_small(4096));
        // An eviction is a reset, which shows without reading.
        while !stage.is_over() && matches!(attacker.stream.take_error(), Ok(None)) {
            thread::sleep(Duration::from_millis(1));
        }
        if stage.is_over() {
            stage.may_have_held_up(attacker.since.elapsed());
            attacker.break_off();
            return Ok(());
        }
        while attacker.read(usize::MAX)? == Got::Some {}
        attacker.was_evicted();
    }
    Ok(())
}

/// Reads well for a while, and then ten kilobytes a second: it is evicted.
pub fn slow(stage: &Stage, seed: u64) -> Result<(), String> {
    let mut random = fastrand::Rng::with_seed(seed);
    while !stage.is_over() {
        let receiver = Receiver::new(&stage.log, "a slow reader");
        let mut slow = Visitor::bad(stage, receiver, stage.server.connect_small(4096));
        let slows_down = Instant::now() + between(&mut random, 0, 3_000);
        let end = loop {
            let is_slow = Instant::now() > slows_down;
            let got = slow.read(if is_slow { 1_000 } else { usize::MAX })?;
            if matches!(got, Got::End | Got::Reset) || stage.is_over() {
                break got;
            }
            if is_slow {
                stage.sleep(Duration::from_millis(100));
            }
        };
        match end {
            Got::Reset => slow.was_evicted(),
            Got::End => return slow.must_go_on(Got::End),
            Got::Some | Got::Nothing => {
                stage.may_have_held_up(slow.since.elapsed());
                slow.break_off();
            }
        }
    }
    Ok(())
}
