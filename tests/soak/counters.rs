//! The server's counters, as its users would read them.

use std::collections::BTreeMap;

#[derive(Debug, Clone, Default)]
pub struct Counters(BTreeMap<String, f64>);

impl Counters {
    /// One line of JSON.
    pub fn parse(json: &str) -> Result<Self, String> {
        let value: serde_json::Value = serde_json::from_str(json)
            .map_err(|error| format!("no counters, {error}: {json:?}"))?;
        let pairs = value.as_object().into_iter().flatten();
        let mut counters: BTreeMap<String, f64> =
            pairs.filter_map(|(name, value)| Some((name.clone(), value.as_f64()?))).collect();
        let worst = value["worst_waits"][0]["held"].as_f64().unwrap_or(0.0);
        counters.insert("worst_wait".to_owned(), worst);
        Ok(Self(counters))
    }

    /// The last line of the log.
    pub fn of_summary(log: &[String]) -> Option<Self> {
        let pairs = log.iter().rev().find_map(|line| line.split_once("summary: "))?.1;
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=')?;
            Some((name.to_owned(), value.parse().ok()?))
        };
        Some(Self(pairs.split_whitespace().filter_map(pair).collect()))
    }

    /// # Panics
    /// When there is none of that name: then a counter was renamed.
    pub fn seconds(&self, name: &str) -> f64 {
        *self.0.get(name).unwrap_or_else(|| panic!("there is no counter {name}"))
    }

    pub fn get(&self, name: &str) -> u64 {
        self.seconds(name) as u64
    }

    /// All who came and are not there any more, for whatever reason.
    pub fn gone(&self) -> u64 {
        let reasons = ["left", "reset", "evicted", "drained"];
        reasons.iter().map(|name| self.get(name)).sum::<u64>() + self.put_out_otherwise()
    }

    /// Put out for reasons that nobody here gives.
    pub fn put_out_otherwise(&self) -> u64 {
        let reasons = ["drain_timeouts", "over_budget", "idle", "lines_too_long"];
        reasons.iter().map(|name| self.get(name)).sum()
    }
}
