//! Where the simulated world gets its decisions from: a seed, or a script that a search extends.

use std::fmt::Debug;

/// Decides what happens next. The first option is always the harmless one.
pub trait Choices: Debug {
    /// A number below `options`.
    fn below(&mut self, options: usize) -> usize;

    /// Whether something happens that happens this often in a thousand times.
    fn chance(&mut self, per_mille: u32) -> bool;

    /// An amount from 1 to `most`.
    fn amount(&mut self, most: usize) -> usize;
}

/// Decisions drawn from a seed.
#[derive(Debug)]
pub struct Seeded(fastrand::Rng);

impl Seeded {
    pub fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }
}

impl Choices for Seeded {
    fn below(&mut self, options: usize) -> usize {
        self.0.usize(..options)
    }

    fn chance(&mut self, per_mille: u32) -> bool {
        per_mille > 0 && self.0.u32(..1000) < per_mille
    }

    fn amount(&mut self, most: usize) -> usize {
        // Whole amounts and single bytes are where the mistakes are.
        match self.0.u8(..4) {
            0 | 1 => most,
            2 => 1,
            _ => self.0.usize(1..=most),
        }
    }
}

/// Decisions from a script, harmless ones behind its end. It notes how many options there were, so
/// that a depth-first search can find the next script.
#[derive(Debug, Default, Clone)]
pub struct Scripted {
    script: Vec<usize>,
    options: Vec<usize>,
    depth: usize,
}

impl Scripted {
    /// The first script of a search over this many decisions.
    pub fn new(depth: usize) -> Self {
        Self { depth, ..Self::default() }
    }

    /// The script that follows this one, depth first; none when all were tried.
    pub fn next(mut self) -> Option<Self> {
        self.script.resize(self.options.len(), 0);
        while let Some(last) = self.script.pop() {
            let options = self.options.pop()?;
            if last + 1 < options {
                self.script.push(last + 1);
                self.options.clear();
                return Some(self);
            }
        }
        None
    }

    pub fn script(&self) -> &[usize] {
        &self.script
    }
}

impl Choices for Scripted {
    fn below(&mut self, options: usize) -> usize {
        let position = self.options.len();
        if position >= self.depth || options < 2 {
            return 0;
        }
        self.options.push(options);
        self.script.get(position).copied().unwrap_or(0)
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
