//! Ten workloads, faults among them. Each is recorded, and run again without sockets: it makes the
//! same turns and the same decisions, byte for byte. Each has to meet what it is named after.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::process::Stdio;
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::harness::{LIMIT, next_line, noise, take, wait_until};
use crate::recorded::{TraceFile, has, pollcast, record, stall_and_recover, talk_until};

const MANY: usize = 1024;

/// Runs a trace again. It has to be the same, and to have an event of that name of which `met`
/// holds.
#[track_caller]
fn assert_the_same_again(trace: &TraceFile, name: &str, met: impl Fn(&Value) -> bool) {
    assert!(has(&trace.events(), name, met), "the workload met no such {name}");
    let replayed = trace.replayed();
    let said = String::from_utf8_lossy(&replayed.stdout).into_owned();
    let problem = String::from_utf8_lossy(&replayed.stderr).into_owned();
    assert!(replayed.status.success() && said.starts_with("the same: "), "{said}{problem}");
}

#[test]
fn a_quiet_chat_is_the_same_when_it_is_run_again() {
    let trace = record(MANY, &[], |server| {
        let mut clients = server.gather(3);
        for _ in 0..10 {
            clients[0].write_all(b"hello\n").expect("it reads");
            clients.iter_mut().for_each(|client| drop(take(client, 6)));
        }
    });
    assert_the_same_again(&trace, "fans_out", |args| args["bytes"] == 6 && args["clients"] == 3);
}

#[test]
fn a_burst_of_ten_talkers_is_the_same_when_it_is_run_again() {
    let trace = record(MANY, &[], |server| {
        let clients = server.gather(10);
        let words = noise(20_000, 1);
        thread::scope(|scope| {
            for mut client in &clients {
                let words = &words;
                scope.spawn(move || client.write_all(words).expect("it reads"));
                scope.spawn(move || take(&mut client, 200_000));
            }
        });
    });
    assert_the_same_again(&trace, "read", |args| args["bytes"].as_u64() > Some(1_000));
}

#[test]
fn a_reader_that_stalls_and_recovers_is_the_same_when_it_is_run_again() {
    let arguments = ["--max-queue", "256k", "--patience", "forever"];
    let trace = record(MANY, &arguments, |server| {
        stall_and_recover(server);
    });
    assert_the_same_again(&trace, "waited", |args| args["took"].as_u64() > Some(0));
}

#[test]
fn one_that_never_reads_and_is_evicted_is_the_same_when_it_is_run_again() {
    let arguments = ["--max-queue", "64k", "--patience", "0"];
    let trace = record(MANY, &arguments, |server| {
        let (talker, _stalled) = (server.join(), server.connect_small(4096));
        talk_until(&talker, "it is evicted", || server.counter("evicted") > 0.0);
    });
    assert_the_same_again(&trace, "left", |args| args["why"].to_string().contains("slow"));
}

#[test]
fn running_out_of_descriptors_is_the_same_when_it_is_run_again() {
    let trace = record(40, &["--max-clients", "1000"], |server| {
        let mut clients: Vec<TcpStream> = (0..60).map(|_| server.connect()).collect();
        wait_until("accepting pauses", LIMIT, || server.logged("accepting paused") > 0);
        let joined = server.counter("joined");
        clients.drain(..5);
        wait_until("others get in", LIMIT, || server.counter("joined") > joined);
    });
    assert_the_same_again(&trace, "accept", |args| args["errno"] == "EMFILE");
}

#[test]
fn clients_that_reset_and_clients_that_half_close_are_the_same_when_it_is_run_again() {
    let trace = record(MANY, &[], |server| {
        let mut clients = server.gather(4);
        clients[0].write_all(&[b'x'; 1000]).expect("it reads");
        take(&mut clients[1], 1000);
        take(&mut clients[2], 1000);
        // With its echo unread, closing resets.
        drop(clients.remove(3));
        clients[1].shutdown(Shutdown::Write).expect("it is open");
        wait_until("both are gone", LIMIT, || {
            server.counter("left") + server.counter("reset") == 2.0
        });
    });
    assert_the_same_again(&trace, "left", |args| args["why"] == "left");
}

