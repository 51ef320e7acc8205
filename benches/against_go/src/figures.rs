//! Everything that is measured, in turn; raw data is written on the way.

use crate::cpu::{Effort, Run, SHAPES, Series};
use crate::idle::{self, Idle};
use crate::memory::{self, Memory};
use crate::order::{self, Order};
use crate::placement::Placement;
use crate::raw::{Line, Raw};
use crate::server::{Design, Places};
use crate::source;
use crate::traced::{self, Counts};

/// A figure of each server, in the order of `Design::BOTH`, or why there is none.
pub(crate) type Pair<T> = [Result<T, String>; 2];

/// Everything that was measured.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) order: Pair<Order>,
    pub(crate) memory: Pair<Memory>,
    /// For each shape: with clients and server apart, and where the kernel puts them.
    pub(crate) apart: Vec<Result<Series, String>>,
    pub(crate) free: Vec<Result<Series, String>>,
    /// Nothing without strace.
    pub(crate) traced: Option<Pair<Counts>>,
    pub(crate) idle: Pair<Idle>,
    pub(crate) binary: Pair<u64>,
    pub(crate) lines: Pair<u64>,
}

impl Figures {
    /// # Errors
    /// Raw data cannot be written. What cannot be measured is told in its place.
    pub(crate) fn measure(places: &Places, effort: Effort, raw: &mut Raw) -> Result<Self, String> {
        let order = both(raw, "order", |design| order::measure(places, design), order_line)?;
        let memory = both(raw, "memory", |design| memory::measure(places, design), memory_line)?;
        let idle = both(raw, "idle", |design| idle::measure(places, design), idle_line)?;
        let size = |design| idle::stripped_size(places.program(design), &places.folder);
        let binary = both(raw, "binary", size, |line, bytes| line.value("stripped_bytes", bytes))?;
        let lines = |line: Line, lines: &u64| line.value("lines", lines);
        let lines = both(raw, "source", source::lines, lines)?;
        let is_possible = traced::is_possible();
        let trace = |design| traced::measure(places, design);
        let traced = is_possible.then(|| both(raw, "traced", trace, counts_line)).transpose()?;
        let apart = series(raw, places, Placement::Apart, effort)?;
        let fewer = Effort { rounds: effort.rounds.div_ceil(3), ..effort };
        let free = series(raw, places, Placement::Free, fewer)?;
        Ok(Self { order, memory, apart, free, traced, idle, binary, lines })
    }
}

fn both<T>(
    raw: &mut Raw,
    kind: &str,
    measure: impl Fn(Design) -> Result<T, String>,
    describe: impl Fn(Line, &T) -> Line,
) -> Result<Pair<T>, String> {
    eprintln!("measuring: {kind}");
    let pair = Design::BOTH.map(measure);
    for (design, result) in Design::BOTH.into_iter().zip(&pair) {
        let line = Line::new(kind).text("server", design.name());
        raw.write(&match result {
            Ok(figure) => describe(line, figure),
            Err(error) => line.text("error", error),
        })?;
    }
    Ok(pair)
}

/// For each shape.
fn series(
    raw: &mut Raw,
    places: &Places,
    placement: Placement,
    effort: Effort,
) -> Result<Vec<Result<Series, String>>, String> {
    let mut all = Vec::new();
    for shape in SHAPES {
        let runs = effort.rounds * 4;
        eprintln!("measuring: processor time, {placement:?}, {}, {runs} runs", shape.name);
        let series = Series::measure(places, placement, shape, effort);
        let line = || {
            let line = Line::new("cpu").text("placement", &format!("{placement:?}"));
            line.value("talkers", shape.talkers).value("in_flight_each", shape.window)
        };
        match &series {
            Ok(series) => {
                series.runs().iter().try_for_each(|run| raw.write(&run_line(line(), run)))?;
            }
            Err(error) => raw.write(&line().text("error", error))?,
        }
        all.push(series);
    }
    Ok(all)
}

fn run_line(line: Line, run: &Run) -> Line {
    line.text("server", run.design.name())
        .value("cpu_nanoseconds", run.cpu_nanoseconds)
        .value("deliveries", run.deliveries)
        .value("nanoseconds", run.time.as_nanos())
        .value("writes_per_delivery", run.writes)
}

fn order_line(line: Line, order: &Order) -> Line {
    line.value("conversations", order.conversations).value("confused_receivers", order.confused)
}

fn memory_line(line: Line, memory: &Memory) -> Line {
    line.value("peak_kib", memory.peak_kib)
        .value("bytes_sent", memory.bytes)
        .value("seconds", memory.time.as_secs_f64())
        .value("longest_silence_seconds", memory.silence.as_secs_f64())
        .value("is_stopped", memory.is_stopped)
}

fn idle_line(line: Line, idle: &Idle) -> Line {
    line.value("empty_kib", idle.empty_kib)
        .value("full_kib", idle.full_kib)
        .value("threads", idle.threads)
}

fn counts_line(line: Line, counts: &Counts) -> Line {
    line.value("write_calls_by_strace", counts.by_strace)
        .value("write_calls_by_counter", counts.by_counter)
}
