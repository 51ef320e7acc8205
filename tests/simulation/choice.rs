//! Where the simulated world gets its decisions from: a seed, or a script that a search extends.

use std::cell::RefCell;
use std::fmt::Debug;
use std::rc::Rc;

/// Decides what happens next. The first option is always the harmless one.
pub trait Choices: Debug {
    /// A number below `options`.
    fn below(&mut self, options: usize) -> usize;

    /// Whether something happens that happens this often in a thousand times.
    fn chance(&mut self, per_mille: u32) -> bool;

    /// An amount from 1 to `most`.
    fn amount(&mut self, most: usize) -> usize;

    /// So many bytes for a peer to send, in lines of so many bytes on average.
    fn text(&mut self, length: usize, line: usize) -> Vec<u8> {
        let byte = |random: usize| if random % line == 0 { b'\n' } else { random as u8 };
        (0..length).map(|_| byte(self.below(1 << 16))).collect()
    }

    /// Whether all that is still to be decided will be harmless.
    fn are_used_up(&self) -> bool {
        false
    }
}

/// Decisions drawn from a seed: the same ones whether a size has 64 bits or 32.
#[derive(Debug)]
pub struct Seeded(fastrand::Rng);

impl Seeded {
    pub fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }
}

impl Choices for Seeded {
    fn below(&mut self, options: usize) -> usize {
        self.0.u64(..options as u64) as usize
    }

    fn chance(&mut self, per_mille: u32) -> bool {
        per_mille > 0 && self.0.u32(..1000) < per_mille
    }

    fn amount(&mut self, most: usize) -> usize {
        // Whole amounts and single bytes are where the mistakes are.
        match self.0.u8(..4) {
            0 | 1 => most,
            2 => 1,
            _ => self.0.u64(1..=most as u64) as usize,
        }
    }
}

/// Decisions from a script, harmless ones behind its end. It notes how many options there were, so
/// that a depth-first search can find the next script.
#[derive(Debug, Clone)]
pub struct Scripted {
    script: Vec<usize>,
    options: Vec<usize>,
    depth: usize,
    deviations: usize,
    deviated: usize,
}

impl Scripted {
    /// The first script of a search over this many decisions, of which at most `deviations` are
    /// not harmless.
    pub fn new(depth: usize, deviations: usize) -> Self {
        Self { script: Vec::new(), options: Vec::new(), depth, deviations, deviated: 0 }
    }

    /// The script that follows this one, depth first; none when all were tried.
    pub fn next(mut self) -> Option<Self> {
        self.script.resize(self.options.len(), 0);
        while let (Some(last), Some(options)) = (self.script.pop(), self.options.pop()) {
            if last + 1 < options {
                self.script.push(last + 1);
                self.options.clear();
                self.deviated = 0;
                return Some(self);
            }
        }
        None
    }
}

impl Choices for Scripted {
    fn below(&mut self, options: usize) -> usize {
        let position = self.options.len();
        if position >= self.depth || self.deviated >= self.deviations || options < 2 {
            return 0;
        }
        self.options.push(options);
        let choice = self.script.get(position).copied().unwrap_or(0);
        self.deviated += usize::from(choice > 0);
        choice
    }

    fn chance(&mut self, per_mille: u32) -> bool {
        per_mille > 0 && self.below(2) == 1
    }

    fn amount(&mut self, most: usize) -> usize {
        match self.below(most.min(3)) {
            0 => most,
            1 => 1,
            _ => most / 2,
        }
    }
}

/// Shared with whoever wants to know afterwards what was decided.
impl<C: Choices> Choices for Rc<RefCell<C>> {
    fn below(&mut self, options: usize) -> usize {
        self.borrow_mut().below(options)
    }

    fn chance(&mut self, per_mille: u32) -> bool {
        self.borrow_mut().chance(per_mille)
    }

    fn amount(&mut self, most: usize) -> usize {
        self.borrow_mut().amount(most)
    }

    fn text(&mut self, length: usize, line: usize) -> Vec<u8> {
        self.borrow_mut().text(length, line)
    }

    fn are_used_up(&self) -> bool {
        self.borrow().are_used_up()
    }
}
