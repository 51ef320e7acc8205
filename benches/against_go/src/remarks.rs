//! What has to be said of the figures.

use crate::cpu::{CLIENTS, Run, SHAPES, SIZE, Series};
use crate::figures::Figures;
use crate::memory;
use crate::server::Design;
use crate::table::{Row, count, nanoseconds, short, spread};

/// How far each server differs from itself, and how busy it is.
pub(crate) fn noise(figures: &Figures) -> String {
    let mut text = "| | pairs | Go / Go | pollcast / pollcast | Go busy | pollcast busy |\n\
        |---|--:|--:|--:|--:|--:|\n"
        .to_owned();
    text += &noise_rows("processor time", &figures.apart, Run::cost);
    text + &noise_rows("messages delivered a second", &figures.free, Run::speed)
}

fn noise_rows(what: &str, all: &[Result<Series, String>], figure: fn(&Run) -> f64) -> String {
    let mut text = String::new();
    for (shape, series) in SHAPES.iter().zip(all) {
        let Ok(series) = series else { continue };
        let itself = Design::BOTH.map(|design| spread(series.with_itself(design, figure)));
        let busy = Design::BOTH.map(|design| short(series.of(design, Run::processors).median));
        let (pairs, name) = (series.runs().len() / 2, shape.name);
        text += &format!("| {what}, {name} | {pairs} | {} | {} |", itself[0], itself[1]);
        text += &format!(" {} | {} |\n", busy[0], busy[1]);
    }
    text
}

/// All remarks, one a line.
pub(crate) fn all(figures: &Figures) -> String {
    let of_pairs = format!(
        "- Processor time and speed: {CLIENTS} clients, {SIZE} bytes a message, which is in flight \
         until all have it. Ratios are medians of pairs of runs, and their quartiles. For 3 and 4 \
         the clients have one processor and the server all others; for messages a second the \
         kernel places them. Busy is how many processors a server used.\n"
    );
    of_pairs + &free_remark(figures) + &memory_remark(figures) + &counts_remark(figures)
}

/// What could not be measured, and why.
pub(crate) fn missing(figures: &Figures) -> Vec<String> {
    let Figures { order, memory, idle, binary, lines, .. } = figures;
    let contradictions = contradictions(figures);
    let mut missing = Vec::new();
    for (place, design) in Design::BOTH.into_iter().enumerate() {
        let errors = [
            ("order", order[place].as_ref().err()),
            ("memory", memory[place].as_ref().err()),
            ("idle", idle[place].as_ref().err()),
            ("size of the program", binary[place].as_ref().err()),
            ("lines of code", lines[place].as_ref().err()),
            ("write calls", contradictions[place].as_ref()),
        ];
        for (what, error) in errors {
            missing.extend(error.map(|error| format!("{}, {what}: {error}", design.name())));
        }
    }
    for series in figures.apart.iter().chain(&figures.free) {
        missing.extend(series.as_ref().err().map(|error| format!("processor time: {error}")));
    }
    missing
}

/// For each server, why its counter of write calls is not to be trusted.
pub(crate) fn contradictions(figures: &Figures) -> [Option<String>; 2] {
    let contradicted = |place: usize| {
        let counts = figures.traced.as_ref()?[place].as_ref().ok()?;
        let (strace, counter) = (counts.by_strace, counts.by_counter);
        (!counts.agree()).then(|| format!("strace counts {strace}, and its counter {counter}"))
    };
    [0, 1].map(contradicted)
}

/// Processor time where nobody is told where to run.
fn free_remark(figures: &Figures) -> String {
    let ratios = SHAPES.iter().zip(&figures.free).map(|(shape, series)| {
        let row = Row::of_pairs("", series, Run::cost, nanoseconds);
        format!("{} ({})", row.ratio(), shape.name)
    });
    let ratios: Vec<String> = ratios.collect();
    format!("- Placed by the kernel, Go / pollcast in processor time is {}.\n", ratios.join("; "))
}

fn memory_remark(figures: &Figures) -> String {
    let mut text = format!(
        "- Memory: {} clients read, one of them talks as fast as they get it, for {} s or {} MB.",
        memory::READERS,
        memory::TIME.as_secs(),
        memory::BYTES / 1_000_000
    );
    for (design, memory) in Design::BOTH.into_iter().zip(&figures.memory) {
        let Ok(memory) = memory else { continue };
        let end = if memory.is_stopped { "; ended there, as it held too much" } else { "" };
        let (name, bytes, time) = (design.name(), memory.bytes as f64 / 1e6, memory.time);
        text += &format!(" {name}: {bytes:.0} MB in {:.1} s{end}.", time.as_secs_f64());
    }
    text + "\n"
}

fn counts_remark(figures: &Figures) -> String {
    let method = "- Write calls: Go's are counted by the kernel (syscw of /proc/PID/io, which \
        knows write(2) alone), pollcast's by itself, in the timed runs.";
    let checked = match &figures.traced {
        None => "Not checked: strace is missing".to_owned(),
        Some([Err(error), _] | [_, Err(error)]) => format!("Not checked: {error}"),
        Some([Ok(go), Ok(pollcast)]) => format!(
            "Checked in runs of their own: where strace -f -c says {}, the counter of Go is {}; \
             where it says {}, that of pollcast is {}",
            count(go.by_strace as f64),
            count(go.by_counter as f64),
            count(pollcast.by_strace as f64),
            count(pollcast.by_counter as f64)
        ),
    };
    format!("{method} {checked}.\n")
}
