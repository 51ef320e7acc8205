//! Patience, rule by rule.

use std::time::Duration;

use pollcast::observer::Reason;
use pollcast::{Config, Patience, TurnLimits};

use crate::peers::{Ending, Reading};
use crate::stage::{QUEUE, Scene, assert_about, limits, ms, patient, scene};

/// A room with a talker in it, and how it got its gift spent.
fn with_a_spent_gift(config: Config) -> (Scene, usize) {
    let mut scene = scene(config);
    let talker = scene.join_eager();
    scene.join_stalled();
    scene.fill(talker);
    scene.until_left(1);
    (scene, talker)
}

#[test]
fn a_client_is_full_at_three_quarters_of_its_queue_and_not_before() {
    let mut scene = scene(limits());
    let talker = scene.join_eager();
    let stalled = scene.join_stalled();
    scene.say(talker, 1000 + QUEUE / 4 * 3 - 1);
    assert_eq!((scene.queued(stalled), scene.server.waits_for()), (QUEUE / 4 * 3 - 1, None));
    scene.say(talker, 1);
    assert_eq!(scene.server.waits_for(), Some(scene.key(stalled)));
}

#[test]
fn a_client_is_full_until_it_is_down_to_one_half_of_its_queue() {
    let mut scene = scene(limits());
    scene.world_mut().send_buffer = 1;
    let slow = scene.join_stalled();
    scene.world_mut().send_buffer = 1000;
    let talker = scene.join_eager();
    scene.fill(talker);
    scene.peers[slow].reading = Reading::Slow(1);
    let full = scene.queued(slow);
    scene.until("one byte too many", |scene| scene.queued(slow) <= QUEUE / 2 + 1);
    assert!(scene.server.waits_for().is_some(), "{} bytes", scene.queued(slow));
    scene.until("one half", |scene| scene.queued(slow) <= QUEUE / 2);
    assert_eq!(scene.server.waits_for(), None);
    let (key, _, took) = scene.latest_wait();
    assert_eq!((key, took), (scene.key(slow), (full - QUEUE / 2) as u64));
}

#[test]
fn while_the_room_waits_nobody_is_read_and_afterwards_everything_arrives() {
    let mut scene = scene(limits());
    let talker = scene.join_eager();
    let slow = scene.join_stalled();
    scene.fill(talker);
    let before = scene.world().oracle.log.len();
    scene.say(talker, 2000);
    assert_eq!(scene.world().oracle.log.len(), before);
    scene.peers[slow].reading = Reading::Eager;
    scene.say(talker, 1);
    scene.calm_down();
    assert_eq!(scene.world().oracle.log.len(), scene.peers[talker].sent);
    assert_eq!(scene.reason(slow), None);
}

#[test]
fn a_newcomer_may_hold_up_the_room_for_the_gift_of_one_second() {
    let (scene, _) = with_a_spent_gift(patient(Duration::from_secs(5)));
    assert_about(scene.latest_wait().1, ms(1000));
    assert_eq!(scene.reason(1), Some(Reason::SlowConsumer));
}

#[test]
fn patience_limits_each_wait() {
    let (scene, _) = with_a_spent_gift(patient(ms(300)));
    assert_about(scene.latest_wait().1, ms(300));
}

#[test]
fn once_the_gift_is_spent_a_newcomer_that_is_full_is_evicted_at_once() {
    let (mut scene, talker) = with_a_spent_gift(patient(Duration::from_secs(5)));
    scene.join_stalled();
    for _ in 0..40 {
        scene.say(talker, 512);
    }
    assert_eq!(scene.reason(2), Some(Reason::SlowConsumer));
    assert_about(scene.latest_wait().1, Duration::ZERO);
}

#[test]
fn the_gift_is_refilled_at_a_tenth_of_real_time_and_holds_one_second_at_most() {
    for (later, expected) in [(2_000, 200), (10_000, 1_000), (60_000, 1_000)] {
        let (mut scene, talker) = with_a_spent_gift(patient(Duration::from_secs(5)));
        scene.pass(ms(later));
        scene.join_stalled();
        scene.fill(talker);
        scene.until_left(2);
        assert_about(scene.latest_wait().1, ms(expected));
    }
}

