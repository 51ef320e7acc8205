//! The simulator itself, tested: random scripts run on real sockets, and whatever the kernel says
//! must be something that the simulated socket allows. The first divergence is printed.
//!
//! What the simulator promises to tell, the kernel must tell; what the kernel tells, the simulator
//! must have news of. How much a send buffer takes is the kernel's affair, and taken from it.

use std::fmt::Debug;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use pollcast::kernel::mio::{MioKernel, Stream, listen};
use pollcast::kernel::{Event, Kernel, Source};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::ioctl_fionread;
use socket2::SockRef;

use crate::choice::{Choices, Seeded};
use crate::socket::{Mode, Socket};

const MODE: Mode = if MioKernel::SHORT_IS_END { Mode::Epoll } else { Mode::Poll };
const SCRIPTS: u64 = 200;
const STEPS: usize = 40;
/// What is under way on loopback arrives within this; a delayed acknowledgement takes 40 ms.
const SETTLED: Duration = Duration::from_secs(2);

/// One connection three times: the server's end, the peer's end, and the simulated one.
struct Link {
    connection: Stream,
    peer: Option<TcpStream>,
    model: Socket,
    /// The error of a reset is told once; after that the stream is at its end.
    reset_is_read: bool,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Connect,
    PeerSends(usize),
    PeerReads(usize),
    PeerEnds,
    PeerResets,
    Read(usize),
    Write(usize),
    Arm(bool),
    Finish,
    Wait,
}

struct Script {
    seed: u64,
    done: Vec<(usize, Step)>,
    kernel: MioKernel,
    address: SocketAddr,
    links: Vec<Link>,
    sent: u8,
}

#[test]
fn whatever_real_sockets_do_is_something_that_the_simulator_allows() {
    let mut events = 0;
    for seed in 0..SCRIPTS {
        let mut choices = Seeded::new(seed);
        let mut script = Script::new(seed);
        script.connect();
        for _ in 0..STEPS {
            let number = choices.below(script.links.len());
            let step = script.some_step(&mut choices, number);
            script.done.push((number, step));
            events += script.run(number, step);
        }
    }
    println!("{} steps, {events} events", SCRIPTS as usize * STEPS);
    assert!(events > 500, "{events} events say little");
}

