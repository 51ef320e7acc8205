//! Whole runs of which everything is decided by choices: the limits, the ways to serve, the peers
//! and what they send, and all that goes wrong.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use pollcast::kernel::Kernel;
use pollcast::observer::Observer;
use pollcast::{
    Allocation, Config, Framing, HalfClose, Interest, Patience, Server, Stats, TurnLimits,
};

use crate::choice::{Choices, Seeded};
use crate::kernel::SimKernel;
use crate::peers::{Ending, Peer, Reading};
use crate::run::Run;
use crate::socket::Mode;
use crate::world::{Faults, World};

/// What came of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    pub stats: Stats,
    /// Events that were told, and faults that struck.
    pub told: u64,
    pub struck: u64,
}

/// A run from its start to the end of its server: `choices` are for what is set up and for the
/// host, those of the `world` for what happens in it.
pub fn run(mode: Mode, choices: &mut impl Choices, world: Box<dyn Choices>) -> Outcome {
    run_gathering(mode, Duration::ZERO, choices, world)
}

/// The same for a server that leaves input unread for so long.
pub fn run_gathering(
    mode: Mode,
    gather: Duration,
    choices: &mut impl Choices,
    world: Box<dyn Choices>,
) -> Outcome {
    match mode {
        Mode::Epoll => run_in::<true>(mode, gather, choices, world),
        Mode::Kqueue | Mode::Poll => run_in::<false>(mode, gather, choices, world),
    }
}

fn run_in<const SHORT: bool>(
    mode: Mode,
    gather: Duration,
    choices: &mut impl Choices,
    world: Box<dyn Choices>,
) -> Outcome {
    let (world, config, peers, weather) = set_up(mode, gather, choices, world);
    let mut run = Run::<SHORT>::new(world, config, peers);
    weather.pass_over(&mut run, choices);
    let (told, struck) = (run.world().told, run.world().struck);
    Outcome { stats: *run.server.stats(), told, struck }
}

/// What happens, and how often.
pub struct Weather {
    /// Turns of the storm.
    storm: usize,
    /// Most bytes that a peer sends at a time.
    most: usize,
    /// How often the host acts, in a thousand times.
    host: u32,
    shuts_down_early: bool,
}

/// A world, limits, peers, and what they are in for.
pub fn set_up(
    mode: Mode,
    gather: Duration,
    choices: &mut impl Choices,
    world: Box<dyn Choices>,
) -> (World, Config, Vec<Peer>, Weather) {
    let config = Config { gather, ..some_limits(choices) };
    // A byte in each turn, written to one client in each: more would take hours of turns.
    let most_bytes = if config.turn.bytes == 1 { 500 } else { 20_000 };
    let peers = (0..=choices.below(8)).map(|_| some_peer(choices, most_bytes)).collect();
    let faults = if choices.chance(900) { Faults::ALL } else { Faults::default() };
    let mut world = World::new(mode, world, faults);
    world.descriptors = [usize::MAX, 3][choices.below(2)];
    world.send_buffer = [64, 700, 5000][choices.below(3)];
    let most = [1, 40, 3000][choices.below(3)];
    let host = [0, 0, 50, 300][choices.below(4)];
    let storm = 20 + choices.below(250);
    let shuts_down_early = choices.chance(200);
    world.say("set up", (mode, &config));
    (world, config, peers, Weather { storm, most, host, shuts_down_early })
}

impl Weather {
    /// From the start of a run to the end of its server.
    pub fn pass_over<const SHORT: bool, K: Kernel, O: Observer>(
        &self,
        run: &mut Run<SHORT, K, O>,
        choices: &mut impl Choices,
    ) {
        for _ in 0..self.storm {
            if choices.are_used_up() {
                break;
            }
            run.act(600, self.most);
            run.host_acts(self.host, choices);
            let timeout = [None, Some(Duration::ZERO), Some(Duration::from_millis(7))];
            run.turn(timeout[choices.below(3)]);
        }
        if !self.shuts_down_early {
            run.calm_down();
        }
        run.world_mut().faults = Faults::default();
        run.finish();
    }
}

fn some_limits(choices: &mut impl Choices) -> Config {
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
fn some_ways(choices: &mut impl Choices, limits: &Config) -> Config {
    let echo = choices.chance(600);
    let half_close = [HalfClose::Leave, HalfClose::Listen][choices.below(2)];
    let ways = choices.below(4);
    let mut config = Config {
        echo,
        half_close,
        interest: [Interest::Toggle, Interest::Once][ways % 2],
        allocation: [Allocation::AsNeeded, Allocation::AtStart][ways / 2],
        idle_timeout: [None, None, Some(Duration::from_millis(400))][choices.below(3)],
        max_clients_per_address: [None, None, Some(3)][choices.below(3)],
        ..limits.clone()
    };
    if choices.chance(400) {
        config.framing = Framing::Line;
        config.turn.bytes = config.turn.bytes.max(1000);
        config.max_line = [30, 400][choices.below(2)];
    }
    if config.allocation == Allocation::AtStart {
        // Each run allocates all of it, and each audit walks along it.
        config.max_memory = least_memory(&config) + (32 << 10);
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

fn some_peer(choices: &mut impl Choices, most_bytes: usize) -> Peer {
    let length = [0, 10, 500, most_bytes][choices.below(4)];
    let line = [5, 40, 256][choices.below(3)];
    let bytes = choices.text(length, line);
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
