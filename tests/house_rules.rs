//! The house rules, as tests: who may know whom, how long things may be, and what may not stand in
//! the source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Who may know whom. A part is a file of src/ with the folder of its name; nobody knows what is
/// not in its line. Names behind the bar are crates.
const MAY_KNOW: &[(&str, &str)] = &[
    ("moment", ""),
    ("block", ""),
    ("run", "block | slab"),
    ("blocks", "block run | slab"),
    ("outbox", "blocks run"),
    ("framing", ""),
    ("client", "framing moment observer outbox"),
    ("config", ""),
    ("budget", "addresses blocks client config deadlines framing kernel patience"),
    ("deadlines", "moment"),
    ("addresses", ""),
    ("patience", "config moment"),
    ("kernel", "| mio libc socket2"),
    ("observer", "| log"),
    ("stats", "observer"),
    (
        "server",
        "addresses blocks budget client config deadlines framing kernel observer outbox \
         patience run stats | slab",
    ),
    ("trace", "budget config kernel observer server | serde_json"),
    ("capi", "config kernel observer server stats"),
    ("lib", "capi config kernel observer server stats trace"),
    ("main", "cli | pollcast lexopt"),
    ("cli", "| pollcast env_logger lexopt libc log mio rustix sd_listen_fds signal_hook"),
];

/// Files that may know a crate although the rest of their part may not.
const ONLY_HERE: &[(&str, &[&str])] = &[
    (
        "mio",
        &[
            "kernel/mio.rs",
            "kernel/mio/listen.rs",
            "kernel/mio/stop.rs",
            "kernel/mio/stream.rs",
            "cli/signals.rs",
            "cli/statistics.rs",
        ],
    ),
    ("socket2", KNOW_SOCKETS),
    ("sd_listen_fds", &["cli/service.rs"]),
    ("log", KNOW_LOG),
    (
        "serde_json",
        &["trace/chrome/configuration.rs", "trace/replay/answers.rs", "trace/replay/reader.rs"],
    ),
    ("slab", &["blocks.rs", "run.rs", "server.rs"]),
];

const KNOW_LOG: &[&str] =
    &["observer/log.rs", "cli/host.rs", "cli/limits.rs", "cli/logger.rs", "cli/tracing.rs"];

const KNOW_SOCKETS: &[&str] = &[
    "kernel/mio/listen.rs",
    "kernel/mio/options.rs",
    "kernel/mio/stream.rs",
    "kernel/mio/unix_path.rs",
];

const LONGEST_FILE: usize = 250;
const LONGEST_TEST_FILE: usize = 320;
const LONGEST_FUNCTION: usize = 35;
const LONGEST_LINE: usize = 100;

struct Source {
    /// Relative to the folder that was asked for.
    name: String,
    text: String,
}

fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<PathBuf> = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a folder");
            paths.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(&root).expect("below it").to_string_lossy().into_owned();
            sources.push(Source { name, text: fs::read_to_string(&path).expect("text") });
        }
    }
    assert!(sources.len() > 2, "{folder}: {} sources", sources.len());
    sources
}

/// The part that a file belongs to.
fn part_of(name: &str) -> &str {
    name.split(['/', '.']).next().expect("a name")
}

/// What a file knows: parts by `crate::`, crates by the first name of a `use`.
fn known_to(source: &Source) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for line in source.text.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
        let after_crate = line.split("crate::").skip(1);
        known.extend(after_crate.map(|rest| first_name(rest).to_owned()));
        let line = line.trim_start_matches("pub ").trim_start_matches("pub(crate) ");
        if let Some(path) = line.strip_prefix("use ") {
            known.insert(first_name(path).to_owned());
        }
    }
    let own = ["std", "crate", "super", "self", part_of(&source.name)];
    known.retain(|name| !own.contains(&name.as_str()) && !name.is_empty());
    known
}

fn first_name(path: &str) -> &str {
    path.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or("")
}

#[test]
fn each_part_knows_only_those_it_may_know() {
    let rules: BTreeMap<&str, &str> = MAY_KNOW.iter().copied().collect();
    let mut met = BTreeSet::new();
    for source in sources("src") {
        let part = part_of(&source.name);
        met.insert(part.to_owned());
        let allowed = rules.get(part).unwrap_or_else(|| panic!("{part}: a part without a rule"));
        let allowed: Vec<&str> = allowed.split_whitespace().collect();
        for name in known_to(&source) {
            // A module of its own folder.
            let own_module = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("src")
                .join(source.name.trim_end_matches(".rs"))
                .join(format!("{name}.rs"));
            let is_own = own_module.exists() || matches!(name.as_str(), "listen" | "values");
            let allows = allowed.contains(&name.as_str()) || is_own;
            assert!(allows, "{} knows {name}; it may know: {allowed:?}", source.name);
        }
    }
    let ruled: BTreeSet<String> = rules.keys().map(|&part| part.to_owned()).collect();
    assert_eq!(met, ruled, "parts, and parts that have a rule");
}

#[test]
fn a_few_crates_are_known_in_a_few_files_only() {
    for source in sources("src") {
        for (name, files) in ONLY_HERE {
            let knows = known_to(&source).contains(*name) && part_of(&source.name) != *name;
            let may = files.contains(&source.name.as_str()) || source.name == format!("{name}.rs");
            assert!(!knows || may, "{} knows {name}", source.name);
        }
    }
}

