//! The trace in words; and what stands in neither.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use crate::harness::{next_line, take};
use crate::recorded::{pollcast, record};

#[test]
fn a_narration_has_a_line_for_each_call_with_its_answer_and_what_comes_next_and_why() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pollcast"));
    command.args(["127.0.0.1:0", "--narrate"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("it starts");
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    let line = next_line(&mut output);
    let address = line.trim().strip_prefix("listening on ").expect("an address");
    let mut client = TcpStream::connect(address).expect("it accepts");
    client.write_all(b"hello").expect("it reads");
    take(&mut client, 5);
    drop(client);
    let mut told = String::new();
    while !told.contains("is gone") {
        assert!(output.read_line(&mut told).expect("text") > 0, "it ended: {told}");
    }
    child.kill().expect("it runs");
    child.wait().expect("a child");
    for line in [
        "turn 1\n",
        "wait     waits: nothing is to be done, and there is no deadline\n",
        "listener 0: somebody connects\n",
        "accept   accept(listener 0) = a connection\n",
        "epoll_ctl(EPOLL_CTL_ADD, IN|PRI|RDHUP|ET)\n",
        "kevent(READ ADD|CLEAR|RECEIPT)\n",
        "accept   accept(listener 0) = EAGAIN\n",
        "read     read(client 0, 131072) = 5, short",
        "client 0: that was all: an event will tell when there is more\n",
        "fan out  5 bytes for 1 client\n",
        "fan out  write(client 0, 5) = 5\n",
        "read     read(client 0, 131072) = 0, the end of the stream\n",
        "reap     close(client 0)\n",
    ] {
        // On mio's poll(2) backend a short read says nothing.
        let is_here = told.contains(line) || cfg!(mio_unsupported_force_poll_poll);
        assert!(is_here, "{line:?} is not in:\n{told}");
    }
}

#[test]
fn a_narration_of_a_recorded_run_is_that_of_the_run() {
    let trace = record(1024, &[], |server| {
        let mut clients = server.gather(2);
        clients[0].write_all(b"hello").expect("it reads");
        clients.iter_mut().for_each(|client| drop(take(client, 5)));
    });
    let replayed = pollcast(&["--replay", trace.path(), "--narrate"]);
    let told = String::from_utf8_lossy(&replayed.stdout).into_owned();
    assert!(told.contains("write(client 1, 5) = 5") && told.contains("\nthe same: "), "{told}");
}

#[test]
fn no_word_that_was_said_is_in_a_trace_or_in_a_narration() {
    let trace = record(1024, &["--framing", "line"], |server| {
        let mut clients: Vec<TcpStream> = (0..2).map(|_| server.connect()).collect();
        clients[1].write_all(b"now\n").expect("it reads");
        take(&mut clients[1], 4);
        clients[0].write_all(b"xyzzy-secret\n").expect("it reads");
        clients.iter_mut().for_each(|client| drop(take(client, 13)));
    });
    let replayed = pollcast(&["--replay", trace.path(), "--narrate"]);
    let told = String::from_utf8_lossy(&replayed.stdout).into_owned();
    assert!(trace.text().contains("\"line_feeds\":[12]") && told.contains("the same: "), "{told}");
    assert!(!trace.text().contains("xyzzy") && !told.contains("xyzzy"));
}
