//! The ways to serve, each as its option says.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::harness::{LIMIT, Server, alone, is_answered, noise, take, together, wait_until};

/// Whether the stream has ended, orderly or by a reset.
fn has_ended(mut stream: &TcpStream) -> bool {
    let end = stream.read(&mut [0]);
    end.is_ok_and(|read| read == 0) || stream.take_error().is_ok_and(|error| error.is_some())
}

#[test]
fn every_line_that_ten_write_in_odd_pieces_is_received_whole_and_of_one_client() {
    const LINES: usize = 300;
    let _together = together();
    let server = Server::start(&["--framing", "line"]);
    let clients: Vec<TcpStream> = (0..10).map(|_| server.connect()).collect();
    wait_until("all are in", LIMIT, || server.counter("clients") == 10.0);
    let line = |client: usize, number: usize| {
        format!("{client} says {number} {}\n", "x".repeat((client * 37 + number * 11) % 200))
    };
    let length: usize =
        (0..10).flat_map(|client| (0..LINES).map(move |number| line(client, number).len())).sum();
    let received: Vec<Vec<u8>> = thread::scope(|scope| {
        for (number, mut client) in clients.iter().enumerate() {
            scope.spawn(move || {
                let text: String =
                    (0..LINES).map(|line_number| line(number, line_number)).collect();
                let mut random = fastrand::Rng::with_seed(number as u64);
                let mut rest = text.as_bytes();
                while !rest.is_empty() {
                    let (now, later) = rest.split_at(random.usize(1..90).min(rest.len()));
                    client.write_all(now).expect("it reads");
                    rest = later;
                }
            });
        }
        let readers: Vec<_> = clients
            .iter()
            .map(|client| {
                scope.spawn(move || take(&mut client.try_clone().expect("a clone"), length))
            })
            .collect();
        readers.into_iter().map(|reader| reader.join().expect("all of it came")).collect()
    });
    assert!(received.iter().all(|log| *log == received[0]), "one log");
    let log = String::from_utf8(received[0].clone()).expect("text");
    for client in 0..10 {
        let theirs = log.lines().filter(|line| line.starts_with(&format!("{client} says ")));
        let expected = (0..LINES).map(|number| line(client, number));
        assert!(
            theirs.eq(expected.map(|line| line.trim_end_matches('\n').to_owned())),
            "those of {client}"
        );
    }
    assert_eq!(log.lines().count(), 10 * LINES, "and nothing else");
}

#[test]
fn whoever_sends_a_line_longer_than_it_may_be_is_evicted_and_the_line_before_it_is_heard() {
    let _together = together();
    let server = Server::start(&["--framing", "line", "--max-line", "100"]);
    let (mut listener, mut sender) = (server.connect(), server.connect());
    wait_until("both are in", LIMIT, || server.counter("clients") == 2.0);
    let longest = "a".repeat(100) + "\n";
    sender.write_all(longest.as_bytes()).expect("it reads");
    assert_eq!(take(&mut listener, 101), longest.as_bytes());
    sender.write_all(b"last\n").and_then(|()| sender.write_all(&[b'b'; 101])).expect("it reads");
    assert_eq!(take(&mut listener, 5), b"last\n");
    wait_until("it is evicted", LIMIT, || server.counter("lines_too_long") == 1.0);
    assert_eq!(server.logged("evicted: a line that is too long"), 1);
    listener.write_all(b"on\n").expect("it reads");
    assert_eq!(take(&mut listener, 3), b"on\n");
}

#[test]
fn without_echo_a_client_receives_what_others_sent_and_not_its_own() {
    let _together = together();
    let server = Server::start(&["--no-echo"]);
    let (mut one, mut other) = (server.connect(), server.connect());
    wait_until("both are in", LIMIT, || server.counter("clients") == 2.0);
    one.write_all(b"from one").expect("it reads");
    assert_eq!(take(&mut other, 8), b"from one");
    other.write_all(b"from the other").expect("it reads");
    assert_eq!(take(&mut one, 14), b"from the other");
}

#[test]
fn the_sixth_of_five_is_closed_at_once_and_gets_in_when_one_has_left() {
    let _together = together();
    let server = Server::start(&["--max-clients", "5"]);
    let mut members = server.gather(5);
    assert!(has_ended(&server.connect()), "the sixth");
    for talker in 0..5 {
        members[talker].write_all(&[talker as u8]).expect("it reads");
        for member in &mut members {
            assert_eq!(take(member, 1), [talker as u8]);
        }
    }
    drop(members.remove(0));
    wait_until("one has left", LIMIT, || server.counter("clients") == 4.0);
    is_answered(&server.connect());
    assert!(server.counter("refused") >= 1.0);
}

#[test]
fn an_address_has_as_many_clients_as_it_may_and_another_address_its_own() {
    let _together = together();
    let server = Server::start(&["--max-clients-per-ip", "2"]);
    let members = server.gather(2);
    assert!(has_ended(&server.connect()), "a third from 127.0.0.1");
    let elsewhere = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let address: std::net::SocketAddr = "127.0.0.2:0".parse().expect("an address");
    elsewhere.bind(&address.into()).expect("loopback has it");
    elsewhere.connect(&server.address.into()).expect("it listens");
    let elsewhere = TcpStream::from(elsewhere);
    elsewhere.set_read_timeout(Some(LIMIT)).expect("a timeout");
    is_answered(&elsewhere);
    assert_eq!(server.counter("refused_per_address"), 1.0);
    drop(members);
    wait_until("both have left", LIMIT, || server.counter("clients") == 1.0);
    is_answered(&server.connect());
}

