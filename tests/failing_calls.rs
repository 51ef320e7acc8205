//! Calls of the real kernel fail on purpose, each kind with each error that the manual lists for
//! it: whoever is not concerned loses nothing, and nothing is left behind. The simulation does so
//! for every call of a conversation; this is a sample, on real sockets.

#![allow(unreachable_pub, reason = "nothing is public outside of a test")]

#[path = "harness/descriptors.rs"]
mod descriptors;
#[path = "harness/errors.rs"]
mod errors;
#[path = "harness/failing.rs"]
mod failing;

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use pollcast::kernel::mio::{MioKernel, listen};
use pollcast::{Config, Patience, Server};
use socket2::{Domain, SockRef, Socket, Type};

use descriptors::raise_descriptors;
use errors::Call;
use failing::{Failing, Plan};

/// Longer than anything that works can take.
const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn each_error_of_each_call_ends_at_most_the_connection_that_it_is_about() {
    raise_descriptors();
    let descriptors = open_descriptors();
    let untouched = Plan::new(None, 0, 0, 0);
    converse(&untouched).check(&untouched.borrow());
    let calls = untouched.borrow().calls.clone();
    let mut sample = Vec::new();
    for call in Call::ALL {
        let often = calls.iter().filter(|&&other| other == call).count();
        assert!(often > 0, "the conversation has no {call:?}");
        // How many there are depends on time; half as many are made in any case.
        let occurrence = |which: usize| 1 + which * 5 % often.div_ceil(2);
        let once = (0..call.errors().len()).map(|which| (call, occurrence(which), which, 1));
        sample.extend(once);
        sample.extend((0..call.errors().len()).map(|which| (call, 1, which, 2)));
    }
    // All at a time: they mostly wait.
    thread::scope(|scope| {
        for &(call, nth, which, times) in &sample {
            scope.spawn(move || fail(call, nth, which, times));
        }
    });
    println!("{} conversations on real sockets, {} calls in each", sample.len(), calls.len());
    assert!(sample.len() > 150, "only {} conversations", sample.len());
    assert_eq!(open_descriptors(), descriptors, "descriptors");
}

fn open_descriptors() -> usize {
    // Where there is no such folder, nothing is counted before either.
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

fn fail(call: Call, nth: usize, which: usize, times: usize) {
    let error = call.errors()[which];
    let _shown = Shown(format!("{call:?}, its number {nth}, {times} times, with errno {error}"));
    let plan = Plan::new(Some(call), nth, which, times);
    converse(&plan).check(&plan.borrow());
    assert!(!plan.borrow().failures.is_empty(), "nothing failed");
}

/// Tells what failed when the conversation did not hold its promises.
struct Shown(String);

impl Drop for Shown {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("failed: {}", self.0);
        }
    }
}

/// One of those who take part. Each sends its own letter.
struct Client {
    stream: TcpStream,
    unsent: Vec<u8>,
    received: Vec<u8>,
    reads: bool,
    ends: bool,
    is_over: bool,
    /// It was told the end of the stream.
    was_told: bool,
}

/// The server, and everybody in the order in which they connected.
struct Room {
    server: Server<Failing<MioKernel>>,
    address: SocketAddr,
    clients: Vec<Client>,
}

const TALKER: usize = 0;
/// Sleeps until it has held up the room, and reads everything then.
const SLEEPER: usize = 1;
/// Never reads, and is evicted.
const STALLED: usize = 2;
/// Says something, ends its stream, and gets everything up to that.
const LEAVER: usize = 3;

const TALK: usize = 60_000;

fn converse(plan: &Rc<RefCell<Plan>>) -> Room {
    let mut room = Room::new(plan);
    for _ in 0..2 {
        room.join(b"", true);
    }
    room.join(b"", false);
    room.join(b"dddd", true);
    room.clients[LEAVER].ends = true;
    room.clients[SLEEPER].reads = false;
    room.clients[TALKER].unsent = vec![b'a'; TALK];
    let is_held_up = |room: &Room| room.server.waits_for().is_some() || room.lacks(&[0, 1, 2]);
    room.until("the room is held up", is_held_up);
    room.clients[SLEEPER].reads = true;
    // Without its talker the room has nothing to wait for.
    room.until("the stalled one is evicted", |room| room.lacks(&[TALKER, STALLED]));
    room.join(b"eeee", true);
    room.until("all is sent", |room| {
        room.clients.iter().all(|it| it.is_over || it.unsent.is_empty())
    });
    room.server.shut_down();
    room.until("it has finished", |room| room.server.is_finished());
    room.until("all is read", |room| room.clients.iter().all(|it| it.is_over || !it.reads));
    room
}

