//! Small worlds, exhausted: two and three clients, and every answer that the kernel may give to a
//! bounded depth, by depth-first search in place of a seed.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use pollcast::{Allocation, Config, Patience, TurnLimits};

use crate::choice::Scripted;
use crate::effort;
use crate::peers::{Ending, Peer, Reading};
use crate::run::Run;
use crate::socket::Mode;
use crate::world::{Faults, World};

/// Any of these may strike at each call.
const FAULTS: Faults = Faults {
    interrupted: 1,
    late: 1,
    spurious: 0,
    reordered: 1,
    short: 1,
    shortage: 1,
    aborted: 1,
    descriptors: 1,
    add_fails: 1,
    arm_fails: 1,
    clock_jumps: 0,
    urgent: 1,
    refused: 1,
    withheld: 1,
    put_out: 1,
};

/// Of each search in each mode, about; a search that is to do less stops at its share of them.
const SCHEDULES: u64 = 25_000;

#[test]
fn two_clients_hold_every_promise_whatever_the_kernel_answers_to_depth_13() {
    let schedules: usize = Mode::ALL.map(|mode| exhaust(mode, 13, usize::MAX, 4, two)).iter().sum();
    is_enough(schedules, 50_000);
}

#[test]
fn two_clients_hold_every_promise_when_any_three_answers_are_not_the_harmless_ones() {
    let schedules: usize = Mode::ALL.map(|mode| exhaust(mode, 60, 3, 4, two)).iter().sum();
    is_enough(schedules, 50_000);
}

#[test]
fn three_clients_hold_every_promise_when_any_two_answers_are_not_the_harmless_ones() {
    let schedules: usize = Mode::ALL.map(|mode| exhaust(mode, 120, 2, 900, three)).iter().sum();
    is_enough(schedules, 20_000);
}

/// A search that ends too soon shows little.
fn is_enough(schedules: usize, least: usize) {
    println!("{schedules} schedules");
    assert!(schedules > least || !effort::is_whole(), "only {schedules} schedules");
}

/// One talks and ends its stream; the other takes less than it is offered.
fn two() -> Vec<Peer> {
    vec![
        Peer::new(b"abcdef".to_vec(), Reading::Eager, Ending::HalfCloses),
        Peer::new(b"XY".to_vec(), Reading::Slow(3), Ending::Stays),
    ]
}

/// One fills the queue of another, who never reads; a third resets in between.
fn three() -> Vec<Peer> {
    vec![
        Peer::new(vec![b'a'; 5000], Reading::Eager, Ending::Stays),
        Peer::new(Vec::new(), Reading::Never, Ending::Stays),
        Peer::new(b"bye".to_vec(), Reading::Eager, Ending::Resets),
    ]
}

fn exhaust(
    mode: Mode,
    depth: usize,
    deviations: usize,
    send_buffer: usize,
    peers: fn() -> Vec<Peer>,
) -> usize {
    let mut schedules = 0;
    let most = if effort::is_whole() { usize::MAX } else { effort::share(SCHEDULES) as usize };
    let mut next = Some(Scripted::new(depth, deviations));
    while let Some(script) = next.filter(|_| schedules < most) {
        let _shown = Shown(&script, mode);
        next = match mode {
            Mode::Epoll => converse::<true>(mode, &script, send_buffer, peers()),
            Mode::Kqueue | Mode::Poll => converse::<false>(mode, &script, send_buffer, peers()),
        };
        schedules += 1;
    }
    schedules
}

/// Prints the schedule that fails: the search is the same every time, so the test replays it.
struct Shown<'a>(&'a Scripted, Mode);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("failed in mode {:?} with the schedule {:?}", self.1, self.0);
        }
    }
}

/// A whole conversation, and the schedule that follows.
fn converse<const SHORT: bool>(
    mode: Mode,
    script: &Scripted,
    send_buffer: usize,
    peers: Vec<Peer>,
) -> Option<Scripted> {
    let config = Config {
        max_queue: 4096,
        max_clients: 3,
        max_memory: Config::MIN_MEMORY,
        allocation: Allocation::AtStart,
        patience: Patience::Limit(Duration::from_millis(30)),
        turn: TurnLimits { writes: 2, bytes: 1000, ..TurnLimits::default() },
        ..Config::default()
    };
    let choices = Rc::new(RefCell::new(script.clone()));
    let mut world = World::new(mode, Box::new(Rc::clone(&choices)), FAULTS);
    world.send_buffer = send_buffer;
    let mut run = Run::<SHORT>::new(world, config, peers);
    for _ in 0..12 {
        run.step(1500);
        run.turn(Some(Duration::from_millis(5)));
    }
    let decided = choices.borrow().clone();
    run.calm_down();
    run.finish();
    decided.next()
}
