//! Leaving, lingering and draining, step by step.

use std::time::Duration;

use pollcast::observer::Reason;
use pollcast::{Config, Patience, TurnLimits};

use crate::choice::Seeded;
use crate::peers::{Ending, Reading};
use crate::stage::{QUEUE, Scene, arrives, assert_about, limits, ms, scene};
use crate::world::Faults;

fn drains_within(drain_timeout: Duration) -> Scene {
    scene(Config { drain_timeout, ..limits() })
}

impl Scene {
    /// Turns, with the server's own timeouts, until it has finished.
    fn until_finished(&mut self) {
        for _ in 0..200 {
            if self.server.is_finished() {
                return;
            }
            self.step(512);
            self.turn(None);
        }
        panic!("it does not finish");
    }

    /// Everybody goes on sending, every ten milliseconds.
    fn talk_on_until(&mut self, holds: impl Fn(&Self) -> bool) {
        for _ in 0..1000 {
            if holds(self) {
                return;
            }
            self.step(2000);
            self.pass(ms(10));
        }
        panic!("it never comes to it");
    }

    /// The peer resets its connection.
    pub fn reset(&mut self, peer: usize) {
        let id = self.peers[peer].socket.expect("joined");
        self.world_mut().sockets[id].be_reset();
        self.peers[peer].is_done = true;
    }

    /// Like `fill`, with a peer whose own ending must not come yet.
    pub fn fill_with_open_ends(&mut self, talker: usize, peer: usize) {
        let ending = std::mem::replace(&mut self.peers[peer].ending, Ending::Ignores);
        self.fill(talker);
        self.peers[peer].ending = ending;
    }

    fn written(&self, peer: usize) -> usize {
        self.world().oracle.views[&self.peers[peer].socket.expect("joined")].written
    }
}

#[test]
fn one_who_ends_its_stream_gets_everything_up_to_its_own_last_byte_and_then_the_end() {
    let mut scene = scene(limits());
    let other = scene.join_eager();
    let leaver = scene.join(Reading::Never, Ending::Ignores);
    scene.say(other, 3000);
    scene.peers[leaver].ending = Ending::HalfCloses;
    scene.say(leaver, 100);
    let queued = scene.queued(leaver);
    assert_eq!((queued, scene.reason(leaver)), (2100, None));
    scene.say(other, 700);
    assert_eq!(scene.queued(leaver), 2800, "it gets nothing that came after it left");
    scene.peers[leaver].reading = Reading::Eager;
    scene.until_left(1);
    assert_eq!((scene.reason(leaver), scene.written(leaver)), (Some(Reason::Left), 3100));
}

#[test]
fn one_who_leaves_and_does_not_read_is_gone_at_the_drain_timeout_and_holds_nobody_up() {
    let mut scene = drains_within(ms(700));
    let other = scene.join_eager();
    let leaver = scene.join(Reading::Never, Ending::Ignores);
    scene.fill(other);
    scene.peers[leaver].reading = Reading::Slow(2500);
    scene.say(other, 1);
    scene.peers[leaver].reading = Reading::Never;
    assert_eq!(scene.server.waits_for(), None);
    scene.peers[leaver].ending = Ending::HalfCloses;
    scene.say(leaver, 10);
    let left_at = scene.world().now;
    scene.say(other, 20_000);
    assert_eq!(scene.world().oracle.log.len(), scene.peers[other].sent + 10);
    scene.until_left(1);
    let (_, reason, at) = scene.world().oracle.departures[0];
    assert_eq!(reason, Reason::DrainTimeout);
    assert_about(at - left_at, ms(700));
}

#[test]
fn one_who_left_with_nothing_to_take_is_gone_in_the_same_turn() {
    let mut scene = scene(limits());
    let leaver = scene.join(Reading::Eager, Ending::HalfCloses);
    scene.step(0);
    scene.turn(None);
    assert_eq!(scene.reason(leaver), Some(Reason::Left));
    assert_eq!(scene.server.client_count(), 0);
}

