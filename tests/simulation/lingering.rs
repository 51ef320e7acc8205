//! One who lingers when the end of everything begins: what it sends is still taken off its hands.

use std::time::Duration;

use pollcast::observer::Reason;
use pollcast::{Config, Patience};

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