#[test]
fn what_a_wasted_wait_overdraws_is_paid_back_first() {
    let (mut scene, talker) = with_a_spent_gift(patient(ms(1000)));
    scene.join_stalled();
    scene.pass(ms(5_000));
    scene.fill(talker);
    // It is looked at late: it holds the room for 1.3 s although the gift has 0.5 s.
    scene.pass(ms(1_300));
    assert_about(scene.latest_wait().1, ms(1_300));
    scene.join_stalled();
    scene.pass(ms(8_000));
    scene.join_stalled();
    scene.fill(talker);
    scene.until_left(3);
    // After 6.3 s: 0.5 s and 0.63 s earned back, less 1.3 s, less nothing for the fourth's wait.
    let fourth = scene.world().oracle.departures[2].0;
    assert_eq!(Some(fourth), scene.peers[4].socket, "the newest has earned the least");
}

#[test]
fn a_member_of_some_standing_earns_a_tenth_of_its_time_though_the_gift_is_spent() {
    let mut scene = scene(patient(Duration::from_secs(5)));
    let talker = scene.join_eager();
    let member = scene.join_stalled();
    scene.peers[member].reading = Reading::Eager;
    scene.pass(Duration::from_secs(7));
    scene.join_stalled();
    scene.fill(talker);
    scene.until_left(1);
    assert_about(scene.latest_wait().1, ms(1000));
    scene.peers[member].reading = Reading::Never;
    scene.fill(talker);
    scene.until_left(2);
    assert_eq!(scene.reason(member), Some(Reason::SlowConsumer));
    assert_about(scene.latest_wait().1, ms(800));
}

#[test]
fn a_membership_of_less_than_a_second_has_earned_nothing() {
    for (age, expected) in [(900, 0), (1_100, 110)] {
        let (mut scene, talker) = with_a_spent_gift(patient(Duration::from_secs(5)));
        let newcomer = scene.join_stalled();
        scene.say(talker, 6_900);
        scene.pass(ms(age));
        // In its time the gift has regained a tenth of it: another one spends that first.
        let other = scene.join_stalled();
        scene.peers[newcomer].reading = Reading::Eager;
        scene.fill(talker);
        scene.until_left(2);
        assert_eq!(scene.reason(other), Some(Reason::SlowConsumer));
        scene.peers[newcomer].reading = Reading::Never;
        for _ in 0..40 {
            scene.say(talker, 512);
        }
        scene.until_left(3);
        let expected = if expected == 0 { Duration::ZERO } else { ms(expected + age / 100) };
        let waited = scene.latest_wait().1;
        assert!(waited.abs_diff(expected) < ms(20), "{waited:?} after {age} ms");
    }
}

#[test]
fn a_wait_that_ends_well_is_charged_to_nobody() {
    let mut scene = scene(patient(Duration::from_secs(5)));
    let talker = scene.join_eager();
    let slow = scene.join_stalled();
    scene.fill(talker);
    scene.pass(ms(900));
    scene.peers[slow].reading = Reading::Eager;
    scene.say(talker, 1);
    assert_eq!(scene.server.waits_for(), None);
    scene.calm_down();
    scene.join_stalled();
    scene.fill(talker);
    scene.until_left(1);
    assert_about(scene.latest_wait().1, ms(1000));
    assert_eq!(scene.reason(slow), None);
}

#[test]
fn one_who_leaves_while_the_room_waits_for_it_has_wasted_the_wait_too() {
    let mut scene = scene(patient(Duration::from_secs(5)));
    let talker = scene.join_eager();
    let attacker = scene.join(Reading::Never, Ending::Resets);
    scene.fill_with_open_ends(talker, attacker);
    scene.pass(ms(900));
    scene.reset(attacker);
    scene.until_left(1);
    assert_about(scene.latest_wait().1, ms(900));
    assert_eq!(scene.reason(attacker), Some(Reason::Reset));
    scene.join_stalled();
    scene.fill(talker);
    scene.until_left(2);
    assert_about(scene.latest_wait().1, ms(100));
}

#[test]
fn progress_alone_does_not_start_the_clock_anew() {
    let mut scene = scene(patient(Duration::from_secs(5)));
    let talker = scene.join_eager();
    let dribbler = scene.join_stalled();
    scene.fill(talker);
    scene.world_mut().send_buffer = 2;
    scene.peers[dribbler].reading = Reading::Slow(1);
    for _ in 0..30 {
        scene.step(0);
        scene.pass(ms(50));
    }
    assert_eq!(scene.reason(dribbler), Some(Reason::SlowConsumer));
}

#[test]
fn without_patience_one_who_is_full_is_evicted_in_the_turn_that_finds_it_so() {
    let mut scene = scene(patient(Duration::ZERO));
    let talker = scene.join_eager();
    let stalled = scene.join_stalled();
    scene.say(talker, 1000 + QUEUE);
    assert_eq!(scene.reason(stalled), Some(Reason::SlowConsumer));
    assert_eq!(scene.server.stats().waited, Duration::ZERO);
}

