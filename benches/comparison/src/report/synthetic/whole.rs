//! A measurement of everything.

use super::{MODELS, Model, alternated, churn, opponents, rooms, shape};
use crate::record::{Entrant, Fact, Folder, Missing, Run};
use crate::report::data::Data;

fn runs() -> Vec<Run> {
    let mut runs = Vec::new();
    for (window, clients) in [1, 16]
        .into_iter()
        .flat_map(|window| [10, 100, 1_000, 10_000].map(|clients| (window, clients)))
    {
        let here = opponents().iter().filter(|model| model.name != "select" || clients < 1_000);
        let here: Vec<Model> = here.copied().collect();
        runs.extend(alternated(&shape("clients", clients, 1, window), &here, 5));
    }
    for (window, talkers) in [(1, 10), (1, 100), (16, 10), (16, 100)] {
        runs.extend(alternated(&shape("talkers", 100, talkers, window), opponents(), 4));
    }
    for size in [16, 1_024, 16_384] {
        let shape = Run { size, ..shape("sizes", 100, 10, 1) };
        runs.extend(alternated(&shape, opponents(), 3));
    }
    runs.extend(rooms::open());
    let firehose = Run { size: 65_536, ..shape("firehose", 10, 1, 16) };
    runs.extend(alternated(&firehose, opponents(), 3));
    runs.extend(alternated(&shape("free", 100, 10, 1), opponents(), 3));
    let veth = Run { link: "veth".into(), ..shape("clients", 100, 10, 1) };
    runs.extend(alternated(&veth, &opponents()[1..5], 3));
    let once = Model { name: "interest once", write: 880.0, ..MODELS[0] };
    runs.extend(alternated(&shape("tuning", 100, 1, 1), &[once], 4));
    runs
}

fn missing() -> Vec<Missing> {
    let row = |scenario: &str, shape: &str, contender: &str, reason: &str| {
        let [scenario, shape] = [scenario, shape].map(str::to_owned);
        Missing {
            scenario,
            shape,
            contender: contender.into(),
            reason: reason.into(),
            is_expected: false,
        }
    };
    vec![
        row("clients", "more than 1,000 clients", "select", "select(2) knows 1,024 descriptors"),
        row("sizes", "", "mosquitto", "lost 17 of 1,000,000 deliveries"),
        row("idle", "10,000 clients", "select", "select(2) knows 1,024 descriptors"),
    ]
}

pub(crate) fn data() -> Data {
    let entrant = |model: &Model| Entrant {
        contender: model.name.to_owned(),
        design: "made up".to_owned(),
        class: model.class.to_owned(),
        echoes: model.name != "ncat",
        command: format!("{} 127.0.0.1:0", model.name),
        version: "1.2.3".to_owned(),
    };
    let facts = [("date", "2026-11-25"), ("commit", "0123456"), ("kernel", "Linux 6.18")];
    let fact = |(name, text): (&str, &str)| Fact { name: name.into(), text: text.into() };
    Data {
        runs: runs(),
        moments: rooms::moments(),
        idle: rooms::idle(),
        churn: churn(),
        calls: rooms::calls(),
        missing: missing(),
        entrants: MODELS.iter().map(entrant).collect(),
        facts: facts.map(fact).to_vec(),
    }
}

/// As the load generator leaves it.
pub(crate) fn save(data: &Data, folder: &Folder) -> Result<(), String> {
    folder.add(&data.runs)?;
    folder.add(&data.moments)?;
    folder.add(&data.idle)?;
    folder.add(&data.churn)?;
    folder.add(&data.calls)?;
    folder.add(&data.missing)?;
    folder.add(&data.entrants)?;
    folder.add(&data.facts)
}
