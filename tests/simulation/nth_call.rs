//! The n-th call fails, for each n of a whole conversation and each error that the manual lists for
//! that call: whoever is not concerned loses nothing.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use pollcast::observer::Reason;
use pollcast::{Allocation, Config, Framing, HalfClose, Patience, TurnLimits};

use crate::beside::Beside;
use crate::choice::Scripted;
use crate::effort;
use crate::errors::Call;
use crate::failing::{Failing, Plan};
use crate::kernel::SimKernel;
use crate::peers::{Ending, Peer, Reading};
use crate::run::Run;
use crate::socket::Mode;
use crate::world::{Faults, World};

#[test]
fn whatever_single_call_fails_nobody_else_loses_anything_and_nothing_is_left_behind() {
    let failures: usize = Mode::ALL.map(|mode| fail_each(mode, 1, &usual())).iter().sum();
    println!("{failures} conversations in which one call failed");
    assert!(!effort::is_whole() || failures > 5_000, "only {failures} conversations");
}

#[test]
fn whatever_kind_of_call_fails_twenty_times_in_a_row_nobody_else_loses_anything() {
    let failures = fail_each(Mode::Epoll, 20, &usual());
    println!("{failures} conversations in which twenty calls of a kind failed");
    assert!(!effort::is_whole() || failures > 2_000, "only {failures} conversations");
}

#[test]
fn whatever_single_call_fails_the_same_holds_of_lines_without_echo_for_those_who_listen_on() {
    let config = Config {
        framing: Framing::Line,
        max_line: 60,
        echo: false,
        half_close: HalfClose::Listen,
        ..usual()
    };
    let failures = fail_each(Mode::Epoll, 1, &config);
    println!("{failures} conversations in lines in which one call failed");
    assert!(!effort::is_whole() || failures > 2_000, "only {failures} conversations");
}

fn usual() -> Config {
    Config {
        max_queue: 4096,
        max_memory: 256 << 10,
        allocation: Allocation::AtStart,
        patience: Patience::Limit(Duration::from_secs(10)),
        turn: TurnLimits { writes: 4, bytes: 1000, ..TurnLimits::default() },
        ..Config::default()
    }
}

/// Lets each call of the conversation fail in each way, and tells how many ways that were.
fn fail_each(mode: Mode, times: usize, config: &Config) -> usize {
    let untouched = Plan::new(None, 0, 0, 0);
    let conversation = converse(mode, config, &untouched);
    conversation.check(&untouched.borrow());
    let calls = untouched.borrow().calls.clone();
    for call in Call::ALL {
        assert!(calls.contains(&call), "the conversation has no {call:?}");
    }
    println!("{mode:?}: {} calls", calls.len());
    let mut failures = 0;
    for (before, call) in calls.iter().enumerate().step_by(effort::stride().min(10)) {
        for which in 0..call.errors().len() {
            let shown = Shown { mode, nth: before + 1, call: *call, error: call.errors()[which] };
            let plan = Plan::new(None, before + 1, which, times);
            let conversation = converse(mode, config, &plan);
            conversation.check(&plan.borrow());
            assert!(!plan.borrow().failures.is_empty(), "nothing failed");
            drop(shown);
            failures += 1;
        }
    }
    failures
}

/// Tells what failed when the conversation did not hold its promises.
struct Shown {
    mode: Mode,
    nth: usize,
    call: Call,
    error: i32,
}

impl Drop for Shown {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { mode, nth, call, error } = self;
            eprintln!("mode {mode:?}: call {nth}, {call:?}, failed with errno {error}");
        }
    }
}

/// What came of each of those who took part.
struct Conversation {
    log: Vec<u8>,
    /// What each sent.
    sent: Vec<Vec<u8>>,
    reasons: Vec<Option<Reason>>,
    clients_left: usize,
}

/// Each peer sends its own letter. The stalled one is to be evicted; the last one closes with
/// something unread, which resets.
const STALLED: usize = 2;
const CLOSER: usize = 5;

