//! Promise 5, idle is free, and what makes it fast: many messages in one write.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

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
    // A burst could overflow the backlog: each thousandth is waited for, not more of them, since
    // everybody hears of each.
    while clients.len() < possible {
        let batch = 999.min(possible - clients.len() - 1);
        clients.extend((0..batch).map(|_| server.connect()));
        clients.push(server.join());
    }
    let each = (server.memory("RssAnon") - before) / possible;
    let all = server.memory("VmRSS");
    eprintln!("{possible} idle clients: {each} bytes each, {all} in all");
    assert!(each <= BYTES_PER_CLIENT, "{each} bytes for each of {possible} clients");
    assert!(all <= BYTES_IN_ALL, "{all} bytes in all");

    server.come_to_rest();
    let mut used = [Duration::ZERO; 3];
    // A loaded machine may still have work of before for it; a timer would show in each second.
    let is_idle = used.iter_mut().any(|used| {
        let before = server.cpu();
        std::thread::sleep(Duration::from_secs(1));
        *used = server.cpu() - before;
        used.is_zero()
    });
    assert!(is_idle, "{used:?} of processor time in seconds that were idle");
}

/// One of many that have 16 messages in flight each, and send the next when one comes back.
struct Talker {
    stream: TcpStream,
    /// Fills its messages: no other byte is like it.
    number: u8,
    sent: usize,
    /// Bytes of its own that came back.
    echoed: usize,
    received: usize,
}

const MESSAGE: usize = 64;
const WINDOW: usize = 16;
const TALKERS: usize = 100;
/// Messages of each talker.
const MESSAGES: usize = WINDOW * 20;
/// Bytes that each one receives.
const ALL: usize = TALKERS * MESSAGES * MESSAGE;

impl Talker {
    fn new(stream: TcpStream, number: usize) -> Self {
        stream.set_nonblocking(true).expect("an option");
        Self { stream, number: 100 + number as u8, sent: 0, echoed: 0, received: 0 }
    }

    /// Reads all there is, and fills its window again.
    fn turn(&mut self) {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(read @ 1..) = self.stream.read(&mut buffer) {
            self.echoed += buffer[..read].iter().filter(|&&byte| byte == self.number).count();
            self.received += read;
        }
        let due = (self.echoed / MESSAGE + WINDOW).min(MESSAGES);
        let bytes = vec![self.number; (due - self.sent) * MESSAGE];
        self.stream.write_all(&bytes).expect("a window always fits");
        self.sent = due;
    }
}

/// Waits for input, and tells who has some.
fn readable(talkers: &[Talker]) -> Vec<usize> {
    let input = |talker| PollFd::new(talker, PollFlags::IN);
    let mut files: Vec<_> = talkers.iter().map(|talker| input(&talker.stream)).collect();
    let limit = Timespec { tv_sec: 1, tv_nsec: 0 };
    poll(&mut files, Some(&limit)).expect("it polls");
    (0..files.len()).filter(|&index| !files[index].revents().is_empty()).collect()
}

#[test]
fn a_hundred_talkers_with_16_messages_in_flight_take_less_than_a_tenth_of_a_write_per_message() {
    let _alone = alone();
    let server = Server::start(&[]);
    let streams = server.gather(TALKERS).into_iter().enumerate();
    let mut talkers: Vec<Talker> = streams.map(|(n, stream)| Talker::new(stream, n)).collect();
    talkers.iter_mut().for_each(Talker::turn);
    let began = Instant::now();
    while talkers.iter().any(|talker| talker.received < ALL) {
        assert!(began.elapsed() < LIMIT, "not everything arrived");
        for ready in readable(&talkers) {
            talkers[ready].turn();
        }
    }
    let counters = server.stop();
    let writes = counters["writes"] / (TALKERS * TALKERS * MESSAGES) as f64;
    eprintln!("{writes:.4} writes per delivered message");
    assert!(writes < 0.1, "{writes} writes per delivered message");
    assert_eq!(counters["bytes_out"] as usize, TALKERS * ALL + TALKERS * (TALKERS + 1) / 2);
}