#[test]
fn what_a_lost_client_had_sent_before_is_still_broadcast() {
    let mut scene = scene(limits());
    let other = scene.join_eager();
    let lost = scene.join_eager();
    let id = scene.peers[lost].socket.expect("joined");
    {
        let world = &mut *scene.world_mut();
        world.sockets[id].in_flight.extend(b"last words");
        world.sockets[id].arrive(10);
        world.sockets[id].be_reset();
    }
    scene.peers[lost].is_done = true;
    // The write of this line meets the reset before the read does.
    scene.say(other, 5);
    assert_eq!(scene.world().oracle.log.len(), 15);
    assert_eq!((scene.written(other), scene.reason(lost)), (15, Some(Reason::Reset)));
    assert_eq!(scene.server.stats().bytes_dropped, 0, "it had everything");
}

#[test]
fn what_one_had_sent_whose_registration_is_lost_is_still_broadcast() {
    let turn = TurnLimits { reads: 1, ..TurnLimits::default() };
    let mut scene = scene(Config { turn, ..limits() });
    let talker = scene.join_eager();
    scene.world_mut().send_buffer = 100;
    let lost = scene.join_stalled();
    arrives(&scene, talker, 900);
    arrives(&scene, lost, 10);
    scene.world_mut().faults = Faults { arm_fails: 1000, ..Faults::default() };
    scene.world_mut().choices = Box::new(Seeded::new(1));
    scene.turn(None);
    assert_eq!((scene.world().oracle.log.len(), scene.reason(lost)), (900, None));
    scene.world_mut().faults = Faults::default();
    scene.until("it is gone", |scene| scene.reason(lost) == Some(Reason::Reset));
    assert_eq!(scene.written(talker), 910);
}

#[test]
fn what_is_discarded_counts_as_read_in_its_turn() {
    let turn = TurnLimits { bytes: 1000, ..TurnLimits::default() };
    let mut scene = scene(Config { turn, ..limits() });
    let rude: Vec<usize> = (0..3).map(|_| scene.join(Reading::Eager, Ending::Ignores)).collect();
    scene.server.shut_down();
    scene.pass(ms(150));
    for &peer in &rude {
        arrives(&scene, peer, 5000);
    }
    for turns in 1..4 {
        scene.turn(None);
        assert_eq!(scene.server.stats().bytes_discarded, 1000 * turns);
    }
}

#[test]
fn those_who_leave_keep_what_the_budget_has_and_the_first_to_leave_goes_first() {
    let config = Config { max_clients: 20, max_memory: 4 * QUEUE, ..limits() };
    let mut scene = scene(config);
    let talker = scene.join_eager();
    for _ in 0..12 {
        let before = scene.world().oracle.departures.len();
        let leaver = scene.join(Reading::Never, Ending::Ignores);
        scene.say(talker, 7000);
        assert!(scene.queued(leaver) < QUEUE / 4 * 3, "it holds nobody up");
        scene.peers[leaver].ending = Ending::HalfCloses;
        scene.say(leaver, 1);
        let stored = scene.server.traffic_memory();
        assert!(stored <= 4 * QUEUE, "{stored} bytes");
        let gone = scene.world().oracle.departures.len();
        assert!(gone <= before + 1, "more than one went to make room");
    }
    let departures: Vec<_> = scene.world().oracle.departures.clone();
    assert!(departures.len() >= 7, "{departures:?}");
    assert!(departures.iter().all(|&(_, reason, _)| reason == Reason::OverBudget));
    assert!(departures.is_sorted_by_key(|&(id, _, _)| id), "{departures:?}");
    assert_eq!(scene.server.stats().over_budget, departures.len() as u64);
    assert_eq!(scene.reason(talker), None);
}

#[test]
fn a_shutdown_reads_what_had_arrived_from_everybody_and_delivers_it_to_everybody() {
    let mut scene = scene(limits());
    let [first, second] = [scene.join_eager(), scene.join_eager()];
    for peer in [first, second] {
        let id = scene.peers[peer].socket.expect("joined");
        let world = &mut *scene.world_mut();
        world.sockets[id].in_flight.extend([peer as u8; 1500]);
        world.sockets[id].arrive(1500);
    }
    scene.server.shut_down();
    let began = scene.world().now;
    scene.until_finished();
    assert_eq!((scene.written(first), scene.written(second)), (3000, 3000));
    assert_eq!(scene.server.stats().drained, 2);
    assert_about(scene.world().now - began, ms(100));
}

