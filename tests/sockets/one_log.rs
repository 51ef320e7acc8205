//! Promise 1, one log, and promise 4, fairness.

use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::harness::{Server, alone, median, noise, take, together};

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
        let reader = |client: &std::net::TcpStream| {
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

#[test]
fn a_line_gets_through_while_another_client_sends_as_fast_as_it_can() {
    let _alone = alone();
    let server = Server::start(&[]);
    let clients = server.gather(2);
    let loud = &clients[0];
    let stop = std::sync::atomic::AtomicBool::new(false);
    let is_over = || stop.load(std::sync::atomic::Ordering::Relaxed);
    let delays = thread::scope(|scope| {
        scope.spawn(|| {
            let mut writer = loud;
            while !is_over() && writer.write_all(&[b'a'; 65536]).is_ok() {}
        });
        scope.spawn(|| {
            let mut reader = loud;
            while !is_over() && reader.read(&mut [0; 65536]).is_ok_and(|read| read > 0) {}
        });
        let delays = (0..15).map(|_| time_of_one_line(&clients[1])).collect();
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        let _ = loud.shutdown(std::net::Shutdown::Both);
        delays
    });
    let delay = median(delays);
    eprintln!("a line beside a flood: {:.1} ms", delay * 1e3);
    assert!(delay < 0.2, "the median of fifteen lines took {delay} s");
}

/// Seconds until a byte that nobody else sends has come back.
fn time_of_one_line(mut quiet: &std::net::TcpStream) -> f64 {
    let began = Instant::now();
    quiet.write_all(b"\n").expect("it reads");
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = quiet.read(&mut buffer).expect("it serves");
        if buffer[..read].contains(&b'\n') {
            return began.elapsed().as_secs_f64();
        }
    }
}
