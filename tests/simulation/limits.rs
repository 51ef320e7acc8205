//! Bounds of a turn, fairness, and shortages.

use std::time::Duration;

use pollcast::{Config, TurnLimits};

use crate::choice::Seeded;
use crate::peers::{Ending, Reading};
use crate::stage::{Scene, arrives, as_needed, limits, ms, scene};
use crate::world::Faults;

fn bounded(turn: TurnLimits) -> Scene {
    scene(Config { turn, ..limits() })
}

#[test]
fn a_turn_makes_no_more_writes_than_it_may_and_the_fan_out_goes_on_before_anything_is_read() {
    let mut scene = bounded(TurnLimits { writes: 3, ..TurnLimits::default() });
    let peers: Vec<usize> = (0..10).map(|_| scene.join_eager()).collect();
    arrives(&scene, peers[0], 100);
    for made in [3, 6, 9, 10] {
        arrives(&scene, peers[1], 1);
        scene.turn(None);
        let stats = scene.server.stats();
        assert_eq!((stats.writes, stats.bytes_in), (made, 101), "the batch of the first turn");
        assert!(scene.server.has_work());
    }
    scene.turn(None);
    assert_eq!(scene.server.stats().bytes_in, 104);
}

#[test]
fn nobody_joins_in_the_middle_of_a_fan_out_and_all_who_wait_join_after_it() {
    let mut scene = bounded(TurnLimits { writes: 1, accepts: 2, ..TurnLimits::default() });
    let peers: Vec<usize> = (0..3).map(|_| scene.join_eager()).collect();
    for _ in 0..4 {
        scene.world_mut().connect();
    }
    arrives(&scene, peers[0], 10);
    let mut joined = Vec::new();
    for _ in 0..5 {
        scene.turn(None);
        joined.push(scene.server.stats().joined);
    }
    // Two join, then the batch is fanned out to five: three turns more, in which nobody joins.
    assert_eq!(joined, [5, 5, 5, 5, 5]);
    scene.turn(None);
    assert_eq!(scene.server.stats().joined, 7);
}

#[test]
fn a_turn_reads_no_more_bytes_than_it_may_and_everybody_gets_a_share() {
    let mut scene = bounded(TurnLimits { bytes: 8000, ..TurnLimits::default() });
    let [loud, quiet] = [scene.join_eager(), scene.join_eager()];
    arrives(&scene, loud, 20_000);
    arrives(&scene, quiet, 10);
    scene.turn(None);
    let log = scene.world().oracle.log.clone();
    assert_eq!(log.len(), 4096 + 10, "a share each, and the least share is 4 KiB");
    assert!(log.ends_with(&[quiet as u8; 10]));
}

#[test]
fn the_shares_of_a_turn_are_equal_and_what_one_leaves_goes_to_the_next() {
    let turn = TurnLimits { bytes: 24_000, ..TurnLimits::default() };
    let mut scene = scene(Config { max_queue: 1 << 20, max_memory: 4 << 20, turn, ..limits() });
    let peers: Vec<usize> = (0..3).map(|_| scene.join_eager()).collect();
    for (&peer, bytes) in peers.iter().zip([20_000, 1_000, 20_000]) {
        arrives(&scene, peer, bytes);
    }
    scene.turn(None);
    let log = scene.world().oracle.log.clone();
    let of = |peer: usize| log.iter().filter(|&&byte| byte == peer as u8).count();
    assert_eq!([of(peers[0]), of(peers[1]), of(peers[2])], [8_000, 1_000, 15_000]);
}

#[test]
fn interest_in_room_changes_when_a_client_falls_behind_and_when_it_has_caught_up() {
    let mut scene = scene(limits());
    let talker = scene.join_eager();
    let slow = scene.join_stalled();
    for rounds in 1..4 {
        scene.peers[slow].reading = Reading::Never;
        scene.say(talker, 3000);
        assert_eq!(scene.server.stats().arms, 2 * rounds - 1);
        scene.peers[slow].reading = Reading::Eager;
        scene.until("it has caught up", |scene| scene.queued(slow) == 0);
        assert_eq!(scene.server.stats().arms, 2 * rounds);
    }
}

