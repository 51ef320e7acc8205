//! The command line: what it takes, what it refuses, and what it says.

#![cfg(feature = "cli")]

mod harness;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use rustix::process::Signal;

use harness::{LIMIT, Server, take, wait_until};

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pollcast"));
    command.args(arguments).stdin(Stdio::null()).output().expect("the binary starts")
}

/// What it says when it refuses: one line.
#[track_caller]
fn refusal(arguments: &[&str], status: i32) -> String {
    let output = run(arguments);
    let text = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {text}");
    assert_eq!(text.matches('\n').count(), 1, "{arguments:?}: not one line: {text}");
    assert!(output.stdout.is_empty(), "{arguments:?}: it says more on standard output");
    text
}

#[test]
fn a_wrong_command_line_is_one_line_that_names_what_is_wrong_and_exit_status_2() {
    let wrong: &[(&[&str], &str)] = &[
        (&["--max-queue", "many"], "4k to 1G"),
        (&["--max-queue", "4095"], "4k to 1G"),
        (&["--max-queue", "2G"], "4k to 1G"),
        (&["--max-queue", "-1"], "4k to 1G"),
        (&["--max-queue", "1T"], "4k to 1G"),
        (&["--max-queue", "99999999999999999999"], "4k to 1G"),
        (&["--max-queue"], "4k to 1G"),
        (&["--patience", "1"], "forever"),
        (&["--patience", "soon"], "forever"),
        (&["--patience", "1.5s"], "500ms"),
        (&["--patience", "99999999999h"], "500ms"),
        (&["--max-clients", "0"], "1 to 4294967295"),
        (&["--max-clients", "+5"], "1 to 4294967295"),
        (&["--max-clients", "4294967296"], "1 to 4294967295"),
        (&["--drain-timeout", "5"], "5s"),
        (&["--drain-timeout", ""], "5s"),
        (&["localhost"], "HOST:PORT"),
        (&["127.0.0.1:"], "HOST:PORT"),
        (&["127.0.0.1:65536"], "0 to 65535"),
        (&["::1:8080"], "[V6]:PORT"),
        (&["[::1:8080"], "[V6]:PORT"),
        (&["-l", "unix:/nowhere"], "HOST:PORT"),
        (&["no.such.host.invalid:80"], "a host that can be found"),
        (&["--colour"], "--help"),
        (&["-x"], "--help"),
        (&["two\nlines:x"], "HOST:PORT"),
    ];
    for (arguments, takes) in wrong {
        let text = refusal(arguments, 2);
        assert!(text.starts_with("pollcast: "), "{arguments:?}: {text}");
        let named = arguments[0].trim_start_matches("-l").split([':', '\n']).next();
        assert!(text.contains(named.unwrap_or_default()), "{arguments:?}: {text}");
        assert!(text.contains(takes), "{arguments:?}: {text}");
    }
}

#[test]
fn an_argument_that_is_no_text_is_one_line_and_exit_status_2() {
    use std::os::unix::ffi::OsStrExt;
    let garbled = std::ffi::OsStr::from_bytes(b"\xff:80");
    let output = Command::new(env!("CARGO_BIN_EXE_pollcast")).arg(garbled).output().expect("runs");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stderr).matches('\n').count(), 1);
}

#[test]
fn a_port_in_use_is_one_line_and_exit_status_1() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("bound").to_string();
    let text = refusal(&[&address], 1);
    assert!(text.contains(&address) && text.contains("in use"), "{text}");
    let text = refusal(&["127.0.0.1:0", &address], 1);
    assert!(text.contains(&address), "{text}");
}

#[test]
fn an_address_of_another_machine_is_one_line_and_exit_status_1() {
    assert!(refusal(&["192.0.2.1:8080"], 1).contains("192.0.2.1:8080"));
}

