//! Promise 3, patience is earned: an attack does not stop a busy room.

use std::collections::HashMap;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Over, Server, alone, median, raise_descriptors, swallow};

/// Clients that stall at any time.
const ATTACKERS: usize = 3;

/// Those who attack: they never read, and whoever is evicted is back at once.
///
/// They learn it from the server's log. A client that does not read cannot tell an eviction from a
/// pause, since the end of its stream is behind the bytes that it leaves; but one that comes back
/// every few milliseconds, unasked, does the same harm.
struct Attack<'a> {
    server: &'a Server,
    /// Lines of the log that were read.
    seen: usize,
    /// The port of each client, by its key.
    ports: HashMap<usize, u16>,
    stalled: HashMap<u16, TcpStream>,
}

impl<'a> Attack<'a> {
    fn new(server: &'a Server) -> Self {
        Self { server, seen: 0, ports: HashMap::new(), stalled: HashMap::new() }
    }

    fn turn(&mut self, is_on: bool) {
        let lines = self.server.log_after(self.seen);
        self.seen += lines.len();
        lines.iter().for_each(|line| drop(self.hear(line)));
        if !is_on {
            self.stalled.clear();
        }
        while is_on && self.stalled.len() < ATTACKERS {
            let attacker = self.server.connect_small(4096);
            let port = attacker.local_addr().expect("connected").port();
            self.stalled.insert(port, attacker);
        }
    }

    /// The attacker who was evicted, if the line says that of one.
    fn hear(&mut self, line: &str) -> Option<TcpStream> {
        let (_, rest) = line.split_once("client ")?;
        let (client, what) = rest.split_once(' ')?;
        let client = client.parse().ok()?;
        if let Some(port) = what.strip_prefix("joined from 127.0.0.1:") {
            self.ports.insert(client, port.parse().expect("a port"));
        }
        what.starts_with("evicted").then(|| self.stalled.remove(self.ports.get(&client)?))?
    }
}

/// A room of talkers and what they get through, with and without an attack.
struct Room<'a> {
    server: &'a Server,
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
        let before = self.server.logged("evicted");
        let with = self.rate(true, Duration::from_millis(600));
        let evicted = self.server.logged("evicted") - before;
        let without = self.rate(false, Duration::from_millis(400));
        (with / without, evicted)
    }
}

fn talk(mut talker: &TcpStream, over: &Over) {
    while !over.is_reached() && talker.write_all(&[b'x'; 65536]).is_ok() {}
}

fn listen(talker: &TcpStream, over: &Over, taken: &AtomicU64) {
    swallow(talker, over, |read| _ = taken.fetch_add(read as u64, Ordering::Relaxed));
}

/// Attacks while it is on. Who was evicted is back after this time.
fn attack(server: &Server, over: &Over, is_on: &AtomicBool, reaction: Duration) {
    let mut attack = Attack::new(server);
    while !over.is_reached() {
        attack.turn(is_on.load(Ordering::Relaxed));
        thread::sleep(reaction);
    }
}

#[test]
fn three_attackers_who_stall_and_return_leave_the_talkers_three_quarters_of_their_throughput() {
    let _alone = alone();
    raise_descriptors();
    let server = Server::start(&["-v"]);
    let talkers = server.gather(2);
    let (over, taken, is_attacked) = (Over::default(), AtomicU64::new(0), AtomicBool::new(true));
    let (shares, evicted): (Vec<f64>, Vec<usize>) = thread::scope(|scope| {
        let _end = over.at_the_end(&talkers);
        for talker in &talkers {
            scope.spawn(|| talk(talker, &over));
            scope.spawn(|| listen(talker, &over, &taken));
        }
        // Faster ones take more from the talkers by their sheer number of connections: how long
        // the room waits for those is the next test.
        scope.spawn(|| attack(&server, &over, &is_attacked, Duration::from_millis(20)));
        let room = Room { server: &server, taken: &taken, is_attacked: &is_attacked };
        // The first attack spends the second that the room has to give.
        room.rate(true, Duration::from_millis(1300));
        let shares = (0..5).map(|_| room.share()).unzip();
        let talkers_evicted = server.logged("client 0 evicted") + server.logged("client 1 evicted");
        assert_eq!(talkers_evicted, 0, "healthy members were evicted");
        shares
    });
    let share = median(shares.clone());
    let figures = format!("the talkers keep {share:.2}: {shares:.2?}, {evicted:?} evictions");
    eprintln!("under attack {figures}");
    assert!(evicted.iter().all(|&evicted| evicted > 20), "no attack took place: {figures}");
    assert!(share >= 0.75, "{figures}");
}

#[test]
fn however_fast_attackers_return_the_room_waits_for_a_quarter_of_the_time_at_most() {
    let _alone = alone();
    raise_descriptors();
    let server = Server::start(&["-v"]);
    let talkers = server.gather(2);
    let (over, taken, is_attacked) = (Over::default(), AtomicU64::new(0), AtomicBool::new(true));
    let began = Instant::now();
    thread::scope(|scope| {
        let _end = over.at_the_end(&talkers);
        for talker in &talkers {
            scope.spawn(|| talk(talker, &over));
            scope.spawn(|| listen(talker, &over, &taken));
        }
        scope.spawn(|| attack(&server, &over, &is_attacked, Duration::from_micros(500)));
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
