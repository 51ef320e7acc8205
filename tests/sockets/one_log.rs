//! Promise 1, one log, and promise 4, fairness.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::harness::{
    LIMIT, Over, Server, alone, is_answered, median, noise, swallow, take, together, wait_until,
};

#[test]
fn twenty_clients_that_write_at_once_all_receive_the_same_stream() {
    let _together = together();
    let server = Server::start(&[]);
    let clients = server.gather(20);
    let each = 20_000;
    let streams: Vec<Vec<u8>> = thread::scope(|scope| {
        for (number, client) in clients.iter().enumerate() {
            let mut client = client.try_clone().expect("a clone");
            scope.spawn(move || {
                for piece in vec![number as u8; each].chunks(97) {
                    client.write_all(piece).expect("it reads");
                }
            });
        }
        let reader = |client: &TcpStream| {
            let mut client = client.try_clone().expect("a clone");
            scope.spawn(move || take(&mut client, 20 * each))
        };
        let readers: Vec<_> = clients.iter().map(reader).collect();
        readers.into_iter().map(|reader| reader.join().expect("it reads all")).collect()
    });
    for stream in &streams[1..] {
        assert!(stream == &streams[0], "two streams differ");
    }
    for number in 0..20 {
        assert_eq!(streams[0].iter().filter(|&&byte| byte == number).count(), each);
    }
}

#[test]
fn an_urgent_byte_is_a_byte_of_the_log_and_nothing_waits_behind_it() {
    let _together = together();
    let server = Server::start(&[]);
    let mut clients = server.gather(2);
    for _ in 0..20 {
        // In one piece or in three: a read stops at the mark although there is more.
        clients[0].write_all(b"abc").expect("it reads");
        SockRef::from(&clients[0]).send_out_of_band(b"X").expect("it reads");
        clients[0].write_all(b"def").expect("it reads");
        for client in &mut clients {
            assert_eq!(take(client, 7), b"abcXdef");
        }
    }
}

#[test]
fn five_thousand_small_writes_arrive_in_order_at_fifty_receivers() {
    let _together = together();
    let server = Server::start(&[]);
    let mut clients = server.gather(50);
    let expected: Vec<u8> = (0..5_000).flat_map(|n| format!("{n:05}\n").into_bytes()).collect();
    let mut sender = clients[0].try_clone().expect("a clone");
    let sent = expected.clone();
    let writer = thread::spawn(move || {
        sent.chunks(6).for_each(|line| sender.write_all(line).expect("it reads"));
    });
    for (number, client) in clients.iter_mut().enumerate() {
        assert!(take(client, expected.len()) == expected, "receiver {number} got something else");
    }
    writer.join().expect("it wrote all");
}

#[test]
fn thirty_two_mebibytes_go_to_the_sender_and_another_byte_for_byte_in_two_seconds() {
    let _alone = alone();
    let server = Server::start(&[]);
    let mut clients = server.gather(2);
    let data = noise(32 << 20, 1);
    let began = Instant::now();
    thread::scope(|scope| {
        let mut sender = clients[0].try_clone().expect("a clone");
        let data = &data;
        scope.spawn(move || sender.write_all(data).expect("it reads"));
        for client in &mut clients {
            scope.spawn(|| assert!(take(client, data.len()) == *data, "other bytes"));
        }
    });
    let took = began.elapsed();
    eprintln!("32 MiB to two clients in {took:?}");
    assert!(took < Duration::from_secs(2), "{took:?}");
}

/// With as many as these the server is busier than they are: there is always input from each.
const LOUD: usize = 8;

#[test]
fn a_line_gets_through_while_other_clients_send_as_fast_as_they_can() {
    let _alone = alone();
    let server = Server::start(&[]);
    let clients = server.gather(LOUD + 1);
    let over = Over::default();
    let delays = thread::scope(|scope| {
        let _end = over.at_the_end(&clients);
        for loud in &clients[..LOUD] {
            let mut writer = loud;
            let over = &over;
            scope.spawn(
                move || while !over.is_reached() && writer.write_all(&[b'a'; 65536]).is_ok() {},
            );
            scope.spawn(|| swallow(loud, over, |_| {}));
        }
        // By then the buffers on the way are full.
        take(&mut clients[LOUD].try_clone().expect("a clone"), 50_000_000);
        (0..25).map(|_| is_answered(&clients[LOUD]).as_secs_f64()).collect()
    });
    let delay = median(delays);
    eprintln!("a line beside a flood: {:.1} ms", delay * 1e3);
    assert!(delay < 0.2, "the median of 25 lines took {delay} s");
}

#[test]
fn a_line_gets_through_while_others_connect_as_fast_as_they_can() {
    let _alone = alone();
    let server = Server::start(&[]);
    let member = server.join();
    let over = Over::default();
    let delays = thread::scope(|scope| {
        let members = [member];
        let _end = over.at_the_end(&members);
        for _ in 0..3 {
            scope.spawn(|| {
                while !over.is_reached() {
                    // Reset, so that no port is left waiting.
                    let newcomer = server.connect();
                    SockRef::from(&newcomer).set_linger(Some(Duration::ZERO)).expect("an option");
                }
            });
        }
        let joined = server.counter("joined");
        let delays = (0..25).map(|_| is_answered(&members[0]).as_secs_f64()).collect();
        wait_until("many have come", LIMIT, || server.counter("joined") > joined + 100.0);
        delays
    });
    let delay = median(delays);
    eprintln!("a line beside a flood of connects: {:.1} ms", delay * 1e3);
    assert!(delay < 0.2, "the median of 25 lines took {delay} s");
}
