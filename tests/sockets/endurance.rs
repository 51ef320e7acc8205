//! Promise 6: churn, resets and floods end nothing and leave nothing behind.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use socket2::SockRef;

use crate::harness::{LIMIT, Server, alone, take, wait_until};

/// Memory that the allocator may keep for itself.
const SLACK: usize = 1 << 20;

/// Runs something twice, the first time to warm up; then nothing more may be held than before.
fn leaves_nothing_behind(server: &Server, mut disturb: impl FnMut()) {
    let descriptors = server.descriptors();
    disturb();
    let until_idle = || {
        wait_until("all are gone", LIMIT, || server.descriptors() <= descriptors);
    };
    until_idle();
    let memory = server.memory("VmRSS");
    disturb();
    until_idle();
    let after = server.memory("VmRSS");
    assert!(after <= memory + SLACK, "{memory} bytes before, {after} after");
}

#[test]
fn two_thousand_resets_are_survived_and_leave_nothing_behind() {
    let _alone = alone();
    let server = Server::start(&[]);
    leaves_nothing_behind(&server, || {
        for _ in 0..1_000 {
            let mut client = server.connect();
            client.write_all(b"x").expect("it reads");
            SockRef::from(&client).set_linger(Some(Duration::ZERO)).expect("an option");
        }
    });
    server.join();
    assert_eq!(server.stop()["joined"], 2001.0);
}

#[test]
fn twenty_thousand_connects_and_closes_are_survived_and_leave_nothing_behind() {
    let _alone = alone();
    let server = Server::start(&[]);
    leaves_nothing_behind(&server, || {
        for batch in 0..100 {
            let clients: Vec<_> = (0..100).map(|_| server.connect()).collect();
            drop(clients);
            // A byte that comes back says that the backlog was served.
            assert_eq!(take(&mut server.join(), 0).len(), 0, "batch {batch}");
        }
    });
    assert_eq!(server.stop()["joined"], 20_200.0);
}

#[test]
fn three_hundred_thousand_writes_of_one_byte_past_one_who_never_reads_stay_small() {
    let _alone = alone();
    let server = Server::start(&["--patience", "forever"]);
    let mut clients = server.gather(2);
    let stalled = server.connect_small(4096);
    let mut reader = clients.remove(1);
    let before = server.memory("VmRSS");
    let mut writer = clients.remove(0);
    let mut own = writer.try_clone().expect("a clone");
    let echo = std::thread::spawn(move || take(&mut own, 300_000).len());
    let got = std::thread::spawn(move || take(&mut reader, 300_000).len());
    (0..300_000).for_each(|_| writer.write_all(b"1").expect("it reads"));
    assert_eq!((echo.join().expect("read"), got.join().expect("read")), (300_000, 300_000));
    let grown = server.memory("VmRSS").saturating_sub(before);
    eprintln!("300,000 single bytes past a stalled reader: {grown} bytes more");
    assert!(grown < 2 << 20, "{grown} bytes for 300,000 that wait");
    drop(stalled);
}

#[test]
fn a_log_that_nobody_reads_holds_up_nobody() {
    let _alone = alone();
    let mut child = Command::new(env!("CARGO_BIN_EXE_pollcast"))
        .args(["-vv", "127.0.0.1:0"])
        .env_remove("RUST_LOG")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut line = [0; 64];
    let read = child.stdout.as_mut().expect("piped").read(&mut line).expect("it says where");
    let text = String::from_utf8_lossy(&line[..read]);
    let address = text.trim().rsplit(' ').next().expect("an address").to_owned();
    for _ in 0..200 {
        let mut client = std::net::TcpStream::connect(&address).expect("it accepts");
        client.set_read_timeout(Some(LIMIT)).expect("a timeout");
        client.write_all(b"served").expect("it reads");
        assert_eq!(take(&mut client, 6), b"served");
    }
    kill_process(Pid::from_child(&child), Signal::TERM).expect("it runs");
    wait_until("it ends", LIMIT, || child.try_wait().expect("a child").is_some());
    let mut log = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut log).expect("text");
    assert!(log.lines().count() > 100, "too little was logged to fill a pipe");
    assert!(!log.contains("summary"), "the pipe was not full: {} bytes", log.len());
}
