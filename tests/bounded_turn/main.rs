//! A turn makes no more writes, reads and accepts than its host has stated, so that a host with
//! other work, or with several servers, knows how long it is away.

mod crowd;
#[path = "../harness/descriptors.rs"]
mod descriptors;
#[path = "../harness/limit.rs"]
mod limit;
mod longest;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use pollcast::kernel::mio::{MioKernel, listen};
use pollcast::{Config, Server, TurnLimits};

use limit::LIMIT;

fn room(config: Config) -> (Server<MioKernel>, SocketAddr) {
    let listener = listen("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let kernel = MioKernel::new(vec![listener]).expect("a poll");
    let address = kernel.addresses().expect("bound")[0].inet().expect("TCP");
    (Server::new(kernel, config).expect("limits that work"), address)
}

fn connect(address: SocketAddr) -> TcpStream {
    let client = TcpStream::connect(address).expect("it listens");
    client.set_nonblocking(true).expect("an option");
    client.set_nodelay(true).expect("an option");
    client
}

/// What one turn that does not wait has done: writes, reads, connections taken.
fn turn(server: &mut Server<MioKernel>) -> [u64; 3] {
    let count = |server: &Server<MioKernel>| {
        let stats = server.stats();
        [stats.writes, stats.reads, stats.joined + stats.refused]
    };
    let before = count(server);
    server.turn(Some(Duration::ZERO)).expect("it waits");
    let after = count(server);
    [0, 1, 2].map(|index| after[index] - before[index])
}

/// Everybody writes and reads as much as goes.
fn flood(clients: &mut [TcpStream]) {
    let mut buffer = vec![b'x'; 1 << 14];
    for client in clients {
        match client.write(&buffer) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => panic!("{error}"),
            _ => {}
        }
        while matches!(client.read(&mut buffer), Ok(1..)) {}
        buffer.fill(b'x');
    }
}

const FEW: TurnLimits = TurnLimits { accepts: 3, reads: 5, writes: 7, bytes: 128 << 10 };

#[test]
fn no_turn_makes_more_writes_reads_or_accepts_than_it_may_and_floods_make_as_many() {
    let (mut server, address) = room(Config { turn: FEW, ..Config::default() });
    let mut clients: Vec<TcpStream> = (0..40).map(|_| connect(address)).collect();
    let mut most = [0; 3];
    let began = Instant::now();
    while server.stats().bytes_out < 40 << 20 {
        assert!(began.elapsed() < LIMIT, "it does not get on: {:?}", server.stats());
        let made = turn(&mut server);
        most = [0, 1, 2].map(|index| made[index].max(most[index]));
        if server.client_count() == clients.len() {
            flood(&mut clients);
        }
    }
    assert_eq!(most, [7, 5, 3], "writes, reads and accepts of the turn that made the most");
}

#[test]
fn beside_a_flooded_server_another_one_of_the_process_waits_for_one_turn_at_most() {
    let turn_of_flooded = TurnLimits { writes: 16, ..TurnLimits::default() };
    let (mut flooded, attacked) = room(Config { turn: turn_of_flooded, ..Config::default() });
    let (mut quiet, address) = room(Config::default());
    let mut crowd: Vec<TcpStream> = (0..60).map(|_| connect(attacked)).collect();
    let mut client = connect(address);
    let began = Instant::now();
    while flooded.client_count() < crowd.len() || quiet.client_count() < 1 {
        assert!(began.elapsed() < LIMIT, "they never got in");
        turn(&mut flooded);
        turn(&mut quiet);
    }
    let (mut most, mut longest) = (0, Duration::ZERO);
    for said in 1..=300 {
        flood(&mut crowd);
        client.write_all(b"?").expect("room");
        // Its input is there before the flooded one's turn begins: it waits for that turn alone.
        let ready = Instant::now();
        let [writes, ..] = turn(&mut flooded);
        longest = longest.max(ready.elapsed());
        most = most.max(writes);
        turn(&mut quiet);
        assert_eq!(quiet.stats().bytes_out, said, "answered in the turn that comes next");
    }
    assert!(flooded.stats().bytes_in > 1 << 20, "a flood: {:?}", flooded.stats());
    assert_eq!(most, 16, "writes of the flooded one's longest turn, as stated");
    eprintln!("the quiet one waited {longest:?} at most, for a turn of {most} writes");
}