impl Room {
    fn new(plan: &Rc<RefCell<Plan>>) -> Self {
        let listener = listen("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        // Small, and inherited by what is accepted: the talk fills it.
        SockRef::from(&listener).set_send_buffer_size(4096).expect("an option");
        let kernel = MioKernel::new(vec![listener]).expect("a poll");
        let address = kernel.addresses().expect("bound")[0].inet().expect("TCP");
        let config = Config {
            max_queue: 16 << 10,
            patience: Patience::Limit(Duration::from_millis(500)),
            // Without its talker nobody evicts the stalled one before the end.
            drain_timeout: Duration::from_millis(1500),
            ..Config::default()
        };
        let kernel = Failing::new(kernel, plan, |_, _| {});
        let server = Server::new(kernel, config).expect("limits that work");
        Self { server, address, clients: Vec::new() }
    }

    /// Somebody connects, and is in, or was refused.
    fn join(&mut self, words: &[u8], reads: bool) {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.set_recv_buffer_size(4096).expect("an option");
        socket.connect(&self.address.into()).expect("it accepts");
        socket.set_nonblocking(true).expect("an option");
        let (received, unsent) = (Vec::new(), words.to_vec());
        let stream = TcpStream::from(socket);
        let client = Client {
            stream,
            unsent,
            received,
            reads: true,
            ends: false,
            is_over: false,
            was_told: false,
        };
        self.clients.push(client);
        let before = self.server.stats().joined;
        let newcomer = self.clients.len() - 1;
        let is_settled =
            |room: &Self| room.server.stats().joined > before || room.lacks(&[newcomer]);
        self.until("it has joined", is_settled);
        self.clients[newcomer].reads = reads;
    }

    /// Whether one of these has lost its connection.
    fn lacks(&self, clients: &[usize]) -> bool {
        clients.iter().any(|&it| self.clients[it].is_over || self.clients[it].is_reset())
    }

    /// Everybody acts and turns are made until something is so.
    fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !holds(self) {
            assert!(began.elapsed() < LIMIT, "it never came to it: {what}");
            for client in &mut self.clients {
                client.act();
            }
            // A wait that failed is told; a host may go on all the same.
            let _ = self.server.turn(Some(Duration::from_millis(1)));
            if let Err(violation) = self.server.audit() {
                panic!("{violation}");
            }
        }
    }

    /// Whom no failure concerns has received all that the others sent, in one order.
    fn check(&self, plan: &Plan) {
        assert_eq!(self.server.client_count(), 0, "clients");
        let ended = |it: usize| {
            let ends = |&(call, error, client): &(Call, i32, Option<usize>)| {
                client == Some(it) && call.is_end(error)
            };
            plan.failures.iter().any(ends)
        };
        for (it, client) in self.clients.iter().enumerate().filter(|&(it, _)| ended(it)) {
            let never_was_in = plan.failures.iter().any(|failure| failure.0 == Call::Add);
            assert!(never_was_in || !client.was_told, "client {it} takes it for an orderly end");
        }
        let stayed: Vec<usize> = [TALKER, SLEEPER].into_iter().filter(|&it| !ended(it)).collect();
        let logs: Vec<&[u8]> = stayed.iter().map(|&it| &self.clients[it].received[..]).collect();
        for (letter, sender) in [(b'a', TALKER), (b'd', LEAVER), (b'e', 4)] {
            let sent = [TALK, 0, 0, 4, 4][sender];
            for log in logs.iter().filter(|_| !ended(sender)) {
                let received = log.iter().filter(|&&byte| byte == letter).count();
                assert_eq!(received, sent, "bytes of client {sender} that everybody has");
            }
        }
        assert!(logs.windows(2).all(|two| two[0] == two[1]), "the logs differ");
        if let Some(log) = logs.first().filter(|_| !ended(LEAVER)) {
            let leaver = &self.clients[LEAVER].received;
            assert!(log.starts_with(leaver), "one who left has another log");
            assert!(
                leaver.windows(4).any(|own| own == b"dddd"),
                "one who left lacks its own words"
            );
        }
    }
}

impl Client {
    /// Sends and receives what can be.
    fn act(&mut self) {
        if self.is_over {
            return;
        }
        if !self.unsent.is_empty() {
            let sent = self.stream.write(&self.unsent);
            let sent = self.note(sent);
            self.unsent.drain(..sent);
        } else if std::mem::take(&mut self.ends) {
            let _ = self.stream.shutdown(Shutdown::Write);
        }
        let mut buffer = [0; 4096];
        while self.reads && !self.is_over {
            let read = self.stream.read(&mut buffer);
            self.was_told |= matches!(read, Ok(0));
            self.is_over |= self.was_told;
            let bytes = self.note(read);
            self.received.extend(&buffer[..bytes]);
            if bytes == 0 {
                return;
            }
        }
    }

    fn note(&mut self, outcome: io::Result<usize>) -> usize {
        outcome.unwrap_or_else(|error| {
            self.is_over |= error.kind() != ErrorKind::WouldBlock;
            0
        })
    }

    /// Whether the kernel says that the connection is no more.
    fn is_reset(&self) -> bool {
        self.stream.peer_addr().is_err()
    }
}