#[test]
fn the_help_names_every_option_and_the_version_is_the_package_s() {
    let help = String::from_utf8(run(&["--help"]).stdout).expect("text");
    let options = ["--listen", "--max-queue", "--patience", "--max-clients", "--drain-timeout"];
    let more = ["--verbose", "--quiet", "--help", "--version"];
    for option in options.iter().chain(&more) {
        assert!(help.contains(option), "{option} is not in the help");
    }
    assert!(help.lines().all(|line| line.len() <= 100));
    assert_eq!(run(&["-h"]).stdout, help.as_bytes());
    let version = format!("pollcast {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(run(&["-V"]).stdout, version.as_bytes());
    assert_eq!(run(&["--version"]).stdout, version.as_bytes());
}

/// A server on these addresses, and what it says of where it listens.
fn listening(arguments: &[&str]) -> (std::process::Child, Vec<String>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pollcast"))
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let addresses = arguments.iter().filter(|argument| argument.contains(':')).count();
    let (mut text, output) = (String::new(), child.stdout.as_mut().expect("piped"));
    let mut byte = [0];
    while text.matches('\n').count() < addresses.max(1) {
        output.read_exact(&mut byte).expect("it says where it listens");
        text.push(byte[0].into());
    }
    let place = |line: &str| line.strip_prefix("listening on ").expect("that").to_owned();
    (child, text.lines().map(place).collect())
}

#[track_caller]
fn echoes(address: &str) {
    let mut client = TcpStream::connect(address).expect("it accepts");
    client.set_read_timeout(Some(LIMIT)).expect("a timeout");
    client.write_all(b"here").expect("it reads");
    assert_eq!(take(&mut client, 4), b"here", "{address}");
}

#[test]
fn several_addresses_are_served_and_told_one_a_line_at_any_verbosity() {
    for verbosity in ["-q", "-v", "-qq", "--verbose", "--quiet"] {
        let arguments = [verbosity, "127.0.0.1:0", "--listen", "127.0.0.2:0", "-l", "localhost:0"];
        let (mut child, places) = listening(&arguments);
        assert!(places[0].starts_with("127.0.0.1:") && places[1].starts_with("127.0.0.2:"));
        places.iter().for_each(|place| echoes(place));
        child.kill().expect("it runs");
        child.wait().expect("a child");
    }
}

#[test]
fn a_port_alone_is_all_interfaces_in_both_families() {
    let (mut child, places) = listening(&[":0"]);
    let port = places[0].rsplit(':').next().expect("a port");
    echoes(&format!("127.0.0.1:{port}"));
    if TcpListener::bind("[::1]:0").is_ok() {
        echoes(&format!("[::1]:{port}"));
    } else {
        eprintln!("there is no IPv6 on this machine: IPv4 alone was tested");
    }
    child.kill().expect("it runs");
    child.wait().expect("a child");
}

#[test]
fn an_ipv6_address_is_that_family_alone() {
    if TcpListener::bind("[::1]:0").is_err() {
        eprintln!("there is no IPv6 on this machine: nothing was tested");
        return;
    }
    let (mut child, places) = listening(&["[::1]:0"]);
    echoes(&places[0]);
    child.kill().expect("it runs");
    child.wait().expect("a child");
}

#[test]
fn the_log_is_as_loud_as_it_was_asked_to_be() {
    // What each level shows: a joining (debug), a phase (trace), the summary (info).
    let levels: &[(&[&str], [bool; 3])] = &[
        (&[], [false, false, true]),
        (&["-v"], [true, false, true]),
        (&["-vv"], [true, true, true]),
        (&["-v", "--quiet"], [false, false, true]),
        (&["-q"], [false, false, false]),
        (&["-qq"], [false, false, false]),
    ];
    for (arguments, shown) in levels {
        let mut server = Server::start(arguments);
        server.join();
        server.signal(Signal::TERM);
        assert!(server.wait().success());
        if shown[2] {
            wait_until("the summary is read", LIMIT, || server.logged("info: summary:") == 1);
        }
        let found = ["joined from", "FanOut", "summary"].map(|what| server.logged(what) > 0);
        assert_eq!(found, *shown, "{arguments:?}: {:#?}", server.log());
    }
}

#[test]
fn rust_log_wins_over_the_options() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pollcast"));
    command.args(["-qq", "127.0.0.1:0"]).env("RUST_LOG", "debug").stderr(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary starts");
    let mut line = [0; 14];
    child.stdout.as_mut().expect("piped").read_exact(&mut line).expect("it listens");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, Signal::TERM).expect("it runs");
    let output = child.wait_with_output().expect("it ends");
    assert!(String::from_utf8_lossy(&output.stderr).contains("info: summary:"));
}

#[test]
fn more_clients_than_descriptors_are_served_as_they_come_and_a_line_warns() {
    let server = Server::start_with_descriptors(64, &["--max-clients", "1000"]);
    wait_until("it warns", LIMIT, || server.logged("descriptors allow 32") == 1);
}

#[test]
fn by_default_it_refuses_those_for_whom_there_are_no_descriptors() {
    let server = Server::start_with_descriptors(64, &[]);
    let members: Vec<TcpStream> = (0..32).map(|_| server.join()).collect();
    let mut refused = server.connect();
    assert_eq!(refused.read(&mut [0]).unwrap_or(0), 0, "an end or a reset");
    drop(members);
    assert_eq!(server.stop()["refused"], 1.0);
}

#[test]
fn a_small_queue_without_patience_evicts_at_once_what_a_large_one_keeps() {
    for (arguments, evicted) in [
        (["--max-queue", "16k", "--patience", "0"], 1.0),
        (["--max-queue", "64M", "--patience", "0"], 0.0),
    ] {
        let server = Server::start(&arguments);
        let mut clients = server.gather(1);
        let stalled = server.connect();
        for _ in 0..300 {
            clients[0].write_all(&[b'x'; 20_000]).expect("it reads");
            take(&mut clients[0], 20_000);
        }
        drop(clients);
        drop(stalled);
        assert_eq!(server.stop()["evicted"], evicted, "{arguments:?}");
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut server = Server::start(&["--drain-timeout", "1h", "--patience", "forever"]);
    let mut clients = server.gather(1);
    let stalled = server.connect_small(4096);
    clients[0].set_write_timeout(Some(Duration::from_millis(200))).expect("a timeout");
    let mut reader = clients[0].try_clone().expect("a clone");
    std::thread::spawn(move || while reader.read(&mut [0; 65536]).is_ok_and(|read| read > 0) {});
    while clients[0].write(&[b'x'; 65536]).is_ok() {}
    server.signal(Signal::TERM);
    wait_until("it drains", LIMIT, || server.logged("draining") == 1);
    server.signal(Signal::TERM);
    assert_eq!(server.wait().code(), Some(1));
    drop(stalled);
}
