//! The run from its first client to its last byte.

use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::cast::{audience, burst, churn, shortage, stalled, stopped, talkers};
use crate::checks::{Levels, check_end};
use crate::counters::Counters;
use crate::harness::{LIMIT, wait_until};
use crate::lanes::{LANES, SHARED};
use crate::report::Report;
use crate::stage::{DRAIN_TIMEOUT, Stage};

use audience::Audience;

/// How long the last crowd talks before SIGTERM comes.
const LAST: Duration = Duration::from_secs(2);

/// Runs it. Tells in a few words what was seen.
pub fn run(time: Duration, seed: u64) -> Result<String, String> {
    let mut stage = Stage::new(seed)?;
    let first = stage.server.connect();
    stage.tally.connected.fetch_add(1, Ordering::SeqCst);
    let is_done = AtomicBool::new(false);
    let ended = thread::scope(|scope| {
        let (stage, is_done) = (&stage, &is_done);
        scope.spawn(|| stage.watch_the_machine(is_done));
        scope.spawn(|| {
            if let Err(error) = audience::write_log(stage, &first) {
                stage.fail(error);
            }
        });
        let _guard = stage.guard();
        let ended = perform(stage, time, seed);
        if let Err(error) = &ended {
            stage.fail(error.clone());
            let _ = first.shutdown(Shutdown::Both);
        }
        is_done.store(true, Ordering::SeqCst);
        ended
    });
    if let Some(failure) = stage.failure() {
        let log = stage.server.log();
        eprintln!("the server's last words: {:#?}", &log[log.len().saturating_sub(5)..]);
        return Err(failure);
    }
    let (drained, since) = ended?;
    finish(&mut stage, drained, since)
}

/// All cycles, and the last one with SIGTERM in it.
fn perform(stage: &Stage, time: Duration, seed: u64) -> Result<(u64, Instant), String> {
    wait_until("the first client is in", LIMIT, || {
        stage.counters().is_ok_and(|counters| counters.get("clients") == 1)
    });
    let mut levels = Levels::new(stage);
    let mut report = Report::new(stage.counters()?);
    let is_short = time < Duration::from_secs(120);
    let line = Duration::from_secs(if is_short { 5 } else { 60 });
    let cycle = Duration::from_secs(if is_short { 6 } else { 60 });
    let (mut next_line, mut number) = (line, 0);
    let mut random = fastrand::Rng::with_seed(seed);
    let end = time.saturating_sub(LAST);
    while report.elapsed() < end {
        let until = (report.elapsed() + cycle).min(end);
        let is_attack = number % 2 == 1;
        number += 1;
        play(stage, &mut random, is_attack, |stage| {
            while report.elapsed() < until && !stage.is_over() {
                stage.sleep(next_line.min(until).saturating_sub(report.elapsed()));
                if report.elapsed() >= next_line && !stage.is_over() {
                    report.line(stage)?;
                    next_line += line;
                }
            }
            Ok(())
        })?;
        levels.check_calm(stage)?;
    }
    play_last(stage, &mut random)
}

/// A crowd comes, plays while `watch` watches, and goes. Every other time only attackers stall:
/// what they may take is little, and shows only while no members of some standing stall too.
fn play(
    stage: &Stage,
    random: &mut fastrand::Rng,
    is_attack: bool,
    watch: impl FnOnce(&Stage) -> Result<(), String>,
) -> Result<(), String> {
    stage.set_over(false);
    thread::scope(|scope| {
        let _guard = stage.guard();
        let audience = talk(stage, scope, random);
        stage.play(scope, || audience.play());
        for lane in churn::VISITORS {
            let seed = random.u64(..);
            stage.play(scope, move || churn::visit(stage, lane, seed));
        }
        for _ in 0..churn::RESETS {
            let seed = random.u64(..);
            stage.play(scope, move || churn::reset(stage, seed));
        }
        for _ in 0..stalled::ATTACKERS {
            stage.play(scope, || stalled::attack(stage));
        }
        if !is_attack {
            stall(stage, scope, random);
        }
        let (one, other) = (random.u64(..), random.u64(..));
        stage.play(scope, move || burst::play(stage, one));
        stage.play(scope, move || shortage::play(stage, other));
        if let Err(error) = watch(stage) {
            stage.fail(error);
        }
        stage.set_over(true);
    });
    stage.failure().map_or(Ok(()), Err)
}

