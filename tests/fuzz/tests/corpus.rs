//! The inputs that are kept are replayed, without a fuzzer.

use std::fs;
use std::path::{Path, PathBuf};

use fuzz::{TARGETS, kernel_events};

/// Prints how to replay an input that fails.
struct Replay<'a>(&'a str, PathBuf);

impl Drop for Replay<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self(target, input) = self;
            eprintln!("to replay it, with its trace:");
            eprintln!(
                "POLLCAST_TRACE=1 cargo run --manifest-path tests/fuzz/Cargo.toml -- \
                 replay {target} {}",
                input.display()
            );
        }
    }
}

#[test]
fn every_input_of_the_corpus_keeps_the_promises() {
    for (name, run) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        let mut inputs = 0;
        for entry in fs::read_dir(folder).expect("a folder for each target") {
            let path = entry.expect("an entry").path();
            let input = fs::read(&path).expect("bytes");
            let _replay = Replay(name, path);
            run(&input);
            inputs += 1;
        }
        assert!(inputs >= 5, "{name}: {inputs} inputs");
    }
}

#[test]
fn what_a_seeded_run_decides_is_written_down_so_that_its_replay_does_the_same() {
    for seed in 0..20 {
        let (input, recorded) = kernel_events::record(seed);
        assert_eq!(kernel_events::replay(&input), recorded, "seed {seed}");
    }
}

#[test]
fn any_input_comes_to_an_end() {
    for byte in [0, 1, 191, 255] {
        for length in [0, 1, 100, 5_000] {
            let input = vec![byte; length];
            for (_, run) in TARGETS {
                run(&input);
            }
        }
    }
}

/// Three clients are lost while the room waits, and are read only after that. Each kept its stretch
/// of the log until then: this input found it.
#[test]
fn clients_that_are_lost_hold_no_more_blocks_than_there_may_be() {
    kernel_events::run(include_bytes!("../known/lost_clients_hold_blocks"));
}
