//! Promise 6: churn, resets and floods end nothing and leave nothing behind.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use crate::harness::{LIMIT, Server, alone, is_answered, take, together, wait_until};

/// Memory that the allocator may come to keep for itself: less than one slot for each client that
/// came and went.
const SLACK: usize = 64 << 10;

/// Runs something twice, the first time to warm up; then no descriptor may be held, and no more
/// memory than after the first time.
fn leaves_nothing_behind(server: &Server, mut disturb: impl FnMut()) {
    let descriptors = server.descriptors();
    let mut memory = [0; 2];
    for after in &mut memory {
        disturb();
        wait_until("all descriptors are closed", LIMIT, || server.descriptors() == descriptors);
        *after = server.memory("RssAnon");
    }
    eprintln!("after one round and after two: {memory:?} bytes, {descriptors} descriptors");
    assert!(memory[1] <= memory[0] + SLACK, "{memory:?} bytes after one round, and after two");
}

#[test]
fn two_thousand_resets_are_survived_and_leave_nothing_behind() {
    let _together = together();
    let server = Server::start(&[]);
    let member = server.join();
    leaves_nothing_behind(&server, || {
        for _ in 0..20 {
            for _ in 0..50 {
                let mut client = server.connect();
                client.write_all(b"x").expect("it reads");
                SockRef::from(&client).set_linger(Some(Duration::ZERO)).expect("an option");
            }
            is_answered(&member);
        }
    });
    let counters = server.stop();
    assert_eq!((counters["joined"], counters["reset"]), (2_001.0, 2_000.0));
}

#[test]
fn twenty_thousand_connects_and_closes_are_survived_and_leave_nothing_behind() {
    let _together = together();
    let server = Server::start(&[]);
    let member = server.join();
    leaves_nothing_behind(&server, || {
        for _ in 0..100 {
            let clients: Vec<_> = (0..100).map(|_| server.connect()).collect();
            drop(clients);
            is_answered(&member);
        }
    });
    let counters = server.stop();
    assert_eq!(counters["joined"], 20_001.0);
}

#[test]
fn three_hundred_thousand_writes_of_one_byte_past_one_who_never_reads_stay_small() {
    let _together = together();
    let server = Server::start(&["--patience", "forever"]);
    let clients = server.gather(2);
    let (before, mut peak) = (server.memory("RssAnon"), 0);
    leaves_nothing_behind(&server, || {
        let stalled = server.connect_small(4096);
        // The kernel takes some of this, and then nothing more: all that follows has to wait.
        flood(&clients, &[b'0'; 400_000], 400_000);
        flood(&clients, &[b'1'; 150_000], 1);
        peak = peak.max(server.memory("RssAnon"));
        drop(stalled);
    });
    let grown = peak.saturating_sub(before);
    let counters = server.stop();
    let queued = counters["queue_peak"] as usize;
    eprintln!("300,000 single bytes past a stalled reader: {grown} bytes more, {queued} queued");
    assert_eq!(counters["bytes_in"], 1_100_002.0);
    assert!(queued > 300_000, "{queued} bytes have waited, too few to tell");
    // The read buffer, which nobody had filled before, and a few blocks that are not full.
    assert!(grown < queued + (256 << 10), "{grown} bytes for {queued} that wait");
}

/// The first client writes this in pieces; both receive it.
fn flood(clients: &[TcpStream], data: &[u8], piece: usize) {
    thread::scope(|scope| {
        for client in clients {
            let mut client = client.try_clone().expect("a clone");
            scope.spawn(move || assert!(take(&mut client, data.len()) == data, "other bytes"));
        }
        let mut writer = &clients[0];
        data.chunks(piece).for_each(|piece| writer.write_all(piece).expect("it reads"));
    });
}

#[test]
fn a_log_that_nobody_reads_holds_up_nobody() {
    let _alone = alone();
    let server = Server::start_with_stuck_log(&["-vv"]);
    for number in 0..1_000 {
        let took = is_answered(&server.connect());
        assert!(took < Duration::from_secs(1), "client {number} had to wait {took:?}");
    }
    let log = server.stop_and_read_log();
    let joined = log.matches(" joined from ").count();
    assert!((20..1_000).contains(&joined), "the pipe took {joined} of 1,000 clients' lines");
    assert!(!log.contains("summary"), "the pipe was not full: {} bytes", log.len());
    let is_whole = |line: &&str| {
        ["trace: ", "debug: ", "info: ", "warn: "].iter().any(|level| line.starts_with(level))
    };
    let torn = log.lines().find(|line| !is_whole(line));
    assert_eq!(torn, None, "lines are taken whole or not at all");
}