#[test]
fn between_two_reads_of_a_client_every_other_ready_one_is_read() {
    let mut scene = bounded(TurnLimits { reads: 1, bytes: 300, ..TurnLimits::default() });
    let peers: Vec<usize> = (0..4).map(|_| scene.join_eager()).collect();
    for &peer in &peers {
        arrives(&scene, peer, 600);
    }
    let mut order = Vec::new();
    for _ in 0..8 {
        let before = scene.world().oracle.log.len();
        scene.step(0);
        scene.turn(None);
        order.push(scene.world().oracle.log[before]);
    }
    assert_eq!(order[..4].iter().sum::<u8>(), 6, "each of the four once: {order:?}");
    assert_eq!(order[..4], order[4..], "and in the same order again");
}

#[test]
fn the_first_recipient_moves_on_with_each_batch() {
    let mut scene = bounded(TurnLimits { writes: 1, ..TurnLimits::default() });
    let peers: Vec<usize> = (0..3).map(|_| scene.join_eager()).collect();
    let mut first = Vec::new();
    for _ in 0..6 {
        arrives(&scene, peers[0], 1);
        let before: Vec<usize> = written(&scene);
        scene.turn(None);
        let after = written(&scene);
        first.push((0..3).find(|&peer| after[peer] > before[peer]).expect("one write"));
        scene.turn(None);
        scene.turn(None);
    }
    assert_eq!(first, [0, 1, 2, 0, 1, 2]);
}

fn written(scene: &Scene) -> Vec<usize> {
    scene.world().oracle.views.values().map(|view| view.written).collect()
}

#[test]
fn a_read_asks_for_no_more_than_the_longest_queue_can_still_take() {
    let mut scene = bounded(TurnLimits::default());
    let talker = scene.join_eager();
    scene.join_stalled();
    // 1,000 bytes go into the socket; 6,000 wait, just under three quarters of 8,192.
    scene.say(talker, 7000);
    arrives(&scene, talker, 50_000);
    scene.turn(None);
    assert_eq!(scene.world().oracle.log.len(), 7000 + 8192 - 6000);
}

#[test]
fn all_that_was_read_in_one_turn_leaves_in_one_write_per_client() {
    let mut scene = scene(Config { turn: TurnLimits::default(), ..as_needed() });
    let peers: Vec<usize> = (0..10).map(|_| scene.join_eager()).collect();
    for &peer in &peers {
        arrives(&scene, peer, 20);
    }
    scene.turn(None);
    let stats = scene.server.stats();
    assert_eq!((stats.reads, stats.writes, stats.bytes_out), (10, 10, 2000));
    assert_eq!(stats.arms, 0, "nobody is behind, so no interest changes");
    assert_eq!(scene.server.traffic_memory(), 0, "and nothing is stored");
}

#[test]
fn the_client_after_the_last_is_closed_at_once_and_gets_in_when_one_has_left() {
    let mut scene = scene(Config { max_clients: 2, ..limits() });
    let leaver = scene.join(Reading::Eager, Ending::Ignores);
    scene.join_eager();
    let refused = scene.world_mut().connect().expect("listening");
    scene.turn(None);
    assert_eq!((scene.server.stats().refused, scene.server.client_count()), (1, 2));
    assert!(scene.world().sockets[refused].closed);
    scene.peers[leaver].ending = Ending::HalfCloses;
    scene.step(0);
    scene.turn(None);
    scene.join_eager();
    assert_eq!((scene.server.stats().refused, scene.server.client_count()), (1, 2));
}

#[test]
fn without_descriptors_the_backlog_waits_for_a_tenth_of_a_second_and_nothing_spins() {
    let mut scene = scene(limits());
    scene.join_eager();
    scene.world_mut().descriptors = 1;
    scene.world_mut().connect();
    scene.turn(None);
    assert_eq!(scene.server.stats().accept_paused, 1);
    assert!(!scene.server.has_work());
    let began = scene.world().now;
    for _ in 0..10 {
        scene.turn(None);
    }
    // Each turn waits for the retry time and tries once.
    assert_eq!(scene.server.stats().accept_paused, 11);
    assert!(scene.world().now - began >= ms(1000));
    scene.world_mut().descriptors = 2;
    scene.turn(None);
    assert_eq!(scene.server.stats().joined, 2);
}

#[test]
fn a_descriptor_that_is_freed_lets_the_next_one_in_without_waiting() {
    let mut scene = scene(limits());
    let leaver = scene.join(Reading::Eager, Ending::Ignores);
    scene.world_mut().descriptors = 1;
    scene.world_mut().connect();
    scene.turn(None);
    let began = scene.world().now;
    scene.peers[leaver].ending = Ending::HalfCloses;
    scene.step(0);
    scene.turn(None);
    scene.turn(None);
    assert_eq!(scene.server.stats().joined, 2);
    assert!(scene.world().now - began < ms(1));
}

