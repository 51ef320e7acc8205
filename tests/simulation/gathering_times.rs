//! Random scripts of who sends how much when: nobody waits for longer than the time to gather, and
//! more leaves in one write. And random runs with all that can go wrong.

use std::collections::VecDeque;
use std::time::Duration;

use pollcast::{Config, Framing, Interest, TurnLimits};

use crate::choice::{Choices, Seeded};
use crate::decided;
use crate::effort;
use crate::peers::{Ending, Peer, Reading};
use crate::run::Run;
use crate::socket::Mode;
use crate::stage::ms;
use crate::world::{Faults, World};

const SCRIPTS: u64 = 60;
const SENDINGS: usize = 60;
/// What the calls of the turns take that a sending needs, at a microsecond each.
const CALLS: Duration = ms(1);

/// A server, and what was sent to it that it has not read.
struct Room<const SHORT: bool> {
    run: Run<SHORT>,
    gather: Duration,
    /// Of each peer: when it sent, and how much it had sent by then.
    unread: Vec<VecDeque<(Duration, usize)>>,
    sent: Vec<usize>,
}

#[test]
fn nothing_waits_for_longer_than_the_time_and_more_leaves_in_one_write() {
    let mut writes = [0, 0];
    for seed in 0..effort::share(SCRIPTS) {
        for mode in Mode::ALL {
            let gather = [ms(5), ms(40), Config::MAX_GATHER][seed as usize % 3];
            eprintln!("seed {seed}, {mode:?}, {gather:?}");
            for (writes, gather) in writes.iter_mut().zip([Duration::ZERO, gather]) {
                *writes += match mode {
                    Mode::Epoll => Room::<true>::follow(seed, mode, gather),
                    Mode::Kqueue | Mode::Poll => Room::<false>::follow(seed, mode, gather),
                };
            }
        }
    }
    println!("{writes:?} writes");
    let [at_once, gathered] = writes;
    assert!(gathered * 4 < at_once * 3, "{gathered} writes where {at_once} were without it");
}

#[test]
fn every_promise_holds_with_all_that_can_go_wrong_while_input_waits() {
    let (mut turns, mut bytes, mut drained) = (0, 0, 0);
    for seed in 0..effort::share(SCRIPTS) {
        for mode in Mode::ALL {
            let gather = [ms(1), ms(7), ms(400), Config::MAX_GATHER][seed as usize % 4];
            eprintln!("seed {seed}, {mode:?}, {gather:?}");
            let world = Box::new(Seeded::new(seed));
            let run = decided::run_gathering(mode, gather, &mut Seeded::new(seed), world);
            turns += run.stats.turns;
            bytes += run.stats.bytes_out;
            drained += run.stats.drained;
        }
    }
    println!("{turns} turns, {bytes} bytes out, {drained} drained");
    let is_enough = turns > 20_000 && bytes > 500_000 && drained > 50;
    assert!(is_enough || !effort::is_whole(), "too little was met");
}

impl<const SHORT: bool> Room<SHORT> {
    /// Follows a script to its end. Tells how many writes that took.
    fn follow(seed: u64, mode: Mode, gather: Duration) -> u64 {
        let mut script = Seeded::new(seed);
        let mut room = Self::joined(&mut script, mode, gather);
        let before = room.run.server.stats().writes;
        let longest = [0, 1, 10, 100][script.below(4)];
        for _ in 0..SENDINGS {
            let at = room.run.world().now + ms(script.below(longest + 1) as u64);
            room.turns_until(at);
            let peer = script.below(room.sent.len());
            room.send(peer, script.amount(200));
        }
        let end = room.run.world().now + gather + CALLS;
        room.turns_until(end);
        assert!(room.unread.iter().all(VecDeque::is_empty), "seed {seed}, {mode:?}: {gather:?}");
        let sent: usize = room.sent.iter().sum();
        let stats = room.run.server.stats();
        assert_eq!(stats.bytes_in, sent as u64);
        stats.writes - before
    }

    fn joined(script: &mut Seeded, mode: Mode, gather: Duration) -> Self {
        let turn = TurnLimits {
            reads: [2, 1024][script.below(2)],
            writes: [2, 1024][script.below(2)],
            bytes: [1000, 1 << 17][script.below(2)],
            ..TurnLimits::default()
        };
        let config = Config {
            gather,
            turn,
            framing: [Framing::Raw, Framing::Line][script.below(2)],
            max_line: 400,
            echo: script.chance(600),
            interest: [Interest::Toggle, Interest::Once][script.below(2)],
            ..Config::default()
        };
        let count = 2 + script.below(5);
        let peer = || Peer::new(Vec::new(), Reading::Eager, Ending::Stays);
        let mut world = World::new(mode, Box::new(Seeded::new(0)), Faults::default());
        world.send_buffer = 1 << 20;
        let mut run = Run::new(world, config, (0..count).map(|_| peer()).collect());
        run.run_until("everybody is in", 0, |run| run.server.client_count() == count);
        Self { run, gather, unread: vec![VecDeque::new(); count], sent: vec![0; count] }
    }

    /// A message arrives, a line of it.
    fn send(&mut self, peer: usize, bytes: usize) {
        let world = &mut *self.run.world_mut();
        let socket = &mut world.sockets[self.run.peers[peer].socket.expect("joined")];
        socket.in_flight.extend((1..bytes).map(|_| peer as u8).chain([b'\n']));
        socket.arrive(bytes);
        self.sent[peer] += bytes;
        self.unread[peer].push_back((world.now, self.sent[peer]));
    }

    /// Turns until this time, as a host makes them that has nothing else to do, and those that have
    /// work at that time.
    fn turns_until(&mut self, at: Duration) {
        while self.run.server.has_work() || self.run.world().now < at {
            let left = at.saturating_sub(self.run.world().now);
            self.run.turn(Some(left));
            self.run.step(0);
            self.check();
        }
    }

    /// Nothing is unread for too long, and what was read has gone to everybody.
    fn check(&mut self) {
        let world = self.run.world();
        for (peer, unread) in self.unread.iter_mut().enumerate() {
            let id = self.run.peers[peer].socket.expect("joined");
            let read = self.sent[peer] - world.sockets[id].inbound.len();
            unread.retain(|&(_, until)| until > read);
            let latest = world.now.saturating_sub(self.gather + CALLS);
            let oldest = unread.front().map_or(world.now, |&(at, _)| at);
            assert!(oldest >= latest, "{peer} waits since {oldest:?}; it is {:?}", world.now);
            let has_everything = world.oracle.has_everything(id);
            assert!(has_everything || self.run.server.has_work(), "socket {id} is left behind");
        }
    }
}
