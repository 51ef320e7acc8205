//! Single faults, told line by line: events that say too much or come too late, and calls that
//! fail. docs/FAULTS.md lists them all.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use libc::{EBADF, EINTR, EINVAL, ENOBUFS, ENOMEM};
use pollcast::kernel::Source;
use pollcast::observer::Reason;
use pollcast::stats::AcceptErrors;
use pollcast::{Config, TurnLimits};

use crate::choice::Scripted;
use crate::effort;
use crate::errors::Call;
use crate::failing::{Failing, Plan};
use crate::kernel::SimKernel;
use crate::nth_call::note_failure;
use crate::peers::{Ending, Peer, Reading};
use crate::run::Run;
use crate::socket::Mode;
use crate::stage::{Scene, arrives, as_needed, limits, ms, scene};
use crate::world::{Faults, World};

/// An event that the kernel need not have told.
fn rumour(scene: &Scene, source: Source, readable: bool, writable: bool) {
    scene.world_mut().rumour(source, readable, writable);
}

#[test]
fn an_empty_backlog_is_no_error_and_costs_one_call() {
    let mut scene = scene(limits());
    scene.join_eager();
    rumour(&scene, Source::Listener(0), true, false);
    let joined = scene.server.stats().joined;
    scene.turn(None);
    let stats = scene.server.stats();
    assert_eq!((stats.joined, stats.accept_errors), (joined, AcceptErrors::default()));
    assert_eq!((stats.accept_failed, scene.server.has_work()), (0, false));
}

#[test]
fn an_event_to_read_where_nothing_is_costs_one_call_and_changes_nothing() {
    let mut scene = scene(limits());
    let (quiet, other) = (scene.join_eager(), scene.join_eager());
    let before = *scene.server.stats();
    rumour(&scene, Source::Client(scene.key(quiet)), true, false);
    scene.turn(None);
    let stats = scene.server.stats();
    assert_eq!((stats.reads, stats.writes), (before.reads + 1, before.writes));
    assert_eq!((scene.server.client_count(), scene.server.has_work()), (2, false));
    scene.say(quiet, 10);
    assert_eq!(scene.queued(other), 0);
}

#[test]
fn an_event_to_write_with_nothing_queued_costs_no_call() {
    let mut scene = scene(limits());
    let quiet = scene.join_eager();
    let before = *scene.server.stats();
    rumour(&scene, Source::Client(scene.key(quiet)), false, true);
    scene.turn(None);
    let stats = scene.server.stats();
    assert_eq!((stats.reads, stats.writes, stats.arms), (before.reads, before.writes, before.arms));
}

#[test]
fn an_event_of_one_who_is_gone_is_ignored() {
    let mut scene = scene(limits());
    let gone = scene.join(Reading::Eager, Ending::Closes);
    let key = scene.key(gone);
    scene.until("it has left", |scene| scene.server.client_count() == 0);
    let before = *scene.server.stats();
    rumour(&scene, Source::Client(key), true, true);
    scene.turn(None);
    let stats = scene.server.stats();
    assert_eq!((stats.reads, stats.writes), (before.reads, before.writes));
}

#[test]
fn who_comes_in_the_turn_in_which_another_goes_gets_another_slot() {
    let mut scene = scene(limits());
    let (talker, goes) = (scene.join_eager(), scene.join_eager());
    let key = scene.key(goes);
    let id = scene.peers[goes].socket.expect("joined");
    scene.world_mut().sockets[id].be_reset();
    scene.peers[goes].is_done = true;
    scene.peers.push(Peer::new(Vec::new(), Reading::Eager, Ending::Stays));
    let comes = scene.peers.len() - 1;
    scene.step(0);
    // The reset, the newcomer and a late event of the one who goes are told in one turn.
    rumour(&scene, Source::Client(key), true, true);
    scene.turn(None);
    assert_ne!(scene.key(comes), key);
    assert_eq!(scene.reason(goes), Some(Reason::Reset));
    // An event for a slot that was taken by somebody else since then hits nobody.
    let next = scene.join_eager();
    assert_eq!(scene.key(next), key);
    rumour(&scene, Source::Client(key), true, true);
    scene.say(talker, 10);
    assert_eq!((scene.queued(comes), scene.queued(next), scene.server.client_count()), (0, 0, 3));
}

