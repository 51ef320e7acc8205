//! How much there is to read of each server.

use std::fs;
use std::path::{Path, PathBuf};

use crate::server::Design;

/// Lines of code, without comments, empty lines and tests.
pub(crate) fn lines(design: Design) -> Result<u64, String> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = vec![match design {
        Design::Go => package.join("../peers/go"),
        Design::Pollcast => package.join("../../src"),
    }];
    let mut sum = 0;
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(entries(&path)?);
        } else if is_source(&path) {
            let text = fs::read_to_string(&path);
            sum += count(&text.map_err(|error| format!("{}: {error}", path.display()))?);
        }
    }
    Ok(sum)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).and_then(|entries| {
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()
    });
    entries.map_err(|error| format!("{}: {error}", folder.display()))
}

fn is_source(path: &Path) -> bool {
    let is_code = path.extension().is_some_and(|extension| extension == "rs" || extension == "go");
    is_code && path.file_stem().is_some_and(|stem| stem != "tests")
}

/// In both languages a comment begins with the same two letters; unit tests stand at the end.
fn count(text: &str) -> u64 {
    let code = text.lines().map(str::trim).take_while(|line| *line != "#[cfg(test)]");
    code.filter(|line| !line.is_empty() && !line.starts_with("//")).count() as u64
}

#[cfg(test)]
mod tests {
    use super::{count, lines};
    use crate::server::Design;

    #[test]
    fn comments_empty_lines_and_tests_do_not_count() {
        let text =
            "//! Why.\n\nfn main() {\n    // Because.\n    run();\n}\n\n#[cfg(test)]\nmod tests;\n";
        assert_eq!(count(text), 3);
    }

    #[test]
    fn both_are_found() {
        assert!((40..80).contains(&lines(Design::Go).expect("it is there")));
        assert!(lines(Design::Pollcast).expect("it is there") > 500);
    }
}