#[test]
fn lines_in_pieces_and_one_that_is_too_long_are_the_same_when_it_is_run_again() {
    let arguments = ["--framing", "line", "--max-line", "100", "--no-echo"];
    let trace = record(MANY, &arguments, |server| {
        let mut clients: Vec<TcpStream> = (0..3).map(|_| server.connect()).collect();
        wait_until("they are in", LIMIT, || server.counter("joined") == 3.0);
        for piece in ["one\ntw", "o\n\nthree\nfo", "ur\n"] {
            clients[0].write_all(piece.as_bytes()).expect("it reads");
        }
        assert_eq!(take(&mut clients[1], 20), b"one\ntwo\n\nthree\nfour\n"[..20]);
        clients[2].write_all(&[b'x'; 200]).expect("it reads");
        wait_until("it is evicted", LIMIT, || server.counter("lines_too_long") == 1.0);
    });
    assert_the_same_again(&trace, "read", |args| {
        args["line_feeds"].as_array().is_some_and(|ends| ends.len() > 1)
    });
}

#[test]
fn gathered_input_and_interest_asked_for_once_are_the_same_when_it_is_run_again() {
    let trace = record(MANY, &["--linger", "5ms", "--interest", "once"], |server| {
        let mut clients = server.gather(3);
        for _ in 0..5 {
            clients[0].write_all(b"x").expect("it reads");
            clients.iter_mut().for_each(|client| drop(take(client, 1)));
        }
    });
    assert_the_same_again(&trace, "holds", |args| args["why"].to_string().contains("more may"));
}

#[test]
fn refusals_and_idle_clients_are_the_same_when_it_is_run_again() {
    let arguments = ["--max-clients", "2", "--idle-timeout", "100ms"];
    let trace = record(MANY, &arguments, |server| {
        let _clients: Vec<TcpStream> = (0..3).map(|_| server.connect()).collect();
        wait_until("one is refused", LIMIT, || server.counter("refused") >= 1.0);
        wait_until("the others are let go", LIMIT, || server.counter("idle") >= 2.0);
    });
    assert_the_same_again(&trace, "refused", |args| args["why"].is_string());
}

/// A change of the loop that changes decisions records the sample anew: .ci/timeline --sample.
#[test]
fn the_sample_that_ships_is_the_same_when_it_is_run_again() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/traces/stalled-reader.json");
    let replayed = pollcast(&["--replay", sample]);
    let said = String::from_utf8_lossy(&replayed.stdout).into_owned();
    assert!(said.starts_with("the same: 36 turns"), "{said}{replayed:?}");
}

#[test]
fn a_server_that_was_killed_is_the_same_up_to_where_its_trace_was_cut() {
    let file = TraceFile::new();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_pollcast"));
    command.args(["127.0.0.1:0", "--trace", file.path()]).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::null()).spawn().expect("it starts");
    let mut output = std::io::BufReader::new(child.stdout.take().expect("piped"));
    let line = next_line(&mut output);
    let address = line.trim().strip_prefix("listening on ").expect("an address");
    let mut client = TcpStream::connect(address).expect("it accepts");
    client.write_all(b"x").expect("it reads");
    take(&mut client, 1);
    // A wait that may block comes after everything was written.
    wait_until("the echo is in the trace", LIMIT, || file.text().contains("\"bytes\":1"));
    kill_process(Pid::from_child(&child), Signal::KILL).expect("it runs");
    child.wait().expect("a child");

    let whole = file.text();
    assert!(!whole.ends_with("]\n"), "it was killed");
    for cut in [whole.len(), whole.len() - 1, whole.len() - 30, whole.len() / 2] {
        file.write(&whole[..cut]);
        let replayed = file.replayed();
        let said = String::from_utf8_lossy(&replayed.stdout).into_owned();
        assert!(said.starts_with("the same: "), "{said}{replayed:?}");
    }
}
