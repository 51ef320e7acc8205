//! What it takes, and what it says to what it does not take.

use std::ffi::{OsStr, OsString};
use std::fmt::Debug;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::unix::ffi::OsStrExt;

use rustix::process::Signal;

use crate::harness::{Server, is_ended, take};
use crate::process::{Ended, Process, connect, join, run, with_descriptors};

const PLACE: &str = "HOST:PORT, [V6]:PORT or :PORT, with a port from 0 to 65535, or unix:PATH";

const MEMORY: &str = if usize::BITS == 64 { "64k to 1024G" } else { "64k to 2G" };

/// Command lines, what each error names, and what it says would be right.
const WRONG: &[(&[&str], &str, &str)] = &[
    (&["--max-queue"], "--max-queue", "4k to 1G"),
    (&["--max-queue="], "--max-queue \"\"", "4k to 1G"),
    (&["--max-queue", "many"], "--max-queue \"many\"", "4k to 1G"),
    (&["--max-queue", "1m"], "--max-queue \"1m\"", "4k to 1G"),
    (&["--max-queue", "8K"], "--max-queue \"8K\"", "4k to 1G"),
    (&["--max-queue", "-1"], "--max-queue \"-1\"", "4k to 1G"),
    (&["--max-queue", "1k"], "--max-queue \"1k\"", "4k to 1G"),
    (&["--max-queue=2G"], "--max-queue \"2G\"", "4k to 1G"),
    (&["--max-queue", "99999999999999999999"], "99999999999999999999", "4k to 1G"),
    (&["--max-queue", "1\n2"], "--max-queue \"1\\n2\"", "4k to 1G"),
    (&["--patience"], "--patience", "forever"),
    (&["--patience", "5"], "--patience \"5\"", "500ms"),
    (&["--patience", "never"], "--patience \"never\"", "forever"),
    (&["--patience", "1 s"], "--patience \"1 s\"", "500ms"),
    (&["--patience", "99999999h"], "--patience \"99999999h\"", "8784h"),
    (&["--drain-timeout", "forever"], "--drain-timeout \"forever\"", "5s"),
    (&["--drain-timeout", "-1s"], "--drain-timeout \"-1s\"", "5s"),
    (&["--linger"], "--linger", "up to 1s"),
    (&["--linger", "5"], "--linger \"5\"", "1ms or 20ms"),
    (&["--linger", "200us"], "--linger \"200us\"", "1ms or 20ms"),
    (&["--linger", "1001ms"], "--linger \"1001ms\"", "up to 1s"),
    (&["--linger", "forever"], "--linger \"forever\"", "0 or"),
    (&["--max-clients", "0"], "--max-clients \"0\"", "1 to 4294967295"),
    (&["--max-clients", "4294967296"], "--max-clients \"4294967296\"", "1 to 4294967295"),
    (&["--max-clients", "1k"], "--max-clients \"1k\"", "1 to 4294967295"),
    (&["--max-clients-per-ip", "0"], "--max-clients-per-ip \"0\"", "1 to 4294967295"),
    (&["--max-memory", "63k"], "--max-memory \"63k\"", MEMORY),
    (&["--max-memory", "lots"], "--max-memory \"lots\"", MEMORY),
    (&["--max-memory", "256k", "--max-queue", "1M"], "--max-memory", "for max-queue three times"),
    (&["--max-memory=256k", "--max-queue=1M", "--max-clients=1"], "--max-memory", "three times"),
    (&["--max-memory", "64k", "--max-clients", "300"], "--max-clients", "at most 2"),
    (&["--max-line", "0"], "--max-line \"0\"", "at least 1"),
    (&["--max-line", "1M", "--framing", "line"], "--max-line", "at most 65535"),
    (&["--max-line", "1k"], "--max-line", "goes with --framing line"),
    (&["--max-memory", "1025G"], "--max-memory \"1025G\"", MEMORY),
    (&["--framing", "lines"], "--framing \"lines\"", "raw or line"),
    (&["--no-echo=yes"], "--no-echo \"yes\"", "no value"),
    (&["--half-close", "stay"], "--half-close \"stay\"", "leave or listen"),
    (&["--interest", ""], "--interest \"\"", "toggle or once"),
    (&["--idle-timeout", "0"], "--idle-timeout \"0\"", "or off"),
    (&["--idle-timeout", "10"], "--idle-timeout \"10\"", "1ms to 8784h"),
    (&["--stats", "/run/pollcast"], "--stats \"/run/pollcast\"", "unix:PATH"),
    (&["--stats", ":80"], "--stats \":80\"", "unix:PATH"),
    (&["--stats-interval", "0"], "--stats-interval \"0\"", "1ms to 8784h"),
    (&["-l"], "--listen", PLACE),
    (&["--listen", "localhost"], "--listen \"localhost\"", PLACE),
    (&["-l:65536"], "--listen \":65536\"", PLACE),
    (&["127.0.0.1:"], "ADDR \"127.0.0.1:\"", PLACE),
    (&["127.0.0.1:http"], "ADDR \"127.0.0.1:http\"", PLACE),
    (&["::1:80"], "ADDR \"::1:80\"", PLACE),
    (&["[::1:80"], "ADDR \"[::1:80\"", PLACE),
    (&[""], "ADDR \"\"", PLACE),
    (&["-"], "ADDR \"-\"", PLACE),
    (&["--", "-q"], "ADDR \"-q\"", PLACE),
    (&["unix:"], "ADDR \"unix:\"", PLACE),
    (&["-l", "unix:/run/x\ny"], "--listen \"unix:/run/x\\ny\"", PLACE),
    (&["--unix-mode"], "--unix-mode", "0 to 777"),
    (&["--unix-mode", "0o660"], "--unix-mode \"0o660\"", "0 to 777"),
    (&["--unix-mode", "680"], "--unix-mode \"680\"", "0 to 777"),
    (&["--unix-mode", "1777"], "--unix-mode \"1777\"", "0 to 777"),
    (&["--unix-mode=rw"], "--unix-mode \"rw\"", "as in 660"),
    (&["--keepalive"], "--keepalive", "or off"),
    (&["--keepalive", "0"], "--keepalive \"0\"", "or off"),
    (&["--keepalive", "999ms"], "--keepalive \"999ms\"", "1s to 32767s"),
    (&["--keepalive", "60"], "--keepalive \"60\"", "1s to 32767s"),
    (&["--keepalive", "32768s"], "--keepalive \"32768s\"", "1s to 32767s"),
    (&["--keepalive", "10h"], "--keepalive \"10h\"", "1s to 32767s"),
    (&["--keepalive", "forever"], "--keepalive \"forever\"", "or off"),
    (&["no such host:80"], "ADDR \"no such host\"", "a host that can be found"),
    (&["--no-such-option"], "--no-such-option", "see --help"),
    (&["--no-such\noption=1"], "--no-such\\noption", "see --help"),
    (&["-x"], "-x", "see --help"),
    (&["-vx"], "-x", "see --help"),
    (&["--verbose=2"], "--verbose \"2\"", "no value"),
    (&["127.0.0.1:0", "--max-queue", "0"], "--max-queue \"0\"", "4k to 1G"),
];

