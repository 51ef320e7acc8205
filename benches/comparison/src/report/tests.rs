use std::fs;
use std::path::PathBuf;

use super::data::Data;
use super::document::{Document, main_table};
use super::plot::tests::well_formed;
use super::synthetic::{self, MODELS};
use super::{print_main_table, verdict, write};
use crate::record::{Folder, Missing, Run};

/// A folder of its own; with COMPARISON_KEEP=FOLDER it is below that one, and stays there.
fn folder(name: &str) -> (PathBuf, Folder) {
    let name = format!("report-{name}-{}", std::process::id());
    let path = std::env::var_os(KEEP).map_or_else(std::env::temp_dir, PathBuf::from).join(name);
    let folder = Folder::create(&path).expect("it can be made");
    (path, folder)
}

const KEEP: &str = "COMPARISON_KEEP";

/// The section under this title.
fn section(text: &str, title: &str) -> String {
    let sections = text.split("\n## ").skip(1);
    let found = sections
        .into_iter()
        .find(|section| section.lines().next().is_some_and(|line| line.ends_with(title)));
    found.unwrap_or_else(|| panic!("no section {title}")).to_owned()
}

/// The rows of tables that begin with this cell.
fn rows<'a>(text: &'a str, begin: &str) -> Vec<&'a str> {
    let begin = format!("| {begin} ");
    text.lines().filter(|line| line.starts_with(&begin)).collect()
}

#[test]
fn a_report_is_made_of_the_files_of_a_folder_alone() {
    let (path, folder) = folder("whole");
    synthetic::save(&synthetic::data(), &folder).expect("it can be written");
    write(&folder).expect("a report");
    let text = fs::read_to_string(path.join("README.md")).expect("it was written");
    let pictures: Vec<&str> = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|link| link.ends_with(".svg"))
        .collect();
    assert_eq!(
        pictures,
        [
            "throughput-clients.svg",
            "cpu-clients.svg",
            "cpu-talkers.svg",
            "cpu-sizes.svg",
            "latency-load.svg",
            "stalled.svg",
            "slow.svg",
            "attack.svg",
            "memory-clients.svg"
        ]
    );
    for picture in pictures {
        let svg = fs::read_to_string(path.join(picture)).expect("a link leads to a file");
        well_formed(&svg).unwrap_or_else(|error| panic!("{picture}: {error}"));
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{picture}");
        // Whose figures by size are missing.
        let is_missing = |name| picture == "cpu-sizes.svg" && name == "mosquitto";
        for model in MODELS.iter().filter(|model| !is_missing(model.name)) {
            assert!(svg.contains(&format!(">{}", model.name)), "{picture}: {}", model.name);
        }
    }
    let found = print_main_table(&folder).expect("a table");
    assert!(
        found.starts_with("1,000 clients, 1 talker, 64 bytes, window 16\n\n| contender"),
        "{found}"
    );
    if std::env::var_os(KEEP).is_none() {
        fs::remove_dir_all(&path).expect("it is there");
    }
}

#[test]
fn an_empty_folder_is_an_error_of_one_line() {
    let (path, folder) = folder("empty");
    for error in [write(&folder).err(), print_main_table(&folder).err(), verdict(&folder).err()] {
        let error = error.expect("there is nothing to report");
        assert!(error.lines().count() == 1 && error.contains("no raw data"), "{error}");
    }
    assert!(!path.join("README.md").exists());
    fs::remove_dir_all(&path).expect("it is there");
}

#[test]
fn a_quick_run_gives_only_the_sections_it_has_data_for() {
    let runs = synthetic::alternated(&synthetic::shape("talkers", 100, 10, 1), &MODELS[2..4], 2);
    let data = Data { runs, ..Data::default() };
    let Document { text, plots } = Document::new(&data);
    let titles: Vec<&str> = text.lines().filter(|line| line.starts_with("## ")).collect();
    assert_eq!(
        titles,
        [
            "## 1. What is promised, and what was measured",
            "## 2. Several who talk",
            "## 3. Again, and the raw data"
        ]
    );
    assert_eq!(plots.iter().map(|(file, _)| &**file).collect::<Vec<_>>(), ["cpu-talkers.svg"]);
    assert!(main_table(&data).expect("a table").contains("| go "));
}

#[test]
fn processor_time_is_never_told_without_k_and_the_latency() {
    let text = Document::new(&synthetic::data()).text;
    let heads = text.lines().filter(|line| line.contains("CPU per delivery |"));
    let heads: Vec<&str> = heads.collect();
    assert!(heads.len() > 20, "{} tables", heads.len());
    for head in heads {
        let writes = head.contains("| k |") || head.contains("| segments per delivery |");
        assert!(writes && (head.contains("| p50 to the last |")), "{head}");
    }
    let costs = Document::new(&synthetic::data()).plots.into_iter();
    for (file, svg) in costs.filter(|(file, _)| file.starts_with("cpu-")) {
        assert!(svg.contains("messages per write") && svg.contains("p50 to the last"), "{file}");
    }
}

#[test]
fn where_segments_were_not_counted_the_report_says_so_at_its_top() {
    let runs = synthetic::alternated(&synthetic::shape("talkers", 100, 10, 1), &MODELS[2..4], 2);
    let mut data = Data { runs, ..Data::default() };
    let unknown = "**k is unknown of 1 of 16 runs: ";
    assert!(!Document::new(&data).text.contains("is unknown"));
    data.runs[3].segment_deliveries = 0;
    assert!(Document::new(&data).text.contains(unknown));
    data.runs[3].segments = None;
    let text = Document::new(&data).text;
    assert!(text.starts_with(&format!("# pollcast beside others\n\n\n{unknown}")), "{text}");
    data.runs.iter_mut().for_each(|run| run.segments = None);
    let text = Document::new(&data).text;
    let go = rows(&text, "go").into_iter().find(|row| row.contains(" | – | "));
    assert!(go.is_some(), "its k: {text}");
}

