//! Without echo: who receives what, and how far anybody may be behind.

use std::time::Duration;

use pollcast::{Config, TurnLimits};

use crate::peers::{Ending, Reading};
use crate::stage::{Scene, arrives, as_needed, limits, scene};

#[test]
fn without_echo_everybody_gets_everything_but_their_own() {
    let mut scene = scene(Config { echo: false, ..limits() });
    let peers: Vec<usize> = (0..4).map(|_| scene.join_eager()).collect();
    for &peer in &peers {
        arrives(&scene, peer, 100 + peer);
    }
    scene.turn(None);
    let stats = scene.server.stats();
    assert_eq!(stats.bytes_in, 406);
    assert_eq!(stats.bytes_out, 3 * 406, "each byte to three");
    assert_eq!((stats.messages_in, stats.messages_out, stats.writes), (4, 12, 4));
}

#[test]
fn without_echo_a_queue_holds_what_others_sent_in_its_order() {
    let mut scene = scene(Config { echo: false, ..limits() });
    let [talker, other] = [scene.join_eager(), scene.join_eager()];
    let slow = scene.join_stalled();
    scene.say(talker, 1500);
    for round in 0..20 {
        for peer in [talker, slow, other] {
            arrives(&scene, peer, 10 + round);
        }
        scene.turn(None);
    }
    let own: usize = (0..20).map(|round| 10 + round).sum();
    assert_eq!(scene.queued(slow), 500 + 2 * own, "the oracle has looked at each byte");
    scene.peers[slow].reading = Reading::Eager;
    scene.until("it has caught up", |scene| scene.queued(slow) == 0);
}

#[test]
fn without_echo_one_who_talks_alone_gets_nothing_and_is_never_written_to() {
    let mut scene = scene(Config { echo: false, ..limits() });
    let talker = scene.join_eager();
    scene.say(talker, 5000);
    let stats = scene.server.stats();
    assert_eq!((stats.bytes_in, stats.writes, stats.messages_out), (5000, 0, 0));
}

#[test]
fn without_echo_what_one_sends_itself_counts_for_how_far_it_is_behind() {
    let mut scene = scene(Config { echo: false, ..limits() });
    let talker = scene.join_eager();
    let stalled = scene.join_stalled();
    scene.say(talker, 1001);
    assert_eq!(scene.queued(stalled), 1);
    for _ in 0..100 {
        arrives(&scene, stalled, 100);
        scene.turn(None);
        if scene.server.waits_for().is_some() {
            break;
        }
    }
    assert_eq!((scene.queued(stalled), scene.server.waits_for()), (1, Some(scene.key(stalled))));
}

/// A room of so many who talk, in which whoever stalls has no room in its socket at all.
fn crowd(config: &Config, talkers: usize) -> (Scene, Vec<usize>) {
    let mut scene = scene(Config { echo: false, ..config.clone() });
    let peers = (0..talkers).map(|_| scene.join_eager()).collect();
    (scene, peers)
}

fn join_blocked(scene: &mut Scene) -> usize {
    let peer = scene.join(Reading::Never, Ending::Ignores);
    let id = scene.peers[peer].socket.expect("joined");
    let socket = &mut scene.world_mut().sockets[id];
    (socket.buffer, socket.capacity) = (1, 0);
    socket.outbound.push_back(0);
    peer
}

/// Each of them sends a byte, and a turn is made.
fn speak(scene: &mut Scene, peers: &[usize]) {
    for &peer in peers {
        arrives(scene, peer, 1);
    }
    scene.turn(Some(Duration::ZERO));
}

fn leave(scene: &mut Scene, peer: usize) {
    let id = scene.peers[peer].socket.expect("joined");
    scene.world_mut().sockets[id].end_in_flight = true;
    scene.world_mut().sockets[id].arrive(0);
    scene.turn(Some(Duration::ZERO));
}

