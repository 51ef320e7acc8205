//! Rooms in which something else happens than a closed loop.

use super::{MODELS, Model, Noise, alternated, opponents, shape};
use crate::record::{Calls, Idle, Moment, Run};

pub(super) fn open() -> Vec<Run> {
    let mut noise = Noise(9);
    let mut runs = Vec::new();
    for rate in [100, 300, 1_000, 3_000, 6_000, 10_000, 15_000] {
        for model in MODELS {
            let shape = Run { rate, window: 0, ..shape("load", 100, 1, 0) };
            runs.push(model.run(&shape, &mut noise));
        }
    }
    let paced = Run { rate: 200, ..shape("paced", 100, 1, 0) };
    runs.extend(alternated(&paced, opponents(), 4));
    runs
}

pub(super) fn moments() -> Vec<Moment> {
    let mut moments = Vec::new();
    for model in MODELS {
        let patience: &[&str] = match model.name {
            "pollcast" => &["0", "1s", "forever"],
            _ => &[""],
        };
        for (patience, bad) in patience.iter().flat_map(|patience| [(patience, 1), (patience, 10)])
        {
            moments.extend(room("stalled", &model, patience, bad));
        }
        let scenarios: &[(&str, usize)] = &[("slow", 1), ("attack", 10)];
        for (scenario, bad) in scenarios {
            let told = patience.get(1).unwrap_or(&patience[0]);
            moments.extend(room(scenario, &model, told, *bad));
        }
    }
    moments
}

fn room(scenario: &str, model: &Model, patience: &str, bad: usize) -> Vec<Moment> {
    let waits = match (patience, model.name) {
        ("0", _) => 0,
        ("1s", _) => 1_000,
        ("forever" | "", "pollcast" | "mio-naive" | "select" | "ncat") => 10_000,
        _ => 0,
    };
    let stores = model.class == "bytes";
    let pace = 1e8 / (model.write + model.delivery);
    let moment = |step: u64| {
        let at_ms = step * 100;
        let is_full = at_ms > 500 && at_ms <= 500 + waits;
        let is_evicted = at_ms > 500 + waits && !stores;
        // Who attacks is back at once, and is evicted each second.
        let times = if scenario == "attack" { 1 + at_ms / 1_000 } else { 1 };
        let stored = if stores { at_ms * 300 * bad as u64 / 10 } else { 100 };
        Moment {
            scenario: scenario.to_owned(),
            contender: model.name.to_owned(),
            patience: patience.to_owned(),
            bad,
            at_ms,
            deliveries: if is_full { 0 } else { (pace * (0.9 + 0.1 * (step % 3) as f64)) as u64 },
            evicted: if is_evicted { bad * times as usize } else { 0 },
            reordered: if stores { step * 7 } else { 0 },
            memory_kib: model.empty + stored,
            peak_kib: model.empty + stored + 50,
        }
    };
    (1..=100).map(moment).collect()
}

pub(super) fn idle() -> Vec<Idle> {
    let row = |model: &Model, clients: usize| Idle {
        contender: model.name.to_owned(),
        clients,
        memory_kib: model.empty + model.client * clients as u64 / 1_024,
        threads: if model.name == "threads" { clients as u64 + 1 } else { 1 },
        program_bytes: if model.name == "redis" { 0 } else { 400_000 },
        cpu_ns_per_second: if model.name == "redis" { 1_100_000 } else { 0 },
    };
    let counts = |model: &Model| {
        let most = if model.name == "select" { 3 } else { 5 };
        [0, 10, 100, 1_000, 10_000].into_iter().take(most).collect::<Vec<_>>()
    };
    MODELS.iter().flat_map(|model| counts(model).into_iter().map(|n| row(model, n))).collect()
}

pub(super) fn calls() -> Vec<Calls> {
    let row = |model: &Model, call: &str, each: f64| Calls {
        contender: model.name.to_owned(),
        clients: 100,
        talkers: 10,
        window: 16,
        deliveries: 100_000,
        call: call.to_owned(),
        count: (each * 100_000.0) as u64,
        errors: 7,
    };
    let rows = |model: &Model| {
        [
            row(model, "writev", 1.0 / model.gathers),
            row(model, "epoll_wait", 0.01),
            row(model, "recvfrom", 0.02),
        ]
    };
    MODELS.iter().flat_map(rows).collect()
}
