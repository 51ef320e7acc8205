//! Ways to serve: listening on after an end of stream, registering once, an idle limit, a limit per
//! address; and what is counted.

use std::time::Duration;

use pollcast::kernel::Source;
use pollcast::observer::Reason;
use pollcast::{Config, HalfClose, Interest, Patience, TurnLimits};

use crate::peers::{Ending, Reading};
use crate::stage::{Scene, arrives, assert_about, limits, ms, scene};

#[test]
fn one_who_ends_its_stream_goes_on_listening_if_that_is_what_it_means() {
    let mut scene = scene(Config { half_close: HalfClose::Listen, ..limits() });
    let talker = scene.join_eager();
    let listener = scene.join(Reading::Eager, Ending::HalfCloses);
    scene.say(listener, 100);
    scene.say(talker, 3000);
    assert_eq!((scene.reason(listener), scene.queued(listener)), (None, 0));
    assert_eq!(scene.server.stats().bytes_out, 2 * 3100);
    scene.finish();
    assert_eq!(scene.reason(listener), Some(Reason::Drained));
}

#[test]
fn one_who_listens_on_is_as_slow_as_anybody_else_may_be_and_its_loss_is_noticed() {
    let config = Config { half_close: HalfClose::Listen, ..limits() };
    let mut scene = scene(Config { patience: Patience::Limit(ms(50)), ..config });
    let talker = scene.join_eager();
    let slow = scene.join(Reading::Never, Ending::HalfCloses);
    let lost = scene.join(Reading::Eager, Ending::HalfCloses);
    scene.say(talker, 100);
    let id = scene.peers[lost].socket.expect("joined");
    scene.world_mut().sockets[id].be_reset();
    scene.until_left(1);
    assert_eq!(scene.reason(lost), Some(Reason::Reset));
    scene.fill(talker);
    scene.until_left(2);
    assert_eq!(scene.reason(slow), Some(Reason::SlowConsumer));
}

#[test]
fn registered_once_nothing_is_ever_armed_and_everything_arrives() {
    let mut scene = scene(Config { interest: Interest::Once, ..limits() });
    let talker = scene.join_eager();
    let slow = scene.join_stalled();
    for _ in 0..3 {
        scene.peers[slow].reading = Reading::Never;
        scene.say(talker, 3000);
        assert!(scene.queued(slow) >= 2000);
        scene.peers[slow].reading = Reading::Eager;
        scene.until("it has caught up", |scene| scene.queued(slow) == 0);
    }
    assert_eq!(scene.server.stats().arms, 0);
}

fn idle_after(time: Duration) -> Scene {
    scene(Config { idle_timeout: Some(time), ..limits() })
}

#[test]
fn one_who_sends_nothing_for_too_long_is_let_go_in_peace_and_one_who_sends_is_not() {
    let mut scene = idle_after(ms(1000));
    let quiet = scene.join_eager();
    let talker = scene.join_eager();
    let joined = scene.world().now;
    for _ in 0..9 {
        scene.pass(ms(100));
        arrives(&scene, talker, 1);
    }
    assert_eq!(scene.reason(quiet), None);
    let due = scene.server.next_deadline().expect("somebody is idle");
    assert_about(due, joined + ms(1000));
    scene.pass(ms(100));
    scene.until_left(1);
    assert_eq!(scene.reason(quiet), Some(Reason::Idle));
    assert_eq!((scene.reason(talker), scene.server.stats().idle), (None, 1));
}

#[test]
fn events_that_bring_nothing_do_not_keep_an_idle_one() {
    let mut scene = idle_after(ms(1000));
    let quiet = scene.join_eager();
    let key = scene.key(quiet);
    // A second, and a quarter of one in which it could have answered the end.
    for _ in 0..14 {
        scene.world_mut().rumour(Source::Client(key), true, true);
        scene.pass(ms(100));
    }
    assert_eq!(scene.reason(quiet), Some(Reason::Idle));
    assert!(scene.server.stats().reads > 10, "it was looked at");
}

#[test]
fn one_whose_input_waits_because_the_room_does_is_not_idle() {
    let config = Config { patience: Patience::Forever, ..limits() };
    let mut scene = scene(Config { idle_timeout: Some(ms(1000)), ..config });
    let talker = scene.join_eager();
    let slow = scene.join_stalled();
    scene.fill(talker);
    arrives(&scene, talker, 1);
    for _ in 0..15 {
        scene.pass(ms(100));
    }
    assert_eq!(scene.reason(talker), None);
    scene.peers[slow].reading = Reading::Eager;
    scene.until_left(1);
    assert_eq!(scene.reason(slow), Some(Reason::Idle), "one that is full may be idle as well");
}

