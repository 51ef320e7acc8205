//! One load, whoever serves it.

use crate::record::Run;
use crate::report::number::{count, plural};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shape {
    pub(crate) scenario: String,
    pub(crate) link: String,
    pub(crate) window: u64,
    pub(crate) size: usize,
    pub(crate) talkers: usize,
    pub(crate) clients: usize,
    pub(crate) rate: u64,
}

impl Shape {
    pub(crate) fn of(run: &Run) -> Self {
        let Run { scenario, link, window, size, talkers, clients, rate, .. } = run.clone();
        Self { scenario, link, window, size, talkers, clients, rate }
    }

    /// As it stands in missing.csv.
    pub(crate) fn words(&self) -> String {
        let pace = match self.rate {
            0 => format!("window {}", self.window),
            rate => format!("{} messages/s", count(rate)),
        };
        let over = if self.link == "veth" { ", over veth" } else { "" };
        format!(
            "{}, {}, {} bytes, {pace}{over}",
            plural(self.clients, "client"),
            plural(self.talkers, "talker"),
            count(self.size as u64)
        )
    }

    /// What is not the same in all of these.
    pub(crate) fn differences(&self, all: &[&Self]) -> String {
        let differ = |of: fn(&Self) -> u64| all.iter().any(|other| of(other) != of(self));
        let parts = [
            (differ(|shape| shape.clients as u64), plural(self.clients, "client")),
            (differ(|shape| shape.talkers as u64), plural(self.talkers, "talker")),
            (differ(|shape| shape.size as u64), format!("{} bytes", count(self.size as u64))),
            (differ(|shape| shape.window), format!("window {}", self.window)),
            (differ(|shape| shape.rate), format!("{} messages/s", count(self.rate))),
        ];
        let told = parts.into_iter().filter(|(differs, _)| *differs).map(|(_, words)| words);
        let told = told.collect::<Vec<_>>().join(", ");
        if told.is_empty() { self.words() } else { told }
    }
}

#[cfg(test)]
mod tests {
    use super::Shape;
    use crate::record::Run;

    #[test]
    fn a_shape_is_told_in_words() {
        let mut run = Run { clients: 1_000, talkers: 1, size: 64, window: 16, ..Run::default() };
        assert_eq!(Shape::of(&run).words(), "1,000 clients, 1 talker, 64 bytes, window 16");
        (run.rate, run.link) = (2_000, "veth".into());
        let words = "1,000 clients, 1 talker, 64 bytes, 2,000 messages/s, over veth";
        assert_eq!(Shape::of(&run).words(), words);
    }

    #[test]
    fn of_several_only_the_differences_are_told() {
        let run = Run { clients: 100, talkers: 1, size: 64, window: 1, ..Run::default() };
        let (one, other) = (Shape::of(&run), Shape::of(&Run { window: 16, clients: 10, ..run }));
        assert_eq!(one.differences(&[&one, &other]), "100 clients, window 1");
        assert_eq!(one.differences(&[&one]), "100 clients, 1 talker, 64 bytes, window 1");
    }
}
