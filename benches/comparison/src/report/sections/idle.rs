//! What it takes to be there.

use super::{Section, cannot_show, pictures, single};
use crate::record::Idle;
use crate::report::data::{Data, FLOOR, SUBJECT};
use crate::report::number::{Kind, count, significant};
use crate::report::plots;
use crate::report::table::{RATIO, Table};

/// The rows of one contender, the fewest clients first.
pub(crate) struct Line<'a> {
    pub(crate) contender: &'a str,
    pub(crate) rows: Vec<&'a Idle>,
}

pub(crate) fn section(data: &Data) -> Option<Section> {
    let lines = lines(data);
    if lines.is_empty() {
        return None;
    }
    let plots = plots::memory(data);
    let text = format!(
        "Clients connect, and nothing happens. Memory per client is the slope between the fewest \
         and the most clients; beside its ratio stands that of all resident memory, at the most \
         clients that both have.\n\n{}{}\n{}\n{}",
        pictures(&plots),
        first(data, &lines),
        table(data, &lines).markdown(),
        cannot_show(
            "Resident memory is the process's own: the kernel's, some 4 KiB for each socket, is \
             the same for all and in none of these figures. It was read once for each row, so \
             there are no quartiles; pages shared with other programs are counted in full."
        )
    );
    Some(Section { title: "Memory of idle clients".to_owned(), text, plots, ..Section::default() })
}

/// The least per client first, but the floor before all.
pub(crate) fn lines(data: &Data) -> Vec<Line<'_>> {
    let mut names: Vec<&str> = data.idle.iter().map(|row| &*row.contender).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| !data.is_missing("idle", name, ""));
    let mut lines: Vec<Line<'_>> = names.into_iter().map(|name| Line::new(data, name)).collect();
    let key = |line: &Line<'_>| line.slope().unwrap_or(f64::INFINITY);
    lines.sort_by(|one, other| {
        let floor = (one.contender != FLOOR).cmp(&(other.contender != FLOOR));
        floor.then(key(one).total_cmp(&key(other)))
    });
    lines
}

impl<'a> Line<'a> {
    fn new(data: &'a Data, contender: &'a str) -> Self {
        let rows = data.idle.iter().filter(|row| row.contender == contender);
        let mut rows: Vec<&Idle> = rows.collect();
        rows.sort_by_key(|row| row.clients);
        Self { contender, rows }
    }

    /// KiB for each client; nothing if there are not two numbers of clients.
    fn slope(&self) -> Option<f64> {
        let (fewest, most) = (self.rows.first()?, self.rows.last()?);
        let clients = most.clients.checked_sub(fewest.clients).filter(|clients| *clients > 0)?;
        Some((most.memory_kib as f64 - fewest.memory_kib as f64) / clients as f64)
    }
}

/// The floor is not ranked.
fn first(data: &Data, lines: &[Line<'_>]) -> String {
    let ranked = lines.iter().filter(|line| line.contender != FLOOR);
    let slope = |line: &Line<'_>| Some((data.name(line.contender), line.slope()?.max(0.0)));
    let all: Vec<(String, f64)> = ranked.filter_map(slope).collect();
    single::first("memory per client", Kind::Memory, true, &all)
}

fn table(data: &Data, lines: &[Line<'_>]) -> Table {
    let mut all: Vec<usize> = data.idle.iter().map(|row| row.clients).collect();
    all.sort_unstable();
    all.dedup();
    let mut head = ["contender", "per client", RATIO, RESIDENT].map(str::to_owned).to_vec();
    head.extend(all.iter().map(|clients| format!("at {}", count(*clients as u64))));
    head.extend(["threads", "CPU per idle second", "program"].map(str::to_owned));
    let mut table = Table::new(&head.iter().map(|text| &**text).collect::<Vec<_>>());
    let subject = lines.iter().find(|line| line.contender == SUBJECT);
    for line in lines {
        let mut cells = vec![data.name(line.contender)];
        let slope = line.slope();
        cells.push(slope.map_or_else(|| "–".to_owned(), |slope| Kind::Memory.show(slope)));
        cells.extend(ratios(line, subject));
        cells.extend(all.iter().map(|clients| {
            let row = line.rows.iter().find(|row| row.clients == *clients);
            row.map_or_else(|| "–".to_owned(), |row| Kind::Memory.show(row.memory_kib as f64))
        }));
        cells.extend(last(line, has_sizes(subject)));
        table.row(cells);
    }
    for row in data.missing.iter().filter(|row| row.scenario == "idle") {
        let shape = if row.shape.is_empty() { String::new() } else { format!("{}: ", row.shape) };
        table.reason(&data.name(&row.contender), &format!("{shape}{}", row.reason));
    }
    table
}

const RESIDENT: &str = "resident ÷ pollcast";

/// Of the slope, and of all memory where both have as many clients.
fn ratios(line: &Line<'_>, subject: Option<&Line<'_>>) -> [String; 2] {
    let slopes = line.slope().zip(subject.and_then(Line::slope));
    let slopes = slopes.filter(|(_, subject)| *subject > 0.0);
    let slope = slopes.map_or_else(String::new, |(slope, subject)| significant(slope / subject));
    let resident = subject.and_then(|subject| {
        let of = |clients| subject.rows.iter().find(|row| row.clients == clients);
        line.rows.iter().rev().find_map(|row| Some((*row, *of(row.clients)?)))
    });
    let resident = resident.filter(|(_, subject)| subject.memory_kib > 0);
    let resident = resident.map_or_else(String::new, |(row, subject)| {
        let ratio = row.memory_kib as f64 / subject.memory_kib as f64;
        format!("{} (at {})", significant(ratio), count(row.clients as u64))
    });
    [slope, resident]
}

/// strip tells how large a program is; pollcast has a size, if it is there.
fn has_sizes(subject: Option<&Line<'_>>) -> bool {
    let last = subject.and_then(|subject| subject.rows.last());
    last.is_none_or(|row| row.program_bytes > 0)
}

/// Of the row with the most clients.
fn last(line: &Line<'_>, has_sizes: bool) -> [String; 3] {
    let Some(row) = line.rows.last() else { return [const { String::new() }; 3] };
    let program = match row.program_bytes {
        0 if !has_sizes => "unknown (strip is missing)".to_owned(),
        0 => "not built here".to_owned(),
        bytes => Kind::Memory.show(bytes as f64 / 1024.0),
    };
    let share = row.cpu_ns_per_second as f64 / 1e9;
    [count(row.threads), Kind::Share.show(share), program]
}