/// So many bytes in lines of fifty; the last one may have no end.
fn lines(letter: u8, bytes: usize) -> Vec<u8> {
    (1..=bytes).map(|it| if it % 50 == 0 { b'\n' } else { letter }).collect()
}

fn first_peers() -> Vec<Peer> {
    vec![
        Peer::new(lines(b'a', 5000), Reading::Eager, Ending::Stays),
        Peer::new(lines(b'b', 300), Reading::Slow(300), Ending::Stays),
        Peer::new(Vec::new(), Reading::Never, Ending::Ignores),
        Peer::new(lines(b'd', 220), Reading::Eager, Ending::HalfCloses),
    ]
}

fn later_peers() -> Vec<Peer> {
    vec![
        Peer::new(lines(b'e', 100), Reading::Eager, Ending::Stays),
        Peer::new(lines(b'f', 100), Reading::Eager, Ending::Closes),
    ]
}

fn converse(mode: Mode, config: &Config, plan: &Rc<RefCell<Plan>>) -> Conversation {
    match mode {
        Mode::Epoll => converse_on::<true>(mode, config, plan),
        Mode::Kqueue | Mode::Poll => converse_on::<false>(mode, config, plan),
    }
}

fn converse_on<const SHORT: bool>(
    mode: Mode,
    config: &Config,
    plan: &Rc<RefCell<Plan>>,
) -> Conversation {
    let mut world = World::new(mode, Box::new(Scripted::new(0, 0)), Faults::default());
    world.send_buffer = 400;
    let mut run = Run::<SHORT, Beside<_>>::on(world, config.clone(), first_peers(), |kernel| {
        Failing::new(kernel, plan, note_failure)
    });
    run.may_fail_to_wait = true;
    talk(&mut run, 6);
    run.peers.extend(later_peers());
    talk(&mut run, 40);
    run.calm_down();
    run.finish();
    let world = run.world();
    let reasons = run.peers.iter().map(|peer| world.oracle.views.get(&peer.socket?)?.left);
    Conversation {
        log: world.oracle.log.clone(),
        sent: run.peers.iter().map(|peer| peer.to_send[..peer.sent].to_vec()).collect(),
        reasons: reasons.collect(),
        clients_left: run.server.client_count(),
    }
}

/// A call that fails got somewhere, and counts like any other.
pub fn note_failure<const SHORT: bool>(kernel: &SimKernel<SHORT>, call: Call) {
    let world = &mut *kernel.0.borrow_mut();
    world.idle_spins = 0;
    match call {
        Call::Read => world.counted.reads += 1,
        Call::Write => world.counted.writes += 1,
        Call::Arm => world.counted.arms += 1,
        Call::Wait | Call::Accept | Call::Add | Call::Finish | Call::Address => {}
    }
}

/// Some turns in which everybody acts.
fn talk<const SHORT: bool>(run: &mut Run<SHORT, Beside<Failing<SimKernel<SHORT>>>>, turns: usize) {
    for _ in 0..turns {
        run.world_mut().now += Duration::from_millis(30);
        run.step(1000);
        run.turn(Some(Duration::from_millis(5)));
    }
}

impl Conversation {
    fn check(&self, plan: &Plan) {
        assert_eq!(self.clients_left, 0);
        for (peer, reason) in self.reasons.iter().enumerate().filter(|&(it, _)| it != STALLED) {
            // Of one that was reset, EAGAIN means that there is nothing left to read.
            let concerns = |&(call, error, connection): &(Call, i32, Option<usize>)| {
                connection == Some(peer) && (call.is_end(error) || peer == CLOSER)
            };
            if plan.failures.iter().any(concerns) {
                continue;
            }
            let well = matches!(reason, Some(Reason::Drained | Reason::Left));
            assert!(well || peer == CLOSER, "peer {peer}: {reason:?}");
            let letter = b'a' + peer as u8;
            let letters = |bytes: &[u8]| bytes.iter().filter(|&&byte| byte == letter).count();
            let (logged, sent) = (letters(&self.log), letters(&self.sent[peer]));
            assert_eq!(logged, sent, "bytes of peer {peer} in the log");
        }
    }
}
