//! The tables of docs/LEDGER.md and of the README, between marks: all else there is written by hand.

use std::fs;
use std::path::Path;

use crate::books::entries::{self, Entry};
use crate::books::summary::{Summary, median, range};
use crate::books::workloads::Workload;
use crate::books::{DATA, SERVERS};

/// Where the tables are.
const PAGE: &str = "docs/LEDGER.md";
const README: &str = "README.md";
/// What Go's monitor of its own runtime makes: as many as time passes, which strace makes longer.
const OF_TIME: [&str; 1] = ["nanosleep"];

pub(crate) fn write(root: &Path) -> Result<(), String> {
    for (path, text) in made(root)? {
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// # Errors
/// A page says something else than the raw data.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    for (path, text) in made(root)? {
        let there = fs::read_to_string(&path).unwrap_or_default();
        if let Some((there, made)) = there.lines().zip(text.lines()).find(|(a, b)| a != b) {
            let path = path.display();
            return Err(format!("{path} says {there:?}, and {DATA} says {made:?}"));
        }
        if there != text {
            return Err(format!("{} and {DATA} do not say the same", path.display()));
        }
    }
    Ok(())
}

/// The pages as they are to be.
fn made(root: &Path) -> Result<[(std::path::PathBuf, String); 2], String> {
    let entries = entries::read(&root.join(DATA))?;
    let read = |name| {
        let path = root.join(name);
        let text = fs::read_to_string(&path);
        text.map(|text| (path.clone(), text)).map_err(|error| format!("{name}: {error}"))
    };
    let (page, mut text) = read(PAGE)?;
    for workload in Workload::ALL {
        text = put(&text, workload.name(), &table(&entries, workload))?;
    }
    let (readme, summary) = read(README)?;
    Ok([(page, text), (readme, put(&summary, "ledger", &short(&entries))?)])
}

/// Puts a table between its marks.
fn put(text: &str, name: &str, table: &str) -> Result<String, String> {
    let mark = format!("<!-- {name} -->\n");
    let missing = || format!("a page has no marks for {name}");
    let (before, rest) = text.split_once(&mark).ok_or_else(missing)?;
    let (_, after) = rest.split_once("<!-- end -->").ok_or_else(missing)?;
    Ok(format!("{before}{mark}\n{table}\n<!-- end -->{after}"))
}

/// All there is of a workload.
fn table(entries: &[Entry], workload: Workload) -> String {
    let summary = Summary::of(entries, workload.name());
    let mut rows =
        vec![row("", &SERVERS.map(str::to_owned)), row("---", &SERVERS.map(|_| "---".to_owned()))];
    let told = |name| SERVERS.map(|server| summary.runs("told", name, server));
    rows.push(row("messages delivered", &told("deliveries").map(|runs| range(&runs))));
    let per = |counts: [Vec<u64>; 4]| {
        let mut places = 0..;
        counts.map(|counts| {
            let place = places.next().unwrap_or(0);
            let lived = !told("lived")[place].contains(&0);
            if lived { cell(&counts, &told("deliveries")[place]) } else { without_zero(&counts) }
        })
    };
    let counts = |kind, name| SERVERS.map(|server| summary.runs(kind, name, server));
    for (kind, title) in [("calls", ""), ("of which", "of which: "), ("failed with", "failed: ")] {
        for name in summary.names(kind) {
            rows.push(row(&format!("{title}{}", code(kind, name)), &per(counts(kind, name))));
        }
        if kind == "calls" {
            let household = SERVERS.map(|server| summary.sums("household", server, &[]));
            rows.push(row("memory, threads, signals", &per(household)));
            rows.push(row(
                "**all but `nanosleep`**",
                &per(SERVERS.map(|server| all(&summary, server))),
            ));
        }
    }
    rows.push(row("threads", &told("threads").map(|runs| range(&runs))));
    let memory = told("peak of resident memory in KiB");
    rows.push(row("peak of resident memory, KiB", &memory.map(|runs| without_zero(&runs))));
    rows.push(row("processor time for each message, without strace", &times(&summary)));
    rows.concat()
}

fn code(kind: &str, name: &str) -> String {
    match (kind, name.split_once(' ')) {
        ("calls", _) => format!("`{name}`"),
        ("failed with", Some((call, error))) => format!("`{call}`, {error}"),
        _ => name.to_owned(),
    }
}

fn row(name: &str, cells: &[String; 4]) -> String {
    format!("| {name} | {} |\n", cells.join(" | "))
}

