//! Promises about memory, which is looked at once: there is no control.

use super::{Finding, Limit, Row};
use crate::report::data::{Data, SUBJECT};
use crate::report::number::{Kind, significant};
use crate::report::sections::moments::{DEFAULT_PATIENCE, Timeline, timelines};
use crate::report::sections::single::TIE;

/// Clients that never read, and clients that are there.
const BAD: usize = 10;
const CLIENTS: usize = 10_000;

const IDLE: [(&str, f64); 3] = [("go", 10.0), ("redis", 20.0), ("nats", 100.0)];
const STALLED: (&str, f64) = ("go", 20.0);

/// Two figures in KiB, and what else there is to say of the other.
struct Pair {
    own: u64,
    other: u64,
    name: String,
    /// The other held at least this, and was ended.
    cut_short: Option<String>,
}

pub(super) fn all(data: &Data) -> Vec<Row> {
    let idle = IDLE.iter().map(|(peer, part)| idle(data, peer, Limit::AtMost(1.0 / part)));
    std::iter::once(stalled(data)).chain(idle).collect()
}

fn stalled(data: &Data) -> Row {
    let (peer, part) = STALLED;
    let limit = Limit::AtMost(1.0 / part);
    let promise = format!(
        "peak memory, {BAD} clients that never read (patience {DEFAULT_PATIENCE}): pollcast ÷ \
         {peer}"
    );
    let all = timelines(data, "stalled");
    let peak = |contender: &str, patience: &str| {
        let is_asked = |line: &&Timeline<'_>| {
            (line.contender, line.patience, line.bad) == (contender, patience, BAD)
        };
        let line = all.iter().find(is_asked)?;
        Some((line.peak()?, line.name(data)))
    };
    if let Some(reason) = ended(data, SUBJECT, DEFAULT_PATIENCE) {
        return Row::not_measured(promise, limit, Some(reason));
    }
    match (peak(SUBJECT, DEFAULT_PATIENCE), peak(peer, "")) {
        (Some((own, _)), Some((other, name))) => {
            Pair { own, other, name, cut_short: ended(data, peer, "") }.row(promise, limit)
        }
        _ => Row::not_measured(promise, limit, data.reason("stalled", peer, "")),
    }
}

/// Why the watch over a room was given up early, if it was.
fn ended(data: &Data, contender: &str, patience: &str) -> Option<String> {
    let shape = format!("{BAD} bad clients {patience}");
    let row = data.missing.iter().find(|row| {
        let is_room = row.shape.trim() == shape.trim();
        row.scenario == "stalled" && row.contender == contender && is_room
    })?;
    Some(row.reason.clone())
}

fn idle(data: &Data, peer: &str, limit: Limit) -> Row {
    let promise = format!("resident memory, 10,000 idle clients: pollcast ÷ {peer}");
    let memory = |contender: &str| {
        let mut rows = data.idle.iter();
        let row = rows.find(|row| (&*row.contender, row.clients) == (contender, CLIENTS))?;
        (row.memory_kib > 0).then_some(row.memory_kib)
    };
    match (memory(SUBJECT), memory(peer)) {
        (Some(own), Some(other)) => {
            Pair { own, other, name: data.name(peer), cut_short: None }.row(promise, limit)
        }
        _ => {
            let reason = data.reason("idle", peer, &format!("{CLIENTS} clients"));
            Row::not_measured(promise, limit, reason)
        }
    }
}

impl Pair {
    fn row(&self, promise: String, limit: Limit) -> Row {
        let ratio = self.own as f64 / self.other as f64;
        let [own, other] = [self.own, self.other].map(|kib| Kind::Memory.show(kib as f64));
        let (least, note) = match &self.cut_short {
            Some(reason) => (" at least", format!("; {reason}")),
            None => ("", String::new()),
        };
        Row {
            promise,
            asked: limit.show(),
            measured: format!("{} ({own}; {}{least} {other}){note}", significant(ratio), self.name),
            control: "none: taken once".to_owned(),
            finding: self.finding(ratio, limit),
        }
    }

    /// What is nearer to the limit than single figures are to each other decides nothing.
    fn finding(&self, ratio: f64, limit: Limit) -> Finding {
        let Limit::AtMost(limit) = limit else { return Finding::Inconclusive };
        match self.cut_short.is_some() {
            _ if ratio * TIE <= limit => Finding::Held,
            false if ratio > limit * TIE => Finding::NotHeld,
            _ => Finding::Inconclusive,
        }
    }
}
