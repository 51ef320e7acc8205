//! What the clients of each workload do. Each step waits for what it needs; only the kernel may
//! choose how bytes fall into reads and writes.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use crate::driver::Host;

/// Three talk and leave, each in its own way; a fourth is refused.
pub fn quiet(host: &Host) {
    let mut clients: Vec<TcpStream> = Vec::new();
    for number in 1..=3 {
        clients.push(host.connect());
        host.wait_until("it joins", |it| it.joined == number);
    }
    let mut refused = host.connect();
    assert_eq!(refused.read(&mut [0]).unwrap_or(0), 0, "an end or a reset");
    for number in 0..3 {
        let line = format!("hello from {number}\n");
        clients[number].write_all(line.as_bytes()).expect("it reads");
        clients.iter_mut().for_each(|client| hear(client, line.as_bytes()));
    }
    let mut first = clients.remove(0);
    first.shutdown(Shutdown::Write).expect("it is open");
    assert_eq!(first.read(&mut [0]).expect("an end"), 0);
    host.wait_until("it has left", |it| it.clients == 2);
    drop(clients.remove(0));
    host.wait_until("it has left", |it| it.clients == 1);
    let last = clients.remove(0);
    SockRef::from(&last).set_linger(Some(Duration::ZERO)).expect("an option");
}

/// Two send two hundred messages each, without waiting; a third hears them when all are read.
pub fn burst(host: &Host) {
    const MESSAGES: usize = 200;
    const TOTAL: usize = 2 * MESSAGES * 1000;
    let slow = host.connect_small(4 << 10);
    let talkers = [host.connect(), host.connect()];
    host.wait_until("all are in", |it| it.joined == 3);
    thread::scope(|scope| {
        for talker in &talkers {
            scope.spawn(move || take(talker, TOTAL));
            let mut sender = talker;
            scope.spawn(move || {
                (0..MESSAGES).for_each(|_| sender.write_all(&[b'x'; 1000]).expect("it reads"));
            });
        }
        host.wait_until("all is read", |it| it.bytes_in == TOTAL as u64);
        take(&slow, TOTAL);
    });
}

/// One stalls until the room waits, recovers, and leaves; then another one does, and is evicted.
pub fn stall(host: &Host) {
    const TOTAL: usize = 1 << 20;
    let talker = host.connect();
    host.wait_until("the talker is in", |it| it.joined == 1);
    // With much less it would recover slowly: it has a second.
    let slow = host.connect_small(64 << 10);
    host.wait_until("who recovers is in", |it| it.joined == 2);
    let send = || (&talker).write_all(&vec![b'x'; TOTAL]).expect("it reads");
    thread::scope(|scope| {
        scope.spawn(|| take(&talker, TOTAL));
        scope.spawn(send);
        host.wait_until("the room waits", |it| it.waiting == 1);
        take(&slow, TOTAL);
    });
    drop(slow);
    host.wait_until("who recovered has left", |it| it.clients == 1);
    let mut stalled = host.connect_small(4 << 10);
    host.wait_until("who never reads is in", |it| it.joined == 3);
    thread::scope(|scope| {
        scope.spawn(|| take(&talker, TOTAL));
        scope.spawn(send);
        host.wait_until("it is evicted", |it| it.evicted == 1);
    });
    assert!(stalled.read_to_end(&mut Vec::new()).is_err(), "an orderly end of one who was evicted");
}

/// A third finds no descriptor, and waits for longer than it takes to try again; then there is one.
pub fn shortage(host: &Host) {
    let first = host.connect();
    let second = host.connect();
    host.wait_until("two are in", |it| it.joined == 2);
    let third = host.connect_to(1);
    host.wait_until("it has paused, tried again, and paused", |it| it.paused >= 2);
    drop(first);
    host.wait_until("the third is in", |it| it.joined == 3 && it.clients == 2);
    (&second).write_all(b"abc").expect("it reads");
    (&third).write_all(b"def").expect("it reads");
    for mut client in [second, third] {
        let mut heard = Vec::new();
        client.read_to_end(&mut heard).expect("an orderly end");
        assert_eq!(heard.len(), 6);
    }
}

/// Two of three leave, each in its own way; then the third hears the end of the server.
pub fn unix(host: &Host) {
    let mut clients: Vec<UnixStream> = Vec::new();
    for number in 1..=3 {
        clients.push(host.connect_unix());
        host.wait_until("it joins", |it| it.joined == number);
    }
    clients[0].write_all(b"hello\n").expect("it reads");
    hear(&mut clients[0], b"hello\n");
    clients[0].shutdown(Shutdown::Write).expect("it is open");
    assert_eq!(clients[0].read(&mut [0]).expect("an end"), 0);
    host.wait_until("it has left", |it| it.clients == 2);
    // What it leaves unread makes its end a reset.
    hear(&mut clients[1], b"hello");
    drop(clients.remove(1));
    host.wait_until("it has left", |it| it.clients == 1);
    let mut last = clients.remove(1);
    last.write_all(b"bye\n").expect("it reads");
    let mut heard = Vec::new();
    last.read_to_end(&mut heard).expect("an orderly end");
    assert_eq!(heard, b"hello\nbye\n");
}

fn hear(client: &mut impl Read, text: &[u8]) {
    let mut heard = vec![0; text.len()];
    client.read_exact(&mut heard).expect("it delivers");
    assert_eq!(heard, text);
}

fn take(mut client: &TcpStream, bytes: usize) {
    let mut buffer = vec![0; 64 << 10];
    let mut left = bytes;
    while left > 0 {
        let most = left.min(buffer.len());
        left -= match client.read(&mut buffer[..most]).expect("it delivers") {
            0 => panic!("the end, {left} bytes early"),
            read => read,
        };
    }
}
