//! The twin (docs/twin/twin.rs) on real sockets: what it does right, in [works], and what breaks
//! it, in [breaks] and [ends], each time beside pollcast, which holds.
//! `cargo test --test twin NAME` breaks it again.

#[path = "../harness/mod.rs"]
mod harness;

mod breaks;
mod ends;
mod works;

use std::fs;
use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::SystemTime;

use harness::Server;

/// The example beside this test. `cargo test` builds it, but `cargo test --test twin` does not.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    let test = std::env::current_exe().expect("a path");
    let folder = test.ancestors().nth(2).expect("target/PROFILE/deps/TEST");
    let program = folder.join("examples/twin");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/twin/twin.rs");
    if changed(&program) < changed(&source) {
        build(folder);
    }
    assert!(program.exists(), "{} is not there", program.display());
    program
});

/// When a file was changed, if it is there.
fn changed(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|it| it.modified()).ok()
}

fn build(folder: &Path) {
    let name = folder.file_name().and_then(|name| name.to_str()).expect("a profile");
    let profile = if name == "debug" { "test" } else { name };
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--locked", "--example", "twin", "--profile", profile]);
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    cargo.arg("--target-dir").arg(folder.parent().expect("target/PROFILE"));
    assert!(cargo.status().expect("cargo").success(), "the twin does not build");
}

/// Of the server's end of a connection: its state, and how many bytes wait to be read (proc(5),
/// /proc/net/tcp). Nothing once it was reset. What was sent takes a moment to get there.
fn end_of(server: &Server, client: SocketAddr) -> Option<(u8, usize)> {
    let table = fs::read_to_string("/proc/net/tcp").expect("Linux");
    let mut rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let ends_in = |address: &str, port: u16| address.ends_with(&format!(":{port:04X}"));
    let row =
        rows.find(|row| ends_in(row[1], server.address.port()) && ends_in(row[2], client.port()))?;
    let waiting = row[4].split_once(':').expect("two queues").1;
    let state = u8::from_str_radix(row[3], 16).expect("a state");
    Some((state, usize::from_str_radix(waiting, 16).expect("a length")))
}

/// How many bytes of others a client hears before the question mark that somebody has said.
#[track_caller]
fn before_the_question(mut stream: impl Read) -> usize {
    let (mut before, mut buffer) = (0, vec![0; 1 << 16]);
    loop {
        let read = stream.read(&mut buffer).expect("it serves");
        match buffer[..read].iter().position(|&byte| byte == b'?') {
            Some(place) => return before + place,
            None => before += read,
        }
    }
}

fn twin() -> Server {
    Server::start_program(&PROGRAM, &[])
}

/// The same after these commands of a shell, which limit it.
fn twin_after(commands: &str) -> Server {
    let script = format!("{commands}; exec \"$0\" \"$@\"");
    let program = PROGRAM.to_str().expect("a path of letters");
    Server::start_program(Path::new("sh"), &["-c", &script, program])
}