#[test]
fn one_who_is_idle_has_time_to_end_also_when_leaving_may_take_none() {
    let drain_timeout = Duration::ZERO;
    let mut scene = scene(Config { idle_timeout: Some(ms(50)), drain_timeout, ..limits() });
    let quiet = scene.join_eager();
    scene.pass(ms(60));
    scene.until_left(1);
    assert_eq!((scene.reason(quiet), scene.server.stats().drain_timeouts), (Some(Reason::Idle), 0));
}

#[test]
fn one_who_has_said_its_last_words_leaves_with_them_though_its_time_came_in_the_fan_out() {
    let turn = TurnLimits { writes: 1, ..TurnLimits::default() };
    let mut scene = scene(Config { idle_timeout: Some(ms(50)), turn, ..limits() });
    let peers: Vec<usize> = (0..4).map(|_| scene.join_eager()).collect();
    let id = scene.peers[peers[3]].socket.expect("joined");
    arrives(&scene, peers[3], 10);
    scene.world_mut().sockets[id].end_in_flight = true;
    scene.world_mut().sockets[id].arrive(0);
    scene.turn(Some(Duration::ZERO));
    scene.pass(ms(60));
    scene.until("it has left", |scene| scene.reason(peers[3]).is_some());
    assert_eq!(scene.reason(peers[3]), Some(Reason::Left), "and the oracle has counted its bytes");
}

#[test]
fn what_an_idle_one_sends_after_its_end_is_discarded_and_resets_nothing_though_the_room_waits() {
    let config = Config { patience: Patience::Limit(Duration::from_secs(2)), ..limits() };
    let mut scene = scene(Config { idle_timeout: Some(ms(400)), ..config });
    let idle = scene.join(Reading::Eager, Ending::Ignores);
    scene.pass(ms(300));
    let talker = scene.join_eager();
    let stalled = scene.join_stalled();
    scene.fill(talker);
    // What these two have sent waits to be read, so they are not idle.
    for peer in [talker, stalled] {
        arrives(&scene, peer, 1);
    }
    scene.pass(ms(110));
    let id = scene.peers[idle].socket.expect("joined");
    scene.until("it is told the end", |scene| scene.world().sockets[id].finished);
    for _ in 0..8 {
        arrives(&scene, idle, 10);
        scene.pass(ms(100));
    }
    assert!(scene.server.waits_for().is_some());
    scene.until_left(2);
    let view = &scene.world().oracle.views[&id];
    assert_eq!((view.left, view.unread_at_close), (Some(Reason::Idle), false));
}

#[test]
fn one_who_listens_on_is_not_idle() {
    let half_close = HalfClose::Listen;
    let mut scene = scene(Config { idle_timeout: Some(ms(100)), half_close, ..limits() });
    let listener = scene.join(Reading::Eager, Ending::HalfCloses);
    scene.turn(Some(Duration::ZERO));
    scene.step(0);
    scene.turn(Some(Duration::ZERO));
    for _ in 0..20 {
        scene.pass(ms(100));
    }
    assert_eq!((scene.reason(listener), scene.server.next_deadline()), (None, None));
}

#[test]
fn without_an_idle_limit_or_somebody_who_leaves_there_is_no_deadline() {
    let mut scene = scene(limits());
    let talker = scene.join_eager();
    scene.join_stalled();
    scene.say(talker, 2000);
    scene.pass(Duration::from_secs(24 * 3600));
    assert_eq!((scene.server.next_deadline(), scene.server.client_count()), (None, 2));
}

#[test]
fn an_address_has_as_many_clients_as_it_may_and_another_after_one_has_left() {
    let mut scene = scene(Config { max_clients_per_address: Some(2), ..limits() });
    // Sockets with even numbers come from one address, the others from another.
    let leaver = scene.join(Reading::Eager, Ending::Ignores);
    for _ in 0..3 {
        scene.join_eager();
    }
    for refused in 1..3 {
        scene.world_mut().connect();
        scene.turn(None);
        assert_eq!(scene.server.stats().refused_per_address, refused);
    }
    assert_eq!((scene.server.client_count(), scene.server.stats().refused), (4, 0));
    scene.peers[leaver].ending = Ending::HalfCloses;
    scene.until_left(1);
    let id = scene.world_mut().connect().expect("it listens");
    scene.turn(None);
    assert_eq!((id % 2, scene.server.client_count()), (0, 4));
}