#[test]
fn whatever_part_of_a_queue_the_kernel_takes_the_rest_follows_byte_for_byte() {
    for echo in [true, false] {
        // Blocks are of 512 bytes or, where senders are named, may be full of names before that.
        let max_queue = 4096;
        for cut in (1..1200).step_by(effort::stride()) {
            let mut scene = scene(Config { echo, max_queue, ..limits() });
            let (talker, other, slow) =
                (scene.join_eager(), scene.join_eager(), scene.join_stalled());
            scene.world_mut().sockets[scene.peers[slow].socket.expect("joined")].buffer = 1;
            scene.world_mut().sockets[scene.peers[slow].socket.expect("joined")].capacity = 1;
            for _ in 0..3 {
                scene.say(talker, 300);
                scene.say(other, 101);
            }
            assert_eq!(scene.queued(slow), 3 * 401 - 1);
            let id = scene.peers[slow].socket.expect("joined");
            scene.world_mut().sockets[id].peer_reads(1);
            scene.world_mut().sockets[id].buffer = cut;
            scene.turn(None);
            assert_eq!(scene.queued(slow), (3 * 401 - 1_usize).saturating_sub(cut), "cut at {cut}");
            scene.world_mut().sockets[id].buffer = 2000;
            scene.peers[slow].reading = Reading::Eager;
            scene.until("it has the rest", |scene| scene.queued(slow) == 0);
        }
    }
}

#[test]
fn one_whose_read_and_write_fail_in_the_same_turn_is_closed_once() {
    let mut scene = scene(limits());
    let (talker, lost) = (scene.join_eager(), scene.join_stalled());
    scene.say(talker, 1500);
    let id = scene.peers[lost].socket.expect("joined");
    assert!(scene.queued(lost) > 0);
    scene.world_mut().sockets[id].be_reset();
    arrives(&scene, talker, 100);
    scene.turn(None);
    let stats = scene.server.stats();
    assert_eq!((stats.reset, scene.server.client_count()), (1, 1));
    assert_eq!(scene.reason(lost), Some(Reason::Reset));
    assert_eq!(scene.queued(talker), 0);
}

#[test]
fn one_who_is_lost_in_the_middle_of_a_fan_out_costs_nobody_else_the_message() {
    for lost in 0..5 {
        let mut scene = scene(limits());
        let peers: Vec<usize> = (0..6).map(|_| scene.join_eager()).collect();
        scene.turn(Some(Duration::ZERO));
        let id = scene.peers[peers[lost]].socket.expect("joined");
        scene.world_mut().sockets[id].be_reset();
        // Its event comes later than the message: a write meets the reset.
        scene.world_mut().sockets[id].news_read = false;
        scene.world_mut().sockets[id].news_write = false;
        scene.peers[peers[lost]].is_done = true;
        let writes = scene.server.stats().writes;
        arrives(&scene, peers[5], 100);
        scene.turn(None);
        assert_eq!(scene.server.stats().writes - writes, 6, "each is written to once");
        for &peer in peers.iter().filter(|&&peer| peer != peers[lost]) {
            assert_eq!(scene.queued(peer), 0, "peer {peer}");
        }
        // What it had sent before is read first.
        scene.turn(None);
        assert_eq!(scene.reason(peers[lost]), Some(Reason::Reset));
    }
}

#[test]
fn the_last_client_may_go_in_the_turn_in_which_it_spoke_and_nothing_is_kept() {
    let mut scene = scene(as_needed());
    let last = scene.join_eager();
    arrives(&scene, last, 500);
    let id = scene.peers[last].socket.expect("joined");
    scene.world_mut().sockets[id].be_reset();
    scene.peers[last].is_done = true;
    scene.turn(None);
    scene.turn(Some(ms(1)));
    let stats = scene.server.stats();
    assert_eq!((stats.bytes_in, scene.server.client_count()), (500, 0));
    assert_eq!(scene.server.traffic_memory(), 0);
}

type Failed = Run<true, crate::beside::Beside<Failing<SimKernel<true>>>>;

/// A room in which calls of this kind fail so, from the first on, with two clients, of which the
/// first has something to say.
fn failing(call: Call, error: i32, times: usize, config: Config) -> (Failed, Rc<RefCell<Plan>>) {
    let which = call.errors().iter().position(|&other| other == error).expect("listed");
    let plan: Rc<RefCell<Plan>> = Plan::new(Some(call), 1, which, times);
    let choices = Box::new(Scripted::new(0, 0));
    let world = World::new(Mode::Epoll, choices, Faults::default());
    let peers = vec![
        Peer::new(b"hello".to_vec(), Reading::Eager, Ending::Stays),
        Peer::new(Vec::new(), Reading::Eager, Ending::Stays),
    ];
    let mut run = Run::on(world, config, peers, |kernel| Failing::new(kernel, &plan, note_failure));
    run.may_fail_to_wait = true;
    run.step(5);
    (run, plan)
}

