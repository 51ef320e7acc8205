//! Those who have everything and were told so: what they send is taken off their hands, for as long
//! as leaving may take.

use std::time::Duration;

use pollcast::observer::Reason;
use pollcast::{Config, Patience};

use crate::peers::{Ending, Reading};
use crate::stage::{arrives, limits, ms, scene};

#[test]
fn one_who_lingers_while_the_room_waits_and_the_server_drains_is_read_before_it_is_closed() {
    let idle_timeout = Some(ms(1000));
    let mut scene = scene(Config { patience: Patience::Forever, idle_timeout, ..limits() });
    let (talker, stalled, quiet) = (scene.join_eager(), scene.join_stalled(), scene.join_eager());
    scene.fill(talker);
    // Who has something to say is not idle, though nobody listens while the room waits.
    arrives(&scene, talker, 1);
    arrives(&scene, stalled, 1);
    scene.pass(ms(1000));
    arrives(&scene, quiet, 10);
    scene.pass(ms(1));
    assert_eq!(scene.server.client_count(), 3, "the quiet one lingers");
    scene.server.shut_down();
    // Longer than lingering takes, but for its input, and shorter than reading goes on.
    for _ in 0..4 {
        scene.pass(ms(500));
    }
    assert_eq!((scene.reason(quiet), scene.server.stats().bytes_discarded), (None, 0));
    scene.pass(ms(600));
    scene.turn(Some(Duration::ZERO));
    assert_eq!(scene.server.stats().bytes_discarded, 11, "and the byte of the talker");
    scene.pass(ms(300));
    let id = scene.peers[quiet].socket.expect("joined");
    assert_eq!(scene.reason(quiet), Some(Reason::Idle));
    assert!(!scene.world().oracle.views[&id].unread_at_close, "the close resets");
}

#[test]
fn one_who_took_everything_and_was_told_the_end_has_drained_though_time_is_up() {
    let mut scene = scene(Config { drain_timeout: ms(1000), ..limits() });
    let talker = scene.join_eager();
    let slow = scene.join(Reading::Never, Ending::Ignores);
    scene.say(talker, 1500);
    let id = scene.peers[slow].socket.expect("joined");
    scene.server.shut_down();
    while scene.world().now < ms(900) {
        scene.pass(ms(10));
    }
    // It reads at last: the rest of its queue goes into the socket, and the end behind it.
    scene.world_mut().sockets[id].peer_reads(1000);
    scene.turn(Some(Duration::ZERO));
    assert_eq!((scene.queued(slow), scene.world().sockets[id].finished), (0, true));
    while !scene.server.is_finished() {
        scene.pass(ms(10));
    }
    assert_eq!(scene.reason(slow), Some(Reason::Drained));
    assert_eq!(scene.world().sockets[id].outbound.len(), 500, "still on the way to it");
}

#[test]
fn those_who_never_answer_the_end_have_drained_though_the_drain_is_short() {
    let mut scene = scene(Config { drain_timeout: ms(300), ..limits() });
    let rude = scene.join(Reading::Eager, Ending::Ignores);
    scene.server.shut_down();
    while !scene.server.is_finished() {
        scene.step(0);
        scene.pass(ms(10));
    }
    assert_eq!(scene.reason(rude), Some(Reason::Drained));
}

#[test]
fn an_idle_one_that_talks_on_after_its_end_is_closed_when_leaving_has_taken_its_time() {
    let mut scene = scene(Config { idle_timeout: Some(ms(1000)), ..limits() });
    let idle = scene.join(Reading::Eager, Ending::Ignores);
    scene.pass(ms(1001));
    let began = scene.world().now;
    while scene.reason(idle).is_none() {
        arrives(&scene, idle, 1);
        scene.step(0);
        scene.pass(ms(200));
        assert!(scene.world().now - began < ms(5500), "longer than the drain timeout");
    }
    assert!(scene.world().now - began > ms(4900), "as long as it talks, and it may");
}

#[test]
fn the_time_of_a_shutdown_counts_from_when_it_was_asked_for() {
    let mut scene = scene(limits());
    scene.join_eager();
    scene.pass(ms(10_000));
    scene.world_mut().now += ms(10_000);
    let asked = scene.world().now;
    scene.server.shut_down();
    // Everybody may have said something: reading goes on for half of the time at most.
    let read_until = scene.server.next_deadline().expect("it ends");
    assert_eq!(read_until, asked + ms(2500));
}