impl Script {
    fn new(seed: u64) -> Self {
        let listener = listen("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        // Small, and inherited by what is accepted: scripts fill it.
        SockRef::from(&listener).set_send_buffer_size(4096).expect("an option");
        let kernel = MioKernel::new(vec![listener]).expect("a poll");
        let address = kernel.addresses().expect("bound")[0].inet().expect("TCP");
        Self { seed, done: Vec::new(), kernel, address, links: Vec::new(), sent: 0 }
    }

    /// A step that makes sense for this link.
    fn some_step(&self, choices: &mut Seeded, number: usize) -> Step {
        let model = &self.links[number].model;
        let most = [10, 1000, 20_000][choices.below(3)];
        let amount = 1 + choices.below(most);
        let can_send = self.links[number].peer.is_some() && !model.ended;
        let hung_up = model.ended && model.finished;
        match choices.below(20) {
            0 if self.links.len() < 3 => Step::Connect,
            1 if can_send => Step::PeerEnds,
            2 if self.links[number].peer.is_some() && !hung_up => Step::PeerResets,
            3 if !model.finished && model.key.is_some() => Step::Finish,
            4 | 5 if model.key.is_some() => Step::Arm(!model.armed),
            6..=8 if can_send && model.inbound.len() < 8000 => Step::PeerSends(amount.min(3000)),
            9 | 10 if self.links[number].peer.is_some() => Step::PeerReads(amount),
            11..=13 => Step::Read(amount),
            14..=16 if !model.finished => Step::Write(amount),
            _ => Step::Wait,
        }
    }

    /// Runs one step on the real socket and on the simulated one; tells how many events came.
    fn run(&mut self, number: usize, step: Step) -> usize {
        match step {
            Step::Connect => self.connect(),
            Step::PeerSends(bytes) => self.peer_sends(number, bytes),
            Step::PeerReads(bytes) => self.peer_reads(number, bytes),
            Step::PeerEnds => self.peer_ends(number),
            Step::PeerResets => self.peer_resets(number),
            Step::Read(bytes) => self.read(number, bytes),
            Step::Write(bytes) => self.write(number, bytes),
            Step::Arm(writable) => self.arm(number, writable),
            Step::Finish => self.finish(number),
            Step::Wait => return self.wait(),
        }
        0
    }

    #[track_caller]
    fn diverges(&self, number: usize, real: impl Debug, allowed: &str) -> ! {
        let (seed, done, model) = (self.seed, &self.done, &self.links[number].model);
        panic!(
            "seed {seed}, after {done:?}: link {number}: {real:?}; allowed: {allowed}; {model:?}"
        )
    }

    fn connect(&mut self) {
        let peer = TcpStream::connect(self.address).expect("it listens");
        SockRef::from(&peer).set_recv_buffer_size(4096).expect("an option");
        let began = Instant::now();
        let mut accepted = loop {
            match self.kernel.accept(0) {
                Ok(accepted) => break accepted.connection,
                Err(error) => assert!(began.elapsed() < SETTLED, "{error}"),
            }
        };
        let key = self.links.len();
        self.kernel.add(&mut accepted, key, false).expect("room for one more");
        let mut model = Socket::new(1 << 20);
        model.register(key, false);
        let peer = Some(peer);
        self.links.push(Link { connection: accepted, peer, model, reset_is_read: false });
    }

    fn peer_sends(&mut self, number: usize, bytes: usize) {
        self.sent = self.sent.wrapping_add(1);
        let link = &mut self.links[number];
        let data = vec![self.sent; bytes];
        link.peer.as_mut().expect("there").write_all(&data).expect("it fits");
        link.model.in_flight.extend(&data);
        link.settle();
    }

    fn peer_reads(&mut self, number: usize, most: usize) {
        let link = &mut self.links[number];
        let mut bytes = vec![0; most.min(link.model.outbound.len())];
        let expected: Vec<u8> = link.model.outbound.iter().copied().take(bytes.len()).collect();
        let peer = link.peer.as_mut().expect("there");
        peer.set_read_timeout(Some(SETTLED)).expect("a timeout");
        let read = peer.read_exact(&mut bytes);
        if read.is_err() || bytes != expected {
            self.diverges(number, read, "the bytes that were written");
        }
        self.links[number].model.peer_reads(bytes.len());
    }

    fn peer_ends(&mut self, number: usize) {
        let link = &mut self.links[number];
        link.peer.as_ref().expect("there").shutdown(Shutdown::Write).expect("connected");
        link.model.end_in_flight = true;
        link.settle();
    }

    fn peer_resets(&mut self, number: usize) {
        let link = &mut self.links[number];
        let peer = link.peer.take().expect("there");
        SockRef::from(&peer).set_linger(Some(Duration::ZERO)).expect("an option");
        drop(peer);
        link.model.be_reset();
        link.settle();
    }

    fn read(&mut self, number: usize, most: usize) {
        let mut bytes = vec![0; most];
        let link = &mut self.links[number];
        let real = self.kernel.read(&mut link.connection, &mut bytes);
        let model = &mut link.model;
        let is_empty = model.inbound.is_empty();
        match real {
            Ok(0) if is_empty && (model.ended || link.reset_is_read) => {}
            Ok(read @ 1..) if read == most.min(model.inbound.len()) => {
                let expected: Vec<u8> = model.inbound.drain(..read).collect();
                assert!(expected == bytes[..read], "seed {}: other bytes", self.seed);
            }
            Err(ref error) if error.kind() == ErrorKind::WouldBlock => {
                if model.is_readable() || !model.would_block(MODE) {
                    self.diverges(number, real, "something to read");
                }
            }
            Err(_) if model.reset && is_empty => link.reset_is_read = true,
            _ => self.diverges(number, real, "all that has arrived, or its end"),
        }
    }

    fn write(&mut self, number: usize, bytes: usize) {
        let data = vec![b'w'; bytes];
        let Link { connection, model, reset_is_read, .. } = &mut self.links[number];
        let real = self.kernel.write(connection, &[IoSlice::new(&data)]);
        match real {
            Ok(taken @ 1..) if taken <= bytes && !model.reset => {
                model.outbound.extend(&data[..taken]);
                let waiting = model.outbound.len();
                model.capacity = if taken < bytes { waiting } else { 3 * waiting };
            }
            // A pipe with nothing in it takes something.
            Err(ref error)
                if error.kind() == ErrorKind::WouldBlock && !model.outbound.is_empty() =>
            {
                model.capacity = model.outbound.len();
                if !model.would_block(MODE) {
                    self.diverges(number, real, "a lost registration");
                }
            }
            Err(_) if model.reset => *reset_is_read = true,
            _ => self.diverges(number, real, "as much as there is room for"),
        }
    }

    fn arm(&mut self, number: usize, writable: bool) {
        let Link { connection, model, .. } = &mut self.links[number];
        let real = self.kernel.arm(connection, number, writable);
        if real.is_ok() != model.arm(MODE, writable) {
            self.diverges(number, real, "the same of the registration");
        }
    }

    fn finish(&mut self, number: usize) {
        let link = &mut self.links[number];
        let real = self.kernel.finish(&mut link.connection);
        if real.is_ok() != link.model.finish(MODE) {
            self.diverges(number, real, "an end exactly if there was no reset");
        }
    }

    /// Waits until everything is told that must be.
    fn wait(&mut self) -> usize {
        let (began, mut told, mut events) = (Instant::now(), 0, Vec::new());
        loop {
            self.kernel.wait(&mut events, Some(Duration::ZERO)).expect("it waits");
            for event in &events {
                if let Source::Client(number) = event.source {
                    told += 1;
                    self.compare(number, *event);
                }
            }
            let owed = self.links.iter().position(|link| link.is_owed_something());
            match owed {
                None => return told,
                Some(number) if began.elapsed() > SETTLED => {
                    self.diverges(number, &events, "an event, which the simulator would tell");
                }
                Some(_) => std::thread::yield_now(),
            }
        }
    }

    fn compare(&mut self, number: usize, real: Event) {
        let model = &mut self.links[number].model;
        // Whether there is room is for the kernel to say, so long as something waits.
        let waiting = model.outbound.len();
        if waiting > 0 && model.armed {
            model.capacity = if real.writable { 3 * waiting } else { waiting };
            model.news_write |= real.writable;
        }
        let hung_up = model.ended && model.finished;
        // The acknowledgement of its end wakes too (tcp_rcv_state_process).
        let has_news = model.has_news(MODE) || model.finished;
        let told = model.tell(MODE)[0];
        let same = (real.readable, real.read_on) == (told.readable, told.read_on);
        if !has_news || !same || (real.writable && !told.writable && !hung_up) {
            self.diverges(number, (real, told), "what the simulator tells");
        }
    }
}

impl Link {
    /// Waits until the kernel has what is under way, and lets it arrive in the simulation too.
    fn settle(&mut self) {
        self.model.arrive(usize::MAX);
        let began = Instant::now();
        while !self.is_settled().expect("a socket") {
            assert!(began.elapsed() < SETTLED, "it does not arrive: {:?}", self.model);
        }
    }

    fn is_settled(&self) -> io::Result<bool> {
        let mut files = [PollFd::new(&self.connection, PollFlags::IN | PollFlags::RDHUP)];
        poll(&mut files, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))?;
        let state = files[0].revents();
        if self.model.reset {
            return Ok(state.intersects(PollFlags::ERR | PollFlags::HUP));
        }
        let arrived = ioctl_fionread(&self.connection)? as usize == self.model.inbound.len();
        Ok(arrived && state.contains(PollFlags::RDHUP) == self.model.ended)
    }

    /// Whether the simulator would tell something that does not depend on the size of a buffer.
    fn is_owed_something(&self) -> bool {
        let model = &self.model;
        let room_is_sure = model.outbound.is_empty() || !model.armed || model.reset;
        model.has_news(MODE) && (room_is_sure || model.is_readable() && model.news_read)
    }
}