#[test]
fn over_veth_there_is_no_k() {
    let text = section(&Document::new(&synthetic::data()).text, "Between two network namespaces");
    assert!(text.contains("| segments per delivery |") && !text.contains("| k |"), "{text}");
}

#[test]
fn what_was_reordered_is_marked_wherever_the_figure_is() {
    let text = Document::new(&synthetic::data()).text;
    let talkers = section(&text, "Several who talk");
    let found = rows(&talkers, "go");
    assert_eq!(found.len(), 6);
    let marked = found.iter().filter(|row| row.starts_with("| go (bytes; "));
    assert_eq!(marked.count(), 5, "all but the one of a single message in flight: {found:?}");
    assert!(
        found.iter().any(|row| row.starts_with("| go (bytes; 8,240 reordered) |")),
        "{found:?}"
    );
    assert!(rows(&talkers, "nats").iter().all(|row| row.starts_with("| nats (order) |")));
    let load = synthetic::shape("talkers", 100, 10, 16);
    let table = main_table(&Data {
        runs: synthetic::alternated(&load, &MODELS[2..3], 2),
        ..Data { runs: Vec::new(), ..synthetic::data() }
    });
    assert!(table.expect("a table").contains("| go (bytes; "));
}

#[test]
fn who_is_saturated_is_marked_and_not_ranked() {
    let text = Document::new(&synthetic::data()).text;
    let load = section(&text, "Latency under ever more load");
    let found = rows(&load, "go");
    let saturated = found.iter().filter(|row| row.contains("| **saturated**: ")).count();
    assert_eq!((found.len(), saturated), (7, 4), "{found:?}");
    assert!(
        load.contains("floor 10,000, mio-naive 10,000, pollcast 10,000, uring 10,000, "),
        "{load}"
    );
    let told = load.lines().find(|line| line.starts_with("- By p50")).expect("a sentence");
    assert!(told.contains("is first at 6 loads (100 messages/s; "), "{told}");
}

#[test]
fn one_log_that_is_none_is_marked_too() {
    let data = synthetic::data();
    assert_eq!(data.marked("tokio", 0, 1), "tokio");
    assert_eq!(data.marked("tokio", 12, 3), "tokio (one log; 12 reordered; 3 conversations)");
    assert_eq!(data.marked("nobody", 1_234, 1), "nobody (1,234 reordered)");
}

#[test]
fn who_has_no_figure_has_a_row_that_says_why() {
    let text = Document::new(&synthetic::data()).text;
    let clients = section(&text, "One talker, and ever more who listen");
    let reason = "no figure: more than 1,000 clients: select(2) knows 1,024 descriptors";
    let told = rows(&clients, "select").iter().filter(|row| row.contains(reason)).count();
    assert_eq!(told, 4, "of 1,000 and of 10,000 clients, with two windows");
    let sizes = section(&text, "Sizes of messages");
    let found = rows(&sizes, "mosquitto");
    assert_eq!(found.len(), 4);
    let lost = "| mosquitto | no figure: lost 17 of 1,000,000 deliveries |";
    assert!(found.iter().all(|row| row.starts_with(lost)), "though there are runs: {found:?}");
}

#[test]
fn who_lost_something_under_one_load_has_figures_under_the_others() {
    let mut data = synthetic::data();
    let shape = super::shape_words(&synthetic::shape("clients", 100, 1, 16));
    let (scenario, contender) = ("clients".to_owned(), "nats".to_owned());
    data.missing.push(Missing {
        scenario,
        shape,
        contender,
        reason: "garbled".to_owned(),
        is_expected: false,
    });
    let text = section(&Document::new(&data).text, "One talker, and ever more who listen");
    let found = rows(&text, "nats");
    let garbled = found.iter().filter(|row| row.contains("| no figure: garbled |")).count();
    assert_eq!((found.len(), garbled), (8, 1), "{found:?}");
}

#[test]
fn who_is_left_out_without_a_word_is_noticed() {
    let mut data = synthetic::data();
    data.missing.clear();
    data.runs.retain(|run| run.contender != "redis" || run.clients != 10_000);
    let text = section(&Document::new(&data).text, "One talker, and ever more who listen");
    assert!(text.contains("| redis | no figure: no reason was recorded |"));
    assert!(!super::Verdict::of(&data).is_complete);
}

#[test]
fn a_verdict_needs_every_control() {
    let runs = synthetic::alternated(&synthetic::shape("talkers", 100, 10, 1), &MODELS[2..4], 2);
    let mut data = Data { runs, ..Data::default() };
    let both = |data: &Data| {
        let verdict = super::Verdict::of(data);
        (verdict.is_complete, verdict.is_conclusive)
    };
    assert_eq!(both(&data), (true, true));
    let disturbed = |run: &&mut Run| run.series == "go" && run.contender == "go" && run.place > 1;
    data.runs
        .iter_mut()
        .filter(disturbed)
        .for_each(|run| run.server_cpu_ns += run.server_cpu_ns / 20);
    assert_eq!(both(&data), (true, false));
    data.missing.push(Missing::default());
    assert_eq!(both(&data), (false, false));
}
