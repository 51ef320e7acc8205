//! Random runs. Each seed gives the limits, the peers, and all that goes wrong.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use pollcast::{Config, Framing, HalfClose, Interest, Patience, Server, Stats, TurnLimits};

use crate::choice::{Choices, Seeded};
use crate::kernel::SimKernel;
use crate::peers::{Ending, Peer, Reading};
use crate::run::Run;
use crate::socket::Mode;
use crate::world::{Faults, World};

/// Turns in each `cargo test`; `POLLCAST_TURNS` asks for more.
const TURNS: u64 = 300_000;

#[test]
fn every_promise_holds_in_three_hundred_thousand_turns_with_all_that_can_go_wrong() {
    let turns = number("POLLCAST_TURNS").unwrap_or(TURNS);
    if let Some(seed) = number("POLLCAST_SEED") {
        for mode in Mode::ALL {
            eprintln!("mode {mode:?}");
            run_seed(seed, mode);
        }
        return;
    }
    let mut met = Met::default();
    for seed in 0..turns {
        for mode in Mode::ALL {
            met.add(&run_seed(seed, mode));
        }
        if met.turns >= turns {
            println!("{seed} seeds in three modes: {met:#?}");
            break;
        }
    }
    met.is_enough();
}

/// What the runs met, in all: a simulation that never evicts shows nothing about evictions.
#[derive(Debug, Default)]
struct Met {
    turns: u64,
    bytes_in: u64,
    bytes_out: u64,
    waits: u64,
    left: u64,
    reset: u64,
    evicted: u64,
    drained: u64,
    drain_timeouts: u64,
    refused: u64,
    accept_paused: u64,
    accept_failed: u64,
    discarded: u64,
    idle: u64,
    lines_too_long: u64,
    over_budget: u64,
    refused_per_address: u64,
    unfinished: u64,
}

impl Met {
    fn add(&mut self, stats: &Stats) {
        self.turns += stats.turns;
        self.bytes_in += stats.bytes_in;
        self.bytes_out += stats.bytes_out;
        self.waits += stats.waits;
        self.left += stats.left;
        self.reset += stats.reset;
        self.evicted += stats.evicted;
        self.drained += stats.drained;
        self.drain_timeouts += stats.drain_timeouts;
        self.refused += stats.refused;
        self.accept_paused += stats.accept_paused;
        self.accept_failed += stats.accept_failed;
        self.discarded += stats.bytes_discarded;
        self.idle += stats.idle;
        self.lines_too_long += stats.lines_too_long;
        self.over_budget += stats.over_budget;
        self.refused_per_address += stats.refused_per_address;
        self.unfinished += stats.bytes_unfinished;
    }

    fn is_enough(&self) {
        let each = [self.waits, self.left, self.reset, self.evicted, self.drained, self.refused];
        let more = [self.drain_timeouts, self.accept_paused, self.accept_failed, self.discarded];
        let rare = [self.idle, self.lines_too_long, self.refused_per_address, self.unfinished];
        let met = each.iter().chain(&more).chain(&rare);
        assert!(met.min() >= Some(&20), "too little was met: {self:#?}");
    }
}

fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} takes a number, not {value}")))
}

/// Prints how to replay a run that fails.
struct Replay(u64, Mode);

impl Drop for Replay {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self(seed, mode) = self;
            eprintln!("failed in mode {mode:?}; to replay it:");
            eprintln!("POLLCAST_SEED={seed} cargo test --test simulation seeds");
        }
    }
}

fn run_seed(seed: u64, mode: Mode) -> Stats {
    let _replay = Replay(seed, mode);
    match mode {
        Mode::Epoll => run::<true>(seed, mode),
        Mode::Kqueue | Mode::Poll => run::<false>(seed, mode),
    }
}