#[test]
fn for_ever_is_for_ever() {
    let mut scene = scene(Config { patience: Patience::Forever, ..limits() });
    let talker = scene.join_eager();
    let asleep = scene.join_stalled();
    scene.fill(talker);
    for _ in 0..100 {
        scene.pass(Duration::from_secs(3600));
    }
    assert_eq!(scene.server.waits_for(), Some(scene.key(asleep)));
    assert_eq!(scene.server.next_deadline(), None);
    scene.peers[asleep].reading = Reading::Eager;
    scene.calm_down();
    assert_eq!(scene.server.stats().evicted, 0);
}

#[test]
fn of_several_who_are_full_the_first_is_the_cause_and_then_the_next() {
    let mut scene = scene(patient(Duration::from_secs(5)));
    let talker = scene.join_eager();
    let [first, second] = [scene.join_stalled(), scene.join_stalled()];
    scene.pass(Duration::from_secs(4));
    scene.say(talker, 500);
    // The second one gets everything but this half a kilobyte: it becomes full a little later.
    scene.peers[second].reading = Reading::Eager;
    scene.say(talker, 1000);
    scene.peers[second].reading = Reading::Never;
    scene.fill(talker);
    assert_eq!(scene.server.waits_for(), Some(scene.key(first)));
    scene.pass(ms(300));
    scene.until_left(1);
    assert_eq!(scene.reason(first), Some(Reason::SlowConsumer));
    assert_about(scene.latest_wait().1, ms(1000));
}

#[test]
fn one_second_past_a_deadline_is_late_and_not_yet_stopped() {
    for (late, reason) in [(1_000_000, Some(Reason::SlowConsumer)), (1_000_001, None)] {
        let mut scene = scene(patient(Duration::from_secs(1)));
        let talker = scene.join_eager();
        let slow = scene.join_stalled();
        scene.fill(talker);
        let deadline = scene.server.next_deadline().expect("the room waits");
        scene.world_mut().now = deadline + Duration::from_micros(late);
        scene.turn(Some(Duration::ZERO));
        assert_eq!(scene.reason(slow), reason, "{late} microseconds late");
    }
}

#[test]
fn a_host_that_makes_a_turn_every_five_seconds_does_not_stop_the_clock() {
    let mut scene = scene(patient(Duration::from_secs(1)));
    let talker = scene.join_eager();
    let slow = scene.join_stalled();
    scene.fill(talker);
    scene.pass(Duration::from_secs(5));
    assert_eq!(scene.reason(slow), None, "it may have been stopped");
    scene.pass(Duration::from_secs(5));
    assert_eq!(scene.reason(slow), Some(Reason::SlowConsumer), "not again and again");
}

#[test]
fn a_server_that_was_stopped_for_an_hour_lets_everybody_keep_the_time_they_had_left() {
    let mut scene = scene(patient(Duration::from_secs(1)));
    let talker = scene.join_eager();
    let slow = scene.join_stalled();
    scene.fill(talker);
    scene.pass(ms(400));
    scene.pass(Duration::from_secs(3600));
    assert_eq!(scene.reason(slow), None);
    let deadline = scene.server.next_deadline().expect("the room waits");
    assert_about(deadline - scene.world().now, ms(600));
    scene.pass(ms(500));
    assert_eq!(scene.reason(slow), None);
    scene.pass(ms(101));
    assert_eq!(scene.reason(slow), Some(Reason::SlowConsumer));
}

#[test]
fn two_who_are_full_and_have_read_in_time_are_both_given_the_chance_to_take_something() {
    let turn = TurnLimits { writes: 1, ..limits().turn };
    let mut scene = scene(Config { turn, ..patient(ms(1000)) });
    let talker = scene.join_eager();
    scene.world_mut().send_buffer = 4000;
    let slow = [scene.join_stalled(), scene.join_stalled()];
    scene.fill(talker);
    scene.world_mut().now = scene.server.next_deadline().expect("the room waits");
    for peer in slow {
        let id = scene.peers[peer].socket.expect("joined");
        scene.world_mut().sockets[id].peer_reads(usize::MAX);
    }
    for _ in 0..4 {
        scene.turn(Some(Duration::ZERO));
    }
    assert_eq!(slow.map(|peer| scene.reason(peer)), [None, None]);
}
