//! How long messages took, to the first, the middle and the last of their receivers.

use hdrhistogram::Histogram;

use crate::record::Run;

/// Three figures that make a percentile true to a thousandth of itself.
const DIGITS: u8 = 3;

/// Nanoseconds; what takes longer counts as much as that.
const HOUR: u64 = 3_600_000_000_000;

/// How long the messages of a load took, from the times for which they were scheduled. Nothing is
/// left out by waiting: what is sent late, since the room is slow, has waited since its time.
#[derive(Debug, Clone)]
pub(crate) struct Latency {
    first: Histogram<u64>,
    half: Histogram<u64>,
    last: Histogram<u64>,
    /// How late messages were sent: the generator's own part of all of it.
    sent: Histogram<u64>,
}

impl Latency {
    pub(crate) fn new() -> Self {
        let empty = || Histogram::new_with_bounds(1, HOUR, DIGITS).expect("bounds that work");
        Self { first: empty(), half: empty(), last: empty(), sent: empty() }
    }

    pub(crate) fn forget(&mut self) {
        self.first.reset();
        self.half.reset();
        self.last.reset();
        self.sent.reset();
    }

    /// A message is sent so long after its time.
    #[inline]
    pub(crate) fn record_sent(&mut self, nanoseconds: u64) {
        self.sent.saturating_record(nanoseconds);
    }

    /// One more of `receivers` has a message, `nanoseconds` after its time; `have` have it now.
    #[inline]
    pub(crate) fn record(&mut self, have: usize, receivers: usize, nanoseconds: u64) {
        if have == 1 {
            self.first.saturating_record(nanoseconds);
        }
        if have == receivers.div_ceil(2) {
            self.half.saturating_record(nanoseconds);
        }
        if have == receivers {
            self.last.saturating_record(nanoseconds);
        }
    }

    /// Puts the percentiles into the record of a run.
    pub(crate) fn describe(&self, run: &mut Run) {
        let of = |all: &Histogram<u64>| {
            [0.5, 0.99, 0.999, 1.0].map(|share| all.value_at_quantile(share))
        };
        [run.first_p50_ns, run.first_p99_ns, run.first_p999_ns, run.first_max_ns] = of(&self.first);
        [run.median_p50_ns, run.median_p99_ns, run.median_p999_ns, run.median_max_ns] =
            of(&self.half);
        [run.last_p50_ns, run.last_p99_ns, run.last_p999_ns, run.last_max_ns] = of(&self.last);
        run.lateness_p99_ns = self.sent.value_at_quantile(0.99);
    }
}

#[cfg(test)]
mod tests {
    use super::Latency;
    use crate::record::Run;

    #[test]
    fn first_half_and_last_are_those_of_the_receivers() {
        let mut latency = Latency::new();
        for have in 1..=5 {
            latency.record(have, 5, have as u64 * 100);
        }
        let mut run = Run::default();
        latency.describe(&mut run);
        assert_eq!((run.first_p50_ns, run.median_max_ns, run.last_p99_ns), (100, 300, 500));
    }

    #[test]
    fn one_of_a_hundred_is_beyond_the_99th() {
        let mut latency = Latency::new();
        for message in 0..100 {
            latency.record(1, 1, if message == 50 { 1_000_000 } else { 1_000 });
        }
        let mut run = Run::default();
        latency.describe(&mut run);
        assert_eq!((run.last_p50_ns, run.last_p99_ns), (1_000, 1_000));
        assert!(run.last_p999_ns >= 999_000 && run.last_max_ns >= 999_000, "{run:?}");
    }
}
