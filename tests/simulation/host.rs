//! A host that speaks, objects and puts clients out, in scenes.

use std::time::Duration;

use pollcast::observer::Reason;
use pollcast::{Config, Framing, SayError, TurnLimits};

use crate::choice::Choices;
use crate::hosting::words;
use crate::peers::{Ending, Reading};
use crate::stage::{QUEUE, Scene, arrives, limits, ms, patient, scene};

/// What a peer has been given so far.
fn written(scene: &Scene, peer: usize) -> usize {
    scene.world().oracle.views[&scene.peers[peer].socket.expect("joined")].written
}

#[test]
fn what_the_host_says_to_all_is_in_the_log_at_one_place_also_for_one_who_is_behind() {
    let mut scene = scene(limits());
    let (talker, stalled) = (scene.join_eager(), scene.join_stalled());
    scene.say(talker, 2000);
    assert_eq!(scene.queued(stalled), 1000);
    assert_eq!(scene.say_to_all(&words(250)), Ok(()));
    scene.say(talker, 500);
    assert_eq!((scene.queued(talker), scene.queued(stalled)), (0, 1750));
    assert_eq!(scene.world().oracle.log.len(), 2750);
    assert_eq!(scene.server.stats().bytes_by_host, 250);
}

#[test]
fn what_the_host_tells_one_stands_behind_what_waits_for_it_and_nobody_else_gets_it() {
    let turn = TurnLimits { bytes: 2048, ..TurnLimits::default() };
    let mut scene = scene(Config { max_queue: 5003, turn, ..limits() });
    let (talker, slow) = (scene.join_eager(), scene.join_stalled());
    scene.say(talker, 2000);
    // More than a block takes.
    assert_eq!(scene.say_to(scene.key(slow), &words(620)), Ok(()));
    assert_eq!(scene.say_to(scene.key(slow), &words(10)), Ok(()));
    scene.say(talker, 500);
    assert_eq!(scene.say_to(scene.key(slow), &words(20)), Ok(()));
    assert_eq!((scene.queued(talker), scene.queued(slow)), (0, 1000 + 620 + 10 + 500 + 20));
    assert_eq!(written(&scene, talker), 2500);
    // The oracle checks each byte and its place.
    scene.peers[slow].reading = Reading::Eager;
    scene.until("it has everything", |scene| scene.queued(slow) == 0);
    assert_eq!(written(&scene, slow), 2500);
}

#[test]
fn one_who_has_everything_is_told_at_once_and_others_need_not_be_there() {
    let mut scene = scene(limits());
    let only = scene.join_eager();
    assert_eq!(scene.say_to(scene.key(only), &words(64)), Ok(()));
    assert!(scene.server.has_work(), "the next turn does not wait");
    scene.turn(None);
    assert_eq!(scene.queued(only), 0);
}

#[test]
fn a_host_that_says_all_it_may_in_each_turn_keeps_nobody_from_being_let_in_or_read() {
    let mut scene = scene(limits());
    let talker = scene.join_eager();
    let most = scene.server.config().longest_line();
    arrives(&scene, talker, 400);
    for _ in 0..10 {
        assert_eq!(scene.say_to_all(&words(most)), Ok(()));
        assert_eq!(scene.say_to_all(b"x"), Err(SayError::Later), "as much as it may");
        scene.step(0);
        scene.turn(None);
    }
    assert_eq!(scene.server.stats().bytes_in, 400);
    scene.join_eager();
}

#[test]
fn while_the_room_waits_the_host_waits_too_and_then_it_is_heard() {
    let mut scene = scene(patient(ms(500)));
    let (talker, stalled) = (scene.join_eager(), scene.join_stalled());
    scene.fill(talker);
    assert_eq!(scene.say_to_all(b"hello"), Err(SayError::Later));
    scene.pass(ms(600));
    scene.until("it is evicted", |scene| scene.reason(stalled).is_some());
    assert_eq!(scene.say_to_all(b"hello"), Ok(()));
}

#[test]
fn what_is_told_to_one_who_takes_nothing_has_a_limit_of_its_own() {
    let memory = Config { max_memory: 1 << 20, max_clients: 4, ..limits() };
    let mut scene = scene(memory);
    let (talker, stalled) = (scene.join_eager(), scene.join_stalled());
    let key = scene.key(stalled);
    let most = scene.server.config().longest_line();
    let told = (0..1000).take_while(|_| scene.say_to(key, &words(most)).is_ok()).count();
    assert!((1..=64).contains(&told), "{told} were taken");
    assert_eq!(scene.say_to(key, b"x"), Err(SayError::Later));
    // What is read still has the room that it needs.
    scene.say(talker, QUEUE / 2);
    assert_eq!(scene.queued(talker), 0);
    scene.peers[stalled].reading = Reading::Eager;
    scene.until("it has everything", |scene| scene.queued(stalled) == 0);
    assert_eq!(scene.say_to(key, b"x"), Ok(()));
}

#[test]
fn one_who_takes_nothing_of_what_it_is_told_leaves_room_for_what_others_are_told() {
    let memory = Config { max_memory: 1 << 20, max_clients: 4, ..limits() };
    let mut scene = scene(memory);
    let (stalled, other) = (scene.join_stalled(), scene.join_stalled());
    let [stalled, other] = [stalled, other].map(|peer| scene.key(peer));
    let told = (0..1000).take_while(|_| scene.say_to(stalled, b"answer").is_ok()).count();
    let others = (0..1000).take_while(|_| scene.say_to(other, b"answer").is_ok()).count();
    assert_eq!((told, others), (16, 16), "a quarter of 64 blocks each");
}

