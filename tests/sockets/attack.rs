//! Promise 3, patience is earned: an attack does not stop a busy room.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Over, Server, alone, median, raise_descriptors, swallow};

/// What three attackers leave the talkers of their throughput, at least.
const LEAST: f64 = 0.75;

/// Clients that stall at any time.
const ATTACKERS: usize = 3;

/// Those who attack: they never read, and whoever is evicted is back at once. An eviction is a
/// reset, which shows without reading.
struct Attack<'a> {
    server: &'a Server,
    stalled: Vec<TcpStream>,
    evicted: &'a AtomicUsize,
}

impl Attack<'_> {
    fn turn(&mut self, is_on: bool) {
        let before = self.stalled.len();
        self.stalled.retain(|attacker| matches!(attacker.take_error(), Ok(None)));
        self.evicted.fetch_add(before - self.stalled.len(), Ordering::Relaxed);
        if !is_on {
            self.stalled.clear();
        }
        while is_on && self.stalled.len() < ATTACKERS {
            self.stalled.push(self.server.connect_small(4096));
        }
    }
}

/// A room of talkers and what they get through, with and without an attack.
struct Room<'a> {
    evicted: &'a AtomicUsize,
    taken: &'a AtomicU64,
    is_attacked: &'a AtomicBool,
}

impl Room<'_> {
    /// Bytes that the talkers take per second, once things have settled.
    fn rate(&self, is_attacked: bool, time: Duration) -> f64 {
        self.is_attacked.store(is_attacked, Ordering::Relaxed);
        // The patience that the room has regained since the last attack is spent first: what
        // counts is an attack without end.
        thread::sleep(Duration::from_millis(100));
        let (began, before) = (Instant::now(), self.taken.load(Ordering::Relaxed));
        thread::sleep(time);
        let taken = self.taken.load(Ordering::Relaxed) - before;
        taken as f64 / began.elapsed().as_secs_f64()
    }

    /// What the attack leaves of the talkers' rate, and how often attackers were evicted meanwhile.
    fn share(&self) -> (f64, usize) {
        let before = self.evicted.load(Ordering::Relaxed);
        let with = self.rate(true, Duration::from_millis(450));
        let evicted = self.evicted.load(Ordering::Relaxed) - before;
        let without = self.rate(false, Duration::from_millis(300));
        (with / without, evicted)
    }
}

fn talk(mut talker: &TcpStream, over: &Over) {
    while !over.is_reached() && talker.write_all(&[b'x'; 65536]).is_ok() {}
}

/// Fails if the stream ends before the test does: then a healthy member was evicted.
fn listen(talker: &TcpStream, over: &Over, taken: &AtomicU64) {
    swallow(talker, over, |read| _ = taken.fetch_add(read as u64, Ordering::Relaxed));
    assert!(over.is_reached(), "a healthy member was evicted");
}

/// Attacks while it is on. Who was evicted is back after this time.
fn attack(mut attack: Attack<'_>, over: &Over, is_on: &AtomicBool, reaction: Duration) {
    while !over.is_reached() {
        attack.turn(is_on.load(Ordering::Relaxed));
        thread::sleep(reaction);
    }
}

#[test]
fn three_attackers_who_stall_and_return_leave_the_talkers_three_quarters_of_their_throughput() {
    let _alone = alone();
    raise_descriptors();
    let server = Server::start(&[]);
    let talkers = server.gather(2);
    let (over, taken, is_attacked) = (Over::default(), AtomicU64::new(0), AtomicBool::new(true));
    let evicted = AtomicUsize::new(0);
    let (shares, evicted): (Vec<f64>, Vec<usize>) = thread::scope(|scope| {
        let _end = over.at_the_end(&talkers);
        for talker in &talkers {
            scope.spawn(|| talk(talker, &over));
            scope.spawn(|| listen(talker, &over, &taken));
        }
        // Faster ones take more from the talkers by their sheer number of connections: how long
        // the room waits for those is the next test.
        let attackers = Attack { server: &server, stalled: Vec::new(), evicted: &evicted };
        scope.spawn(|| attack(attackers, &over, &is_attacked, Duration::from_millis(20)));
        let room = Room { evicted: &evicted, taken: &taken, is_attacked: &is_attacked };
        // The first attack spends the second that the room has to give.
        room.rate(true, Duration::from_millis(1300));
        let mut pairs: Vec<(f64, usize)> = (0..3).map(|_| room.share()).collect();
        if median(pairs.iter().map(|pair| pair.0).collect()) < LEAST {
            // A machine that is busy otherwise: single pairs swing by a third there.
            pairs.extend((0..12).map(|_| room.share()));
        }
        pairs.into_iter().unzip()
    });
    let share = median(shares.clone());
    let figures = format!("the talkers keep {share:.2}: {shares:.2?}, {evicted:?} evictions");
    eprintln!("under attack {figures}");
    assert!(evicted.iter().all(|&evicted| evicted > 20), "no attack took place: {figures}");
    assert!(share >= LEAST, "{figures}");
}

#[test]
fn however_fast_attackers_return_the_room_waits_for_a_quarter_of_the_time_at_most() {
    let _alone = alone();
    raise_descriptors();
    let server = Server::start(&[]);
    let talkers = server.gather(2);
    let (over, taken, is_attacked) = (Over::default(), AtomicU64::new(0), AtomicBool::new(true));
    let (began, met) = (Instant::now(), AtomicUsize::new(0));
    thread::scope(|scope| {
        let _end = over.at_the_end(&talkers);
        for talker in &talkers {
            scope.spawn(|| talk(talker, &over));
            scope.spawn(|| listen(talker, &over, &taken));
        }
        let attackers = Attack { server: &server, stalled: Vec::new(), evicted: &met };
        scope.spawn(|| attack(attackers, &over, &is_attacked, Duration::from_micros(500)));
        thread::sleep(Duration::from_millis(2500));
    });
    let time = began.elapsed().as_secs_f64();
    let counters = server.stop();
    let (waited, evicted) = (counters["waited"], counters["evicted"]);
    eprintln!("in {time:.2} s of attack the room waited {waited:.2} s, {evicted} evictions");
    assert!(evicted > 100.0, "no attack took place: {evicted} evictions");
    // It has a second to give to newcomers; a quarter of what is left is the rest.
    let most = 1.0 + (time - 1.0) / 4.0;
    assert!(waited < most, "it waited {waited:.2} of {time:.2} s, {evicted} evictions");
}
