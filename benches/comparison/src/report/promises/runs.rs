//! Promises about runs that alternated with one named server.

use super::{Finding, Limit, Row, controls, shown};
use crate::record::Run;
use crate::report::data::{Data, SUBJECT};
use crate::report::load::{Line, Load, Standing, churn as churn_load, loads};
use crate::report::measure::{
    CHURN_GENERATOR_BUSY, CONNECTIONS, CPU, CPU_CONNECTION, K, Measure, P50,
};
use crate::report::number::significant;
use crate::report::series::{Alternated, Ratio};
use crate::report::shape::Shape;
use crate::report::table::may_be_the_generators;

/// Of a closed loop with messages of 64 bytes.
struct Promise {
    peer: &'static str,
    measure: &'static Measure<Run>,
    talkers: usize,
    clients: usize,
    window: u64,
    limit: Limit,
}

const fn cpu(peer: &'static str, load: (usize, usize, u64), most: f64) -> Promise {
    let (talkers, clients, window) = load;
    Promise { peer, measure: &CPU, talkers, clients, window, limit: Limit::AtMost(most) }
}

const fn p50(peer: &'static str, load: (usize, usize, u64)) -> Promise {
    let (talkers, clients, window) = load;
    Promise { peer, measure: &P50, talkers, clients, window, limit: Limit::NoWorse }
}

const PROMISES: [Promise; 17] = [
    cpu("floor", (1, 100, 1), 1.05),
    cpu("floor", (1, 1_000, 1), 1.05),
    cpu("floor", (1, 100, 16), 1.05),
    p50("floor", (1, 100, 16)),
    cpu("floor", (1, 1_000, 16), 1.05),
    p50("floor", (1, 1_000, 16)),
    cpu("floor", (1, 10_000, 1), 1.1),
    cpu("go", (1, 100, 1), 0.75),
    cpu("go", (1, 1_000, 1), 0.75),
    cpu("go", (10, 100, 1), 1.0 / 6.0),
    p50("go", (10, 100, 1)),
    cpu("go", (10, 100, 16), 1.0 / 6.0),
    p50("go", (10, 100, 16)),
    cpu("go", (100, 100, 1), 1.0 / 30.0),
    p50("go", (100, 100, 1)),
    cpu("go", (100, 100, 16), 1.0 / 30.0),
    p50("go", (100, 100, 16)),
];

pub(super) fn loops(data: &Data) -> Vec<Row> {
    PROMISES.iter().map(|promise| promise.row(data)).collect()
}

impl Promise {
    fn row(&self, data: &Data) -> Row {
        let shape = self.shape();
        let all = loads(data, &shape.scenario, "loopback");
        let load = all.into_iter().find(|load| load.shape.as_ref() == Some(&shape));
        let found = load.as_ref().and_then(|load| against(load, self.peer, self.measure));
        let words = shape.words();
        let promise = format!("{}, {words}: pollcast ÷ {}", self.measure.name, self.peer);
        let Some((line, ratio)) = found else {
            let reason = data.reason(&shape.scenario, self.peer, &words);
            return Row::not_measured(promise, self.limit, reason);
        };
        let beside = match self.measure.head == CPU.head {
            true => load.as_ref().map_or_else(String::new, |load| beside(load, line)),
            false => String::new(),
        };
        Row {
            promise,
            asked: self.limit.show(),
            measured: format!("{}{beside}", shown(&ratio)),
            control: controls(&ratio, &line.name),
            finding: self.limit.judge(&ratio),
        }
    }

    fn shape(&self) -> Shape {
        Shape {
            scenario: if self.talkers == 1 { "clients" } else { "talkers" }.to_owned(),
            link: "loopback".to_owned(),
            window: self.window,
            size: 64,
            talkers: self.talkers,
            clients: self.clients,
            rate: 0,
        }
    }
}

/// The other's line, and what pollcast is of it. Without alternation there are no controls, so
/// the ratio is inconclusive.
pub(super) fn against<'a, 'b, R: Alternated>(
    load: &'b Load<'a, R>,
    peer: &str,
    measure: &Measure<R>,
) -> Option<(&'b Line<'a, R>, Ratio)> {
    let line = load.line(peer)?;
    match line.standing(measure) {
        Standing::Alternated(ratio) => Some((line, ratio.inverse())),
        Standing::Apart { ratio, .. } => Some((line, Ratio::apart(1.0 / ratio))),
        Standing::Itself | Standing::Unknown => None,
    }
}

/// What processor time is never told without.
fn beside(load: &Load<'_, Run>, line: &Line<'_, Run>) -> String {
    let k = |line: Option<&Line<'_, Run>>| {
        let spread = line.and_then(|line| line.spread(&K));
        spread.map_or_else(|| "–".to_owned(), |spread| significant(spread.median))
    };
    let p50 = line.standing(&P50).ratio();
    let p50 = p50.map_or_else(|| "–".to_owned(), |ratio| significant(1.0 / ratio));
    format!("; k {} and {}, p50 {p50}", k(load.line(SUBJECT)), k(Some(line)))
}

/// Who comes and goes, against go.
pub(super) fn churn(data: &Data) -> Row {
    let limit = Limit::AtLeast(1.2);
    let promise = format!("{}: pollcast ÷ go", CONNECTIONS.name);
    let load = churn_load(data);
    let found = load.as_ref().and_then(|load| against(load, "go", &CONNECTIONS));
    let Some((line, ratio)) = found else {
        return Row::not_measured(promise, limit, data.reason("churn", "go", ""));
    };
    let cost = line.standing(&CPU_CONNECTION).ratio();
    let cost = cost.map_or_else(|| "–".to_owned(), |cost| significant(1.0 / cost));
    let mut measured = format!("{}; {} {cost}", shown(&ratio), CPU_CONNECTION.head);
    let mut finding = limit.judge(&ratio);
    let subject = load.as_ref().and_then(|load| load.line(SUBJECT));
    let is_busy = subject.is_some_and(|line| may_be_the_generators(line, &CHURN_GENERATOR_BUSY));
    if finding == Finding::NotHeld && is_busy {
        measured += "; with pollcast the generator sets the pace";
        finding = Finding::Inconclusive;
    }
    let control = controls(&ratio, &line.name);
    Row { promise, asked: limit.show(), measured, control, finding }
}
