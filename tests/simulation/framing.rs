//! Lines: whole, of one client, in one order.

use pollcast::observer::Reason;
use pollcast::{Allocation, Config, Framing};

use crate::choice::{Choices, Seeded};
use crate::effort;
use crate::peers::{Ending, Reading};
use crate::stage::{Scene, arrive, limits, scene};

const LONGEST: usize = 100;

fn lines() -> Scene {
    scene(Config { framing: Framing::Line, max_line: LONGEST, ..limits() })
}

fn log(scene: &Scene) -> String {
    String::from_utf8(scene.world().oracle.log.clone()).expect("text")
}

#[test]
fn lines_that_arrive_in_odd_pieces_are_delivered_whole_and_never_mixed() {
    for seed in 0..effort::share(50) {
        let mut random = Seeded::new(seed);
        let mut scene = lines();
        scene.world_mut().choices = Box::new(Seeded::new(seed));
        let peers: Vec<usize> = (0..10).map(|_| scene.join_eager()).collect();
        for &peer in &peers {
            let line = |number| format!("{peer} says line {number} of twenty\n").into_bytes();
            scene.peers[peer].to_send = (0..20).flat_map(line).collect();
        }
        for _ in 0..2_000 {
            if scene.server.stats().messages_in == 200 {
                break;
            }
            let most = 1 + random.below(40);
            scene.act(300, most);
            scene.turn(Some(std::time::Duration::ZERO));
        }
        scene.until("all is said", |scene| scene.server.stats().messages_in == 200);
        let log = log(&scene);
        for peer in peers {
            let theirs = log.lines().filter(|line| line.starts_with(&format!("{peer} says")));
            let expected = (0..20).map(|number| format!("{peer} says line {number} of twenty"));
            assert!(theirs.eq(expected), "seed {seed}: the lines of {peer}");
        }
        assert_eq!(log.lines().count(), 200, "and no other");
    }
}

#[test]
fn a_line_waits_with_its_sender_until_it_ends() {
    let mut scene = lines();
    let peer = scene.join_eager();
    arrive(&scene, peer, b"first\nsec");
    scene.turn(None);
    assert_eq!(log(&scene), "first\n");
    arrive(&scene, peer, b"ond");
    scene.turn(None);
    assert_eq!(scene.server.stats().bytes_out, 6, "nobody gets a part of a line");
    arrive(&scene, peer, b"\n\nfourth");
    scene.turn(None);
    assert_eq!(log(&scene), "first\nsecond\n\n");
    let stats = scene.server.stats();
    assert_eq!((stats.messages_in, stats.messages_out, stats.bytes_out), (3, 3, 14));
}

#[test]
fn a_last_line_without_an_end_is_ended_by_the_end_of_its_stream() {
    let mut scene = lines();
    let [listener, leaver] = [scene.join_eager(), scene.join(Reading::Eager, Ending::HalfCloses)];
    arrive(&scene, leaver, b"bye");
    scene.step(0);
    scene.until_left(1);
    assert_eq!(log(&scene), "bye\n");
    assert_eq!((scene.queued(listener), scene.reason(leaver)), (0, Some(Reason::Left)));
}

#[test]
fn a_line_that_was_not_ended_when_its_sender_was_lost_or_the_server_shut_down_is_dropped() {
    let mut scene = lines();
    let lost = scene.join(Reading::Eager, Ending::Ignores);
    let stays = scene.join_eager();
    arrive(&scene, lost, b"three\nand a half");
    arrive(&scene, stays, b"one more");
    scene.turn(None);
    scene.peers[lost].ending = Ending::Resets;
    scene.until_left(1);
    assert_eq!(scene.server.stats().bytes_unfinished, 10);
    scene.finish();
    assert_eq!(scene.server.stats().bytes_unfinished, 18);
    assert_eq!(log(&scene), "three\n");
}

#[test]
fn a_line_may_be_as_long_as_it_may_and_one_byte_more_ends_its_sender_after_the_lines_before() {
    for (length, reason) in [(LONGEST, None), (LONGEST + 1, Some(Reason::LineTooLong))] {
        for end in ["\n", ""] {
            let mut scene = lines();
            let [listener, sender] = [scene.join_eager(), scene.join_eager()];
            let text = format!("before\n{}{end}", "x".repeat(length));
            arrive(&scene, sender, text.as_bytes());
            scene.turn(None);
            scene.turn(Some(std::time::Duration::ZERO));
            assert_eq!(scene.reason(sender), reason, "{length} bytes");
            let is_whole = reason.is_none() && !end.is_empty();
            assert_eq!(log(&scene), if is_whole { text } else { "before\n".to_owned() });
            assert_eq!(scene.queued(listener), 0);
        }
    }
}

#[test]
fn a_line_for_which_there_is_no_memory_ends_its_sender_and_nobody_else() {
    let config = Config {
        framing: Framing::Line,
        max_line: 250,
        max_clients: 100,
        // An eighth of it is for lines: 72 cells, of which each of these lines takes five.
        allocation: Allocation::AsNeeded,
        max_memory: 36 << 10,
        ..limits()
    };
    let mut scene = scene(config);
    let peers: Vec<usize> = (0..20).map(|_| scene.join_eager()).collect();
    for &peer in &peers {
        arrive(&scene, peer, &[b'x'; 250]);
        scene.turn(None);
    }
    scene.turn(Some(std::time::Duration::ZERO));
    let gone: Vec<usize> =
        peers.iter().copied().filter(|&peer| scene.reason(peer).is_some()).collect();
    assert_eq!(gone, peers[14..], "the last ones");
    assert_eq!(
        (scene.server.stats().over_budget, scene.reason(gone[0])),
        (6, Some(Reason::OverBudget))
    );
    for &peer in &peers[..14] {
        arrive(&scene, peer, b"\n");
        scene.turn(None);
    }
    assert_eq!(scene.server.stats().messages_in, 14);
    assert_eq!(scene.server.traffic_memory(), 3 * 1024, "three spare blocks, and no lines");
}
