//! The table of faults: each of the fifty-two has a test that exists, and none of the simulation
//! stands for the real kernel.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Faults that have to be shown in the simulation, and those on the real kernel.
const SIMULATED: &[u8] = &[
    1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 23, 24, 28, 29, 30, 34, 35,
    36, 37, 41, 42, 45, 46, 51, 52,
];
const REAL: &[u8] = &[
    4, 6, 7, 8, 14, 15, 20, 21, 25, 26, 27, 28, 31, 32, 33, 35, 38, 39, 40, 43, 44, 47, 48, 49, 50,
];

const FAULTS: u8 = 52;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Each test, and the file that it stands in.
fn tests() -> BTreeMap<String, PathBuf> {
    let (mut folders, mut tests) =
        (vec![root().join("tests"), root().join("src")], BTreeMap::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("text");
                let is_test = text.split("#[test]\nfn ").skip(1);
                let names = is_test.filter_map(|rest| rest.split_once('(')).map(|(name, _)| name);
                tests.extend(names.map(|name| (name.to_owned(), path.clone())));
            }
        }
    }
    assert!(tests.len() > 200, "{} tests", tests.len());
    tests
}

/// The rows: the number of the fault, and the cell that says by what it is shown.
fn rows() -> Vec<(u8, String)> {
    let text = fs::read_to_string(root().join("docs/FAULTS.md")).expect("text");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.map(|row| row.split(" | ").map(str::to_owned).collect::<Vec<_>>());
    let numbered = cells.filter_map(|cells| Some((cells[0].parse().ok()?, cells)));
    let row = |(number, cells): (u8, Vec<String>)| {
        assert_eq!(cells.len(), 4, "fault {number}");
        assert!(cells[2].len() > 3, "fault {number}: nothing happens");
        (number, cells[3].trim_end_matches(" |").to_owned())
    };
    numbered.map(row).collect()
}

/// What shows it in the simulation, and on the real kernel.
fn layers(cell: &str) -> (&str, &str) {
    let (simulated, real) = cell.split_once("K ").unwrap_or((cell, ""));
    (simulated.trim_start_matches("S "), real)
}

fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn each_fault_has_one_row_and_a_test_in_each_layer_that_it_asks_for() {
    let rows = rows();
    let numbers: Vec<u8> = rows.iter().map(|&(number, _)| number).collect();
    let distinct: BTreeSet<u8> = numbers.iter().copied().collect();
    assert_eq!(numbers.len(), distinct.len(), "a fault has two rows");
    assert_eq!(distinct, (1..=FAULTS).collect(), "the faults that have a row");
    for (number, cell) in &rows {
        let (simulated, real) = layers(cell);
        let lacks_one = SIMULATED.contains(number) && names(simulated).count() == 0;
        assert!(!lacks_one, "fault {number} is to be simulated");
        let lacks_one = REAL.contains(number) && names(real).count() == 0;
        assert!(!lacks_one, "fault {number} is to be shown on the real kernel");
    }
}

#[test]
fn each_test_that_the_table_names_exists_in_the_layer_that_it_names() {
    let tests = tests();
    let gate = fs::read_to_string(root().join(".ci/run")).expect("a script");
    let mut named = 0;
    for (number, cell) in rows() {
        let (simulated, real) = layers(&cell);
        for (name, is_real) in
            names(simulated).map(|name| (name, false)).chain(names(real).map(|name| (name, true)))
        {
            named += 1;
            if name.starts_with(".ci/") {
                assert!(is_real && gate.contains(name), "fault {number}: the gate has no {name}");
                continue;
            }
            let file = tests.get(name).unwrap_or_else(|| panic!("fault {number}: no test {name}"));
            // What needs no kernel at all counts as simulated.
            let is_in = |folder: &str| file.iter().any(|part| part == folder);
            let fits = if is_real {
                !is_in("simulation")
            } else {
                !is_in("sockets") && !is_in("command_line")
            };
            assert!(fits, "fault {number}: {name} is in {}", file.display());
        }
    }
    assert!(named > 90, "{named} names");
}
