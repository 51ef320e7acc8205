//! The table: a line every so often, from the counters of the server and from /proc.

use std::time::{Duration, Instant};

use crate::counters::Counters;
use crate::stage::Stage;

/// What a line is computed from: rates are those since the line before.
#[derive(Debug)]
pub struct Report {
    began: Instant,
    at: Instant,
    before: Counters,
}

const HEAD: [&str; 14] = [
    "elapsed",
    "clients",
    "in MB/s",
    "out MB/s",
    "out msg/s",
    "evicted",
    "put out",
    "shortages",
    "RSS MiB",
    "peak MiB",
    "fds",
    "turn ms",
    "waits",
    "waited s",
];

impl Report {
    pub fn new(counters: Counters) -> Self {
        println!("{}", HEAD.map(|name| format!("{name:>9}")).join(" "));
        let began = Instant::now();
        Self { began, at: began, before: counters }
    }

    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    pub fn line(&mut self, stage: &Stage) -> Result<(), String> {
        let now = stage.counters()?;
        let seconds = self.at.elapsed().as_secs_f64();
        let rate = |name| (now.seconds(name) - self.before.seconds(name)) / seconds;
        let mebibytes =
            |name| format!("{:.1}", stage.server.memory(name) as f64 / f64::from(1 << 20));
        let cells = [
            format!("{:.0}s", self.elapsed().as_secs_f64()),
            now.get("clients").to_string(),
            format!("{:.1}", rate("bytes_in") / 1e6),
            format!("{:.0}", rate("bytes_out") / 1e6),
            format!("{:.0}", rate("messages_out")),
            now.get("evicted").to_string(),
            now.put_out_otherwise().to_string(),
            now.get("accept_no_descriptors").to_string(),
            mebibytes("VmRSS"),
            mebibytes("VmHWM"),
            stage.server.descriptors().to_string(),
            format!("{:.1}", now.seconds("longest_turn") * 1e3),
            now.get("waits").to_string(),
            format!("{:.1}", now.seconds("waited")),
        ];
        println!("{}", cells.map(|cell| format!("{cell:>9}")).join(" "));
        self.at = Instant::now();
        self.before = now;
        Ok(())
    }
}
