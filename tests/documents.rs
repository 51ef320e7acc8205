//! The documents: links lead somewhere, and commands are run by the gate.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Markdown file at the top and under docs/.
fn documents() -> Vec<(PathBuf, String)> {
    let mut folders = vec![root().join("docs")];
    let top = ["README.md", "CHANGELOG.md", "SECURITY.md"];
    let mut paths: Vec<PathBuf> = top.iter().map(|name| root().join(name)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                paths.push(path);
            }
        }
    }
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("text");
        (path, text)
    };
    let documents: Vec<_> = paths.into_iter().map(read).collect();
    assert!(documents.len() >= 8, "{} documents", documents.len());
    documents
}

/// The targets of `[text](target)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
}

#[test]
fn every_link_to_a_file_leads_to_one() {
    let mut found = 0;
    for (path, text) in documents() {
        for link in links(&text).filter(|link| !link.starts_with("http")) {
            let file = link.split('#').next().unwrap_or(link);
            let target = path.parent().expect("a folder").join(file);
            assert!(target.exists(), "{}: {link} leads nowhere", path.display());
            found += 1;
        }
    }
    assert!(found > 40, "{found} links");
}

/// The lines of fenced blocks of this language.
fn fenced(text: &str, language: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut is_inside = false;
    for line in text.lines() {
        if is_inside && !line.starts_with("```") {
            lines.push(line.trim().to_owned());
        }
        is_inside = line == format!("```{language}") || (is_inside && !line.starts_with("```"));
    }
    lines
}

#[test]
fn every_command_is_run_by_the_gate_or_is_a_script_of_its_own() {
    let script = |name: &str| fs::read_to_string(root().join(".ci").join(name)).expect("a script");
    let gate = script("run") + &script("commands") + &script("lessons");
    let mut found = 0;
    for (path, text) in documents() {
        for command in fenced(&text, "sh").iter().filter(|line| !line.is_empty()) {
            let is_script = command.starts_with(".ci/") && root().join(command).exists();
            let is_run = gate.contains(command.as_str()) || is_a_test(command);
            assert!(is_script || is_run, "{}: nobody runs: {command}", path.display());
            found += 1;
        }
    }
    assert!(found >= 8, "{found} commands");
}

/// A test by its name, as in the lessons: .ci/lessons runs each, and fails where there is none.
fn is_a_test(command: &str) -> bool {
    command.starts_with("cargo test --test ")
}

#[test]
fn every_page_is_in_the_book() {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).expect("text");
    let docs = root().join("docs");
    for (path, _) in documents() {
        let Ok(name) = path.strip_prefix(&docs) else { continue };
        let link = format!("]({})", name.display());
        let is_there = summary.contains(&link) || name == Path::new("SUMMARY.md");
        assert!(is_there, "docs/SUMMARY.md does not have {}", name.display());
    }
}

#[test]
fn what_is_fenced_is_a_command_or_a_picture_in_text() {
    for (path, text) in documents() {
        let fences = text.lines().filter(|line| line.starts_with("```") && line.len() > 3);
        for fence in fences {
            let known = ["```sh", "```text"].contains(&fence) || host_in(&fence[3..]).is_some();
            assert!(known, "{}: {fence} is compiled or run by nobody", path.display());
        }
    }
}

/// The host in this language, which is compiled and run.
fn host_in(language: &str) -> Option<&'static str> {
    match language {
        "c" => Some("docs/hosts/host.c"),
        "rust" => Some("docs/hosts/host.rs"),
        "python" => Some("docs/hosts/host.py"),
        _ => None,
    }
}

#[test]
fn code_in_the_documents_is_an_excerpt_of_a_host() {
    let mut found = 0;
    for (path, text) in documents() {
        for language in ["c", "rust", "python"] {
            let host = host_in(language).map(|name| fs::read_to_string(root().join(name)));
            let host = host.expect("a language").expect("text");
            let mut lines = host.lines().map(str::trim);
            for line in fenced(&text, language) {
                let stands_there = lines.any(|other| other == line);
                assert!(stands_there, "{}: not in the host, or not here: {line}", path.display());
                found += 1;
            }
        }
    }
    assert!(found > 15, "{found} lines");
}

#[test]
fn every_option_of_the_help_is_in_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).expect("text");
    let source = fs::read_to_string(root().join("src/cli/help.rs")).expect("text");
    let (_, help) = source.split_once("const TEXT").expect("a help text");
    let words = help.split([' ', ',', '\n', ';']);
    let options: Vec<&str> = words.filter(|word| word.starts_with("--")).collect();
    assert!(options.len() >= 8, "{options:?}");
    let obvious = ["--help", "--version", "--verbose", "--quiet"];
    for option in options.iter().filter(|option| !obvious.contains(option)) {
        assert!(readme.contains(option), "{option} is not in the README");
    }
}

#[test]
fn every_trace_is_an_array_of_named_events_and_small_enough_for_a_page() {
    let folder = fs::read_dir(root().join("docs/traces")).expect("a folder");
    let paths = folder.map(|entry| entry.expect("an entry").path());
    let traces: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|it| it == "json")).collect();
    assert!(!traces.is_empty(), "there is a trace");
    for path in traces {
        let text = fs::read_to_string(&path).expect("text");
        assert!(text.len() < 400_000, "{}: {} bytes", path.display(), text.len());
        let events: Vec<serde_json::Value> = serde_json::from_str(&text).expect("an array");
        for event in &events {
            let is_named = event["name"].is_string() && event["ph"].is_string();
            let has_lane = event["pid"].is_u64() && event["tid"].is_u64();
            assert!(is_named && has_lane, "{}: {event}", path.display());
        }
        assert!(events.len() > 100, "{}: {} events", path.display(), events.len());
    }
}