#[test]
fn one_who_sends_nothing_for_too_long_gets_what_waits_and_the_end_and_one_who_sends_stays() {
    let _together = together();
    let server = Server::start(&["--idle-timeout", "400ms"]);
    let mut quiet = server.connect();
    let talker = server.connect();
    wait_until("the quiet one is let go", LIMIT, || {
        is_answered(&talker);
        server.counter("idle") == 1.0
    });
    let mut heard = Vec::new();
    quiet.read_to_end(&mut heard).expect("an orderly end");
    assert!(heard.len() > 2 && heard.iter().all(|&byte| byte == b'?'), "it heard the talker");
    assert_eq!((server.counter("clients"), server.logged("evicted: idle")), (1.0, 1));
}

#[test]
fn one_who_has_ended_its_stream_listens_on_if_that_is_what_it_means() {
    let _together = together();
    for (means, reaches) in [("listen", true), ("leave", false)] {
        let server = Server::start(&["--half-close", means]);
        let mut talker = server.join();
        let mut listener = server.connect();
        listener.write_all(b"bye").expect("it reads");
        listener.shutdown(Shutdown::Write).expect("open");
        assert_eq!(
            (take(&mut listener, 3), take(&mut talker, 3)),
            (b"bye".to_vec(), b"bye".to_vec())
        );
        if reaches {
            talker.write_all(b"still there?").expect("it reads");
            assert_eq!(take(&mut listener, 12), b"still there?");
        } else {
            assert!(has_ended(&listener), "it has left");
        }
    }
}

#[test]
fn registered_once_no_interest_ever_changes_and_toggled_it_does() {
    let _alone = alone();
    for (interest, changes) in [("once", false), ("toggle", true)] {
        let server = Server::start(&["--interest", interest]);
        let mut talker = server.join();
        let mut slow = server.connect_small(4096);
        let data = noise(2_000_000, 9);
        thread::scope(|scope| {
            let (mut writer, data) = (talker.try_clone().expect("a clone"), &data);
            scope.spawn(move || writer.write_all(data).expect("it reads"));
            // Who reads from the start can keep up, even through so small a buffer.
            wait_until("one is behind", LIMIT, || server.counter("queue_peak") > 0.0);
            scope
                .spawn(|| assert!(take(&mut slow, data.len()) == *data, "other bytes at the slow"));
            assert!(take(&mut talker, data.len()) == *data, "other bytes at the talker");
        });
        assert_eq!(server.counter("arms") > 0.0, changes, "--interest {interest}");
    }
}

#[test]
fn two_who_write_within_the_time_are_heard_in_one_write_for_each_and_not_before_it() {
    let _alone = alone();
    let server = Server::start(&["--linger", "400ms"]);
    let (mut one, mut other) = (server.connect(), server.connect());
    wait_until("both are in", LIMIT, || server.counter("clients") == 2.0);
    let began = Instant::now();
    one.write_all(b"1").and_then(|()| other.write_all(b"2")).expect("it reads");
    for client in [&mut one, &mut other] {
        let mut heard = take(client, 2);
        heard.sort_unstable();
        assert_eq!(heard, b"12");
    }
    assert!(began.elapsed() >= Duration::from_millis(400), "after {:?}", began.elapsed());
    assert_eq!((server.counter("messages_in"), server.counter("writes")), (2.0, 2.0));
}

#[test]
fn no_queue_holds_more_than_it_may() {
    let _together = together();
    for (size, most) in [("64k", 65_536.0), ("128k", 131_072.0)] {
        let server = Server::start(&["--max-queue", size, "--patience", "300ms"]);
        let mut talker = server.join();
        let mut stalled = server.connect_small(4096);
        let data = noise(4_000_000, 3);
        thread::scope(|scope| {
            let (mut writer, data) = (talker.try_clone().expect("a clone"), &data);
            scope.spawn(move || writer.write_all(data).expect("it reads"));
            assert!(take(&mut talker, data.len()) == *data, "other bytes");
        });
        wait_until("the stalled one is evicted", LIMIT, || server.counter("evicted") == 1.0);
        let peak = server.counter("queue_peak");
        assert!((most * 0.74..=most).contains(&peak), "{peak} bytes of {size} waited");
        let end = stalled.read_to_end(&mut Vec::new());
        assert!(end.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    }
}

#[test]
fn the_memory_that_clients_take_stays_within_its_budget_and_fewer_get_in_with_less() {
    let _together = together();
    let server = Server::start(&["--max-memory", "128k"]);
    let mut clients: Vec<TcpStream> = Vec::new();
    wait_until("there are as many as memory allows", LIMIT, || {
        clients.push(server.connect());
        server.counter("refused") > 0.0
    });
    let most = server.counter("clients");
    // Where a size has 32 bits, a slot is smaller.
    let bound = if usize::BITS == 64 { 512.0 } else { 640.0 };
    assert!((400.0..=bound).contains(&most), "{most} clients in 128 KiB");
    let mut talker = clients.swap_remove(0);
    talker.write_all(&noise(50_000, 1)).expect("it reads");
    wait_until("it is delivered", LIMIT, || server.counter("bytes_in") == 50_000.0);
    let memory = server.counter("memory");
    assert!(memory <= 131_072.0, "{memory} bytes are held");
}