#[test]
fn messages_are_counted_once_when_read_and_once_for_each_who_gets_them() {
    let mut scene = scene(limits());
    let peers: Vec<usize> = (0..10).map(|_| scene.join_eager()).collect();
    for &peer in &peers {
        arrives(&scene, peer, 20);
    }
    scene.turn(None);
    let stats = scene.server.stats();
    assert_eq!((stats.messages_in, stats.messages_out, stats.writes), (10, 100, 10));
    assert!((stats.writes_per_message() - 0.1).abs() < 1e-9);
}

#[test]
fn the_five_worst_waits_are_kept_the_longest_first_and_say_who_it_was() {
    let mut scene = scene(Config { patience: Patience::Forever, ..limits() });
    let talker = scene.join_eager();
    let slow = scene.join_stalled();
    for held in [30, 10, 70, 20, 60, 50, 40] {
        scene.peers[slow].reading = Reading::Never;
        scene.fill(talker);
        scene.pass(ms(held));
        scene.peers[slow].reading = Reading::Eager;
        scene.until("the room goes on", |scene| scene.server.waits_for().is_none());
    }
    let stats = scene.server.stats();
    assert_eq!(stats.waits, 7);
    let worst = stats.worst_waits.map(|wait| wait.expect("there were seven"));
    for (wait, held) in worst.iter().zip([70, 60, 50, 40, 30]) {
        assert_about(wait.held, ms(held));
        assert_eq!(wait.client, scene.key(slow));
        assert_eq!(wait.address.map(|address| address.port()), Some(1));
        assert!(wait.took > 2000 && wait.at <= scene.world().now);
    }
}

#[test]
fn errors_of_accept_are_counted_by_kind() {
    use crate::choice::Seeded;
    use crate::world::Faults;

    let mut scene = scene(limits());
    scene.world_mut().choices = Box::new(Seeded::new(1));
    for faults in [
        Faults { descriptors: 1000, ..Faults::default() },
        Faults { aborted: 1000, ..Faults::default() },
        Faults { add_fails: 1000, ..Faults::default() },
    ] {
        scene.world_mut().faults = faults;
        scene.world_mut().connect();
        scene.pass(ms(200));
    }
    let errors = scene.server.stats().accept_errors;
    assert_eq!((errors.descriptors, errors.memory), (1, 0));
    // The first one stayed in the backlog, and was lost there.
    assert_eq!((errors.aborted, errors.other), (2, 1));
    let stats = scene.server.stats();
    assert_eq!((stats.accept_failed, stats.accept_paused, stats.joined), (3, 1, 0));

    scene.world_mut().faults = Faults::default();
    scene.world_mut().accept_error = Some(std::io::ErrorKind::NetworkDown);
    scene.world_mut().connect();
    scene.pass(ms(200));
    let stats = scene.server.stats();
    let errors = stats.accept_errors;
    assert_eq!((errors.aborted, errors.other, stats.accept_failed, stats.joined), (2, 2, 4, 1));
}

#[test]
fn the_longest_turn_is_what_its_calls_took() {
    let mut scene = scene(limits());
    for _ in 0..50 {
        scene.join_eager();
    }
    let before = scene.server.stats().longest_turn;
    arrives(&scene, 0, 100);
    scene.turn(None);
    let longest = scene.server.stats().longest_turn;
    // Each call of the simulated kernel takes a microsecond: a read, and a write for each.
    assert_eq!((before < longest, longest), (true, Duration::from_micros(51)));
}

#[test]
fn one_who_takes_its_last_bytes_in_the_turn_in_which_its_time_is_up_has_left() {
    let mut scene = scene(Config { drain_timeout: ms(100), ..limits() });
    let talker = scene.join_eager();
    let leaver = scene.join(Reading::Never, Ending::Ignores);
    scene.say(talker, 1500);
    assert_eq!(scene.queued(leaver), 500);
    let id = scene.peers[leaver].socket.expect("joined");
    scene.world_mut().sockets[id].end_in_flight = true;
    scene.world_mut().sockets[id].arrive(0);
    scene.turn(Some(Duration::ZERO));
    assert_eq!(scene.reason(leaver), None);
    scene.peers[leaver].reading = Reading::Eager;
    scene.step(0);
    scene.pass(ms(100));
    assert_eq!((scene.reason(leaver), scene.queued(leaver)), (Some(Reason::Left), 0));
}
