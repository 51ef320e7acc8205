//! The server in a host of its own, on real sockets, turned by hand: what a child process cannot
//! show.

#[path = "harness/descriptors.rs"]
mod descriptors;

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use pollcast::kernel::Kernel;
use pollcast::kernel::mio::{MioKernel, listen};
use pollcast::{Config, Server, TurnLimits};
#[cfg(not(mio_unsupported_force_poll_poll))]
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{FdFlags, fcntl_getfd};
use socket2::SockRef;

use descriptors::raise_descriptors;

/// Longer than anything that works can take.
const LIMIT: Duration = Duration::from_secs(20);

fn room(config: Config) -> (Server<MioKernel>, SocketAddr) {
    raise_descriptors();
    let listener = listen("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let kernel = MioKernel::new(vec![listener]).expect("a poll");
    let address = kernel.addresses().expect("bound")[0].inet().expect("TCP");
    (Server::new(kernel, config).expect("limits that work"), address)
}

#[track_caller]
fn until(server: &mut Server<MioKernel>, holds: impl Fn(&Server<MioKernel>) -> bool) {
    let began = Instant::now();
    while !holds(server) {
        assert!(began.elapsed() < LIMIT, "it never came to it: {:?}", server.stats());
        server.turn(Some(Duration::from_millis(1))).expect("it waits");
    }
}

#[test]
fn more_clients_than_events_are_told_at_a_time_are_all_heard_and_all_receive() {
    const CLIENTS: usize = 700;
    let (mut server, address) = room(Config::default());
    let connect = |_| TcpStream::connect(address).expect("it listens");
    let mut clients: Vec<TcpStream> = (0..CLIENTS).map(connect).collect();
    until(&mut server, |server| server.client_count() == CLIENTS);
    for client in &mut clients {
        client.write_all(b"x").expect("it reads");
    }
    until(&mut server, |server| server.stats().bytes_out == (CLIENTS * CLIENTS) as u64);
    for client in &mut clients {
        client.set_read_timeout(Some(LIMIT)).expect("a timeout");
        let mut heard = vec![0; CLIENTS];
        client.read_exact(&mut heard).expect("everybody is heard");
        assert!(heard.iter().all(|&byte| byte == b'x'));
    }
}

#[test]
fn those_that_a_turn_did_not_accept_are_accepted_in_the_next_ones_without_a_new_connect() {
    let turn = TurnLimits { accepts: 3, ..TurnLimits::default() };
    let (mut server, address) = room(Config { turn, ..Config::default() });
    let connect = |_| TcpStream::connect(address).expect("it listens");
    let clients: Vec<TcpStream> = (0..10).map(connect).collect();
    let mut joined = Vec::new();
    while server.client_count() < clients.len() {
        server.turn(Some(LIMIT)).expect("it waits");
        joined.push(server.stats().joined);
    }
    assert_eq!(joined, [3, 6, 9, 10]);
}

#[test]
fn a_listener_that_another_process_has_shut_down_keeps_nobody_of_another_one_out() {
    let any = "127.0.0.1:0".parse().expect("an address");
    let listeners = vec![listen(any).expect("a free port"), listen(any).expect("a free port")];
    // As a process does that has inherited it.
    let shared = listeners[0].as_fd().try_clone_to_owned().expect("a descriptor");
    let kernel = MioKernel::new(listeners).expect("a poll");
    let address = kernel.addresses().expect("bound")[1].inet().expect("TCP");
    let mut server = Server::new(kernel, Config::default()).expect("limits that work");
    SockRef::from(&shared).shutdown(Shutdown::Both).expect("it listens");
    server.turn(Some(Duration::from_millis(10))).expect("it waits");
    let _client = TcpStream::connect(address).expect("it listens");
    until(&mut server, |server| server.stats().joined == 1);
}

#[test]
fn one_who_was_reset_in_the_backlog_joins_or_does_not_and_is_gone_and_nobody_else_notices() {
    let config = Config { max_clients_per_address: Some(100), ..Config::default() };
    let (mut server, address) = room(config);
    for _ in 0..20 {
        let unlucky = TcpStream::connect(address).expect("it listens");
        SockRef::from(&unlucky).set_linger(Some(Duration::ZERO)).expect("an option");
        drop(unlucky);
    }
    let mut other = TcpStream::connect(address).expect("it listens");
    other.write_all(b"hello").expect("it reads");
    // Nobody has looked at the backlog yet: all of this was in it.
    until(&mut server, |server| server.stats().bytes_out >= 5 && server.client_count() == 1);
    let mut echo = [0; 5];
    other.read_exact(&mut echo).expect("it serves");
    assert_eq!(&echo, b"hello");
}

#[test]
fn no_descriptor_outlives_an_exec_of_the_host() {
    let listener = listen("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let is_closed = |flags: FdFlags| flags.contains(FdFlags::CLOEXEC);
    assert!(is_closed(fcntl_getfd(&listener).expect("open")), "the listener");
    let mut kernel = MioKernel::new(vec![listener]).expect("a poll");
    let address = kernel.addresses().expect("bound")[0].inet().expect("TCP");
    let _client = TcpStream::connect(address).expect("it listens");
    let began = Instant::now();
    let connection = loop {
        match kernel.accept(0) {
            Ok(accepted) => break accepted.connection,
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}"),
        }
        assert!(began.elapsed() < LIMIT, "nobody comes");
    };
    assert!(is_closed(fcntl_getfd(&connection).expect("open")), "the connection");
    assert!(all_are_closed_on_exec(), "the poll, or a socket");
}

/// Whether all polls and sockets of the process are.
#[cfg(target_os = "linux")]
fn all_are_closed_on_exec() -> bool {
    let folder = std::fs::read_dir("/proc/self/fd").expect("a folder");
    let mut numbers = folder.map(|entry| entry.expect("an entry").file_name());
    numbers.all(|number| {
        let number = number.to_str().expect("a number");
        let Ok(what) = std::fs::read_link(format!("/proc/self/fd/{number}")) else { return true };
        let what = what.to_string_lossy().into_owned();
        let Ok(text) = std::fs::read_to_string(format!("/proc/self/fdinfo/{number}")) else {
            return true;
        };
        let flags = text.lines().find_map(|line| line.strip_prefix("flags:")).expect("flags");
        let flags = i64::from_str_radix(flags.trim(), 8).expect("an octal number");
        let is_ours = what.contains("eventpoll") || what.starts_with("socket:");
        // open(2): O_CLOEXEC.
        !is_ours || flags & i64::from(libc::O_CLOEXEC) != 0
    })
}

#[cfg(not(target_os = "linux"))]
fn all_are_closed_on_exec() -> bool {
    true
}

#[test]
fn a_thread_that_holds_the_stop_handle_ends_a_server_that_waits() {
    let listener = listen("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let kernel = MioKernel::new(vec![listener]).expect("a poll");
    let stop = kernel.stop_handle().expect("a descriptor");
    let mut server = Server::new(kernel, Config::default()).expect("limits that work");
    let other = std::thread::spawn({
        let stop = stop.clone();
        move || stop.stop().expect("it can be asked")
    });
    let began = Instant::now();
    while !server.is_finished() {
        assert!(began.elapsed() < LIMIT, "it was asked to end, and goes on");
        server.turn(Some(LIMIT)).expect("it waits");
    }
    other.join().expect("it has asked");
    drop(server);
    stop.stop().expect("a server that is gone may be asked too");
}

#[test]
#[cfg(mio_unsupported_force_poll_poll)]
#[ignore = "mio's poll(2) backend has no descriptor"]
fn a_host_waits_for_the_server_as_a_descriptor() {}

#[test]
#[cfg(not(mio_unsupported_force_poll_poll))]
fn a_host_waits_for_the_server_as_a_descriptor() {
    let (mut server, address) = room(Config::default());
    let is_readable = |server: &Server<MioKernel>, limit: Duration| {
        let mut files = [PollFd::new(server, PollFlags::IN)];
        let limit = Timespec::try_from(limit).expect("seconds");
        poll(&mut files, Some(&limit)).expect("it polls") > 0
    };
    assert!(!is_readable(&server, Duration::ZERO), "nothing has happened");
    let mut client = TcpStream::connect(address).expect("it listens");
    client.write_all(b"hello").expect("it reads");
    while server.stats().bytes_out < 5 {
        let limit = server.next_timeout().unwrap_or(LIMIT);
        assert!(limit < LIMIT || is_readable(&server, limit), "it has more to do");
        server.turn(Some(Duration::ZERO)).expect("it waits");
    }
    let mut echo = [0; 5];
    client.read_exact(&mut echo).expect("it serves");
    assert_eq!((&echo, server.next_timeout()), (b"hello", None));
}
