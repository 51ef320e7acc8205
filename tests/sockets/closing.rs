//! Promise 7: it leaves cleanly, and so do its clients.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use socket2::SockRef;

use crate::harness::{LIMIT, Over, Server, alone, noise, swallow, take, together, wait_until};

/// Everything up to the end of the stream.
fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("an end of stream, not a reset");
    bytes
}

#[test]
fn one_who_says_bye_and_ends_its_stream_gets_bye_and_the_end_of_the_stream() {
    let _together = together();
    let server = Server::start(&[]);
    let mut client = server.connect();
    client.write_all(b"bye").expect("it reads");
    client.shutdown(Shutdown::Write).expect("connected");
    assert_eq!(rest(&mut client), b"bye");
    let counters = server.stop();
    assert_eq!((counters["left"], counters["reset"]), (1.0, 0.0));
}

#[test]
fn one_who_leaves_a_busy_room_gets_everything_up_to_its_own_last_byte() {
    let _together = together();
    let server = Server::start(&["--patience", "forever"]);
    let mut clients = server.gather(2);
    let (talker, mut leaver) = (clients.remove(0), clients.remove(0));
    let (over, data) = (Over::default(), noise(4 << 20, 3));
    thread::scope(|scope| {
        let _end = over.at_the_end([&talker]);
        scope.spawn(|| swallow(&talker, &over, |_| {}));
        scope.spawn(|| (&talker).write_all(&data).expect("it reads"));
        // More than the buffers on the way hold is still to come when it leaves.
        let start = take(&mut leaver, 1 << 20);
        leaver.write_all(b"the end").expect("it reads");
        leaver.shutdown(Shutdown::Write).expect("connected");
        let mut got = [start, rest(&mut leaver)].concat();
        let own = got.windows(7).position(|window| window == b"the end");
        let own = own.unwrap_or_else(|| panic!("its last words are not in {} bytes", got.len()));
        got.drain(own..own + 7);
        assert!(data.starts_with(&got), "bytes of the other are missing from its {}", got.len());
    });
}

#[test]
fn a_line_of_one_who_closes_at_once_with_echoes_unread_reaches_the_others() {
    let _together = together();
    let server = Server::start(&[]);
    let mut others = server.gather(2);
    for number in 0..50 {
        let mut hasty = server.connect();
        let line = format!("line {number:02}\n");
        hasty.write_all(line.as_bytes()).expect("it reads");
        wait_until("an echo is there, unread", LIMIT, || {
            hasty.peek(&mut [0; 8]).is_ok_and(|read| read > 0)
        });
        // Closed with unread bytes, the connection is reset; what was sent before still counts.
        hasty.write_all(line.as_bytes()).expect("it reads");
        drop(hasty);
        let expected = line.repeat(2).into_bytes();
        for other in &mut others {
            let got = take(other, expected.len());
            assert_eq!(String::from_utf8_lossy(&got), line.repeat(2), "line {number}");
        }
    }
}

#[test]
fn the_last_line_of_one_who_held_up_the_room_and_was_reset_reaches_the_others() {
    let _alone = alone();
    let server = Server::start(&["--patience", "forever"]);
    let clients = server.gather(2);
    let mut hasty = server.connect_small(4096);
    let over = Over::default();
    thread::scope(|scope| {
        let _end = over.at_the_end(&clients);
        let (talker, other) = (&clients[0], &mut clients[1].try_clone().expect("a clone"));
        scope.spawn(|| swallow(talker, &over, |_| {}));
        // It does not read: the room waits for it, and reads from nobody, not from it either.
        let mut writer = talker;
        scope.spawn(move || writer.write_all(&[b'x'; 3 << 20]).expect("it reads"));
        take(other, 700_000);
        server.come_to_rest();
        hasty.write_all(b"the last line").expect("there is room in the kernel");
        drop(hasty);
        let rest = take(other, (3 << 20) - 700_000 + 13);
        let found = rest.windows(13).any(|window| window == b"the last line");
        assert!(found, "the last line is missing, among {} bytes", rest.len());
    });
}

#[test]
fn what_is_on_the_way_at_sigterm_is_delivered_and_it_exits_with_0_in_half_a_second() {
    let _alone = alone();
    let data = noise(200_000, 4);
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let mut server = Server::start(&[]);
        let mut clients = server.gather(3);
        clients[0].write_all(&data).expect("it reads");
        server.signal(signal);
        let began = Instant::now();
        for client in &mut clients {
            let got = rest(client);
            assert!(got == data, "{} of {} bytes after {signal:?}", got.len(), data.len());
        }
        drop(clients);
        let status = server.wait();
        assert_eq!(status.code(), Some(0), "{signal:?}: {status}");
        let took = began.elapsed();
        eprintln!("{signal:?}: {took:?}");
        assert!(took < Duration::from_millis(500), "{took:?} after {signal:?}");
    }
}

#[test]
fn clients_that_never_answer_the_end_hold_up_the_exit_for_half_a_second_at_most() {
    let _alone = alone();
    let mut server = Server::start(&[]);
    let clients = server.gather(3);
    server.signal(Signal::TERM);
    let began = Instant::now();
    let status = server.wait();
    let took = began.elapsed();
    eprintln!("no answer to the end: {took:?}");
    assert_eq!(status.code(), Some(0), "{status}");
    assert!((0.2..0.6).contains(&took.as_secs_f64()), "{took:?}");
    drop(clients);
}

#[test]
fn a_client_that_never_reads_holds_up_the_exit_for_the_drain_timeout_at_most() {
    let _alone = alone();
    let arguments = ["--drain-timeout", "1s", "--patience", "forever", "--max-queue", "64k"];
    let mut server = Server::start(&arguments);
    let talker = server.join();
    let stalled = server.connect_small(4096);
    let over = Over::default();
    thread::scope(|scope| {
        let _end = over.at_the_end([&talker]);
        scope.spawn(|| swallow(&talker, &over, |_| {}));
        // Until it is full, the room waits for it, and the talker can write no more.
        SockRef::from(&talker).set_send_buffer_size(16 << 10).expect("an option");
        talker.set_write_timeout(Some(Duration::from_millis(200))).expect("a timeout");
        while (&talker).write(&[b'x'; 8192]).is_ok() {}
        server.signal(Signal::TERM);
        let began = Instant::now();
        let status = server.wait();
        let took = began.elapsed();
        eprintln!("one that never reads: {took:?}");
        assert_eq!(status.code(), Some(0), "{status}");
        assert!((0.9..1.3).contains(&took.as_secs_f64()), "{took:?}");
    });
    wait_until("the reason is logged", LIMIT, || server.logged("drain timeout") > 0);
    drop(stalled);
}