#[test]
fn without_echo_one_is_not_behind_by_what_it_sent_before_anything_waits_for_it() {
    let (mut scene, _) = crowd(&Config { max_queue: 4096, ..Config::default() }, 0);
    let (blocked, talker) = (join_blocked(&mut scene), scene.join_eager());
    arrives(&scene, blocked, 3500);
    arrives(&scene, talker, 1);
    scene.turn(Some(Duration::ZERO));
    scene.turn(Some(Duration::ZERO));
    assert_eq!((scene.server.stats().bytes_in, scene.queued(blocked)), (3501, 1));
    assert_eq!(scene.server.waits_for(), None);
}

/// The name of an author takes room too: 543 bytes would be sixteen names of 34 bytes each.
#[test]
fn no_queue_passes_its_limit_when_it_is_no_multiple_of_a_name() {
    for max_queue in [4096, 4100, 4344, 5003] {
        let (mut scene, peers) = crowd(&Config { max_queue, ..Config::default() }, 140);
        let blocked = join_blocked(&mut scene);
        speak(&mut scene, &peers);
        assert!(scene.queued(blocked) > 90, "the audit has looked at how far it is behind");
    }
}

/// The newest block may be full of names and kept by one who leaves, of whom nobody takes account:
/// whoever falls behind next starts in it.
#[test]
fn no_queue_passes_its_limit_that_starts_in_a_block_full_of_names() {
    let (mut scene, peers) = crowd(&Config { max_queue: 4096, ..Config::default() }, 150);
    let leaver = join_blocked(&mut scene);
    speak(&mut scene, &peers[..15]);
    assert_eq!(scene.queued(leaver), 15);
    leave(&mut scene, leaver);
    let blocked = join_blocked(&mut scene);
    speak(&mut scene, &peers);
    assert!(scene.queued(blocked) > 90, "the audit has looked at how far it is behind");
}

/// A batch of single bytes takes more blocks than its bytes say.
#[test]
fn single_bytes_of_many_fit_into_the_store_though_those_who_leave_fill_it() {
    let turn = TurnLimits { bytes: 64, ..TurnLimits::default() };
    let limits = Config { max_queue: 4096, max_clients: 200, turn, echo: false, ..limits() };
    let fits = |kilobytes: usize| Config { max_memory: kilobytes << 10, ..limits.clone() };
    let least = (1..).map(fits).find(|config| config.check().is_ok()).expect("some memory");
    let (mut scene, peers) = crowd(&least, 70);
    for _ in 0..40 {
        let leaver = join_blocked(&mut scene);
        speak(&mut scene, &peers);
        for _ in 0..2 {
            scene.turn(Some(Duration::ZERO));
        }
        leave(&mut scene, leaver);
        scene.step(0);
    }
    assert!(scene.server.stats().over_budget > 5, "the audit has counted blocks");
}

#[test]
fn a_block_that_names_authors_takes_a_quarter_more_and_is_counted_so() {
    const BLOCK: usize = 16 << 10;
    let config = Config { max_queue: 1 << 20, echo: false, ..as_needed() };
    let (mut scene, peers) = crowd(&config, 2);
    let blocked = join_blocked(&mut scene);
    scene.say(peers[0], 3 * BLOCK);
    assert_eq!(scene.queued(blocked), 3 * BLOCK);
    assert_eq!(scene.server.traffic_memory(), 3 * (BLOCK + BLOCK / 4));
}

#[test]
fn an_author_is_named_once_however_often_it_speaks() {
    let (mut scene, peers) = crowd(&Config { max_queue: 1 << 20, ..as_needed() }, 2);
    let blocked = join_blocked(&mut scene);
    for _ in 0..1_000 {
        arrives(&scene, peers[0], 1);
        scene.turn(Some(Duration::ZERO));
    }
    assert_eq!(scene.queued(blocked), 1_000);
    assert_eq!(scene.server.traffic_memory(), 20 << 10, "one block; a thousand names fill two");
}
