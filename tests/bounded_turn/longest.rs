//! How long the longest turn is, with ten thousand clients on real sockets: measured, since it is
//! the kernel's time for the most part. `.ci/longest-turn` runs it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use pollcast::kernel::mio::{Listener, MioKernel, SocketOptions};
use pollcast::{Config, Server, TurnLimits};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::crowd::Crowd;
use crate::descriptors::raise_descriptors;

const CLIENTS: usize = 10_000;

/// So many rooms for each limit; a figure is the median of their longest turns.
const ROOMS: usize = 5;

/// Talkers, and what each of them says.
const LOADS: [(usize, usize); 3] = [(1, 64), (100, 64), (32, 4 << 10)];

/// Turns the server until the crowd says this, and tells the longest turn.
fn turn_until(what: &str, server: &mut Server<MioKernel>, crowd: &mut Crowd) -> Duration {
    let mut longest = Duration::ZERO;
    let no_time = Timespec { tv_sec: 0, tv_nsec: 0 };
    loop {
        // A wait that has nothing to tell is no turn that anybody waits for.
        let answered = {
            let mut files = [PollFd::new(crowd.answers(), PollFlags::IN)];
            poll(&mut files, Some(&no_time)).expect("it polls") > 0
        };
        if answered {
            assert_eq!(crowd.answer(), what, "the crowd");
            return longest;
        }
        let began = Instant::now();
        server.turn(Some(Duration::ZERO)).expect("it waits");
        longest = longest.max(began.elapsed());
    }
}

#[test]
#[ignore = "a measurement, for which nothing else may run: .ci/longest-turn"]
fn the_longest_turn_with_ten_thousand_clients() {
    let descriptors = raise_descriptors();
    assert!(descriptors > CLIENTS + 100, "the descriptor limit is {descriptors}");
    println!("| writes | accepting | {} | the end |", LOADS.map(name).join(" | "));
    println!("| --: | --: |{} --: |", " --: |".repeat(LOADS.len()));
    for writes in [64, 256, TurnLimits::default().writes, CLIENTS] {
        let rooms: Vec<_> = (0..ROOMS).map(|_| room(writes)).collect();
        let median = |column: usize| {
            let mut longest: Vec<Duration> = rooms.iter().map(|room| room[column]).collect();
            longest.sort_unstable();
            ms(longest[ROOMS / 2])
        };
        let figures: Vec<String> = (0..rooms[0].len()).map(median).collect();
        println!("| {writes} | {} |", figures.join(" | "));
    }
}

/// The longest turns of one room: while all are accepted, under each load, and at the end.
fn room(writes: usize) -> [Duration; LOADS.len() + 2] {
    let turn = TurnLimits { writes, ..TurnLimits::default() };
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listener = Listener::tcp(any, &SocketOptions::default()).expect("a free port");
    let kernel = MioKernel::new(vec![listener]).expect("a poll");
    let address = kernel.addresses().expect("bound")[0].inet().expect("TCP");
    let config = Config { turn, max_clients: CLIENTS, ..Config::default() };
    let mut server = Server::new(kernel, config).expect("limits that work");
    let mut crowd = Crowd::connect(address, CLIENTS);
    let mut longest = [Duration::ZERO; LOADS.len() + 2];
    longest[0] = turn_until("connected", &mut server, &mut crowd);
    while server.client_count() < CLIENTS {
        server.turn(Some(Duration::from_millis(1))).expect("it waits");
    }
    for (longest, (talkers, bytes)) in longest[1..].iter_mut().zip(LOADS) {
        crowd.say(talkers, bytes);
        *longest = turn_until("heard", &mut server, &mut crowd);
    }
    longest[LOADS.len() + 1] = drain(&mut server);
    longest
}

/// The longest turn while everybody is told the end.
fn drain(server: &mut Server<MioKernel>) -> Duration {
    let mut longest = Duration::ZERO;
    server.shut_down();
    let began = Instant::now();
    while !server.is_finished() && began.elapsed() < Duration::from_secs(2) {
        let began = Instant::now();
        server.turn(Some(Duration::ZERO)).expect("it waits");
        longest = longest.max(began.elapsed());
    }
    longest
}

fn name((talkers, bytes): (usize, usize)) -> String {
    format!("{talkers} × {bytes} B")
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
