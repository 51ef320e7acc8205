//! epoll, kqueue and poll(2) tell readiness by different rules; what is delivered must not differ.

use pollcast::{Config, Patience, TurnLimits};

use crate::choice::{Choices, Seeded};
use crate::effort;
use crate::peers::{Ending, Peer, Reading};
use crate::run::Run;
use crate::socket::Mode;
use crate::world::{Faults, World};

const SEEDS: u64 = 60;

/// What a run delivered: the log, and where in it each client starts and ends.
type Delivered = (Vec<u8>, Vec<(usize, usize)>);

#[test]
fn one_sender_at_a_time_gives_the_same_bytes_in_all_three_modes() {
    for seed in 0..effort::share(SEEDS) {
        let [epoll, kqueue, poll] = [
            take_turns::<true>(seed, Mode::Epoll),
            take_turns::<false>(seed, Mode::Kqueue),
            take_turns::<false>(seed, Mode::Poll),
        ];
        assert!(epoll == kqueue, "seed {seed}: epoll and kqueue differ");
        assert!(epoll == poll, "seed {seed}: epoll and poll(2) differ");
        assert!(epoll.0.len() > 1000, "seed {seed}: {} bytes say little", epoll.0.len());
    }
}

#[test]
fn all_senders_at_once_lose_nothing_and_keep_their_order_in_all_three_modes() {
    for seed in 0..effort::share(SEEDS) {
        all_at_once::<true>(seed, Mode::Epoll);
        all_at_once::<false>(seed, Mode::Kqueue);
        all_at_once::<false>(seed, Mode::Poll);
    }
}

/// In each round one peer sends something, and everybody gets it before the next round.
fn take_turns<const SHORT: bool>(seed: u64, mode: Mode) -> Delivered {
    let mut script = Seeded::new(seed);
    let mut run = joined::<SHORT>(seed, mode, &mut script);
    for _ in 0..20 {
        let sender = script.below(run.peers.len());
        let bytes = some_bytes(&mut script, sender, 3000);
        run.peers[sender].to_send.extend(bytes);
        run.run_until("the round is over", usize::MAX, Run::is_settled);
    }
    let world = run.world();
    let views = world.oracle.views.values().map(|view| (view.start, view.written)).collect();
    (world.oracle.log.clone(), views)
}

fn all_at_once<const SHORT: bool>(seed: u64, mode: Mode) {
    let mut script = Seeded::new(seed);
    let mut run = joined::<SHORT>(seed, mode, &mut script);
    for sender in 0..run.peers.len() {
        run.peers[sender].to_send = some_bytes(&mut script, sender, 10_000);
    }
    run.run_until("all has arrived", 500, Run::is_settled);
    let world = run.world();
    for (sender, peer) in run.peers.iter().enumerate() {
        let is_theirs = |byte: &u8| usize::from(byte >> 5) == sender;
        let logged: Vec<u8> = world.oracle.log.iter().copied().filter(is_theirs).collect();
        assert!(
            logged == peer.to_send,
            "seed {seed}, {mode:?}: what {sender} sent is not in order"
        );
    }
}

/// A run in which everybody has joined and nobody has sent anything.
fn joined<const SHORT: bool>(seed: u64, mode: Mode, script: &mut Seeded) -> Run<SHORT> {
    let peers = (0..2 + script.below(5))
        .map(|_| {
            let reading = [Reading::Eager, Reading::Slow(200)][script.below(2)];
            Peer::new(Vec::new(), reading, Ending::Stays)
        })
        .collect();
    let config = Config {
        max_queue: 4096,
        patience: Patience::Forever,
        turn: TurnLimits { writes: 3, bytes: 700, ..TurnLimits::default() },
        ..Config::default()
    };
    let mut world = World::new(mode, Box::new(Seeded::new(seed)), Faults::HARMLESS);
    world.send_buffer = 300;
    let mut run = Run::new(world, config, peers);
    let everybody = run.peers.len() as u64;
    run.run_until("everybody has joined", 0, |run| run.server.stats().joined == everybody);
    run
}

/// Bytes that tell who sent them.
fn some_bytes(script: &mut Seeded, sender: usize, most: usize) -> Vec<u8> {
    let length = script.below(most);
    (0..length).map(|_| (sender << 5) as u8 | script.below(32) as u8).collect()
}
