//! Promise 7: it leaves cleanly, and so do its clients.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use socket2::SockRef;

use crate::harness::{LIMIT, Server, alone, take, together, wait_until};

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
    let (mut talker, mut leaver) = (clients.remove(0), clients.remove(0));
    thread::scope(|scope| {
        let mut reader = talker.try_clone().expect("a clone");
        scope.spawn(move || while reader.read(&mut [0; 65536]).is_ok_and(|read| read > 0) {});
        talker.write_all(&vec![b'a'; 3 << 20]).expect("it reads");
        leaver.write_all(b"the end").expect("it reads");
        leaver.shutdown(Shutdown::Write).expect("connected");
        let got = rest(&mut leaver);
        let own = got.windows(7).position(|window| window == b"the end");
        assert!(own.is_some(), "its own last words are not in the {} bytes it got", got.len());
        let _ = talker.shutdown(Shutdown::Both);
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
        // Not every time does the reset overtake the line; never may the line be lost.
        hasty.write_all(line.as_bytes()).expect("it reads");
        wait_until("an echo is there, unread", LIMIT, || {
            hasty.peek(&mut [0; 8]).is_ok_and(|read| read > 0)
        });
        hasty.write_all(line.as_bytes()).expect("it reads");
        drop(hasty);
        let expected = line.repeat(2).into_bytes();
        for other in &mut others {
            let got = take(other, expected.len());
            assert_eq!(got, expected, "line {number}");
        }
    }
}

#[test]
fn what_is_on_the_way_at_sigterm_is_delivered_and_it_exits_with_0_in_half_a_second() {
    let _alone = alone();
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let mut server = Server::start(&[]);
        let mut clients = server.gather(3);
        clients[0].write_all(&[b'x'; 200_000]).expect("it reads");
        server.signal(signal);
        let began = Instant::now();
        for client in &mut clients {
            assert_eq!(rest(client).len(), 200_000);
        }
        drop(clients);
        assert!(server.wait().success());
        assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
    }
}

#[test]
fn clients_that_never_answer_the_end_hold_up_the_exit_for_a_quarter_of_a_second() {
    let _alone = alone();
    let mut server = Server::start(&[]);
    let clients = server.gather(3);
    server.signal(Signal::TERM);
    let began = Instant::now();
    assert!(server.wait().success());
    let took = began.elapsed();
    assert!((0.2..0.5).contains(&took.as_secs_f64()), "{took:?}");
    drop(clients);
}

#[test]
fn a_client_that_never_reads_holds_up_the_exit_for_the_drain_timeout() {
    let _alone = alone();
    let arguments = ["--drain-timeout", "800ms", "--patience", "forever", "--max-queue", "64k"];
    let mut server = Server::start(&arguments);
    let mut clients = server.gather(1);
    let stalled = server.connect_small(4096);
    // What the kernel buffers for the stalled one, and half a queue beyond: the room does not wait.
    let mut reader = clients[0].try_clone().expect("a clone");
    thread::spawn(move || while reader.read(&mut [0; 65536]).is_ok_and(|read| read > 0) {});
    SockRef::from(&clients[0]).set_send_buffer_size(16 << 10).expect("an option");
    clients[0].set_write_timeout(Some(Duration::from_millis(200))).expect("a timeout");
    while clients[0].write(&[b'x'; 8192]).is_ok() {}
    server.signal(Signal::TERM);
    let began = Instant::now();
    assert!(server.wait().success());
    let took = began.elapsed();
    assert!((0.35..1.1).contains(&took.as_secs_f64()), "{took:?}");
    wait_until("the reason is logged", LIMIT, || server.logged("drain timeout") > 0);
    drop(stalled);
}