/// For each delivered message, and in brackets how often in all.
fn cell(counts: &[u64], deliveries: &[u64]) -> String {
    if counts.iter().all(|&count| count == 0) {
        return "–".to_owned();
    }
    let each = counts.iter().zip(deliveries).map(|(&count, &of)| count as f64 / of.max(1) as f64);
    let each: Vec<f64> = each.collect();
    format!("{} ({})", decimals(median(&each).unwrap_or(0.0)), range(counts))
}

/// As many digits as tell something.
fn decimals(value: f64) -> String {
    match value {
        value if value <= 0.0 => "0".to_owned(),
        value if value >= 10.0 => format!("{value:.1}"),
        value if value >= 0.1 => format!("{value:.2}"),
        value if value >= 0.01 => format!("{value:.3}"),
        value => format!("{value:.4}"),
    }
}

fn without_zero(runs: &[u64]) -> String {
    if runs.iter().all(|&run| run == 0) { "–".to_owned() } else { range(runs) }
}

/// All calls in every run, without those that tell of time only.
fn all(summary: &Summary<'_>, server: &str) -> Vec<u64> {
    let household = summary.sums("household", server, &[]);
    let calls = summary.sums("calls", server, &OF_TIME);
    calls.iter().zip(household).map(|(calls, household)| calls + household).collect()
}

/// As a multiple of what the first server takes in the same round.
fn times(summary: &Summary<'_>) -> [String; 4] {
    let each = |server| -> Vec<f64> {
        let times = summary.runs("told", "processor time in ns", server);
        let of = summary.runs("told", "deliveries without strace", server);
        let each = times.iter().zip(of).filter(|(_, of)| *of > 0);
        each.map(|(&time, of)| time as f64 / of as f64).collect()
    };
    let ours = each(SERVERS[0]);
    SERVERS.map(|server| {
        let ratios: Vec<f64> = each(server).iter().zip(&ours).map(|(a, b)| a / b).collect();
        let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let most = ratios.iter().copied().fold(0.0, f64::max);
        match median(&ratios) {
            _ if server == SERVERS[0] => "1".to_owned(),
            Some(ratio) => format!("{ratio:.1} ({least:.1}–{most:.1})"),
            None => "–".to_owned(),
        }
    })
}

/// One row for each workload: for the README.
fn short(entries: &[Entry]) -> String {
    let columns = [SERVERS[3], SERVERS[2], SERVERS[0]];
    let mut text =
        "| calls for each delivered message, and wake-ups among them | Go | twin | pollcast |\n\
                    | --- | --- | --- | --- |\n"
            .to_owned();
    for workload in Workload::ALL {
        let summary = Summary::of(entries, workload.name());
        let cells = columns.map(|server| one(&summary, server));
        text += &format!("| {} | {} |\n", workload.title(), cells.join(" | "));
    }
    text
}

fn one(summary: &Summary<'_>, server: &str) -> String {
    if summary.runs("told", "lived", server).contains(&0) {
        return "it ends at EMFILE".to_owned();
    }
    let of = summary.runs("told", "deliveries", server);
    let each = |counts: &[u64]| {
        let each: Vec<f64> = counts.iter().zip(&of).map(|(&a, &b)| a as f64 / b as f64).collect();
        decimals(median(&each).unwrap_or(0.0))
    };
    let calls = each(&all(summary, server));
    let mut woken = summary.runs("of which", "waits for events that brought some", server);
    let waited = summary.runs("of which", "futex, to wait for another thread", server);
    woken.iter_mut().zip(waited).for_each(|(woken, waited)| *woken += waited);
    format!("{calls}, {}", each(&woken))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{cell, check, put};

    #[test]
    fn the_pages_say_what_the_raw_data_say() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        check(&root).expect("they say the same");
    }

    #[test]
    fn a_table_stands_between_its_marks_and_all_else_stays() {
        let text = "a\n<!-- quiet -->\nold\n<!-- end -->\nb\n<!-- burst -->\n<!-- end -->\n";
        let made = put(text, "quiet", "| new |\n").expect("there are marks");
        let end = "<!-- end -->\nb\n<!-- burst -->\n<!-- end -->\n";
        assert_eq!(made, format!("a\n<!-- quiet -->\n\n| new |\n\n{end}"));
        assert_eq!(put(&made, "quiet", "| new |\n").as_ref(), Ok(&made));
        assert!(put(text, "stall", "").is_err());
    }

    #[test]
    fn a_cell_is_for_each_message_and_tells_the_counts() {
        assert_eq!(cell(&[30, 10, 20], &[10, 10, 10]), "2.00 (10–30)");
        assert_eq!(cell(&[5, 5], &[500, 500]), "0.010 (5)");
        assert_eq!(cell(&[0, 0], &[10, 10]), "–");
        assert_eq!(cell(&[0, 1, 0], &[10, 10, 10]), "0 (0–1)");
    }
}
