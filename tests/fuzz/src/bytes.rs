//! Decisions from bytes, and back: the language of the inputs of `kernel_events`.
//!
//! A zero is harmless, and so is everything behind the end of an input. A decision takes one
//! byte or a few, so that most changes of one leave those behind it where they are.

use crate::choice::{Choices, Seeded};

/// A chance strikes where the byte is so large. A random byte strikes more often than a rare fault
/// does in a seeded run: in an input that is tried a thousand times it must not be rare.
const STRIKES: u8 = 192;

/// Amounts: up to here all of it, and up to there one byte; behind that a number follows.
const ALL: u8 = 127;
const ONE: u8 = 191;

/// Decisions read from bytes.
#[derive(Debug)]
pub struct Bytes {
    input: Vec<u8>,
    at: usize,
}

impl Bytes {
    pub fn new(input: &[u8]) -> Self {
        Self { input: input.to_vec(), at: 0 }
    }

    fn byte(&mut self) -> u8 {
        let byte = self.input.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        byte
    }

    fn number(&mut self) -> usize {
        usize::from(u16::from_le_bytes([self.byte(), self.byte()]))
    }
}

impl Choices for Bytes {
    fn below(&mut self, options: usize) -> usize {
        match options {
            0 | 1 => 0,
            2..=256 => usize::from(self.byte()) % options,
            _ => self.number() % options,
        }
    }

    fn chance(&mut self, per_mille: u32) -> bool {
        per_mille > 0 && self.byte() >= STRIKES
    }

    fn amount(&mut self, most: usize) -> usize {
        match self.byte() {
            _ if most == 1 => 1,
            byte if byte <= ALL => most,
            byte if byte <= ONE => 1,
            _ => 1 + self.number() % most,
        }
    }

    /// Any text does that has lines, so two bytes choose one.
    fn text(&mut self, length: usize, line: usize) -> Vec<u8> {
        Seeded::new(self.number() as u64).text(length, line)
    }

    fn are_used_up(&self) -> bool {
        self.at >= self.input.len()
    }
}

/// Writes down the decisions of others, as [`Bytes`] reads them.
#[derive(Debug)]
pub struct Recorder<C> {
    pub deciding: C,
    pub input: Vec<u8>,
}

impl<C: Choices> Choices for Recorder<C> {
    fn below(&mut self, options: usize) -> usize {
        let choice = self.deciding.below(options);
        match options {
            0 | 1 => {}
            2..=256 => self.input.push(choice as u8),
            _ => self.input.extend((choice as u16).to_le_bytes()),
        }
        choice
    }

    fn chance(&mut self, per_mille: u32) -> bool {
        let strikes = self.deciding.chance(per_mille);
        if per_mille > 0 {
            self.input.push(if strikes { u8::MAX } else { 0 });
        }
        strikes
    }

    fn amount(&mut self, most: usize) -> usize {
        let amount = self.deciding.amount(most);
        match amount {
            _ if amount == most => self.input.push(0),
            1 => self.input.push(ONE),
            _ => {
                self.input.push(u8::MAX);
                self.input.extend((amount as u16 - 1).to_le_bytes());
            }
        }
        amount
    }

    fn text(&mut self, length: usize, line: usize) -> Vec<u8> {
        let number = self.deciding.below(1 << 16) as u16;
        self.input.extend(number.to_le_bytes());
        Seeded::new(number.into()).text(length, line)
    }
}