#[test]
fn what_the_host_says_has_a_length_an_end_and_somebody_to_hear_it() {
    let mut scene = scene(Config { framing: Framing::Line, max_line: 200, ..limits() });
    let only = scene.join_eager();
    let most = scene.server.config().longest_line();
    assert_eq!(scene.server.broadcast(&words(most + 1)), Err(SayError::Length));
    assert_eq!(scene.server.broadcast(b""), Err(SayError::Length));
    assert_eq!(scene.server.broadcast(b"no end"), Err(SayError::NoLine));
    assert_eq!(scene.server.send_to(scene.key(only) + 1, b"who?\n"), Err(SayError::Gone));
    assert_eq!(scene.server.evict(scene.key(only) + 1), Err(SayError::Gone));
    assert_eq!(scene.say_to_all(b"two\nlines\n"), Ok(()));
    scene.turn(None);
    assert_eq!(scene.server.stats().messages_out, 2);
}

#[test]
fn whom_the_host_puts_out_is_reset_in_the_next_turn_and_what_waited_is_dropped() {
    let mut scene = scene(limits());
    let (talker, stalled) = (scene.join_eager(), scene.join_stalled());
    scene.say(talker, 2000);
    let key = scene.key(stalled);
    assert_eq!(scene.say_to(key, &words(30)), Ok(()));
    assert_eq!(scene.server.evict(key), Ok(()));
    assert_eq!(scene.server.evict(key), Err(SayError::Gone));
    assert!(scene.server.has_work(), "the next turn does not wait");
    scene.turn(None);
    assert_eq!(scene.reason(stalled), Some(Reason::ByHost));
    let stats = scene.server.stats();
    assert_eq!((stats.put_out, stats.bytes_dropped), (1, 1030));
    assert!(!scene.server.has_work());
}

#[test]
fn a_host_may_refuse_who_connects_and_withhold_what_is_said() {
    let mut scene = scene(limits());
    let (talker, other) = (scene.join_eager(), scene.join_eager());
    scene.world_mut().faults.withheld = 1000;
    scene.world_mut().choices = Box::new(Always);
    scene.say(talker, 100);
    scene.world_mut().faults.withheld = 0;
    assert_eq!((written(&scene, talker), written(&scene, other)), (0, 0));
    assert_eq!(scene.server.stats().bytes_withheld, 100);
    scene.say(talker, 20);
    assert_eq!((written(&scene, talker), written(&scene, other)), (20, 20));
    scene.world_mut().faults.put_out = 1000;
    scene.say(talker, 1);
    scene.world_mut().faults.put_out = 0;
    assert_eq!((scene.reason(talker), written(&scene, other)), (Some(Reason::ByHost), 20));
    scene.world_mut().faults.refused = 1000;
    let unwanted = scene.peers.len();
    scene.peers.push(crate::peers::Peer::new(Vec::new(), Reading::Eager, Ending::Stays));
    scene.until("it is refused", |scene| scene.server.stats().refused_by_host == 1);
    assert!(scene.peers[unwanted].socket.is_some());
    assert_eq!(scene.server.stats().joined, 2);
}

/// Whatever may happen does.
#[derive(Debug)]
struct Always;

impl Choices for Always {
    fn below(&mut self, _: usize) -> usize {
        0
    }

    fn chance(&mut self, per_mille: u32) -> bool {
        per_mille > 0
    }

    fn amount(&mut self, most: usize) -> usize {
        most
    }
}

#[test]
fn a_server_that_is_asked_to_stop_by_its_kernel_drains() {
    let mut scene = scene(limits());
    scene.join_eager();
    scene.world_mut().rumours.push(pollcast::kernel::Event {
        source: pollcast::kernel::Source::Stop,
        readable: true,
        writable: false,
        read_on: false,
    });
    scene.turn(Some(Duration::ZERO));
    scene.run_until("it has finished", 0, |scene| scene.server.is_finished());
}

#[test]
fn what_those_who_leave_hold_is_not_there_for_what_one_is_told_until_they_are_gone() {
    let drain_timeout = ms(60_000);
    let config = Config { max_clients: 20, drain_timeout, ..limits() };
    let with = |max_memory| Config { max_memory, ..config.clone() };
    let least = (1..).map(|it| it << 8).find(|&memory| with(memory).check().is_ok());
    let mut scene = scene(with(least.expect("enough is enough")));
    let (talker, other) = (scene.join_eager(), scene.join_eager());
    let leaver = scene.join_stalled();
    let most = scene.server.config().longest_line();
    let tell = |scene: &mut Scene| {
        let told = scene.say_to(scene.key(other), &words(most));
        scene.until("it is told", |scene| scene.queued(other) == 0);
        told
    };
    scene.say(talker, 6_800);
    assert_eq!(tell(&mut scene), Ok(()), "half of the store is free");
    scene.peers[leaver].ending = Ending::HalfCloses;
    scene.say(leaver, 1);
    scene.join_stalled();
    let mut told = Vec::new();
    for _ in 0..30 {
        scene.say(talker, 250);
        told.push((tell(&mut scene), scene.reason(leaver)));
    }
    // A block that is missing to what one is told is not missing yet to what is read.
    told.dedup();
    let crowded_out = Some(Reason::OverBudget);
    assert_eq!(told, [(Ok(()), None), (Err(SayError::Later), None), (Ok(()), crowded_out)]);
}