fn run<const SHORT: bool>(seed: u64, mode: Mode) -> Stats {
    let mut choices = Seeded::new(seed);
    let config = some_limits(&mut choices);
    let peers = (0..=choices.below(8)).map(|_| some_peer(&mut choices)).collect();
    let faults = if choices.chance(900) { Faults::ALL } else { Faults::default() };
    let mut world = World::new(mode, Box::new(Seeded::new(seed)), faults);
    world.descriptors = [usize::MAX, 3][choices.below(2)];
    world.send_buffer = [64, 700, 5000][choices.below(3)];
    let most = [1, 40, 3000][choices.below(3)];
    let storm = 20 + choices.below(250);
    let shuts_down_early = choices.chance(200);

    let mut run = Run::<SHORT>::new(world, config, peers);
    for _ in 0..storm {
        run.act(600, most);
        let timeout = [None, Some(Duration::ZERO), Some(Duration::from_millis(7))];
        run.turn(timeout[choices.below(3)]);
    }
    if !shuts_down_early {
        run.calm_down();
    }
    run.world_mut().faults = Faults::default();
    run.finish();
    *run.server.stats()
}

fn some_limits(choices: &mut Seeded) -> Config {
    let turn = TurnLimits {
        accepts: [1, 2, 64][choices.below(3)],
        reads: [1, 3, 1024][choices.below(3)],
        writes: [1, 2, 5, 1024][choices.below(4)],
        bytes: [1, 64, 4096, 1 << 17][choices.below(4)],
    };
    let patience = match choices.below(4) {
        0 => Patience::Limit(Duration::ZERO),
        1 => Patience::Limit(Duration::from_millis(50)),
        2 => Patience::Limit(Duration::from_secs(1)),
        _ => Patience::Forever,
    };
    let limits = Config {
        max_queue: [4096, 5000, 16384][choices.below(3)],
        patience,
        max_clients: [2, 1000][choices.below(2)],
        drain_timeout: [Duration::ZERO, Duration::from_secs(5)][choices.below(2)],
        turn,
        ..Config::default()
    };
    some_ways(choices, &limits)
}

/// How it serves: each way in every combination with the others.
fn some_ways(choices: &mut Seeded, limits: &Config) -> Config {
    let mut config = Config {
        echo: choices.chance(600),
        half_close: [HalfClose::Leave, HalfClose::Listen][choices.below(2)],
        interest: [Interest::Toggle, Interest::Once][choices.below(2)],
        idle_timeout: [None, None, Some(Duration::from_millis(400))][choices.below(3)],
        max_clients_per_address: [None, None, Some(3)][choices.below(3)],
        ..limits.clone()
    };
    if choices.chance(400) {
        config.framing = Framing::Line;
        config.turn.bytes = config.turn.bytes.max(1000);
        config.max_line = [30, 400][choices.below(2)];
    }
    if choices.chance(300) {
        config.max_memory = least_memory(&config);
    }
    config
}

/// The least that serves by all other limits.
fn least_memory(config: &Config) -> usize {
    let serves = |max_memory: usize| {
        let config = Config { max_memory, ..config.clone() };
        let world = World::new(Mode::Epoll, Box::new(Seeded::new(0)), Faults::default());
        Server::new(SimKernel::<true>(Rc::new(RefCell::new(world))), config).is_ok()
    };
    (1..).map(|kilobytes| kilobytes << 10).find(|&memory| serves(memory)).expect("enough is enough")
}

fn some_peer(choices: &mut Seeded) -> Peer {
    let length = [0, 10, 500, 20_000][choices.below(4)];
    let line = [5, 40, 256][choices.below(3)];
    let byte = |random: usize| if random % line == 0 { b'\n' } else { random as u8 };
    let bytes = (0..length).map(|_| byte(choices.below(1 << 16))).collect();
    let reading = match choices.below(4) {
        0 => Reading::Never,
        1 => Reading::Slow(1 + choices.below(200)),
        _ => Reading::Eager,
    };
    let endings = [
        Ending::Stays,
        Ending::Stays,
        Ending::Ignores,
        Ending::HalfCloses,
        Ending::Closes,
        Ending::Resets,
    ];
    Peer::new(bytes, reading, endings[choices.below(endings.len())])
}
