//! What clients who mean harm can cost the room of its time, over a simulated minute: the figures
//! of SECURITY.md.

use std::time::Duration;

use pollcast::{Config, Patience};

use crate::peers::{Ending, Reading};
use crate::stage::{Scene, limits, ms, scene};

const STEP: Duration = ms(10);
const LASTS: Duration = Duration::from_secs(60);

/// The share of the time, in thousandths, that the room waits for so many who read nothing after
/// having read everything for `behaves`, one after the other, and who are back at once when they
/// were evicted.
fn waits(patience: Patience, attackers: usize, behaves: Duration) -> u128 {
    let mut scene = scene(Config { patience, ..limits() });
    let talker = scene.join_eager();
    let attackers: Vec<usize> = (0..attackers).map(|_| join(&mut scene)).collect();
    let began = scene.world().now;
    // The first time each stalls a second after the one before.
    let turn = |it: usize| if behaves.is_zero() { began } else { began + ms(1000 * it as u64) };
    let mut joined: Vec<Duration> = (0..attackers.len()).map(turn).collect();
    while scene.world().now < began + LASTS {
        scene.world_mut().now += STEP;
        let now = scene.world().now;
        for (&attacker, joined) in attackers.iter().zip(&mut joined) {
            come_again(&mut scene, attacker, now, joined);
            let stalls = now >= *joined + behaves;
            scene.peers[attacker].reading = if stalls { Reading::Never } else { Reading::Eager };
        }
        let more = scene.peers[talker].sent + 300;
        scene.peers[talker].to_send.resize(more, b'x');
        scene.step(300);
        scene.turn(Some(Duration::ZERO));
    }
    // The wait that is going on counts too.
    let going_on =
        scene.world().oracle.waiting.map_or(Duration::ZERO, |(_, since)| scene.world().now - since);
    let waited = scene.server.stats().waited + going_on;
    waited.as_millis() * 1000 / (scene.world().now - began).as_millis()
}

fn join(scene: &mut Scene) -> usize {
    scene.join(Reading::Eager, Ending::Ignores)
}

/// One who was evicted connects anew.
fn come_again(scene: &mut Scene, attacker: usize, now: Duration, joined: &mut Duration) {
    let is_out = {
        let world = scene.world();
        scene.peers[attacker].socket.is_some_and(|id| world.sockets[id].closed)
    };
    if is_out {
        scene.peers[attacker].socket = None;
        scene.peers[attacker].is_done = false;
        *joined = now;
    }
}

#[test]
fn newcomers_who_stall_cost_the_room_a_tenth_of_its_time_however_many_and_however_patient_it_is() {
    let none = Duration::ZERO;
    println!("patience: share of the time for 1, 3 and 10 who stall at once, in thousandths");
    for patience in [ms(0), ms(100), ms(1000), ms(10_000)] {
        let share = [1, 3, 10].map(|it| waits(Patience::Limit(patience), it, none));
        println!("{patience:?}: {share:?}");
        let bound = if patience == none { 0 } else { 115 };
        assert!(share.iter().all(|&share| share <= bound), "{patience:?}: {share:?}");
    }
    let share = waits(Patience::Forever, 1, none);
    assert!(share > 950, "one is enough for ever: {share}");
}

#[test]
fn members_of_some_standing_who_stall_in_turn_cost_the_room_a_tenth_of_their_time_each() {
    println!("share of the time for 1, 3 and 10 who behave for ten times as long as they stall");
    let share = [1, 3, 10].map(|it| waits(Patience::Limit(ms(1000)), it, ms(10_000)));
    println!("1s after 10s: {share:?}");
    for (share, attackers) in share.into_iter().zip([1, 3, 10]) {
        assert!(share <= 110 * attackers, "{share} for {attackers}");
    }
    assert!(share[2] > 500, "ten in turn hold up most of the time, and SECURITY.md says so");
}
