//! The figures as tables, and how good they are.

use crate::cpu::{Run, SHAPES, Series};
use crate::figures::{Figures, Pair};
use crate::table::{
    Row, count, kibibytes, markdown, mebibytes, medians, milliseconds, nanoseconds, short,
};
use crate::{idle, memory, order, remarks};

/// What is printed, and how good it is.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) text: String,
    /// No figure is missing.
    pub(crate) is_complete: bool,
    /// Each server's processor time is the same as its own.
    pub(crate) is_conclusive: bool,
}

impl Report {
    pub(crate) fn new(figures: &Figures) -> Self {
        let (five, beside) = (five_numbers(figures), beside(figures));
        let won = five.iter().chain(&beside).filter(|row| row.is_won_by_go());
        let wins: Vec<&str> = won.map(|row| &*row.what).collect();
        let wins = match wins[..] {
            [] => "Go wins in none of these rows".to_owned(),
            _ => format!("Where Go wins: {}", wins.join("; ")),
        };
        let missing = remarks::missing(figures);
        let text = format!(
            "{}\nBeside them:\n\n{}\nThe noise, each server against itself:\n\n{}\n\
             - {wins}.\n{}{}",
            markdown(&five),
            markdown(&beside),
            remarks::noise(figures),
            remarks::all(figures),
            missing.iter().map(|line| format!("- No figure: {line}.\n")).collect::<String>()
        );
        let mut measured = figures.apart.iter().flatten();
        let is_conclusive = measured.all(|series| series.is_conclusive(Run::cost));
        Self { text, is_complete: missing.is_empty(), is_conclusive }
    }
}

fn five_numbers(figures: &Figures) -> Vec<Row> {
    let mut rows = order_rows(&figures.order);
    let what = format!("**2** peak of resident memory, {} clients never read", memory::MUTE);
    rows.push(Row::new(what, &figures.memory, |memory| memory.peak_kib as f64, mebibytes));
    for (shape, series) in SHAPES.iter().zip(&figures.apart) {
        let what = format!("**3** processor time a delivered message, {}", shape.name);
        rows.push(Row::of_pairs(what, series, Run::cost, nanoseconds));
    }
    for (shape, series) in SHAPES.iter().zip(&figures.apart) {
        let what = format!("**4** write calls a delivered message, {}", shape.name);
        rows.push(Row::new(what, &writes(figures, series), |writes| *writes, short));
    }
    let idle = &figures.idle;
    let what = format!("**5** resident memory, {} idle clients", count(idle::CLIENTS as f64));
    rows.push(Row::new(what, idle, |idle| idle.full_kib as f64, mebibytes));
    let what = "**5** resident memory, no client";
    rows.push(Row::new(what, idle, |idle| idle.empty_kib as f64, mebibytes));
    rows.push(Row::new("**5** threads", idle, |idle| idle.threads as f64, count));
    let what = "**5** size of the program, stripped";
    rows.push(Row::new(what, &figures.binary, |bytes| *bytes as f64, kibibytes));
    rows
}

fn order_rows(order: &Pair<order::Order>) -> Vec<Row> {
    let writers = order::WRITERS;
    let conversations = format!("**1** different conversations at {writers} clients, all writing");
    let confused = format!(
        "**1** receivers, of {}, that saw {} messages of one sender out of order",
        order::LISTENERS,
        count(order::NUMBERED as f64)
    );
    vec![
        Row::new(conversations, order, |order| order.conversations as f64, count).without_ratio(),
        Row::new(confused, order, |order| order.confused as f64, count).without_ratio(),
    ]
}

fn beside(figures: &Figures) -> Vec<Row> {
    let mut rows = Vec::new();
    for (shape, series) in SHAPES.iter().zip(&figures.free) {
        let what = format!("messages delivered a second, {}", shape.name);
        rows.push(Row::of_pairs(what, series, Run::speed, count).more_is_better());
    }
    let memory = &figures.memory;
    let pace = |memory: &memory::Memory| memory.bytes as f64 / 1e6 / memory.time.as_secs_f64();
    let what = "MB/s at one who reads, while others never do";
    rows.push(Row::new(what, memory, pace, short).more_is_better());
    let silence = |memory: &memory::Memory| memory.silence.as_secs_f64();
    let what = "longest silence at one who reads, while others never do";
    rows.push(Row::new(what, memory, silence, milliseconds));
    let lines = |lines: &u64| *lines as f64;
    rows.push(Row::new("lines of code to read", &figures.lines, lines, count));
    rows
}

/// No figure of a counter that strace contradicts.
fn writes(figures: &Figures, series: &Result<Series, String>) -> Pair<f64> {
    let mut pair = medians(series, |run| run.writes);
    for (place, error) in remarks::contradictions(figures).into_iter().enumerate() {
        if let Some(error) = error {
            pair[place] = Err(error);
        }
    }
    pair
}
