//! What queues hold: blocks, once for everybody, and little when it is over.

use std::time::Duration;

use pollcast::observer::Reason;
use pollcast::{Config, Framing, TurnLimits};

use crate::peers::{Ending, Peer, Reading};
use crate::stage::{QUEUE, Scene, arrive, arrives, as_needed, limits, ms, scene};
use crate::strict;

/// Of a queue of a mebibyte.
const BLOCK: usize = 16 << 10;

fn large() -> Scene {
    scene(Config { max_queue: 1 << 20, ..as_needed() })
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
    let mut scene = scene(as_needed());
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

#[test]
fn what_waits_for_one_who_is_lost_is_given_back_before_its_last_words_are_read() {
    // A turn reads one client, and sixty have something to say before the lost ones are read.
    let turn = TurnLimits { reads: 1, bytes: 512, ..TurnLimits::default() };
    let config = Config { max_memory: Config::MIN_MEMORY, turn, ..limits() };
    let mut scene = scene(Config { max_clients: config.most_clients(), ..config });
    let talkers: Vec<usize> = (0..60).map(|_| scene.join_eager()).collect();
    let mut lost = scene.join_stalled();
    scene.say(talkers[0], 6000);
    talkers.iter().for_each(|&talker| arrives(&scene, talker, 512));
    for turn in 0..58 {
        // Each falls behind as far as it may, and is lost, and another one comes.
        if turn % 13 == 0 {
            scene.world_mut().sockets[scene.peers[lost].socket.expect("joined")].be_reset();
            scene.peers[lost].is_done = true;
            scene.peers.push(Peer::new(Vec::new(), Reading::Never, Ending::Ignores));
            lost = scene.peers.len() - 1;
        }
        scene.step(0);
        // Audited: no more blocks are held than there may be.
        scene.turn(Some(Duration::ZERO));
    }
    assert!(scene.server.stats().reset == 0, "all were read before they could hold anything");
}

#[test]
fn all_that_is_held_is_what_traffic_holds_beside_slots_that_are_there_from_the_start() {
    let held = |max_clients| {
        let scene = scene(Config { max_clients, ..as_needed() });
        (scene.server.memory(), scene.server.config().max_memory)
    };
    let [(few, _), (some, most), (many, _)] = [1_000, 1_001, 1_002].map(held);
    let slot = some - few;
    assert!((100..400).contains(&slot) && many - some <= slot, "{slot} bytes for each client");
    assert!((1_001 * slot..most).contains(&some), "slots, and a table of blocks: {some}");

    let mut scene = large();
    let (talker, empty) = (scene.join_eager(), scene.server.memory());
    scene.join_stalled();
    scene.say(talker, 1000 + 3 * BLOCK);
    assert_eq!(scene.server.traffic_memory(), 4 * BLOCK);
    assert_eq!(scene.server.memory(), empty + 4 * BLOCK);
}

#[test]
fn a_line_that_is_not_ended_is_held_beside_what_waits() {
    let mut scene = scene(Config { framing: Framing::Line, max_line: 100, ..as_needed() });
    let (talker, writer) = (scene.join_eager(), scene.join_eager());
    scene.join_stalled();
    arrive(&scene, talker, &[&[b'x'; 99][..], b"\n"].concat().repeat(15));
    scene.until("something waits", |scene| scene.server.traffic_memory() > 0);
    let waits = scene.server.traffic_memory();
    arrive(&scene, writer, b"an unfinished line");
    scene.turn(None);
    let line = scene.server.traffic_memory() - waits;
    assert!((18..100).contains(&line), "{line} bytes for a line of 18");
}

#[test]
fn nobody_who_leaves_is_crowded_out_by_a_batch_that_is_stored_already() {
    for writes in [6, 3, 2, 1] {
        crowd(writes);
    }
}

/// With so many writes in a turn.
fn crowd(writes: usize) {
    let turn = TurnLimits { writes, bytes: 4096, ..TurnLimits::default() };
    let drain_timeout = Duration::from_secs(3600);
    let config = Config { max_clients: 20, turn, drain_timeout, ..limits() };
    let with = |max_memory| Config { max_memory, ..config.clone() };
    let least = (1..).map(|it| it << 8).find(|&memory| with(memory).check().is_ok());
    let mut scene = scene(with(least.expect("enough is enough")));
    scene.world_mut().send_buffer = 4000;
    let talker = scene.join_eager();
    scene.world_mut().send_buffer = 1000;
    let leaver = scene.join(Reading::Never, Ending::Ignores);
    scene.say(talker, 6800);
    scene.peers[leaver].ending = Ending::HalfCloses;
    scene.say(leaver, 1);
    assert!(scene.queued(leaver) > 5000);
    // The first one takes all but ten bytes at once, so each batch is stored.
    scene.world_mut().send_buffer = 3890;
    scene.join_eager();
    scene.world_mut().send_buffer = 4000;
    for _ in 0..4 {
        scene.join_eager();
    }
    for _ in 0..20 {
        arrives(&scene, talker, 3900);
        for _ in 0..10 {
            scene.turn(Some(Duration::ZERO));
            scene.step(0);
        }
    }
    assert_eq!(scene.reason(leaver), None, "with {writes} writes in a turn");
}

#[test]
fn who_has_been_leaving_for_the_longest_is_crowded_out_first_whoever_fell_behind_first() {
    let mut scene = scene(Config { max_clients: 20, max_memory: 4 * QUEUE, ..limits() });
    let talker = scene.join_eager();
    let both = [scene.join_stalled(), scene.join_stalled()];
    scene.say(talker, 7000);
    // The second one begins to leave before the first.
    for &leaver in both.iter().rev() {
        scene.peers[leaver].ending = Ending::HalfCloses;
        scene.say(leaver, 1);
        scene.pass(ms(10));
    }
    while scene.reason(both[0]).is_none() && scene.reason(both[1]).is_none() {
        let leaver = scene.join(Reading::Never, Ending::Ignores);
        scene.say(talker, 7000);
        scene.peers[leaver].ending = Ending::HalfCloses;
        scene.say(leaver, 1);
    }
    let (first, reason, _) = scene.world().oracle.departures[0];
    assert_eq!((Some(first), reason), (scene.peers[both[1]].socket, Reason::OverBudget));
}

/// What is held of a server that allocates at the start rests on these two.
#[test]
#[should_panic(expected = "an allocation of 8 bytes")]
fn what_is_allocated_where_nothing_may_be_fails_the_run() {
    strict::act(|| {
        let free = strict::freely();
        let kept = Box::new(1_u64);
        drop(free);
        std::hint::black_box((kept, Box::new(2_u64)))
    });
}

#[test]
#[should_panic(expected = "the freeing of 8 bytes")]
fn what_is_freed_where_nothing_may_be_fails_the_run() {
    let kept = Box::new(1_u64);
    strict::act(|| drop(std::hint::black_box(kept)));
}