fn failing_once(call: Call, error: i32) -> Failed {
    failing(call, error, 1, limits()).0
}

#[test]
fn accept_without_memory_pauses_as_without_descriptors_and_goes_on_by_itself() {
    let mut run = failing_once(Call::Accept, ENOBUFS);
    run.turn(None);
    let stats = run.server.stats();
    assert_eq!((stats.accept_paused, stats.accept_errors.memory, stats.joined), (1, 1, 0));
    assert!(!run.server.has_work(), "it spins");
    run.turn(None);
    assert_eq!(run.server.stats().joined, 2);
    assert!((ms(100)..ms(110)).contains(&run.world().now), "{:?}", run.world().now);
}

#[test]
fn a_wait_that_is_interrupted_is_a_turn_without_events() {
    let mut run = failing_once(Call::Wait, EINTR);
    run.may_fail_to_wait = false;
    run.turn(None);
    assert_eq!(run.server.stats().joined, 0);
    run.turn(None);
    assert_eq!(run.server.stats().joined, 2);
}

#[test]
fn a_wait_that_cannot_work_is_told_to_the_host_and_ends_no_client() {
    for error in [EBADF, EINVAL] {
        let mut run = failing_once(Call::Wait, error);
        let what = run.server.turn(None).map_err(|error: io::Error| error.raw_os_error());
        assert_eq!(what, Err(Some(error)));
        run.world_mut().oracle.phases.clear();
        run.server.turn(None).expect("it waits");
        assert_eq!(run.server.client_count(), 2);
    }
}

#[test]
fn a_write_that_takes_nothing_is_a_lost_connection_and_no_loop() {
    let mut run = failing_once(Call::Write, 0);
    run.turn(None);
    run.step(5);
    run.turn(None);
    run.turn(Some(Duration::ZERO));
    let stats = run.server.stats();
    assert_eq!((stats.bytes_in, stats.bytes_out, stats.reset, stats.writes), (5, 5, 1, 2));
}

#[test]
fn an_event_of_the_listener_after_the_end_began_is_ignored() {
    let mut scene = scene(limits());
    scene.join_eager();
    scene.server.shut_down();
    rumour(&scene, Source::Listener(0), true, false);
    scene.turn(Some(Duration::ZERO));
    assert!(!scene.server.has_work(), "it would accept");
}

#[test]
fn a_listener_that_always_fails_is_left_alone_also_where_a_turn_accepts_few() {
    for accepts in [1, 2, 16, 64] {
        let turn = TurnLimits { accepts, ..TurnLimits::default() };
        let config = Config { turn, ..limits() };
        let (mut run, plan) = failing(Call::Accept, EINVAL, usize::MAX, config);
        let mut turns = 0;
        while run.server.has_work() || turns == 0 {
            run.world_mut().idle_spins = 0;
            run.turn(None);
            turns += 1;
            assert!(turns <= 18, "it spins where a turn accepts {accepts}");
        }
        assert_eq!(plan.borrow().failures.len(), 17);
    }
}

#[test]
fn one_to_whom_nothing_can_be_written_has_no_input_because_of_that() {
    let idle_timeout = Some(ms(1000));
    let (mut run, plan) =
        failing(Call::Write, ENOBUFS, usize::MAX, Config { idle_timeout, ..limits() });
    plan.borrow_mut().about = Some(1);
    let pass = |run: &mut Failed, time: Duration| {
        for _ in 0..time.as_millis() / 100 {
            run.world_mut().now += ms(100);
            run.step(5);
            run.turn(Some(Duration::ZERO));
        }
    };
    pass(&mut run, ms(900));
    assert_eq!((run.server.client_count(), run.server.stats().bytes_in), (2, 5));
    // The first one is idle, and so is the second, although its queue waits for memory: it leaves,
    // and does not take what waits for it.
    pass(&mut run, ms(8000));
    let stats = run.server.stats();
    assert_eq!((stats.idle, stats.drain_timeouts, run.server.client_count()), (1, 1, 0));
}

#[test]
fn one_whose_input_waits_for_memory_is_not_idle() {
    let idle_timeout = Some(ms(1000));
    let (mut run, plan) =
        failing(Call::Read, ENOMEM, usize::MAX, Config { idle_timeout, ..limits() });
    plan.borrow_mut().about = Some(0);
    for _ in 0..80 {
        run.world_mut().now += ms(100);
        run.step(5);
        run.turn(Some(Duration::ZERO));
    }
    let stats = run.server.stats();
    assert_eq!((stats.idle, run.server.client_count()), (1, 1), "the other one alone is idle");
}
