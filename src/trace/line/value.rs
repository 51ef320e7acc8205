//! Values of arguments. A trace is written in the middle of a turn, and most of it is numbers:
//! these go without the machinery of `fmt`, with which a trace took half as much time again.

use std::fmt::{Display, Write};
use std::time::Duration;

/// What can be written as JSON.
pub(in crate::trace) trait Value {
    fn write(&self, text: &mut String);
}

/// A text, which is quoted. It is one of ours, or an address: nothing in it needs to be escaped.
#[derive(Debug, Clone, Copy)]
pub(in crate::trace) struct Quoted<T>(pub(in crate::trace) T);

/// Something that is JSON already.
#[derive(Debug, Clone, Copy)]
pub(in crate::trace) struct Plain<T>(pub(in crate::trace) T);

/// A time as the format has it: microseconds, with three decimals that keep the nanoseconds.
#[derive(Debug, Clone, Copy)]
pub(in crate::trace) struct Microseconds(pub(in crate::trace) Duration);

impl Value for u64 {
    fn write(&self, text: &mut String) {
        push_number(text, *self, 1);
    }
}

impl Value for usize {
    fn write(&self, text: &mut String) {
        push_number(text, *self as u64, 1);
    }
}

impl Value for bool {
    fn write(&self, text: &mut String) {
        text.push_str(if *self { "true" } else { "false" });
    }
}

impl Value for Microseconds {
    fn write(&self, text: &mut String) {
        // The clock of a kernel that runs for 584 years would wrap; none does.
        let nanoseconds = self.0.as_secs() * 1_000_000_000 + u64::from(self.0.subsec_nanos());
        push_number(text, nanoseconds / 1_000, 1);
        text.push('.');
        push_number(text, nanoseconds % 1_000, 3);
    }
}

impl<T: Value + ?Sized> Value for &T {
    fn write(&self, text: &mut String) {
        (**self).write(text);
    }
}

impl<T: Value> Value for Option<T> {
    fn write(&self, text: &mut String) {
        match self {
            Some(value) => value.write(text),
            None => text.push_str("null"),
        }
    }
}

impl<T: Display> Value for Quoted<T> {
    fn write(&self, text: &mut String) {
        // A string takes everything.
        let _ = write!(text, "\"{}\"", self.0);
    }
}

impl<T: Display> Value for Plain<T> {
    fn write(&self, text: &mut String) {
        let _ = write!(text, "{}", self.0);
    }
}

/// Writes a number, with zeros before it up to so many digits.
pub(super) fn push_number(text: &mut String, mut number: u64, least: usize) {
    let mut digits = [b'0'; 20];
    let mut first = digits.len();
    while number > 0 || digits.len() - first < least {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    text.extend(digits[first..].iter().map(|&digit| char::from(digit)));
}
