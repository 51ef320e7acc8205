//! The manual page says what the program says: the same options with the same values and defaults
//! as `--help`, and the same bounds as its errors.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// What is said of an option.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    /// What follows it, as in SIZE or raw|line; empty if nothing does.
    value: String,
    default: Option<String>,
}

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pollcast"));
    command.args(arguments).env_remove("LISTEN_FDS").output().expect("it runs")
}

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/deploy/pollcast.1");
    let page = fs::read_to_string(path).expect("text").replace("\\-", "-");
    // It is of systems whose sizes have 64 bits.
    if usize::BITS == 32 { page.replace("1024G", "2G") } else { page }
}

/// Each item of the options: the arguments of its `.It`, and the lines below it.
fn items(page: &str) -> Vec<(&str, &str)> {
    let options = page.split(".Sh OPTIONS\n").nth(1).and_then(|rest| rest.split(".El").next());
    let items = options.expect("options").split("\n.It ").skip(1);
    items.map(|item| item.split_once('\n').expect("a text")).collect()
}

/// The names in the head of an item or of an entry, and the value after the last of them.
fn names_and_value(head: &str) -> (Vec<String>, String) {
    let (mut names, mut value) = (Vec::new(), String::new());
    for word in head.split([' ', ',']).filter(|word| !word.is_empty() && *word != "ADDR") {
        match word.strip_prefix('-') {
            Some(_) => names.push(word.to_owned()),
            None => value.push_str(word),
        }
    }
    (names, value)
}

/// From the source of the page: `Fl l` is `-l`, `Fl -listen` is `--listen`.
fn said_by_the_page(page: &str) -> BTreeMap<String, Said> {
    let mut all = BTreeMap::new();
    for (head, text) in items(page) {
        let head = head.replace("Fl ", "-").replace("Ar ", "").replace("Cm ", "");
        let (names, value) = names_and_value(&head.replace(" | ", "|"));
        let mut lines = text.lines().filter_map(|line| line.strip_prefix("Default: "));
        let default = lines.next().and_then(|line| line.strip_suffix('.')).map(str::to_owned);
        assert_eq!(lines.next(), None, "{head}: a second default");
        let said = |name| (name, Said { value: value.clone(), default: default.clone() });
        all.extend(names.into_iter().map(said));
    }
    all
}

/// An entry begins with a name and goes on in lines that are indented further.
fn said_by_the_help(help: &str) -> BTreeMap<String, Said> {
    let mut entries: Vec<String> = Vec::new();
    let options = help.split("[ADDR]...\n").nth(1).and_then(|rest| rest.split("\nSizes").next());
    for line in options.expect("options").lines().filter(|line| !line.is_empty()) {
        match entries.last_mut() {
            Some(entry) if line.starts_with("          ") => {
                *entry += " ";
                *entry += line.trim();
            }
            _ => entries.push(line.trim().to_owned()),
        }
    }
    let mut all = BTreeMap::new();
    for entry in entries {
        let (head, text) = entry.split_once("  ").expect("a text");
        let (names, value) = names_and_value(head);
        let said = |name| (name, Said { value: value.clone(), default: default(&value, text) });
        all.extend(names.into_iter().map(said));
    }
    all
}

/// `default 16k`, `default: no limit`, `1s (default)`; and of a choice the first one.
fn default(value: &str, text: &str) -> Option<String> {
    let (before, after) = text.split_once("default")?;
    let ends = [". ", "; ", " ("].map(|end| after.find(end).unwrap_or(after.len()));
    let written = after[..ends.into_iter().min()?].trim_start_matches([':', ' ']);
    let default = match value.split_once('|') {
        Some((first, _)) => first,
        None if before.ends_with('(') => before.trim_end_matches(" (").rsplit(' ').next()?,
        None => written,
    };
    Some(default.to_owned())
}

#[test]
fn each_option_of_the_help_is_on_the_page_with_its_default_and_none_besides() {
    let help = String::from_utf8(run(&["--help"]).stdout).expect("text");
    let (helped, paged) = (said_by_the_help(&help), said_by_the_page(&page()));
    assert_eq!(helped, paged, "what the help says, and what the page says");
    let with_default = helped.values().filter(|said| said.default.is_some()).count();
    assert!(helped.len() >= 27 && with_default >= 15, "{helped:#?}");
}

#[test]
fn each_option_that_takes_a_value_says_what_it_takes_as_its_error_does() {
    let page = page();
    let mut found = 0;
    for (head, text) in items(&page).into_iter().filter(|(head, _)| !head.starts_with("Fl h")) {
        let (names, _) = names_and_value(&head.replace("Fl ", "-"));
        let option = names.last().expect("a name");
        // Any value is the path of a file; then what follows is wrong as an address.
        let ended = run(&[option, "wrong value", "wrong value"]);
        let error = String::from_utf8(ended.stderr).expect("text");
        let takes = error.trim_end().split_once("\"wrong value\": takes ").map(|(_, takes)| takes);
        // One without a value takes the next word for an address.
        let takes = takes.filter(|_| error.starts_with(&format!("pollcast: {option} ")));
        let line = text.lines().find_map(|line| line.strip_prefix("Takes "));
        assert_eq!(line, takes.map(|takes| format!("{takes}.")).as_deref(), "{option}: {error}");
        found += usize::from(takes.is_some());
    }
    assert!(found >= 15, "{found} options that take a value");
}