#[track_caller]
fn assert_is_refused(what: &dyn Debug, ended: &Ended, names: &str, takes: &str) {
    let line = ended.errors.strip_suffix('\n').unwrap_or_default();
    assert_eq!(ended.status.code(), Some(2), "{what:?}: {ended:?}");
    assert_eq!(line.lines().count(), 1, "{what:?}: {ended:?}");
    assert!(line.starts_with("pollcast: "), "{what:?}: {line}");
    assert!(line.contains(names) && line.contains(takes), "{what:?}: {line}");
    assert_eq!(ended.output, "", "{what:?}");
}

#[test]
fn a_wrong_value_is_one_line_that_names_the_option_and_exit_status_2() {
    for (arguments, names, takes) in WRONG {
        assert_is_refused(arguments, &run(*arguments), names, takes);
    }
}

#[test]
fn what_is_not_utf_8_is_wrong_like_anything_else() {
    let cases: [(&[&[u8]], &str, &str); 6] = [
        (&[b"--max-queue", b"1\xff"], "--max-queue \"1\\xFF\"", "4k to 1G"),
        (&[b"--patience=\xff"], "--patience \"\\xFF\"", "forever"),
        (&[b"--max-clients", b"\xff"], "--max-clients \"\\xFF\"", "1 to 4294967295"),
        (&[b"\xff:80"], "ADDR \"\\xFF:80\"", PLACE),
        (&[b"--\xff"], "--\u{fffd}", "see --help"),
        (&[b"-\xff"], "-\u{fffd}", "see --help"),
    ];
    for (arguments, names, takes) in cases {
        let arguments = arguments.iter().map(|bytes| OsStr::from_bytes(bytes));
        let arguments: Vec<OsString> = arguments.map(OsStr::to_owned).collect();
        assert_is_refused(&arguments, &run(&arguments), names, takes);
    }
}

