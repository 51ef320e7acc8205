//! What queues hold: blocks, once for everybody, and little when it is over.

use pollcast::Config;

use crate::peers::Reading;
use crate::stage::{Scene, limits, scene};

/// Of a queue of a mebibyte.
const BLOCK: usize = 16 << 10;

fn large() -> Scene {
    scene(Config { max_queue: 1 << 20, ..limits() })
}

#[test]
fn bytes_that_wait_for_many_are_held_once() {
    let mut scene = large();
    let talker = scene.join_eager();
    let stalled: Vec<usize> = (0..10).map(|_| scene.join_stalled()).collect();
    // A thousand bytes go into each socket; the batch in which that happens is stored whole.
    scene.say(talker, 1000 + 5 * BLOCK);
    assert!(stalled.iter().all(|&peer| scene.queued(peer) == 5 * BLOCK));
    assert_eq!(scene.server.traffic_memory(), 6 * BLOCK, "five blocks and a batch");
}

#[test]
fn after_a_burst_nine_blocks_are_kept_at_most() {
    for (blocks, kept) in [(3, 4), (13, 9), (40, 9)] {
        let mut scene = large();
        let talker = scene.join_eager();
        let slow = scene.join_stalled();
        scene.say(talker, 1000 + blocks * BLOCK);
        assert_eq!(scene.queued(slow), blocks * BLOCK);
        scene.peers[slow].reading = Reading::Eager;
        scene.until("it has everything", |scene| scene.queued(slow) == 0);
        assert_eq!(scene.server.traffic_memory(), kept * BLOCK, "after {blocks} blocks");
    }
}

#[test]
fn single_bytes_that_wait_take_their_room_and_no_more() {
    let mut scene = large();
    let talker = scene.join_eager();
    scene.join_stalled();
    scene.say(talker, 1000);
    for _ in 0..2_000 {
        scene.say(talker, 1);
    }
    assert_eq!(scene.server.traffic_memory(), BLOCK, "one block");
}

#[test]
fn what_waits_for_one_who_is_evicted_is_given_back() {
    let mut scene = scene(limits());
    let talker = scene.join_eager();
    scene.join_stalled();
    scene.fill(talker);
    let waiting = scene.server.traffic_memory();
    scene.until_left(1);
    assert!(scene.server.stats().bytes_dropped > 6000);
    // The audit has counted: nobody refers to any block. They are kept for the next burst.
    let blocks = waiting / 1024;
    assert_eq!(scene.server.traffic_memory(), blocks * 1024);
}

#[test]
fn one_who_falls_behind_and_catches_up_again_and_again_takes_one_block() {
    let mut scene = large();
    let talker = scene.join_eager();
    let slow = scene.join_stalled();
    for _ in 0..20 {
        scene.peers[slow].reading = Reading::Never;
        scene.say(talker, 3_000);
        assert!(scene.queued(slow) > 1_000);
        scene.peers[slow].reading = Reading::Eager;
        scene.until("it has everything", |scene| scene.queued(slow) == 0);
    }
    assert_eq!(scene.server.traffic_memory(), BLOCK, "filled again from its start");
}