/// Members of some standing come to read no more, or not enough.
fn stall<'scope, 'env: 'scope>(
    stage: &'env Stage,
    scope: &'scope thread::Scope<'scope, 'env>,
    random: &mut fastrand::Rng,
) {
    for _ in 0..stalled::SLOW {
        let seed = random.u64(..);
        stage.play(scope, move || stalled::slow(stage, seed));
    }
    for _ in 0..stopped::STOPPED {
        let seed = random.u64(..);
        stage.play(scope, move || stopped::play(stage, seed));
    }
}

/// Those who talk start to, and the audience has their ears.
fn talk<'scope, 'env: 'scope>(
    stage: &'env Stage,
    scope: &'scope thread::Scope<'scope, 'env>,
    random: &mut fastrand::Rng,
) -> Audience<'env> {
    let mut audience = Audience::new(stage, random.u64(..));
    let seed = random.u64(..);
    let voice = audience.talker(talkers::METRONOME, "the metronome");
    stage.play(scope, move || talkers::metronome(stage, voice, seed));
    for lane in talkers::TALKERS {
        let seed = random.u64(..);
        let voice = audience.talker(lane, "a talker");
        stage.play(scope, move || talkers::talker(stage, voice, seed));
    }
    for lane in talkers::DRIPS {
        let voice = audience.talker(lane, "one who sends single bytes");
        stage.play(scope, move || talkers::drip(stage, voice));
    }
    let seed = random.u64(..);
    let voice = audience.talker(talkers::HOG, "the hog");
    stage.play(scope, move || talkers::hog(stage, voice, seed));
    audience
}

/// A crowd that talks on while SIGTERM comes. Tells how many there were, and when it came.
fn play_last(stage: &Stage, random: &mut fastrand::Rng) -> Result<(u64, Instant), String> {
    stage.set_over(false);
    let outcome = thread::scope(|scope| {
        let audience = talk(stage, scope, random);
        let present = audience.len() as u64 + 1;
        stage.play(scope, || audience.play_to_the_last_byte());
        stage.sleep(LAST);
        // While it is stopped, what they say piles up in the kernel: arrived, and not read.
        stage.server.signal(Signal::STOP);
        stage.sleep(Duration::from_millis(50));
        let written: Vec<u64> = (0..LANES).map(|lane| stage.log.written(lane)).collect();
        stage.begin_ending();
        stage.server.signal(Signal::TERM);
        stage.server.signal(Signal::CONT);
        let since = Instant::now();
        stage.sleep(Duration::from_millis(300));
        stage.set_over(true);
        (present, since, written)
    });
    let (present, since, written) = outcome;
    stage.failure().map_or(Ok(()), Err)?;
    let seen = stage.log.seen();
    for (lane, (&seen, written)) in seen.iter().zip(written).enumerate().take(SHARED + 1) {
        if seen < written {
            return Err(format!(
                "SIGTERM: sender {lane} had sent {written} bytes before it, and {seen} came"
            ));
        }
    }
    Ok((present, since))
}

/// The server ends in time, with status 0, and its last words are right.
fn finish(stage: &mut Stage, drained: u64, since: Instant) -> Result<String, String> {
    let status = stage.server.wait();
    let took = since.elapsed();
    let allowed = stage.on_this_machine(DRAIN_TIMEOUT + Duration::from_secs(1));
    if took > allowed || !status.success() {
        return Err(format!(
            "SIGTERM: {status} after {took:?}; status 0 within {allowed:?} is due"
        ));
    }
    let mut summary = None;
    wait_until("the summary is read", LIMIT, || {
        summary = Counters::of_summary(&stage.server.log());
        summary.is_some()
    });
    let summary = summary.expect("found");
    check_end(stage, &summary, drained)?;
    let tally = &stage.tally;
    let nanoseconds = |time: &AtomicU64| Duration::from_nanos(time.load(Ordering::SeqCst));
    Ok(format!(
        "{:.0} MB delivered to {} clients, one log; {} evicted, {} reset; a talker was held up for \
         at most {:.0?}; {} shortages; drained in {took:.1?}",
        summary.seconds("bytes_out") / 1e6,
        summary.get("joined"),
        summary.get("evicted"),
        summary.get("reset"),
        nanoseconds(&tally.held_up),
        tally.shortages.load(Ordering::SeqCst),
    ))
}
