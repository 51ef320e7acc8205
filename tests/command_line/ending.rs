//! Signals: the first one drains; a second one, unless it is SIGHUP, ends it at once.

use std::io::{self, ErrorKind, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::harness::{LIMIT, Server, take, wait_until};
use crate::process::{Process, command, join};

const SIGNALS: [Signal; 3] = [Signal::TERM, Signal::INT, Signal::HUP];

#[test]
fn each_signal_drains_and_ends_with_the_summary_and_exit_status_0() {
    for signal in SIGNALS {
        let mut server = Process::start(&mut command(["127.0.0.1:0"]));
        let client = join(server.address());
        server.signal(signal);
        drop(client);
        let ended = server.end();
        assert!(ended.status.success(), "{signal:?}: {ended:?}");
        let last = ended.errors.lines().last().unwrap_or_default();
        let counters = last.strip_prefix("info: summary: ").unwrap_or_else(|| panic!("{ended:?}"));
        assert_eq!(ended.errors.matches("summary:").count(), 1, "{signal:?}: {ended:?}");
        for counter in ["joined=1", "bytes_in=1", "bytes_out=1", "lines_dropped=0"] {
            assert!(counters.split(' ').any(|word| word == counter), "{signal:?}: {last}");
        }
        let waited = counters.split(' ').find_map(|word| word.strip_prefix("waited="));
        assert!(waited.is_some_and(|time| time.parse() == Ok(0.0) && time.contains('.')), "{last}");
    }
}

#[test]
fn a_signal_to_a_server_at_rest_ends_its_wait() {
    for signal in SIGNALS {
        let mut server = Server::start(&[]);
        server.come_to_rest();
        server.signal(signal);
        assert!(server.wait().success(), "{signal:?}");
    }
}

#[test]
fn a_signal_that_comes_as_soon_as_it_listens_is_not_lost() {
    for round in 0..60 {
        let mut server = Process::start(&mut command(["127.0.0.1:0"]));
        server.address();
        server.signal(SIGNALS[round % 3]);
        let ended = server.end();
        assert!(ended.status.success(), "round {round}: {ended:?}");
    }
}

#[test]
fn a_signal_in_the_middle_of_traffic_is_not_lost() {
    for round in 0..20 {
        let arguments = ["-q", "--drain-timeout", "20ms", "127.0.0.1:0"];
        let mut server = Process::start(&mut command(arguments));
        let mut client = join(server.address());
        let mut reader = client.try_clone().expect("a clone");
        let read = thread::spawn(move || io::copy(&mut reader, &mut io::sink()));
        let written = thread::spawn(move || while client.write_all(&[b'.'; 64]).is_ok() {});
        server.signal(SIGNALS[round % 3]);
        let ended = server.end();
        assert!(ended.status.success(), "round {round}: {ended:?}");
        let _end_or_reset = read.join().expect("it ends with the connection");
        written.join().expect("it ends with the connection");
    }
}

/// A client that never reads, with as much queued for it as there may be: it holds up a drain.
fn stall(server: &Server) -> TcpStream {
    let mut stalled = server.connect_small(4096);
    stalled.set_nonblocking(true).expect("an option");
    wait_until("a client that never reads is full", LIMIT, || {
        match stalled.write(&[b'.'; 16 << 10]) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => panic!("{error}"),
            _ => server.logged("Full {") > 0,
        }
    });
    stalled
}

#[test]
fn who_takes_nothing_holds_up_the_end_for_the_drain_timeout_and_no_longer() {
    let limits = ["-vv", "--max-queue", "64k", "--patience", "forever", "--drain-timeout", "100ms"];
    let mut server = Server::start(&limits);
    let _stalled = stall(&server);
    let began = Instant::now();
    server.signal(Signal::TERM);
    assert!(server.wait().success());
    let took = began.elapsed();
    // The default is five seconds.
    assert!((Duration::from_millis(90)..Duration::from_secs(2)).contains(&took), "{took:?}");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let limits = ["-vv", "--max-queue", "64k", "--patience", "forever", "--drain-timeout", "1h"];
    for (first, second) in [(Signal::TERM, Signal::INT), (Signal::INT, Signal::TERM)] {
        let mut server = Server::start(&limits);
        let _stalled = stall(&server);
        server.signal(first);
        wait_until("it drains", LIMIT, || server.logged("draining") > 0);
        // Nothing but this ends it: the client never takes what the drain has for it.
        server.signal(second);
        assert_eq!(server.wait().code(), Some(1));
    }
}

#[test]
fn a_hang_up_together_with_another_signal_cuts_nothing_short() {
    for first in [Signal::TERM, Signal::INT, Signal::HUP] {
        let mut server = Server::start(&[]);
        let mut clients = server.gather(2);
        clients[0].write_all(&[b'x'; 100_000]).expect("it reads");
        server.signal(first);
        server.signal(Signal::HUP);
        assert_eq!(take(&mut clients[1], 100_000).len(), 100_000);
        drop(clients);
        assert_eq!(server.wait().code(), Some(0), "{first:?}");
    }
}
