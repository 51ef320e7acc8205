//! The figures of a run.

use crate::record::{Churn, Run};
use crate::report::number::Kind;

/// One figure of each run: what it is, how to take it, and which way is better.
#[derive(Debug)]
pub(crate) struct Measure<R> {
    /// As the head of a column.
    pub(crate) head: &'static str,
    /// As in "by …, first is".
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) is_less_better: bool,
    /// Nothing where the run has no such figure.
    pub(crate) of: fn(&R) -> Option<f64>,
}

const fn less<R>(
    head: &'static str,
    name: &'static str,
    kind: Kind,
    of: fn(&R) -> Option<f64>,
) -> Measure<R> {
    Measure { head, name, kind, is_less_better: true, of }
}

const fn more<R>(
    head: &'static str,
    name: &'static str,
    kind: Kind,
    of: fn(&R) -> Option<f64>,
) -> Measure<R> {
    Measure { head, name, kind, is_less_better: false, of }
}

pub(crate) const CPU: Measure<Run> =
    less("CPU per delivery", "processor time per delivery", Kind::Time, |run| {
        quotient(run.server_cpu_ns, run.deliveries)
    });

/// Messages that left with one write.
pub(crate) const K: Measure<Run> = more("k", "messages per write", Kind::Plain, |run| {
    if run.link == "veth" { None } else { quotient(run.segment_deliveries, run.segments?) }
});

pub(crate) const SEGMENTS: Measure<Run> =
    less("segments per delivery", "segments per delivery", Kind::Plain, |run| {
        quotient(run.segments?, run.segment_deliveries)
    });

pub(crate) const P50: Measure<Run> =
    less("p50 to the last", "p50 to the last receiver", Kind::Time, |run| known(run.last_p50_ns));
pub(crate) const P99: Measure<Run> =
    less("p99 to the last", "p99 to the last receiver", Kind::Time, |run| known(run.last_p99_ns));

pub(crate) const P999: Measure<Run> =
    less("p99.9 to the last", "p99.9 to the last receiver", Kind::Time, |run| {
        known(run.last_p999_ns)
    });
pub(crate) const MAX: Measure<Run> =
    less("max to the last", "maximum to the last receiver", Kind::Time, |run| {
        known(run.last_max_ns)
    });

/// How late the generator sent, as a part of the latency that it found.
pub(crate) const LATENESS: Measure<Run> = less("generator late", "", Kind::Share, |run| {
    Some(run.lateness_p99_ns as f64 / known(run.last_p50_ns)?)
});

/// To the first, to half, to the last receiver: p50, p99, p99.9 and the maximum of each.
pub(crate) static LATENCY: [(&str, [Measure<Run>; 4]); 3] = [
    (
        "the first receiver",
        [
            less("p50", "p50 to the first", Kind::Time, |run| known(run.first_p50_ns)),
            less("p99", "p99 to the first", Kind::Time, |run| known(run.first_p99_ns)),
            less("p99.9", "p99.9 to the first", Kind::Time, |run| known(run.first_p999_ns)),
            less("max", "maximum to the first", Kind::Time, |run| known(run.first_max_ns)),
        ],
    ),
    (
        "half of the receivers",
        [
            less("p50", "p50 to half", Kind::Time, |run| known(run.median_p50_ns)),
            less("p99", "p99 to half", Kind::Time, |run| known(run.median_p99_ns)),
            less("p99.9", "p99.9 to half", Kind::Time, |run| known(run.median_p999_ns)),
            less("max", "maximum to half", Kind::Time, |run| known(run.median_max_ns)),
        ],
    ),
    (
        "the last receiver",
        [
            less("p50", "p50 to the last receiver", Kind::Time, |run| known(run.last_p50_ns)),
            less("p99", "p99 to the last receiver", Kind::Time, |run| known(run.last_p99_ns)),
            less("p99.9", "p99.9 to the last receiver", Kind::Time, |run| known(run.last_p999_ns)),
            less("max", "maximum to the last receiver", Kind::Time, |run| known(run.last_max_ns)),
        ],
    ),
];

pub(crate) const SPEED: Measure<Run> =
    more("deliveries/s", "deliveries per second", Kind::Plain, |run| {
        Some(quotient(run.deliveries, run.elapsed_ns)? * 1e9)
    });
pub(crate) const PEAK: Measure<Run> =
    less("peak memory", "peak of resident memory", Kind::Memory, |run| known(run.peak_kib));
pub(crate) const SERVER_BUSY: Measure<Run> =
    less("server busy", "", Kind::Share, |run| quotient(run.server_cpu_ns, run.elapsed_ns));
pub(crate) const GENERATOR_BUSY: Measure<Run> =
    less("generator busy", "", Kind::Share, |run| quotient(run.generator_cpu_ns, run.elapsed_ns));

/// Of what the schedule asked for.
pub(crate) const KEPT_UP: Measure<Run> = more("of the offered", "", Kind::Share, |run| {
    Some(quotient(run.messages, run.elapsed_ns)? * 1e9 / known(run.rate)?)
});

pub(crate) const BYTES: Measure<Run> = more("GB/s", "bytes per second", Kind::Plain, |run| {
    quotient(run.deliveries * run.size as u64, run.elapsed_ns)
});
pub(crate) const CPU_BYTES: Measure<Run> =
    less("CPU per GB", "processor time per byte", Kind::Time, |run| {
        Some(quotient(run.server_cpu_ns, run.deliveries * run.size as u64)? * 1e9)
    });

pub(crate) const CONNECTIONS: Measure<Churn> =
    more("connections/s", "connections per second", Kind::Plain, |run| {
        Some(quotient(run.connections, run.elapsed_ns)? * 1e9)
    });
pub(crate) const CPU_CONNECTION: Measure<Churn> =
    less("CPU per connection", "processor time per connection", Kind::Time, |run| {
        quotient(run.server_cpu_ns, run.connections)
    });
pub(crate) const CHURN_SERVER_BUSY: Measure<Churn> =
    less("server busy", "", Kind::Share, |run| quotient(run.server_cpu_ns, run.elapsed_ns));
pub(crate) const CHURN_GENERATOR_BUSY: Measure<Churn> =
    less("generator busy", "", Kind::Share, |run| quotient(run.generator_cpu_ns, run.elapsed_ns));

/// Nothing if either is zero: a ratio of it would say nothing.
fn quotient(first: u64, second: u64) -> Option<f64> {
    Some(known(first)? / known(second)?)
}

fn known(figure: u64) -> Option<f64> {
    (figure > 0).then_some(figure as f64)
}

#[cfg(test)]
mod tests {
    use super::{BYTES, CPU, K, KEPT_UP, SPEED};
    use crate::record::Run;

    #[test]
    fn figures_are_taken_as_they_are_named() {
        let run = Run {
            messages: 10,
            deliveries: 1_000,
            size: 50,
            rate: 4,
            elapsed_ns: 5_000_000_000,
            server_cpu_ns: 200_000,
            segments: Some(250),
            segment_deliveries: 2_000,
            ..Run::default()
        };
        let figures = [CPU, K, SPEED, KEPT_UP, BYTES].map(|measure| (measure.of)(&run));
        assert_eq!(figures, [200.0, 8.0, 200.0, 0.5, 1e-5].map(Some));
    }

    #[test]
    fn where_segments_are_not_writes_there_is_no_k() {
        let run =
            Run { segment_deliveries: 9, segments: Some(3), link: "veth".into(), ..Run::default() };
        assert_eq!((K.of)(&run), None);
        assert_eq!((K.of)(&Run { segments: None, link: "loopback".into(), ..run }), None);
    }
}
