//! `--keepalive`, as the kernel tells of it: the timer of each connection in /proc/net/tcp.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::ops::Range;

use crate::harness::{LIMIT, wait_until};
use crate::process::{Process, command, join};

/// proc_pid_net(5): `tr` says which timer runs; 2 is the one of a connection that is silent.
const KEEPALIVE: u8 = 2;

/// Hundredths of a second, whatever the kernel itself counts in.
const TICKS: u64 = 100;

/// The timer of the server's end of this connection, and when it will be up, in ticks.
fn timer(server: SocketAddr, client: SocketAddr) -> Option<(u8, u64)> {
    let place = |address: SocketAddr| {
        assert_eq!(address.ip(), Ipv4Addr::LOCALHOST);
        format!("{:08X}:{:04X}", u32::from_ne_bytes([127, 0, 0, 1]), address.port())
    };
    let table = fs::read_to_string("/proc/net/tcp").expect("a table");
    table.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is_it = fields[1] == place(server) && fields[2] == place(client);
        let (timer, ticks) = fields.get(5).filter(|_| is_it)?.split_once(':')?;
        Some((timer.parse().ok()?, u64::from_str_radix(ticks, 16).ok()?))
    })
}

/// The timer of a connection that has said something, of a server with these options.
fn assert_timer(options: &[&str], is_wanted: impl Fn((u8, u64)) -> bool) {
    let mut server = Process::start(&mut command(options.iter().copied().chain(["127.0.0.1:0"])));
    let address = server.address();
    let client: TcpStream = join(address);
    let client = client.local_addr().expect("bound");
    let mut last = None;
    // What it was sent is acknowledged first, which may take 40 ms.
    wait_until("the timer is the one that was asked for", LIMIT, || {
        last = timer(address, client);
        last.is_none_or(&is_wanted)
    });
    assert!(last.is_some(), "{options:?}: no such connection");
}

fn asks_in(seconds: Range<u64>) -> impl Fn((u8, u64)) -> bool {
    move |(timer, ticks)| {
        timer == KEEPALIVE && (seconds.start * TICKS..seconds.end * TICKS).contains(&ticks)
    }
}

#[test]
fn a_silent_client_is_asked_after_a_minute() {
    assert_timer(&[], asks_in(30..61));
}

#[test]
fn a_silent_client_is_asked_after_the_time_on_the_command_line() {
    assert_timer(&["--keepalive", "2h"], asks_in(7_000..7_201));
    assert_timer(&["--keepalive", "5s"], asks_in(1..6));
    assert_timer(&["--patience", "forever", "--keepalive=10m"], asks_in(500..601));
}

#[test]
fn a_silent_client_is_never_asked_if_keepalive_is_off() {
    assert_timer(&["--keepalive", "off"], |timer| timer == (0, 0));
}
