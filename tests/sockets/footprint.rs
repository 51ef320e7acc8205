//! Promise 5, idle is free, and what makes it fast: many messages in one write.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};

use crate::harness::{LIMIT, Server, alone, raise_descriptors};

/// mio's poll(2) backend keeps two vectors, a hash map and a counted record per descriptor of its
/// own; the kernel does that for epoll.
const BYTES_PER_CLIENT: usize = if cfg!(mio_unsupported_force_poll_poll) { 512 } else { 128 };
const BYTES_IN_ALL: usize = if cfg!(mio_unsupported_force_poll_poll) { 8 << 20 } else { 4 << 20 };

#[test]
fn ten_thousand_idle_clients_cost_128_bytes_each_and_no_processor_time() {
    let _alone = alone();
    let possible = raise_descriptors().saturating_sub(100).min(10_000);
    if possible < 10_000 {
        eprintln!("the descriptor limit allows {possible} idle clients only");
    }
    assert!(possible >= 400, "{possible} clients say little");
    let server = Server::start(&[]);
    let mut clients = server.gather(1);
    let before = server.memory("RssAnon");
    // A burst in the backlog would overflow it: each hundredth is waited for.
    while clients.len() < possible {
        let batch = 99.min(possible - clients.len() - 1);
        clients.extend((0..batch).map(|_| server.connect()));
        clients.push(server.join());
    }
    let each = (server.memory("RssAnon") - before) / possible;
    let all = server.memory("VmRSS");
    eprintln!("{possible} idle clients: {each} bytes each, {all} in all");
    assert!(each <= BYTES_PER_CLIENT, "{each} bytes for each of {possible} clients");
    assert!(all <= BYTES_IN_ALL, "{all} bytes in all");

    server.come_to_rest();
    let used = server.cpu();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(server.cpu() - used, Duration::ZERO, "processor time while idle");
}

/// One of many that have 16 messages in flight each, and send the next when one comes back.
struct Talker {
    stream: TcpStream,
    number: u8,
    unsent: usize,
    received: usize,
}

const MESSAGE: usize = 64;
const WINDOW: usize = 16;
const TALKERS: usize = 100;
const ROUNDS: usize = 20;

impl Talker {
    /// Reads all there is; sends one message for each of its own that came back.
    fn turn(&mut self) {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(read @ 1..) = self.stream.read(&mut buffer) {
            let own = buffer[..read].iter().filter(|&&byte| byte == self.number).count();
            self.received += read;
            self.send(own / MESSAGE + usize::from(own % MESSAGE > 0));
        }
    }

    fn send(&mut self, messages: usize) {
        let messages = messages.min(self.unsent);
        self.unsent -= messages;
        let bytes = vec![self.number; messages * MESSAGE];
        self.stream.write_all(&bytes).expect("a window always fits");
    }
}

#[test]
fn a_hundred_talkers_with_16_messages_in_flight_take_less_than_a_tenth_of_a_write_per_message() {
    let _alone = alone();
    let server = Server::start(&[]);
    let streams = server.gather(TALKERS);
    let mut poll = Poll::new().expect("a poll");
    let mut talkers: Vec<Talker> = Vec::new();
    for (number, stream) in streams.into_iter().enumerate() {
        stream.set_nonblocking(true).expect("an option");
        let (descriptor, registry) = (stream.as_raw_fd(), poll.registry());
        let mut source = SourceFd(&descriptor);
        registry.register(&mut source, Token(number), Interest::READABLE).expect("it registers");
        let unsent = WINDOW * ROUNDS;
        talkers.push(Talker { stream, number: 100 + number as u8, unsent, received: 0 });
    }
    talkers.iter_mut().for_each(|talker| talker.send(WINDOW));
    let all = TALKERS * WINDOW * ROUNDS * MESSAGE;
    let (began, mut events) = (Instant::now(), Events::with_capacity(256));
    while talkers.iter().any(|talker| talker.received < all) {
        assert!(began.elapsed() < LIMIT, "not everything arrived");
        poll.poll(&mut events, Some(Duration::from_millis(5))).expect("it polls");
        talkers.iter_mut().for_each(Talker::turn);
    }
    let counters = server.stop();
    let deliveries = (TALKERS * TALKERS * WINDOW * ROUNDS) as f64;
    let writes = counters["writes"] / deliveries;
    eprintln!("{writes:.4} writes per delivered message");
    assert!(writes < 0.1, "{writes} writes per delivered message");
}
