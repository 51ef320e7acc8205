//! Input that is left unread for a moment, so that more leaves in one write: whose, for how long,
//! and whose not.

use std::time::Duration;

use pollcast::observer::Reason;
use pollcast::{Config, TurnLimits};

use crate::choice::Seeded;
use crate::peers::{Ending, Reading};
use crate::stage::{Scene, arrives, assert_about, limits, ms, scene};
use crate::world::Faults;

const GATHER: Duration = ms(20);

fn gathering(limits: &Config) -> Scene {
    scene(Config { gather: GATHER, ..limits.clone() })
}

fn reads(scene: &Scene) -> u64 {
    scene.server.stats().reads
}

/// A turn of a host that polls.
fn look(scene: &mut Scene) {
    scene.turn(Some(Duration::ZERO));
}

#[test]
fn what_two_send_within_the_time_leaves_in_one_write_for_each() {
    let mut scene = gathering(&limits());
    let (one, other) = (scene.join_eager(), scene.join_eager());
    let first = scene.world().now;
    arrives(&scene, one, 10);
    look(&mut scene);
    scene.pass(ms(15));
    arrives(&scene, other, 10);
    look(&mut scene);
    assert_eq!((reads(&scene), scene.server.has_work()), (0, false));
    let due = scene.server.next_deadline().expect("it reads at some time");
    assert_about(due, first + GATHER);
    scene.turn(None);
    assert_about(scene.world().now, due);
    let stats = scene.server.stats();
    assert_eq!((stats.reads, stats.writes, stats.bytes_out), (2, 2, 40));
    assert_eq!((scene.server.next_deadline(), scene.server.has_work()), (None, false));
}

#[test]
fn without_a_time_to_gather_each_is_read_in_the_turn_that_hears_of_it() {
    let mut scene = scene(limits());
    let (one, other) = (scene.join_eager(), scene.join_eager());
    for (peer, writes) in [(one, 2), (other, 4)] {
        arrives(&scene, peer, 10);
        look(&mut scene);
        assert_eq!((scene.server.stats().writes, scene.server.next_deadline()), (writes, None));
    }
}

#[test]
fn the_time_of_the_next_input_starts_anew() {
    let mut scene = gathering(&limits());
    let talker = scene.join_eager();
    for _ in 0..3 {
        scene.pass(ms(100));
        let (before, sent) = (reads(&scene), scene.world().now);
        arrives(&scene, talker, 10);
        scene.turn(None);
        assert_eq!(reads(&scene), before);
        scene.turn(None);
        assert_eq!(reads(&scene), before + 1);
        assert_about(scene.world().now, sent + GATHER);
    }
}

#[test]
fn what_a_turn_could_not_read_is_not_put_off_again() {
    let mut scene = gathering(&limits());
    let talker = scene.join_eager();
    arrives(&scene, talker, 2000);
    look(&mut scene);
    scene.pass(GATHER);
    let began = scene.world().now;
    for _ in 0..3 {
        assert!(scene.server.has_work());
        look(&mut scene);
    }
    assert_eq!(scene.server.stats().bytes_in, 2000, "in four turns of 512 bytes");
    assert_about(scene.world().now, began);
}

#[test]
fn as_many_as_a_turn_may_read_are_read_at_once() {
    let turn = TurnLimits { reads: 3, ..limits().turn };
    let mut scene = gathering(&Config { turn, ..limits() });
    for _ in 0..3 {
        scene.join_eager();
    }
    arrives(&scene, 0, 10);
    arrives(&scene, 1, 10);
    look(&mut scene);
    assert_eq!(reads(&scene), 0);
    arrives(&scene, 2, 10);
    look(&mut scene);
    assert_eq!(reads(&scene), 3);
}

#[test]
fn what_came_while_the_room_waited_is_read_in_the_turn_in_which_it_goes_on() {
    let mut scene = gathering(&limits());
    let (talker, slow) = (scene.join_eager(), scene.join_stalled());
    while scene.server.waits_for().is_none() {
        arrives(&scene, talker, 512);
        look(&mut scene);
        scene.pass(GATHER);
    }
    let before = scene.server.stats().bytes_in;
    arrives(&scene, talker, 7);
    look(&mut scene);
    scene.pass(GATHER);
    assert_eq!((scene.server.stats().bytes_in, scene.server.has_work()), (before, false));
    scene.peers[slow].reading = Reading::Eager;
    scene.until("the room goes on", |scene| scene.server.waits_for().is_none());
    assert_eq!(scene.server.stats().bytes_in, before + 7);
}

#[test]
fn what_came_while_a_fan_out_went_on_waits_for_no_longer_than_anything_else() {
    let turn = TurnLimits { writes: 1, ..limits().turn };
    let mut scene = gathering(&Config { turn, ..limits() });
    let talker = scene.join_eager();
    scene.join_eager();
    arrives(&scene, talker, 10);
    look(&mut scene);
    scene.pass(GATHER);
    arrives(&scene, talker, 10);
    look(&mut scene);
    assert_eq!((reads(&scene), scene.server.stats().writes), (1, 2));
    scene.pass(GATHER);
    assert_eq!(reads(&scene), 2);
}

