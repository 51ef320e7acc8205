//! Where it listens, what it says of that, and what happens when it cannot.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use rustix::process::Signal;

use crate::harness::{LIMIT, wait_until};
use crate::process::{Process, command, echo, join, run};

#[test]
fn each_listener_is_one_line_with_its_actual_port() {
    let arguments = ["-qq", "127.0.0.1:0", "--listen", "127.0.0.1:0", "-l127.0.0.1:0"];
    let mut server = Process::start(&mut command(arguments));
    let mut addresses = vec![server.address(), server.address(), server.address()];
    // All of them are the same room.
    let mut clients: Vec<_> = addresses.iter().map(|&address| join(address)).collect();
    echo(&mut clients[2]);
    assert!(addresses.iter().all(|address| address.ip() == Ipv4Addr::LOCALHOST));
    addresses.sort_unstable();
    addresses.dedup();
    assert!(addresses.len() == 3 && addresses[0].port() > 0, "{addresses:?}");
    server.signal(Signal::TERM);
    drop(clients);
    assert_eq!(server.end().output, "", "more than a line for each");
}

#[test]
fn a_port_alone_serves_all_interfaces_in_both_families() {
    let mut server = Process::start(&mut command([":0"]));
    let address = server.address();
    assert!(address.ip().is_unspecified(), "{address}");
    join((Ipv4Addr::LOCALHOST, address.port()));
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() {
        assert!(address.is_ipv6());
        join((Ipv6Addr::LOCALHOST, address.port()));
    }
}

#[test]
fn an_ipv6_address_stands_in_brackets() {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        return;
    }
    let mut server = Process::start(&mut command(["[::1]:0"]));
    let address = server.address();
    assert_eq!(address.ip(), Ipv6Addr::LOCALHOST);
    join(address);
}

#[test]
fn a_host_is_looked_up_and_each_address_of_it_is_served() {
    let Ok(found) = ("localhost", 0).to_socket_addrs() else { return };
    let mut found: Vec<SocketAddr> = found.collect();
    found.sort_unstable();
    found.dedup();
    if found.iter().any(|address| TcpListener::bind(address).is_err()) {
        return;
    }
    let mut server = Process::start(&mut command(["localhost:0"]));
    for _ in found {
        let address = server.address();
        assert!(address.ip().is_loopback());
        join(address);
    }
    server.signal(Signal::TERM);
    assert_eq!(server.end().output, "");
}

#[test]
fn a_port_in_use_is_one_line_and_exit_status_1() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("it has one").to_string();
    let any = format!(":{}", address.rsplit(':').next().expect("a port"));
    let cases = [
        (vec![address.as_str()], address.clone()),
        (vec!["127.0.0.1:0", "-l", &address], address.clone()),
        (vec!["-vv", "--max-clients", "4294967295", &address], address.clone()),
        (vec![any.as_str()], any.clone()),
    ];
    for (arguments, names) in cases {
        let ended = run(&arguments);
        let lines: Vec<&str> =
            ended.errors.lines().filter(|line| !line.starts_with("trace: ")).collect();
        assert_eq!(ended.status.code(), Some(1), "{ended:?}");
        assert_eq!(lines.len(), 1, "{ended:?}");
        assert!(lines[0].contains(&names) && lines[0].contains("in use"), "{ended:?}");
        assert_eq!(ended.output, "", "it said that it listens");
    }
}

#[test]
fn a_port_that_is_in_use_in_one_family_is_not_served_in_the_other_alone() {
    let Ok(taken) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else { return };
    let any = format!(":{}", taken.local_addr().expect("it has one").port());
    let ended = run([any.as_str()]);
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert!(ended.errors.contains(&any) && ended.errors.contains("in use"), "{ended:?}");
}

#[test]
fn an_address_of_another_machine_is_one_line_and_exit_status_1() {
    // TEST-NET-3 (RFC 5737): nobody has it.
    let ended = run(["203.0.113.1:0"]);
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert_eq!(ended.errors.lines().count(), 1, "{ended:?}");
    assert!(ended.errors.contains("203.0.113.1:0"), "{ended:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_link_local_address_takes_its_scope_by_name_or_by_number() {
    for address in ["[fe80::1%lo]:0", "[fe80::1%1]:0"] {
        // The loopback, number 1 on Linux, has no such address.
        let ended = run([address]);
        assert_eq!(ended.status.code(), Some(1), "{ended:?}");
        assert!(ended.errors.contains("cannot listen on [fe80::1%1]:0"), "{ended:?}");
    }
}

#[test]
fn a_port_can_be_served_again_at_once() {
    let mut first = Process::start(&mut command(["127.0.0.1:0"]));
    let address = first.address();
    // The server closes first, so its end of this connection stays in TIME-WAIT.
    let _client = join(address);
    first.signal(Signal::TERM);
    assert!(first.end().status.success());
    let mut second = Process::start(&mut command([address.to_string()]));
    assert_eq!(second.address(), address);
    join(address);
}

#[test]
fn standard_output_that_nobody_reads_kills_nobody() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let address = free.expect("a port");
    let (output, nobody) = UnixStream::pair().expect("a pair");
    drop(nobody);
    let mut command = command([address.to_string()]);
    let mut server = Process::start(command.stdout(Stdio::from(OwnedFd::from(output))));
    wait_until("it listens", LIMIT, || std::net::TcpStream::connect(address).is_ok());
    join(address);
    assert!(server.child.try_wait().expect("a child").is_none());
    server.signal(Signal::TERM);
    assert!(server.end().status.success());
}
