//! What must hold between cycles, when only the first client is there, and at the end.

use std::sync::atomic::Ordering::SeqCst;
use std::thread;
use std::time::{Duration, Instant};

use crate::counters::Counters;
use crate::harness::LIMIT;
use crate::lanes::ABRUPT;
use crate::stage::{GIFT, MAX_MEMORY, PATIENCE, Stage};

/// Memory that the allocator may come to keep, from an early cycle to a late one.
const SLACK: usize = 2 << 20;
/// Resident memory beside the budget: the read buffer, and what the allocator keeps.
const BESIDE: usize = 4 << 20;
/// A wait ends in a turn, and that has to be given the processor first.
const LATE: Duration = Duration::from_millis(10);
const LONGEST_TURN: Duration = Duration::from_secs(1);

/// What was there while only the first client was.
#[derive(Debug)]
pub struct Levels {
    descriptors: usize,
    resident: usize,
    /// After each cycle: resident memory, and what the server says that it holds.
    calms: Vec<(usize, u64)>,
    waits: Waits,
}

/// As of the last calm, in seconds.
#[derive(Debug, Clone, Copy, Default)]
struct Waits {
    uptime: f64,
    waits: f64,
    waited: f64,
    earned: f64,
}

impl Levels {
    pub fn new(stage: &Stage) -> Self {
        let descriptors = stage.server.descriptors();
        Self {
            descriptors,
            resident: stage.server.memory("VmRSS"),
            calms: Vec::new(),
            waits: Waits::default(),
        }
    }

    /// Everybody but the first client has gone.
    pub fn check_calm(&mut self, stage: &Stage) -> Result<(), String> {
        let counters = wait_for_calm(stage)?;
        self.check_descriptors(stage)?;
        self.check_memory(stage, &counters)?;
        check_traffic(stage, &counters)?;
        check_clients(stage, &counters)?;
        check_times(stage, &counters)?;
        self.check_waits(stage, &counters)
    }

    /// What strangers took of the room's time in this cycle is no more than the gift, refilled at a
    /// tenth of the time; what members took, no more than each had earned.
    fn check_waits(&mut self, stage: &Stage, counters: &Counters) -> Result<(), String> {
        let now = Waits {
            uptime: counters.seconds("uptime"),
            waits: counters.seconds("waits"),
            waited: counters.seconds("waited"),
            earned: Duration::from_nanos(stage.tally.earned.load(SeqCst)).as_secs_f64(),
        };
        let before = std::mem::replace(&mut self.waits, now);
        let gift = GIFT.as_secs_f64() + (now.uptime - before.uptime) / 10.0;
        let late = LATE.as_secs_f64() * (now.waits - before.waits);
        let noise = stage.on_this_machine(Duration::ZERO).as_secs_f64();
        let allowed = gift + (now.earned - before.earned) + late + noise;
        let waited = now.waited - before.waited;
        if waited > allowed {
            return Err(format!(
                "in {:.1} s the room waited for {waited:.1} s; {allowed:.1} is all that was earned",
                now.uptime - before.uptime
            ));
        }
        Ok(())
    }