#[test]
fn files_functions_and_lines_stay_short() {
    let mut violations = Vec::new();
    for (folder, longest) in [("src", LONGEST_FILE), ("tests", LONGEST_TEST_FILE)] {
        for Source { name, text } in sources(folder) {
            if text.lines().count() > longest {
                violations.push(format!("{folder}/{name}: {} lines", text.lines().count()));
            }
            if let Some(line) = text.lines().find(|line| line.chars().count() > LONGEST_LINE) {
                violations.push(format!("{folder}/{name}: a long line: {line}"));
            }
            for (function, lines) in functions(&text) {
                // A table of cases may be long: one who reads it skips it.
                let longest = LONGEST_FUNCTION + if folder == "tests" { 15 } else { 0 };
                if lines > longest {
                    violations.push(format!("{folder}/{name}: {function}: {lines} lines"));
                }
            }
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
}

/// Each function with its lines, from `fn` to the brace that closes it: rustfmt puts that at the
/// indentation of the `fn`.
fn functions(text: &str) -> Vec<(String, usize)> {
    let mut functions = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let is_function = code.starts_with("fn ") || code.contains(" fn ") && code.ends_with('{');
        if !is_function || code.starts_with("//") {
            continue;
        }
        let indentation = &line[..line.len() - code.len()];
        let end = format!("{indentation}}}");
        let length = lines[start..].iter().position(|line| **line == end);
        functions.extend(length.map(|length| (code.to_owned(), length + 1)));
    }
    functions
}

#[test]
fn what_would_end_the_process_or_was_left_behind_does_not_stand_in_the_source() {
    let banned = [
        (".unwrap()", "a client must not end the server: handle it, or say why it cannot be"),
        (".expect(", "a client must not end the server: handle it"),
        ("dbg!", "left behind"),
        ("todo!", "left behind"),
        ("unimplemented!", "left behind"),
        ("FIXME", "left behind"),
        ("println!", "what is said goes through the observer or the logger"),
        ("unsafe ", "only the C interface may"),
        ("allow(", "a lint that is wrong here is to be named with its reason"),
    ];
    for source in sources("src").iter().filter(|source| !source.name.ends_with("tests.rs")) {
        for line in source.text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for (word, why) in banned {
                let is_for_c = word == "unsafe " && part_of(&source.name) == "capi";
                let excused = is_for_c || word == "allow(" && line.contains("reason");
                assert!(excused || !line.contains(word), "{}: {line}\n{word}: {why}", source.name);
            }
        }
    }
}

#[test]
fn only_the_c_interface_has_unsafe_code_and_only_if_it_is_asked_for() {
    // The binary has one name that the linker sees, and nothing else.
    let exceptions = ["capi.rs", "cli/backtrace.rs"];
    for source in sources("src") {
        let forbids = match source.name.as_str() {
            "main.rs" => "#![deny(unsafe_code)]",
            "lib.rs" => "#![cfg_attr(not(feature = \"capi\"), forbid(unsafe_code))]",
            _ => "",
        };
        assert!(source.text.contains(forbids), "{}: {forbids}", source.name);
        let allows = source.text.contains("allow(unsafe_code");
        assert_eq!(allows, exceptions.contains(&source.name.as_str()), "{}", source.name);
    }
    let library = fs::read_to_string("src/lib.rs").expect("text");
    assert!(library.contains("#![cfg_attr(feature = \"capi\", deny(unsafe_code))]"));
}

#[test]
fn the_library_reads_no_environment_and_keeps_no_global_state() {
    for source in sources("src") {
        // A debug build of the C interface knows which handles are alive.
        let is_library = !matches!(source.name.as_str(), "main.rs" | "capi/live.rs");
        if is_library && !source.name.starts_with("cli") {
            for word in ["std::env", "std::thread", "std::process", "static ", "println"] {
                let found = source.text.lines().find(|line| line.trim_start().starts_with(word));
                assert_eq!(found, None, "{}: {word}", source.name);
                assert!(!source.text.contains(&format!("use {word}")), "{}: {word}", source.name);
            }
        }
    }
}

#[test]
fn every_source_is_in_a_group_of_mutants() {
    let script = fs::read_to_string(".ci/mutants").expect("text");
    let groups = script.split("_files='").skip(1).filter_map(|rest| rest.split('\'').next());
    let patterns: Vec<&str> = groups.flat_map(str::split_whitespace).collect();
    for Source { name, .. } in sources("src") {
        let name = name.trim_end_matches(".rs");
        let is_in = |pattern: &&str| match pattern.strip_suffix("**/*") {
            Some(folder) => name.starts_with(folder),
            None => name == *pattern,
        };
        let is_test = name.ends_with("/tests");
        assert!(is_test || patterns.iter().any(is_in), ".ci/mutants: no group has {name}.rs");
    }
}

#[test]
fn nobody_asks_for_the_time_of_day() {
    for source in sources("src") {
        // A clock that is set steps; deadlines are times of a monotonic one.
        assert!(!source.text.contains("SystemTime"), "{}", source.name);
    }
}
