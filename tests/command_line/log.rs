//! What it logs, and that nobody waits for the log.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Stdio;

use rustix::io::ioctl_fionread;
use rustix::process::Signal;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::harness::{LIMIT, Server, is_ended, wait_until};
use crate::process::{Process, command, echo, join, with_descriptors};

/// What a short life leaves in the log, a warning included, by level.
fn levels(options: &[&str], filter: Option<&str>) -> Vec<String> {
    let arguments = [options, &["--max-clients", "1000", "127.0.0.1:0"]].concat();
    let mut command = with_descriptors(64, 64, &arguments);
    if let Some(filter) = filter {
        command.env("RUST_LOG", filter);
    }
    let mut server = Process::start(&mut command);
    drop(join(server.address()));
    server.signal(Signal::TERM);
    let ended = server.end();
    assert!(ended.status.success(), "{ended:?}");
    let level = |line: &str| line.split_once(": ").expect("level: text").0.to_owned();
    let mut levels: Vec<String> = ended.errors.lines().map(level).collect();
    levels.sort_unstable();
    levels.dedup();
    levels
}

#[test]
fn verbose_says_more_and_quiet_says_less() {
    assert_eq!(levels(&[], None), ["info", "warn"]);
    assert_eq!(levels(&["-v"], None), ["debug", "info", "warn"]);
    assert_eq!(levels(&["-vv"], None), ["debug", "info", "trace", "warn"]);
    assert_eq!(levels(&["--verbose", "-vvv"], None), ["debug", "info", "trace", "warn"]);
    assert_eq!(levels(&["-vq"], None), ["info", "warn"]);
    assert!(levels(&["-q"], None).is_empty());
    assert!(levels(&["-qq", "--quiet"], None).is_empty());
}

#[test]
fn rust_log_wins_over_verbose_and_quiet() {
    assert_eq!(levels(&["-qq"], Some("debug")), ["debug", "info", "warn"]);
    assert_eq!(levels(&["-vv"], Some("warn")), ["warn"]);
    assert!(levels(&["-vv"], Some("off")).is_empty());
    // A part of the program alone: the rest is as the options say.
    let part = levels(&["-q"], Some("pollcast::observer=debug"));
    assert_eq!(part, ["debug", "info"]);
}

/// Enough of them to fill a pipe and a terminal many times over at the level of `trace`.
const ECHOES: usize = 2_000;

/// More than a pipe holds unless somebody raises it (pipe(7): 64 KiB).
const PIPE: usize = 1 << 20;

#[test]
fn lines_that_a_stuck_pipe_does_not_take_are_dropped_and_counted() {
    let mut server = Process::start(&mut command(["-vv", "127.0.0.1:0"]));
    let mut client = join(server.address());
    (0..ECHOES).for_each(|_| echo(&mut client));
    // Now somebody reads it after all: what was dropped stays dropped, the end is told.
    let mut log = vec![0; PIPE];
    let pipe = server.child.stderr.as_mut().expect("piped");
    let waiting = ioctl_fionread(&*pipe).expect("a pipe") as usize;
    pipe.read_exact(&mut log[..waiting]).expect("as much as there is");
    log.truncate(waiting);
    server.signal(Signal::TERM);
    drop(client);
    let ended = server.end();
    assert!(ended.status.success(), "{ended:?}");
    let log = String::from_utf8(log).expect("text") + &ended.errors;
    let summary = log.lines().find(|line| line.starts_with("info: summary:"));
    let summary = summary.unwrap_or_else(|| panic!("no summary in {} bytes", log.len()));
    let dropped = summary.split(' ').find_map(|word| word.strip_prefix("lines_dropped="));
    let dropped: usize = dropped.and_then(|number| number.parse().ok()).expect("a number");
    assert!(dropped > ECHOES, "{dropped} lines dropped");
    // Whole lines or none.
    let known = ["error: ", "warn: ", "info: ", "debug: ", "trace: "];
    let torn = log.lines().find(|line| !known.iter().any(|level| line.starts_with(level)));
    assert_eq!(torn, None);
}

/// A terminal that takes what is written to it until its buffer is full, and whoever could read it.
fn terminal() -> Option<(File, File)> {
    let reader = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).ok()?;
    grantpt(&reader).ok()?;
    unlockpt(&reader).ok()?;
    let path = ptsname(&reader, Vec::new()).ok()?;
    let path = std::ffi::OsStr::from_bytes(path.as_bytes());
    let writer = OpenOptions::new().write(true).custom_flags(libc::O_NOCTTY).open(path).ok()?;
    Some((File::from(reader), writer))
}

#[test]
fn a_stalled_terminal_holds_up_nobody_and_stays_as_it_was() {
    let Some((_reader, writer)) = terminal() else { return };
    let shared = writer.try_clone().expect("a descriptor");
    let mut command = command(["-vv", "127.0.0.1:0"]);
    let mut server = Process::start(command.stderr(Stdio::from(writer)));
    let mut client = join(server.address());
    (0..ECHOES).for_each(|_| echo(&mut client));
    let flags = rustix::fs::fcntl_getfl(&shared).expect("flags");
    assert!(!flags.contains(rustix::fs::OFlags::NONBLOCK), "the shell's own descriptor is changed");
    server.signal(Signal::TERM);
    drop(client);
    assert!(server.end().status.success());
}

#[test]
fn a_flood_of_refusals_is_a_burst_of_lines_and_a_count_of_those_that_were_left_out() {
    let server = Server::start(&["--max-clients", "1"]);
    let _member = server.join();
    for _ in 0..300 {
        assert!(is_ended(&mut server.connect()));
    }
    assert_eq!(server.counter("refused"), 300.0);
    // In the first turn after it: a question for the counters makes one.
    wait_until("it is said how many were left out", LIMIT, || {
        server.counter("lines_suppressed");
        server.logged("more such lines were suppressed") > 0
    });
    let (told, left_out) = (server.logged("refused: "), server.counter("lines_suppressed"));
    assert!((20..60).contains(&told), "{told} of 300 lines");
    assert_eq!(told as f64 + left_out, 300.0, "each is told or counted");
}

#[test]
fn with_vv_nothing_is_left_out() {
    let server = Server::start(&["-vv", "--max-clients", "1"]);
    let _member = server.join();
    for _ in 0..60 {
        assert!(is_ended(&mut server.connect()));
    }
    wait_until("each refusal is told", LIMIT, || server.logged("refused: ") == 60);
    assert_eq!(server.counter("lines_suppressed"), 0.0);
}