    fn check_descriptors(&self, stage: &Stage) -> Result<(), String> {
        let began = Instant::now();
        while stage.server.descriptors() != self.descriptors {
            if began.elapsed() > Duration::from_secs(2) {
                let now = stage.server.descriptors();
                let before = self.descriptors;
                return Err(format!(
                    "everybody has gone, and {now} descriptors of {before} are left"
                ));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn check_memory(&mut self, stage: &Stage, counters: &Counters) -> Result<(), String> {
        let (now, held) = (stage.server.memory("VmRSS"), counters.get("memory"));
        self.calms.push((now, held));
        let (peak, most) = (stage.server.memory("VmHWM"), self.resident + MAX_MEMORY + BESIDE);
        if peak > most {
            return Err(format!(
                "resident memory was {peak} bytes; with --max-memory {most} are due"
            ));
        }
        let &(early, held_early) = &self.calms[0];
        if now > early + SLACK {
            return Err(format!("resident memory grows: {early} bytes after a cycle, {now} later"));
        }
        if held > held_early + (512 << 10) {
            return Err(format!(
                "memory grows: {held_early} bytes held after a cycle, {held} later"
            ));
        }
        Ok(())
    }
}

/// What the log and the server say of the bytes is the same.
fn check_traffic(stage: &Stage, counters: &Counters) -> Result<(), String> {
    let (read, logged) = (counters.get("bytes_in"), stage.log.end());
    if read != logged {
        return Err(format!("bytes_in is {read}, and the first client received {logged}"));
    }
    for (lane, seen) in stage.log.seen().into_iter().enumerate() {
        let sent = stage.log.sent(lane);
        if seen > sent || (seen < sent && lane != ABRUPT) {
            return Err(format!("sender {lane} sent {sent} bytes, {seen} are in the log"));
        }
    }
    Ok(())
}

/// What the server says of its clients is what they saw.
fn check_clients(stage: &Stage, counters: &Counters) -> Result<(), String> {
    let tally = &stage.tally;
    let connected = tally.connected.load(SeqCst);
    let broke_off = tally.broke_off.load(SeqCst);
    let differs = |name: &str, least: u64, most: u64| {
        let counted = counters.get(name);
        let is_right = (least..=most).contains(&counted);
        let says = format!("{name} is {counted}, and clients saw {least} to {most}");
        if is_right { Ok(()) } else { Err(says) }
    };
    differs("joined", connected, connected)?;
    let left = tally.left.load(SeqCst);
    differs("left", left, left + broke_off)?;
    differs("reset", 0, broke_off)?;
    let evicted = tally.evicted.load(SeqCst);
    differs("evicted", evicted, evicted + broke_off)?;
    for name in ["drain_timeouts", "over_budget", "idle", "lines_too_long", "refused", "drained"] {
        differs(name, 0, 0)?;
    }
    let (gone, clients) = (counters.gone(), counters.get("clients"));
    if gone + clients != connected {
        return Err(format!("{connected} came, {clients} are there, and {gone} have gone"));
    }
    Ok(())
}

/// No turn was too long, and the room waited for nobody longer than it says.
fn check_times(stage: &Stage, counters: &Counters) -> Result<(), String> {
    let longest = counters.seconds("longest_turn");
    let allowed = stage.on_this_machine(LONGEST_TURN).as_secs_f64();
    if longest > allowed {
        return Err(format!("a turn took {longest} s, and {allowed} is generous"));
    }
    let worst = counters.seconds("worst_wait");
    let allowed = stage.on_this_machine(PATIENCE + Duration::from_millis(100)).as_secs_f64();
    if worst > allowed {
        return Err(format!(
            "the room waited for one client for {worst} s, and {allowed} is allowed"
        ));
    }
    Ok(())
}

/// Waits until all others have gone, and what they sent is in the log.
fn wait_for_calm(stage: &Stage) -> Result<Counters, String> {
    let began = Instant::now();
    loop {
        let counters = stage.counters()?;
        let is_calm = counters.get("clients") == 1 && counters.get("bytes_in") == stage.log.end();
        if is_calm || began.elapsed() > LIMIT {
            let clients = counters.get("clients");
            let stay = format!("everybody has gone, and there are still {clients} clients");
            return if clients == 1 { Ok(counters) } else { Err(stay) };
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// What must hold once the server has ended.
pub fn check_end(stage: &Stage, counters: &Counters, drained: u64) -> Result<(), String> {
    let (read, logged) = (counters.get("bytes_in"), stage.log.end());
    if read != logged {
        return Err(format!("bytes_in is {read} at the end, and the first client got {logged}"));
    }
    let last = stage.tally.last.load(SeqCst);
    if last != logged {
        return Err(format!("SIGTERM: {logged} bytes are in the log, and streams ended at {last}"));
    }
    if counters.get("evicted") == 0 || counters.get("accept_no_descriptors") == 0 {
        return Err("nobody was evicted, or descriptors never ran short: this shows little".into());
    }
    let joined = stage.tally.connected.load(SeqCst);
    if (counters.get("joined"), counters.gone()) != (joined, joined) {
        return Err(format!("{joined} clients came, {} have gone at the end", counters.gone()));
    }
    if counters.get("drained") != drained {
        let counted = counters.get("drained");
        return Err(format!("drained is {counted}, and {drained} clients were there at the end"));
    }
    Ok(())
}
