//! Which calls are made, and which are not: those of which nothing can come, and pieces too small
//! to be worth one.

use std::time::Duration;

use pollcast::kernel::Source;
use pollcast::{Config, TurnLimits};

use crate::peers::Reading;
use crate::stage::{arrive, arrives, limits, scene};

#[test]
fn an_event_of_input_makes_nobody_write_and_one_of_room_makes_nobody_read() {
    let mut scene = scene(limits());
    let talker = scene.join_eager();
    let stalled = scene.join_stalled();
    scene.say(talker, 2000);
    assert_eq!(scene.queued(stalled), 1000);
    let writes = scene.server.stats().writes;
    arrives(&scene, stalled, 10);
    scene.turn(Some(Duration::ZERO));
    assert_eq!(scene.queued(stalled), 1010);
    assert_eq!(scene.server.stats().writes, writes + 1, "to the talker");
    let reads = scene.server.stats().reads;
    scene.peers[stalled].reading = Reading::Eager;
    scene.until("it has everything", |scene| scene.queued(stalled) == 0);
    assert_eq!(scene.server.stats().reads, reads);
}

#[test]
fn in_its_turn_each_reads_four_kibibytes_at_least_though_many_have_more() {
    let turn = TurnLimits { bytes: 8 << 10, ..TurnLimits::default() };
    let mut scene = scene(Config { max_queue: 1 << 20, max_memory: 4 << 20, turn, ..limits() });
    for _ in 0..10 {
        scene.join_eager();
    }
    for peer in 0..10 {
        arrives(&scene, peer, 10_000);
    }
    scene.turn(Some(Duration::ZERO));
    let stats = scene.server.stats();
    assert_eq!((stats.reads, stats.bytes_in), (2, 8 << 10));
}

#[test]
fn without_echo_those_who_bring_nothing_take_no_room_from_one_who_does() {
    let mut scene = scene(Config { max_queue: 4096, echo: false, ..limits() });
    for _ in 0..150 {
        scene.join_eager();
    }
    let talker = scene.join_eager();
    let keys: Vec<usize> = (0..=talker).map(|peer| scene.key(peer)).collect();
    let id = scene.peers[talker].socket.expect("joined");
    // What it has sent is told last: names of all others would take the whole queue.
    scene.world_mut().sockets[id].inbound.extend(b"x");
    for key in keys {
        scene.world_mut().rumour(Source::Client(key), true, true);
    }
    scene.turn(Some(Duration::ZERO));
    assert_eq!((scene.server.stats().reads, scene.server.stats().bytes_in), (151, 1));
}

#[test]
fn without_echo_one_who_spoke_between_all_others_gets_them_in_as_many_pieces_as_there_are() {
    let mut scene =
        scene(Config { max_queue: 1 << 20, max_memory: 4 << 20, echo: false, ..limits() });
    let talker = scene.join_eager();
    let slow = scene.join_stalled();
    scene.say(talker, 1000);
    // More pieces than one write takes.
    for _ in 0..150 {
        for peer in [talker, slow] {
            arrive(&scene, peer, b"x");
            scene.turn(Some(Duration::ZERO));
        }
    }
    assert_eq!(scene.queued(slow), 150);
    let writes = scene.server.stats().writes;
    scene.peers[slow].reading = Reading::Eager;
    scene.until("it has caught up", |scene| scene.queued(slow) == 0);
    assert_eq!(scene.server.stats().writes, writes + 3, "64 pieces in each write");
}

#[test]
fn a_shutdown_looks_at_everybody_though_no_event_has_come() {
    let mut scene = scene(limits());
    let late = scene.join_eager();
    let id = scene.peers[late].socket.expect("joined");
    scene.world_mut().sockets[id].inbound.extend(b"late");
    scene.server.shut_down();
    scene.turn(Some(Duration::ZERO));
    assert_eq!((scene.server.stats().bytes_in, scene.server.stats().bytes_out), (4, 4));
}

#[test]
fn a_server_tells_its_limits() {
    let config = Config { max_queue: 5000, echo: false, ..limits() };
    assert_eq!(scene(config.clone()).server.config(), &config);
}