#[test]
fn a_wrong_value_is_found_before_anything_is_bound() {
    // Binding it first would end in a failure with status 1.
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("it has one").to_string();
    let ended = run([address.as_str(), "--patience", "soon"]);
    assert_is_refused(&address, &ended, "--patience \"soon\"", "500ms");
}

#[test]
fn help_lists_each_option_and_knows_each_that_it_lists() {
    let help = run(["--help"]);
    assert!(help.status.success() && help.errors.is_empty(), "{help:?}");
    assert_eq!(run(["-h"]).output, help.output);
    assert!(help.output.lines().all(|line| line.len() <= 100), "too wide for a terminal");
    let words = help.output.split(|c: char| c.is_whitespace() || c == ',');
    let listed: Vec<&str> = words.filter(|word| word.starts_with('-')).collect();
    for option in listed {
        // The words are wrong as a value and as an address, if not as a file: nothing is served.
        let ended = run([option, "wrong", "wrong"]);
        assert!(!ended.errors.contains("no such option"), "{option}: {}", ended.errors);
    }
}

#[test]
fn version_is_one_line_with_the_name_and_the_number() {
    let version = concat!("pollcast ", env!("CARGO_PKG_VERSION"), "\n");
    for option in ["-V", "--version"] {
        let ended = run([option]);
        assert!(ended.status.success());
        assert_eq!((ended.output.as_str(), ended.errors.as_str()), (version, ""));
    }
}

#[test]
fn unless_told_otherwise_it_takes_as_many_clients_as_the_hard_descriptor_limit_allows() {
    let mut server = Process::start(&mut with_descriptors(40, 64, &["127.0.0.1:0"]));
    let address = server.address();
    // 64 less the reserve of 32; the soft limit alone would leave 8.
    let members: Vec<TcpStream> = (0..32).map(|_| join(address)).collect();
    assert!(is_ended(&mut connect(address)), "one more than descriptors allow");
    server.signal(Signal::TERM);
    drop(members);
    let errors = server.end().errors;
    assert!(errors.contains(" joined=32 refused=1 "), "{errors}");
}

#[test]
fn more_clients_than_descriptors_are_taken_with_one_line_of_warning() {
    // 64 less the reserve of 32.
    for (clients, is_too_many) in [("32", false), ("33", true), ("1000", true)] {
        let arguments = ["--max-clients", clients, "127.0.0.1:0"];
        let mut server = Process::start(&mut with_descriptors(64, 64, &arguments));
        server.address();
        server.signal(Signal::TERM);
        let ended = server.end();
        assert!(ended.status.success());
        let warnings = ended.errors.lines().filter(|line| line.starts_with("warn:"));
        let warnings: Vec<&str> = warnings.collect();
        assert_eq!(warnings.len(), usize::from(is_too_many), "{ended:?}");
        let option = format!("--max-clients {clients}: ");
        assert!(warnings.iter().all(|warning| warning.contains(&option)), "{warnings:?}");
    }
}

#[test]
fn the_limits_on_the_command_line_are_those_that_it_runs_with() {
    for (max_queue, evicted) in [("16k", 1.0), ("64M", 0.0)] {
        let server = Server::start(&["--max-queue", max_queue, "--patience", "0"]);
        let mut talker = server.join();
        let stalled = server.connect_small(4096);
        // Far more than the kernel holds for one who does not read.
        for _ in 0..600 {
            talker.write_all(&[b'x'; 20_000]).expect("it reads");
            take(&mut talker, 20_000);
        }
        drop((talker, stalled));
        let counters = server.stop();
        assert_eq!(counters["evicted"], evicted, "{max_queue}");
        assert!(counters["waited"] < 0.5, "{max_queue}: it had patience, a second by default");
    }
}
