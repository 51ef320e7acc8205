//! pollcast against everything that a user might pick instead: `cargo bench --bench fan_out`.
//!
//! The comparison stands alone, in benches/comparison, and its opponents in benches/peers, so that
//! the server's own package needs none of what they need. This starts the one command that builds
//! and runs them all, `.ci/compare`, and hands it the arguments.

use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = root.join(".ci/compare");
    // `cargo bench` adds a word for the harness that this is not.
    let arguments = std::env::args_os().skip(1).filter(|word| word != "--bench");
    match Command::new(&script).args(arguments).current_dir(root).status() {
        Ok(status) => ExitCode::from(status.code().map_or(1, |code| code as u8)),
        Err(error) => {
            eprintln!("{}: {error}", script.display());
            ExitCode::FAILURE
        }
    }
}
