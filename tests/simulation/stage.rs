//! Scenes without faults and without chance: who joins, who talks and who stalls is told line by
//! line, and so are the figures that must come out.

use std::time::Duration;

use pollcast::observer::Reason;
use pollcast::{Allocation, Config, Patience, TurnLimits};

use crate::choice::Scripted;
use crate::peers::{Ending, Peer, Reading};
use crate::run::Run;
use crate::socket::Mode;
use crate::world::{Faults, World};

pub type Scene = Run<true>;

pub const QUEUE: usize = 8192;

/// An empty room with a small queue.
pub fn scene(config: Config) -> Scene {
    let choices = Box::new(Scripted::new(0, 0));
    let mut world = World::new(Mode::Epoll, choices, Faults::default());
    world.send_buffer = 1000;
    Run::new(world, config, Vec::new())
}

/// All memory is allocated at the start, and nothing after that.
pub fn limits() -> Config {
    let turn = TurnLimits { bytes: 512, ..TurnLimits::default() };
    let (allocation, max_memory) = (Allocation::AtStart, 1 << 20);
    Config { max_queue: QUEUE, turn, allocation, max_memory, ..Config::default() }
}

/// Blocks are allocated when somebody falls behind.
pub fn as_needed() -> Config {
    let (allocation, max_memory) = (Allocation::AsNeeded, Config::default().max_memory);
    Config { allocation, max_memory, ..limits() }
}

/// A room that waits at most so long.
pub fn patient(limit: Duration) -> Config {
    Config { patience: Patience::Limit(limit), ..limits() }
}

pub const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

impl Scene {
    /// Somebody joins, and is in before anything else happens. Tells the number of the peer.
    pub fn join(&mut self, reading: Reading, ending: Ending) -> usize {
        self.peers.push(Peer::new(Vec::new(), reading, ending));
        let peer = self.peers.len() - 1;
        let joined = self.server.stats().joined;
        self.until("it has joined", |scene| scene.server.stats().joined > joined);
        peer
    }

    /// Somebody who reads everything.
    pub fn join_eager(&mut self) -> usize {
        self.join(Reading::Eager, Ending::Stays)
    }

    /// Somebody who reads nothing.
    pub fn join_stalled(&mut self) -> usize {
        self.join(Reading::Never, Ending::Ignores)
    }

    /// A peer sends so much, and turns are made until it has arrived and what can move has moved.
    pub fn say(&mut self, peer: usize, bytes: usize) {
        self.peers[peer].to_send.extend((0..bytes).map(|byte| (byte % 251) as u8));
        for _ in 0..2 * bytes / 512 + 4 {
            self.step(512);
            self.turn(Some(Duration::ZERO));
        }
    }

    /// A peer talks until the room waits.
    pub fn fill(&mut self, talker: usize) {
        for _ in 0..100 {
            if self.server.waits_for().is_some() {
                return;
            }
            self.say(talker, 512);
        }
        panic!("nobody is full");
    }

    /// Peers read, and turns are made without waiting, until something is so.
    pub fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        for _ in 0..20_000 {
            if holds(self) {
                return;
            }
            self.step(0);
            self.turn(Some(Duration::ZERO));
        }
        panic!("it never came to it: {what}");
    }

    /// Time passes; nothing else happens.
    pub fn pass(&mut self, time: Duration) {
        self.world_mut().now += time;
        self.turn(Some(Duration::ZERO));
    }

    /// Turns until somebody has left, with the server's own timeouts.
    pub fn until_left(&mut self, departures: usize) {
        for _ in 0..200 {
            if self.world().oracle.departures.len() >= departures {
                return;
            }
            self.step(512);
            self.turn(None);
        }
        panic!("nobody left");
    }

    /// The server's slot of a peer.
    pub fn key(&self, peer: usize) -> usize {
        let socket = self.peers[peer].socket;
        let keys = &self.world().oracle.keys;
        *keys.iter().find(|&(_, &id)| Some(id) == socket).expect("joined").0
    }

    /// How long the room waited for a peer, and how much it took meanwhile, in its latest wait.
    pub fn latest_wait(&self) -> (usize, Duration, u64) {
        *self.world().oracle.waits.last().expect("a wait has ended")
    }

    /// Why a peer left, if it did.
    pub fn reason(&self, peer: usize) -> Option<Reason> {
        self.world().oracle.views[&self.peers[peer].socket?].left
    }

    /// Bytes that wait for a peer in the server.
    pub fn queued(&self, peer: usize) -> usize {
        self.world().oracle.pending(self.peers[peer].socket.expect("joined"))
    }
}

/// Something arrives from this peer, and no turn is made yet.
pub fn arrives(scene: &Scene, peer: usize, bytes: usize) {
    arrive(scene, peer, &vec![peer as u8; bytes]);
}

/// The same with these bytes.
pub fn arrive(scene: &Scene, peer: usize, bytes: &[u8]) {
    let id = scene.peers[peer].socket.expect("joined");
    let socket = &mut scene.world_mut().sockets[id];
    socket.in_flight.extend(bytes);
    socket.arrive(bytes.len());
}

/// Equal but for the microseconds that calls take.
#[track_caller]
pub fn assert_about(measured: Duration, expected: Duration) {
    let difference = measured.abs_diff(expected);
    assert!(difference < ms(5), "{measured:?}, and not {expected:?}");
}
