//! How many connections one turn closes, or tells the end of the stream.

use std::time::Duration;

use pollcast::{Config, TurnLimits};

use crate::peers::Reading;
use crate::stage::{Scene, limits, ms, scene};

fn four_at_a_time() -> Scene {
    let turn = TurnLimits { writes: 4, accepts: 2, ..TurnLimits::default() };
    scene(Config { turn, ..limits() })
}

#[test]
fn a_turn_ends_no_more_connections_than_it_may_make_writes_and_the_others_in_the_next_ones() {
    let mut scene = four_at_a_time();
    let peers: Vec<usize> = (0..10).map(|_| scene.join_eager()).collect();
    for &peer in &peers {
        let client = scene.key(peer);
        scene.server.evict(client).expect("it is there");
    }
    let mut gone = Vec::new();
    for _ in 0..3 {
        assert!(scene.server.has_work(), "no event tells of those who are put out");
        scene.turn(None);
        gone.push(scene.server.stats().put_out);
    }
    assert_eq!((gone, scene.server.client_count()), (vec![4, 8, 10], 0));
    assert!(!scene.server.has_work());
}

#[test]
fn a_shutdown_tells_as_many_the_end_in_a_turn_as_it_may_make_writes() {
    let mut scene = four_at_a_time();
    let peers: Vec<usize> = (0..10).map(|_| scene.join_eager()).collect();
    for &peer in &peers {
        scene.peers[peer].reading = Reading::Never;
    }
    scene.server.shut_down();
    let mut told = Vec::new();
    for _ in 0..10 {
        scene.turn(None);
        told.push(scene.world().sockets.iter().filter(|socket| socket.finished).count());
    }
    told.dedup();
    assert_eq!(told, [0, 4, 8, 10]);
}

#[test]
fn a_crowd_whose_time_is_up_at_once_leaves_in_as_many_turns_as_that_takes() {
    let turn = TurnLimits { writes: 4, accepts: 2, ..TurnLimits::default() };
    let idle_timeout = Some(ms(1000));
    let drain_timeout = Duration::ZERO;
    let mut scene = scene(Config { turn, idle_timeout, drain_timeout, ..limits() });
    for _ in 0..10 {
        scene.join_eager();
    }
    scene.world_mut().now += ms(1500);
    let mut told = Vec::new();
    while scene.server.client_count() > 0 {
        scene.turn(None);
        told.push(scene.world().sockets.iter().filter(|socket| socket.finished).count());
    }
    told.dedup();
    assert_eq!(told, [4, 8, 10]);
}
