//! The whole loop on a simulated kernel: the input decides the limits, the ways to serve, the
//! peers, and what the kernel tells and answers. The audit and the oracle check after each turn.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::bytes::{Bytes, Recorder};
use crate::choice::{Choices, Seeded};
use crate::decided::{self, Outcome};
use crate::socket::Mode;

/// A run by this input.
pub fn run(input: &[u8]) {
    replay(input);
}

/// A run by this input, and what came of it.
pub fn replay(input: &[u8]) -> Outcome {
    let mut choices = Rc::new(RefCell::new(Bytes::new(input)));
    let mode = Mode::ALL[choices.below(Mode::ALL.len())];
    let outcome = decided::run(mode, &mut Rc::clone(&choices), Box::new(choices));
    TURNS.with(|turns| turns.0.set(turns.0.get() + outcome.stats.turns));
    outcome
}

/// The decisions that a seeded run makes, and what came of them. It is not the run that the
/// simulation makes of this seed: here one source decides everything.
pub fn record(seed: u64) -> (Vec<u8>, Outcome) {
    let recorder = Recorder { deciding: Seeded::new(seed), input: Vec::new() };
    let mut choices = Rc::new(RefCell::new(recorder));
    let mode = Mode::ALL[choices.below(Mode::ALL.len())];
    let outcome = decided::run(mode, &mut Rc::clone(&choices), Box::new(Rc::clone(&choices)));
    let input = std::mem::take(&mut choices.borrow_mut().input);
    (input, outcome)
}

/// Turns of all runs, told when the process ends.
#[derive(Debug, Default)]
struct Turns(Cell<u64>);

thread_local!(static TURNS: Turns = Turns::default());

impl Drop for Turns {
    fn drop(&mut self) {
        eprintln!("simulated turns: {}", self.0.get());
    }
}
