//! The figures, for people and for programs.

use std::fmt::Write;

use crate::left_out::{Filled, MAX_QUEUE};
use crate::measure::Figures;
use crate::memory::Counted;
use crate::script::Script;

type Comparison = (Script, Vec<Figures>);

/// What happens, and a table each for memory, for processor time, and for calls.
pub(crate) fn markdown(comparisons: &[Comparison], rounds: usize, filled: &[Filled; 3]) -> String {
    let mut text = String::new();
    for (script, _) in comparisons {
        let Script { name, about, pushes, pushed, .. } = script;
        let (pushes, pushed) = (grouped(*pushes), kib(*pushed));
        writeln!(text, "- **{name}**: {about} ({pushes} turns, {pushed} KiB).").expect(TAKES_ALL);
    }
    text += "\nPeak memory / memory after everybody took everything, in KiB; *needed* is the \
             payload alone, each byte once.\n\n";
    text += &table(comparisons, "needed", memory_cell, |script, _| kib(script.needed_once));
    text += &at_rest(comparisons);
    text += &left_out(filled);
    write!(text, "\nProcessor time of a turn's push / of taking it again, (e) being 1; ")
        .expect(TAKES_ALL);
    writeln!(text, "median of {rounds} alternated rounds.\n").expect(TAKES_ALL);
    text += &table(comparisons, "1 is", time_cell, unit);
    text += "\nCalls to the allocator / writes of at most 64 slices that send what had waited.\n\n";
    text += &table(comparisons, "turns", calls_cell, |script, _| grouped(script.pushes));
    text
}

/// One line for each workload and candidate, with everything that was measured.
pub(crate) fn csv(comparisons: &[Comparison], rounds: usize) -> String {
    let mut text = CSV_HEAD.to_owned();
    for (script, figures) in comparisons {
        for figures in figures {
            text += &csv_line(script, figures, rounds);
        }
    }
    text
}

/// Sizes are bytes.
const CSV_HEAD: &str = "workload,candidate,name,clients,pushes,bytes_pushed,\
    bytes_taken,needed_once,needed_each,at_rest,peak,own_count,after,allocations,writes,rounds,\
    push_ns_per_push,push_ns_per_byte,take_ns_per_byte,push_ratio_low,push_ratio,\
    push_ratio_high,take_ratio_low,take_ratio,take_ratio_high\n";

const TAKES_ALL: &str = "a string takes everything";

fn table(
    comparisons: &[Comparison],
    extra: &str,
    cell: fn(&Figures) -> String,
    extra_cell: fn(&Script, &[Figures]) -> String,
) -> String {
    let mut text = format!("| | {extra} |");
    for figures in &comparisons[0].1 {
        write!(text, " ({}) {} |", figures.letter, figures.name).expect(TAKES_ALL);
    }
    text += "\n|---|--:|";
    text += &"--:|".repeat(comparisons[0].1.len());
    text += "\n";
    for (script, figures) in comparisons {
        write!(text, "| {} | {} |", script.name, extra_cell(script, figures)).expect(TAKES_ALL);
        for figures in figures {
            write!(text, " {} |", cell(figures)).expect(TAKES_ALL);
        }
        text += "\n";
    }
    text
}

/// What is not in the table of memory, from the workload with the most clients.
fn at_rest(comparisons: &[Comparison]) -> String {
    let most = comparisons.iter().max_by_key(|(script, _)| script.clients);
    let (script, figures) = most.expect("there are workloads");
    let clients = grouped(script.clients as u64);
    let mut text =
        format!("\nNot in it is what is there before any traffic; with {clients} clients:");
    for figures in figures {
        write!(text, " ({}) {},", figures.letter, kib(figures.held.at_rest as u64))
            .expect(TAKES_ALL);
    }
    text.pop();
    text + ".\n"
}

/// What holes cost the two candidates that can have them in shared blocks.
fn left_out(filled: &[Filled; 3]) -> String {
    let [ranges, stretches, as_many] = filled.map(|Filled { messages, memory }| {
        format!("{} messages in {} KiB", grouped(messages as u64), kib(memory as u64))
    });
    format!(
        "\nSenders left out: two write a byte in turn and take nothing until a queue of {} KiB is \
         full. (c) holds {ranges}, (e) holds {stretches}; as many in (c): {as_many}.\n",
        kib(MAX_QUEUE as u64)
    )
}

fn memory_cell(figures: &Figures) -> String {
    let counted = figures.held.counted;
    format!("{} / {}", kib(counted.peak as u64), kib(counted.held as u64))
}

fn time_cell(figures: &Figures) -> String {
    format!("{} / {}", ratio(figures.push_ratio.median), ratio(figures.take_ratio.median))
}

fn calls_cell(figures: &Figures) -> String {
    let held = &figures.held;
    format!("{} / {}", grouped(held.counted.allocations as u64), grouped(held.writes))
}

/// What (e) took: a push, and a KiB taken.
fn unit(script: &Script, figures: &[Figures]) -> String {
    let base = figures.iter().find(|figures| figures.letter == 'e').expect("it took part");
    let push = time(base.push / script.pushes as f64);
    let take = time(base.take / script.taken as f64 * 1024.0);
    format!("{push} a turn / {take} a KiB")
}

fn csv_line(script: &Script, figures: &Figures, rounds: usize) -> String {
    let Figures { letter, name, held, push, take, push_ratio, take_ratio } = figures;
    let Script { pushes, pushed, taken, needed_once, needed_each, .. } = script;
    let mut line = format!("{},{letter},{name},{}", script.name, script.clients);
    let counts = [*pushes, *pushed, *taken, *needed_once, *needed_each];
    let Counted { held: after, peak, allocations } = held.counted;
    let memory = [held.at_rest, peak, held.own_count, after, allocations];
    let counts = counts.into_iter().chain(memory.map(|count| count as u64));
    for count in counts.chain([held.writes, rounds as u64]) {
        write!(line, ",{count}").expect(TAKES_ALL);
    }
    let costs = [push / *pushes as f64, push / *pushed as f64, take / *taken as f64];
    let spreads = [push_ratio, take_ratio].map(|spread| [spread.low, spread.median, spread.high]);
    for figure in costs.into_iter().chain(spreads.into_iter().flatten()) {
        write!(line, ",{figure:.4}").expect(TAKES_ALL);
    }
    line + "\n"
}

fn kib(bytes: u64) -> String {
    if bytes < 10 << 10 { format!("{:.1}", bytes as f64 / 1024.0) } else { grouped(bytes >> 10) }
}

/// A number with a comma behind each thousand.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn ratio(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.2}") } else { grouped(ratio.round() as u64) }
}

fn time(nanoseconds: f64) -> String {
    if nanoseconds < 1e3 {
        format!("{nanoseconds:.0} ns")
    } else {
        format!("{:.1} µs", nanoseconds / 1e3)
    }
}