#[test]
fn without_kernel_memory_a_client_is_tried_again_and_nothing_spins_or_is_lost() {
    let mut scene = scene(limits());
    let peers = [scene.join_eager(), scene.join_eager()];
    scene.world_mut().faults = Faults { shortage: 1000, ..Faults::default() };
    scene.world_mut().choices = Box::new(Seeded::new(1));
    arrives(&scene, peers[0], 100);
    let began = scene.world().now;
    for _ in 0..10 {
        scene.turn(None);
    }
    assert!(scene.world().now - began >= ms(900), "{:?}", scene.world().now - began);
    assert_eq!(scene.server.stats().reads, 10, "one try each time");
    scene.world_mut().faults = Faults::default();
    scene.run_until("it is delivered", 0, |run| run.server.stats().bytes_out == 200);
}

#[test]
fn a_write_for_which_there_is_no_memory_is_made_again_without_an_event() {
    let mut scene = scene(limits());
    let talker = scene.join_eager();
    let behind = scene.join_stalled();
    scene.say(talker, 1500);
    scene.peers[behind].reading = Reading::Eager;
    scene.world_mut().faults = Faults { shortage: 1000, ..Faults::default() };
    scene.world_mut().choices = Box::new(Seeded::new(1));
    scene.step(0);
    scene.turn(None);
    assert_eq!(scene.queued(behind), 500);
    scene.world_mut().faults = Faults::default();
    let began = scene.world().now;
    scene.turn(None);
    assert_eq!(scene.queued(behind), 0);
    assert!(scene.world().now - began <= ms(101));
}

#[test]
fn a_connection_for_which_the_kernel_has_no_room_is_closed_and_counted() {
    let mut scene = scene(limits());
    scene.world_mut().faults = Faults { add_fails: 1000, ..Faults::default() };
    scene.world_mut().choices = Box::new(Seeded::new(1));
    let unlucky: Vec<_> = (0..2).map(|_| scene.world_mut().connect()).collect();
    scene.turn(None);
    assert_eq!((scene.server.stats().accept_failed, scene.server.client_count()), (2, 0));
    assert!(unlucky.iter().all(|id| scene.world().sockets[id.expect("listening")].closed));
}

#[test]
fn an_interrupted_accept_is_made_again_and_counts_as_nothing() {
    let mut scene = scene(limits());
    scene.world_mut().faults = Faults { interrupted: 400, ..Faults::default() };
    scene.world_mut().choices = Box::new(Seeded::new(1));
    for _ in 0..50 {
        scene.world_mut().connect();
        scene.turn(None);
    }
    scene.world_mut().faults = Faults::default();
    scene.turn(None);
    assert_eq!((scene.server.stats().joined, scene.server.stats().accept_failed), (50, 0));
}

#[test]
fn a_connection_that_was_lost_in_the_backlog_is_counted_and_the_next_one_gets_in() {
    let mut scene = scene(limits());
    scene.world_mut().faults = Faults { aborted: 200, ..Faults::default() };
    scene.world_mut().choices = Box::new(Seeded::new(1));
    for _ in 0..50 {
        scene.world_mut().connect();
    }
    scene.turn(None);
    let stats = scene.server.stats();
    assert_eq!((stats.joined + stats.accept_failed, stats.accept_paused), (50, 0));
    assert!(stats.accept_failed > 5, "{} were lost", stats.accept_failed);
}

#[test]
fn a_listener_that_fails_again_and_again_is_left_alone_for_a_while() {
    let mut scene = scene(limits());
    scene.world_mut().faults = Faults { aborted: 1000, ..Faults::default() };
    scene.world_mut().choices = Box::new(Seeded::new(1));
    for _ in 0..50 {
        scene.world_mut().connect();
    }
    scene.turn(None);
    let stats = scene.server.stats();
    assert_eq!((stats.accept_failed, stats.accept_paused), (16, 1));
    assert!(!scene.server.has_work());
}

#[test]
fn the_limits_it_runs_with_are_those_it_was_given() {
    let config = Config { max_clients: 77, ..limits() };
    assert_eq!(scene(config.clone()).server.config(), &config);
}

#[test]
fn an_idle_server_waits_without_a_deadline() {
    let mut scene = scene(limits());
    for _ in 0..50 {
        scene.join_eager();
    }
    scene.turn(Some(Duration::ZERO));
    assert_eq!((scene.server.next_deadline(), scene.server.has_work()), (None, false));
}
