//! Random runs. Each seed gives the limits, the peers, and all that goes wrong.

use crate::choice::Seeded;
use crate::decided::{self, Outcome};
use crate::effort;
use crate::socket::Mode;

#[test]
fn every_promise_holds_in_three_hundred_thousand_turns_with_all_that_can_go_wrong() {
    let turns = effort::turns();
    if let Some(seed) = effort::number("POLLCAST_SEED") {
        for mode in Mode::ALL {
            eprintln!("mode {mode:?}");
            run_seed(seed, mode);
        }
        return;
    }
    let mut met = Met::default();
    for seed in 0..turns {
        for mode in Mode::ALL {
            met.add(run_seed(seed, mode));
        }
        if met.turns >= turns {
            println!("{seed} seeds in three modes: {met:#?}");
            break;
        }
    }
    if effort::is_whole() {
        met.is_enough();
    }
}

/// What the runs met, in all: a simulation that never evicts shows nothing about evictions.
#[derive(Debug, Default)]
struct Met {
    turns: u64,
    events: u64,
    faults: u64,
    bytes_in: u64,
    bytes_out: u64,
    waits: u64,
    left: u64,
    reset: u64,
    evicted: u64,
    drained: u64,
    drain_timeouts: u64,
    refused: u64,
    accept_paused: u64,
    accept_failed: u64,
    discarded: u64,
    idle: u64,
    lines_too_long: u64,
    over_budget: u64,
    refused_per_address: u64,
    unfinished: u64,
}

impl Met {
    fn add(&mut self, Outcome { stats, told, struck }: Outcome) {
        self.events += told;
        self.faults += struck;
        self.turns += stats.turns;
        self.bytes_in += stats.bytes_in;
        self.bytes_out += stats.bytes_out;
        self.waits += stats.waits;
        self.left += stats.left;
        self.reset += stats.reset;
        self.evicted += stats.evicted;
        self.drained += stats.drained;
        self.drain_timeouts += stats.drain_timeouts;
        self.refused += stats.refused;
        self.accept_paused += stats.accept_paused;
        self.accept_failed += stats.accept_failed;
        self.discarded += stats.bytes_discarded;
        self.idle += stats.idle;
        self.lines_too_long += stats.lines_too_long;
        self.over_budget += stats.over_budget;
        self.refused_per_address += stats.refused_per_address;
        self.unfinished += stats.bytes_unfinished;
    }

    fn is_enough(&self) {
        let each = [self.waits, self.left, self.reset, self.evicted, self.drained, self.refused];
        let more = [self.drain_timeouts, self.accept_paused, self.accept_failed, self.discarded];
        let rare = [self.idle, self.lines_too_long, self.refused_per_address, self.unfinished];
        let met = each.iter().chain(&more).chain(&rare);
        assert!(met.min() >= Some(&20), "too little was met: {self:#?}");
    }
}

/// Prints how to replay a run that fails.
struct Replay(u64, Mode);

impl Drop for Replay {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self(seed, mode) = self;
            eprintln!("failed in mode {mode:?}; to replay it:");
            eprintln!("POLLCAST_SEED={seed} cargo test --test simulation seeds");
        }
    }
}

fn run_seed(seed: u64, mode: Mode) -> Outcome {
    let _replay = Replay(seed, mode);
    decided::run(mode, &mut Seeded::new(seed), Box::new(Seeded::new(seed)))
}
