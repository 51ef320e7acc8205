//! Descriptors that run short and come back: those who are in notice nothing, and those who wait
//! get in within a second.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

use super::between;
use crate::lanes::SHARED;
use crate::receiver::Receiver;
use crate::stage::Stage;
use crate::visitor::Visitor;

/// Clients that come while there is no descriptor.
const NEWCOMERS: usize = 4;

const SOON: Duration = Duration::from_secs(1);

/// Below what the server has open: there is no free number.
const NONE: u64 = 4;

pub fn play(stage: &Stage, seed: u64) -> Result<(), String> {
    let mut random = fastrand::Rng::with_seed(seed);
    let pid = stage.pid()?;
    while !stage.is_over() {
        stage.sleep(between(&mut random, 500, 2_500));
        let newcomers = without_descriptors(stage, pid, between(&mut random, 50, 400))?;
        let waiting = stage.tally.connected.load(Ordering::SeqCst);
        let began = Instant::now();
        while stage.counters()?.get("joined") < waiting {
            let allowed = stage.on_this_machine(SOON);
            if began.elapsed() > allowed {
                return Err(format!(
                    "descriptors are free, and those who wait are not let in for {allowed:?}"
                ));
            }
            thread::sleep(Duration::from_millis(5));
        }
        stage.tally.shortages.fetch_add(1, Ordering::SeqCst);
        for newcomer in newcomers {
            newcomer.voice(SHARED).say(100).map_err(|error| format!("a newcomer: {error}"))?;
            newcomer.leave()?;
        }
    }
    Ok(())
}

/// Takes the descriptors away for so long. Tells who came meanwhile.
fn without_descriptors(
    stage: &Stage,
    pid: Pid,
    time: Duration,
) -> Result<Vec<Visitor<'_>>, String> {
    let set = |limit| {
        prlimit(Some(pid), Resource::Nofile, limit).map_err(|error| format!("prlimit: {error}"))
    };
    // The server has inherited the limit that cannot be passed.
    let maximum = getrlimit(Resource::Nofile).maximum;
    let old = set(Rlimit { current: Some(NONE), maximum })?;
    let receiver = |number| Receiver::new(&stage.log, format!("newcomer {number}"));
    let come = |number| Visitor::good(stage, receiver(number));
    let newcomers = (0..NEWCOMERS).map(come).collect();
    thread::sleep(time);
    set(old)?;
    Ok(newcomers)
}
