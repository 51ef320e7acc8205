//! The check itself is checked: it passes random scripts, and catches each kind of mistake.

use std::io::IoSlice;

use crate::blocks::AUTHOR_COST;
use crate::candidate::{BLOCK, Candidate, Chunks, Copies, Cursors, Fresh, Ranges, Stretches};
use crate::left_out;
use crate::log_bytes::LogBytes;
use crate::outbox::{Outbox, SLICES};
use crate::replay::check;
use crate::script::{Builder, Script};

#[test]
fn each_candidate_hands_out_the_log_in_random_scripts() {
    let log = LogBytes::new();
    for seed in 0..300 {
        let script = random_script(seed);
        check::<Copies>(&script, &log).unwrap_or_else(|error| panic!("a, {seed}: {error}"));
        check::<Chunks>(&script, &log).unwrap_or_else(|error| panic!("b, {seed}: {error}"));
        check::<Ranges>(&script, &log).unwrap_or_else(|error| panic!("c, {seed}: {error}"));
        check::<Cursors>(&script, &log).unwrap_or_else(|error| panic!("d, {seed}: {error}"));
        check::<Stretches>(&script, &log).unwrap_or_else(|error| panic!("e, {seed}: {error}"));
    }
}

#[test]
fn a_wrong_a_missing_and_an_added_byte_are_caught() {
    let (script, log) = (shortest_script(), LogBytes::new());
    for (result, expected) in [
        (check::<Faulty<SWAP>>(&script, &log), "wrong before"),
        (check::<Faulty<LOSE>>(&script, &log), "are missing"),
        (check::<Faulty<ADD>>(&script, &log), "should not get"),
    ] {
        let error = result.expect_err("it is wrong");
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_stretch_holds_as_much_for_a_hundred_clients_as_for_one() {
    let log = LogBytes::new();
    let held = |clients: u32| {
        let mut room = Builder::new("all behind", "", clients as usize);
        room.stall(40_000, 0..clients);
        room.push(40_000, 10);
        let script = room.drain(1 << 16);
        let stretches = check::<Stretches>(&script, &log).expect("it is right").own_count;
        let ranges = check::<Ranges>(&script, &log).expect("it is right").own_count;
        (stretches, ranges)
    };
    let (one, hundred) = (held(1), held(100));
    assert_eq!(one.0, hundred.0);
    assert!(one.1 < hundred.1, "ranges: {} for one, {} for a hundred", one.1, hundred.1);
    assert_eq!(size_of::<Outbox>(), 24);
}

#[test]
fn what_everybody_took_or_lost_is_let_go() {
    is_let_go::<Copies>();
    is_let_go::<Chunks>();
    is_let_go::<Ranges>();
    is_let_go::<Cursors>();
    is_let_go::<Stretches>();
}

fn is_let_go<C: Candidate>() {
    let (mut candidate, batch) = (C::new(2), [0; 40_000]);
    for taken in 0..100 {
        let fresh = [0, 1].map(|client| Fresh { client, taken });
        candidate.push(&batch, &[], &fresh);
        candidate.push(&batch, &[0, 1], &[]);
        candidate.forget(0);
        candidate.advance(1, candidate.queued(1));
    }
    // Eight blocks and the newest may be kept, or as much in buffers and entries.
    let (kept, most) = (candidate.counted(), 10 * BLOCK);
    assert!(kept < most, "({}) keeps {kept} bytes", C::LETTER);
}

#[test]
fn holes_are_left_out_until_a_queue_is_full() {
    let [ranges, stretches, as_many] = left_out::fill().expect("each byte is right");
    // Every other byte goes to the one whose queue is full first.
    assert_eq!(ranges.messages, 2 * left_out::MAX_QUEUE - 1);
    // A stretch is full of names, and there has to be room for one byte beside the last of them.
    assert_eq!(stretches.messages, left_out::MAX_QUEUE / AUTHOR_COST - 1);
    assert_eq!(as_many.messages, stretches.messages);
}

#[test]
fn a_byte_of_the_wrong_client_is_caught() {
    let due = || [1, 3].into_iter();
    let compare = |bytes: &[u8]| left_out::compare(&[IoSlice::new(bytes)], &mut due());
    assert_eq!(compare(&[1, 3]), Some(2));
    for wrong in [&[1, 2][..], &[2, 3], &[1, 3, 5], &[]] {
        assert_eq!(compare(wrong), None, "{wrong:?}");
    }
}

/// One client that takes two batches.
fn shortest_script() -> Script {
    let mut room = Builder::new("shortest", "", 1);
    room.stall(100, 0..1);
    room.push(100, 1);
    room.drain(1 << 16)
}

fn random_script(seed: u64) -> Script {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut room = Builder::new("random", "", 8);
    let mut gone = [false; 8];
    for _ in 0..200 {
        let client = random.u32(..8);
        match random.u8(..16) {
            0 if !gone[client as usize] => {
                gone[client as usize] = true;
                room.retire(client);
            }
            1 if random.u8(..4) == 0 => {
                gone[client as usize] = true;
                room.forget(client);
            }
            2..8 => room.take(client, random.usize(1..60_000)),
            8..12 => {
                let len = random.usize(1..40_000);
                let is_fresh = |&client: &u32| !gone[client as usize];
                let fresh = (0..8).filter(is_fresh).filter(|&client| room.queued(client) == 0);
                let fresh: Vec<_> = fresh.map(|client| (client, random.usize(..len))).collect();
                room.push_short(len, &fresh[..random.usize(..=fresh.len())]);
            }
            _ => room.push(random.usize(1..5_000), random.usize(1..4)),
        }
    }
    room.drain(30_000)
}

const SWAP: u8 = 0;
const LOSE: u8 = 1;
const ADD: u8 = 2;

/// Copies with one mistake.
struct Faulty<const FAULT: u8>(Copies);

impl<const FAULT: u8> Candidate for Faulty<FAULT> {
    const LETTER: char = 'x';
    const NAME: &'static str = "faulty";

    fn new(clients: usize) -> Self {
        Self(Copies::new(clients))
    }

    fn push(&mut self, batch: &[u8], behind: &[u32], fresh: &[Fresh]) {
        let mut batch = batch.to_vec();
        if fresh.is_empty() {
            match FAULT {
                SWAP => batch.swap(3, 4),
                LOSE => drop(batch.pop()),
                _ => batch.push(0),
            }
        }
        self.0.push(&batch, behind, fresh);
    }

    fn slices<'a>(&'a self, client: u32, slices: &mut [IoSlice<'a>; SLICES]) -> usize {
        self.0.slices(client, slices)
    }

    fn advance(&mut self, client: u32, taken: usize) {
        self.0.advance(client, taken);
    }

    fn retire(&mut self, client: u32) {
        self.0.retire(client);
    }

    fn forget(&mut self, client: u32) {
        self.0.forget(client);
    }

    fn queued(&self, client: u32) -> usize {
        self.0.queued(client)
    }

    fn counted(&self) -> usize {
        self.0.counted()
    }
}
