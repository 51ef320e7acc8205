//! Raw data that looks like measured data, for tests: who costs what is made up.

use crate::record::{Churn, Run};

mod rooms;
mod whole;

pub(crate) use whole::{data, save};

/// A contender that does not exist, or not like this.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Model {
    pub(crate) name: &'static str,
    pub(crate) class: &'static str,
    /// Nanoseconds for each write, and for each delivery beside it.
    pub(crate) write: f64,
    pub(crate) delivery: f64,
    /// How many messages leave with one write, at most.
    pub(crate) gathers: f64,
    /// KiB without a client, and bytes for each.
    pub(crate) empty: u64,
    pub(crate) client: u64,
}

const fn model(
    name: &'static str,
    class: &'static str,
    [write, delivery, gathers]: [f64; 3],
    [empty, client]: [u64; 2],
) -> Model {
    Model { name, class, write, delivery, gathers, empty, client }
}

pub(crate) const MODELS: [Model; 13] = [
    model("pollcast", "one log", [900.0, 40.0, 16.0], [2_300, 100]),
    model("floor", "one log", [880.0, 0.0, 64.0], [1_500, 0]),
    model("go", "bytes", [2_900.0, 900.0, 1.0], [4_100, 9_000]),
    model("go-fixed", "one log", [1_100.0, 200.0, 8.0], [4_300, 10_000]),
    model("tokio", "one log", [1_000.0, 400.0, 1.0], [2_900, 2_000]),
    model("threads", "order", [1_200.0, 700.0, 4.0], [2_000, 20_000]),
    model("mio-naive", "one log", [910.0, 30.0, 1.0], [2_100, 200]),
    model("select", "one log", [905.0, 250.0, 1.0], [1_600, 0]),
    model("uring", "one log", [700.0, 35.0, 16.0], [2_500, 300]),
    model("redis", "one log", [1_000.0, 350.0, 16.0], [9_800, 4_000]),
    model("nats", "order", [1_050.0, 300.0, 32.0], [18_000, 25_000]),
    model("mosquitto", "one log", [1_900.0, 500.0, 1.0], [6_000, 2_500]),
    model("ncat", "one log", [950.0, 120.0, 1.0], [3_900, 64]),
];

/// The same numbers each time.
#[derive(Debug)]
pub(crate) struct Noise(u64);

impl Noise {
    /// A factor that is near 1.
    fn factor(&mut self, by: f64) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        1.0 + ((self.0 >> 33) as f64 / (1_u64 << 31) as f64 - 0.5) * 2.0 * by
    }
}

/// A load without a contender.
pub(crate) fn shape(scenario: &str, clients: usize, talkers: usize, window: u64) -> Run {
    let (scenario, link) = (scenario.to_owned(), "loopback".to_owned());
    Run { scenario, link, clients, talkers, window, size: 64, conversations: 1, ..Run::default() }
}

impl Model {
    fn run(&self, shape: &Run, noise: &mut Noise) -> Run {
        let (clients, rate) = (shape.clients as f64, shape.rate as f64);
        let messages = (100_000.0 / clients).max(50.0) as u64;
        let deliveries = messages * shape.clients as u64;
        let waiting = (shape.window * shape.talkers as u64).max(1) as f64;
        let k = self.gathers.min(waiting * 0.8).max(1.0);
        let cost = self.write / k + self.delivery + shape.size as f64 * 0.1 + 3_000.0 / clients;
        let cost = cost * noise.factor(0.01);
        let full = cost * 1.05 * deliveries as f64;
        let paced = if rate > 0.0 { messages as f64 / rate * 1e9 } else { 0.0 };
        let load = if paced > 0.0 { (full / paced).min(1.2) } else { 0.0 };
        let queue = if load < 0.97 { 1.0 / (1.0 - load) } else { 400.0 * load };
        let last = (cost * clients * waiting.sqrt() * queue + 20_000.0) * noise.factor(0.015);
        let is_unordered = self.class == "bytes" && waiting > 1.0;
        let run = Run {
            contender: self.name.to_owned(),
            messages,
            deliveries,
            reordered: if is_unordered { deliveries / 97 } else { 0 },
            conversations: if is_unordered { shape.clients } else { 1 },
            elapsed_ns: full.max(paced) as u64,
            server_cpu_ns: (cost * deliveries as f64) as u64,
            generator_cpu_ns: ((cost * 0.97).min(320.0) * deliveries as f64) as u64,
            // Of the warming up too.
            segment_deliveries: deliveries * 5 / 4,
            segments: Some((deliveries as f64 * 1.25 / k) as u64),
            lateness_p99_ns: if rate > 0.0 { (last * 0.02) as u64 } else { 0 },
            memory_kib: self.empty + self.client * shape.clients as u64 / 1_024,
            peak_kib: self.empty + self.client * shape.clients as u64 / 900,
            ..shape.clone()
        };
        with_latency(run, last, noise)
    }

    fn churn(&self, noise: &mut Noise) -> Churn {
        let cost = (25_000.0 + self.delivery * 20.0) * noise.factor(0.01);
        Churn {
            contender: self.name.to_owned(),
            connections: 20_000,
            elapsed_ns: (cost * 26_000.0) as u64,
            server_cpu_ns: (cost * 20_000.0) as u64,
            generator_cpu_ns: (cost * 21_000.0) as u64,
            ..Churn::default()
        }
    }
}

/// All of it by what it takes until the last receiver has a message.
fn with_latency(run: Run, last: f64, noise: &mut Noise) -> Run {
    let at = |factor: f64| (last * factor) as u64;
    Run {
        first_p50_ns: at(0.2),
        first_p99_ns: at(0.5),
        first_p999_ns: at(0.9),
        first_max_ns: at(2.0),
        median_p50_ns: at(0.6),
        median_p99_ns: at(1.2),
        median_p999_ns: at(2.0),
        median_max_ns: at(4.0),
        last_p50_ns: at(1.0),
        last_p99_ns: at(2.1 * noise.factor(0.05)),
        last_p999_ns: at(4.0 * noise.factor(0.1)),
        last_max_ns: at(9.0),
        ..run
    }
}

/// Who runs at each place of a round.
fn order(round: usize, opponent: &Model) -> [Model; 4] {
    let (subject, opponent) = (MODELS[0], *opponent);
    match round % 2 {
        0 => [subject, opponent, subject, opponent],
        _ => [opponent, subject, opponent, subject],
    }
}

/// The subject and each opponent by turns, in so many rounds.
pub(crate) fn alternated(shape: &Run, opponents: &[Model], rounds: usize) -> Vec<Run> {
    let mut noise = Noise(shape.clients as u64 * 31 + shape.window + shape.talkers as u64);
    let mut runs = Vec::new();
    for opponent in opponents {
        for round in 0..rounds {
            for (place, model) in order(round, opponent).iter().enumerate() {
                let series = opponent.name.to_owned();
                runs.push(Run { series, round, place, ..model.run(shape, &mut noise) });
            }
        }
    }
    runs
}

/// Everybody but the subject.
pub(crate) fn opponents() -> &'static [Model] {
    &MODELS[1..]
}

fn churn() -> Vec<Churn> {
    let mut noise = Noise(5);
    let all = opponents().iter().flat_map(|opponent| (0..4).map(move |round| (opponent, round)));
    let rows = all.flat_map(|(opponent, round)| {
        let places = order(round, opponent).into_iter().enumerate();
        places.map(move |(place, model)| (opponent.name.to_owned(), round, place, model))
    });
    rows.map(|(series, round, place, model)| Churn {
        series,
        round,
        place,
        ..model.churn(&mut noise)
    })
    .collect()
}