#[test]
fn a_shutdown_goes_on_reading_until_nothing_has_arrived_for_a_tenth_of_a_second() {
    let mut scene = scene(limits());
    let [talker, other] = [scene.join_eager(), scene.join_eager()];
    scene.server.shut_down();
    for _ in 0..5 {
        scene.pass(ms(90));
        scene.say(talker, 10);
    }
    scene.until_finished();
    assert_eq!((scene.written(other), scene.server.stats().bytes_discarded), (50, 0));
    assert_about(scene.world().now, ms(550));
}

#[test]
fn a_shutdown_while_the_room_waits_reads_what_had_arrived_once_it_waits_no_longer() {
    let mut scene = scene(Config { patience: Patience::Forever, ..limits() });
    let talker = scene.join_eager();
    let slow = scene.join_stalled();
    scene.fill(talker);
    arrives(&scene, talker, 3000);
    scene.server.shut_down();
    let log = scene.world().oracle.log.len();
    for _ in 0..5 {
        // Without spinning: there is input, but nothing that may be done with it now.
        scene.world_mut().now += ms(60);
        scene.turn(Some(ms(1)));
    }
    assert_eq!(scene.world().oracle.log.len(), log);
    scene.peers[slow].reading = Reading::Eager;
    scene.until_finished();
    assert_eq!(scene.world().oracle.log.len(), log + 3000);
    assert_eq!(
        (scene.reason(slow), scene.reason(talker)),
        (Some(Reason::Drained), Some(Reason::Drained))
    );
}

#[test]
fn a_shutdown_accepts_nobody_and_a_second_one_changes_nothing() {
    let mut scene = drains_within(ms(400));
    scene.join_stalled();
    scene.server.shut_down();
    scene.pass(ms(100));
    scene.server.shut_down();
    assert_eq!(scene.world_mut().connect(), None);
    scene.until_finished();
    assert!(scene.world().now < ms(450), "{:?}", scene.world().now);
}

#[test]
fn one_who_never_answers_the_end_is_closed_after_a_quarter_of_a_second_of_quiet() {
    let mut scene = scene(limits());
    let rude = scene.join(Reading::Eager, Ending::Ignores);
    scene.server.shut_down();
    let began = scene.world().now;
    scene.pass(ms(150));
    scene.say(rude, 10);
    scene.pass(ms(200));
    scene.say(rude, 10);
    assert_eq!(scene.reason(rude), None);
    scene.until_finished();
    assert_about(scene.world().now - began, ms(600));
    assert_eq!(scene.reason(rude), Some(Reason::Drained));
    assert_eq!(scene.server.stats().bytes_discarded, 20);
}

#[test]
fn one_who_never_reads_holds_a_shutdown_no_longer_than_the_drain_timeout() {
    let mut scene = drains_within(Duration::from_secs(3));
    let other = scene.join_eager();
    let stalled = scene.join_stalled();
    scene.say(other, 3000);
    scene.server.shut_down();
    let began = scene.world().now;
    scene.until_finished();
    assert_about(scene.world().now - began, Duration::from_secs(3));
    assert_eq!(scene.reason(stalled), Some(Reason::DrainTimeout));
    assert_eq!(scene.reason(other), Some(Reason::Drained));
}

#[test]
fn a_talker_without_end_is_read_for_half_the_drain_timeout_and_no_longer() {
    let mut scene = drains_within(Duration::from_secs(2));
    let talker = scene.join_eager();
    scene.peers[talker].to_send = vec![7; 1_000_000];
    scene.server.shut_down();
    scene.talk_on_until(|scene| scene.server.stats().bytes_discarded > 0);
    assert_about(scene.world().now, ms(1010));
    scene.talk_on_until(|scene| scene.server.is_finished());
    assert_about(scene.world().now, ms(2000));
}

#[test]
fn a_shutdown_of_an_empty_server_is_over_at_once() {
    let mut scene = scene(limits());
    scene.turn(Some(Duration::ZERO));
    assert!(!scene.server.is_finished());
    scene.server.shut_down();
    assert!(scene.server.is_finished());
}