#[test]
fn a_drain_puts_nothing_off() {
    let mut scene = gathering(&limits());
    let talker = scene.join_eager();
    arrives(&scene, talker, 10);
    look(&mut scene);
    assert!(!scene.server.has_work());
    scene.server.shut_down();
    assert!(scene.server.has_work());
    look(&mut scene);
    assert_eq!(scene.server.stats().bytes_in, 10);
    arrives(&scene, talker, 10);
    look(&mut scene);
    assert_eq!(scene.server.stats().bytes_in, 20);
}

#[test]
fn one_whose_input_is_discarded_is_read_at_once_and_everybody_with_it() {
    let mut scene = gathering(&Config { idle_timeout: Some(ms(100)), ..limits() });
    let idle = scene.join(Reading::Eager, Ending::Ignores);
    scene.pass(ms(60));
    let talker = scene.join_eager();
    scene.pass(ms(50));
    look(&mut scene);
    arrives(&scene, talker, 10);
    look(&mut scene);
    assert_eq!(scene.server.stats().bytes_in, 0);
    arrives(&scene, idle, 5);
    look(&mut scene);
    let stats = scene.server.stats();
    assert_eq!((stats.bytes_discarded, stats.bytes_in), (5, 10));
}

#[test]
fn one_who_is_told_the_end_meanwhile_is_read_at_once_and_everybody_with_it() {
    let mut scene = gathering(&Config { idle_timeout: Some(ms(100)), ..limits() });
    let idle = scene.join(Reading::Eager, Ending::Ignores);
    scene.pass(ms(60));
    let talker = scene.join_eager();
    scene.pass(ms(35));
    arrives(&scene, talker, 10);
    look(&mut scene);
    assert_eq!(scene.server.stats().bytes_in, 0);
    // Its time is up while the talker's input gathers.
    scene.pass(ms(7));
    arrives(&scene, idle, 5);
    look(&mut scene);
    let stats = scene.server.stats();
    assert_eq!((stats.bytes_discarded, stats.bytes_in), (5, 10));
}

#[test]
fn one_who_is_lost_meanwhile_is_read_with_the_others_since_it_may_have_said_something() {
    let mut scene = gathering(&limits());
    let (talker, lost) = (scene.join_eager(), scene.join_stalled());
    arrives(&scene, talker, 1500);
    look(&mut scene);
    scene.pass(GATHER);
    scene.until("somebody is behind", |scene| !scene.server.has_work());
    assert_eq!(scene.queued(lost), 500);
    arrives(&scene, talker, 10);
    look(&mut scene);
    let before = reads(&scene);
    let id = scene.peers[lost].socket.expect("joined");
    scene.world_mut().sockets[id].be_reset();
    for _ in 0..3 {
        look(&mut scene);
    }
    assert_eq!((reads(&scene), scene.reason(lost)), (before, None));
    scene.pass(GATHER);
    assert_eq!((reads(&scene), scene.reason(lost)), (before + 2, Some(Reason::Reset)));
}

#[test]
fn what_waited_for_memory_has_waited() {
    let mut scene = gathering(&limits());
    let talker = scene.join_eager();
    scene.world_mut().choices = Box::new(Seeded::new(1));
    arrives(&scene, talker, 10);
    look(&mut scene);
    scene.world_mut().faults = Faults { shortage: 1000, ..Faults::default() };
    scene.pass(GATHER);
    scene.world_mut().faults = Faults::default();
    assert_eq!((reads(&scene), scene.server.stats().bytes_in), (1, 0));
    scene.pass(ms(100));
    assert_eq!(scene.server.stats().bytes_in, 10);
}

#[test]
fn one_whose_input_is_put_off_is_not_idle() {
    let mut scene = gathering(&Config { idle_timeout: Some(ms(10)), ..limits() });
    let talker = scene.join_eager();
    arrives(&scene, talker, 10);
    look(&mut scene);
    scene.pass(ms(15));
    assert_eq!((reads(&scene), scene.server.stats().idle, scene.reason(talker)), (0, 0, None));
    scene.pass(ms(5));
    assert_eq!((scene.server.stats().bytes_in, scene.reason(talker)), (10, None));
}

#[test]
fn an_end_of_stream_is_put_off_with_the_last_words_before_it() {
    let mut scene = gathering(&limits());
    let leaver = scene.join(Reading::Eager, Ending::HalfCloses);
    scene.join_eager();
    let id = scene.peers[leaver].socket.expect("joined");
    arrives(&scene, leaver, 3);
    scene.world_mut().sockets[id].end_in_flight = true;
    scene.world_mut().sockets[id].arrive(0);
    look(&mut scene);
    assert_eq!((reads(&scene), scene.reason(leaver)), (0, None));
    scene.pass(GATHER);
    let left = scene.reason(leaver).expect("it has left");
    assert!(left.is_orderly());
    assert_eq!(scene.server.stats().bytes_out, 6);
}
