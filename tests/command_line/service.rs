//! A service manager: the sockets that it passes, and what it is told.

use std::io::{self, Read};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::harness::{LIMIT, wait_until};
use crate::process::{Folder, Process, command, echo, join, join_unix, prepared, unix};

/// The first descriptor that is passed, sd_listen_fds(3), is where standard input was.
const ONE: &str = "exec 3<&0 0</dev/null; export LISTEN_PID=$$ LISTEN_FDS=1";
/// The second one is where standard error was.
const TWO: &str = "exec 3<&0 4<&2 0</dev/null 2>/dev/null; export LISTEN_PID=$$ LISTEN_FDS=2";

/// A server that is passed this by a shell that stands in for a service manager.
fn passed(socket: impl Into<OwnedFd>, arguments: &[&str]) -> Command {
    let mut command = prepared(ONE, arguments);
    command.stdin(Stdio::from(socket.into()));
    command
}

fn tcp() -> (TcpListener, std::net::SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it has one");
    (listener, address)
}

#[test]
fn passed_sockets_are_served_instead_of_the_addresses_and_are_one_room() {
    let folder = Folder::new("passed");
    let (path, other) = (folder.path("socket"), folder.path("other"));
    let (listener, address) = tcp();
    let made = UnixListener::bind(&path).expect("a free path");
    let mut command = prepared(TWO, [unix(&other), "127.0.0.1:0".to_owned()]);
    command.stdin(Stdio::from(OwnedFd::from(listener))).stderr(Stdio::from(OwnedFd::from(made)));
    let mut server = Process::start(&mut command);
    drop(command);
    assert_eq!((server.address(), server.place()), (address, unix(&path)));
    let mut client = join(address);
    join_unix(&path);
    let mut heard = [0];
    client.read_exact(&mut heard).expect("one room");
    assert!(!other.exists(), "it listens on the command line's path too");
    server.signal(Signal::TERM);
    drop(client);
    let ended = server.end();
    assert!(ended.status.success() && ended.output.is_empty(), "{ended:?}");
    assert!(path.exists(), "the path is the manager's");
}

#[test]
fn who_connected_before_the_start_is_served() {
    let (listener, address) = tcp();
    let mut early = TcpStream::connect(address).expect("a backlog");
    early.set_read_timeout(Some(LIMIT)).expect("a timeout");
    let mut server = Process::start(&mut passed(listener, &[]));
    assert_eq!(server.address(), address);
    echo(&mut early);
}

#[test]
fn after_the_end_a_passed_socket_listens_on_for_the_next_start() {
    let (listener, address) = tcp();
    let manager = || listener.try_clone().expect("a descriptor");
    for _ in 0..2 {
        let mut server = Process::start(&mut passed(manager(), &[]));
        server.address();
        let client = join(address);
        server.signal(Signal::TERM);
        drop(client);
        assert!(server.end().status.success());
    }
    TcpStream::connect(address).expect("the manager listens");
}

#[test]
fn what_is_passed_and_is_no_stream_listener_is_one_line_and_exit_status_1() {
    let (listener, address) = tcp();
    let connected = TcpStream::connect(address).expect("it listens");
    let file = std::fs::File::open("/dev/null").expect("a file");
    let others: [(OwnedFd, &str); 4] = [
        (UdpSocket::bind("127.0.0.1:0").expect("a port").into(), "neither a TCP nor a UNIX"),
        (UnixDatagram::unbound().expect("a socket").into(), "neither a TCP nor a UNIX"),
        (connected.into(), "does not listen"),
        (file.into(), "no socket"),
    ];
    for (other, says) in others {
        let ended = Process::start(&mut passed(other, &["127.0.0.1:0"])).end();
        assert_eq!(ended.status.code(), Some(1), "{ended:?}");
        assert_eq!(ended.errors.lines().count(), 1, "{ended:?}");
        assert!(ended.errors.contains("socket 1 of 1"), "{ended:?}");
        assert!(ended.errors.contains(says), "{ended:?}");
        assert_eq!(ended.output, "", "it said that it listens");
    }
    drop(listener);
}

#[test]
fn sockets_for_another_process_are_not_taken() {
    let (listener, passed) = tcp();
    for commands in [
        "exec 3<&0; export LISTEN_PID=1 LISTEN_FDS=1",
        "exec 3<&0; export LISTEN_FDS=1",
        "exec 3<&0; export LISTEN_PID=$$ LISTEN_FDS=0",
        "exec 3<&0; export LISTEN_PID=$$",
    ] {
        let mut command = prepared(commands, ["127.0.0.1:0"]);
        let socket = listener.try_clone().expect("a descriptor");
        let mut server = Process::start(command.stdin(Stdio::from(OwnedFd::from(socket))));
        let address = server.address();
        assert_ne!(address, passed, "{commands}");
        join(address);
    }
}

#[test]
fn a_number_of_sockets_that_is_none_is_one_line_and_exit_status_1() {
    for number in ["many", "-1", "4294967295", "99999999999999999999"] {
        let commands = format!("export LISTEN_PID=$$ LISTEN_FDS={number}");
        let ended = Process::start(&mut prepared(&commands, ["127.0.0.1:0"])).end();
        assert_eq!(ended.status.code(), Some(1), "{ended:?}");
        assert_eq!(ended.errors.lines().count(), 1, "{ended:?}");
        assert!(ended.errors.contains("LISTEN_FDS"), "{ended:?}");
    }
}

/// The next thing that the manager is told.
fn told(manager: &UnixDatagram) -> io::Result<String> {
    let mut news = [0; 64];
    let length = manager.recv(&mut news)?;
    Ok(String::from_utf8_lossy(&news[..length]).into_owned())
}

/// A server with a manager of this name is ready once it listens, and stopping once it drains.
fn assert_is_told(manager: &UnixDatagram, name: &str) {
    manager.set_read_timeout(Some(LIMIT)).expect("a timeout");
    let mut command = command(["-v", "127.0.0.1:0"]);
    let mut server = Process::start(command.env("NOTIFY_SOCKET", name));
    assert_eq!(told(manager).expect("news"), "READY=1");
    let client = join(server.address());
    manager.set_nonblocking(true).expect("a flag");
    assert!(told(manager).is_err(), "it says more than there is to say");
    manager.set_nonblocking(false).expect("a flag");
    server.signal(Signal::TERM);
    assert_eq!(told(manager).expect("news"), "STOPPING=1");
    // It drains for as long as this one is there.
    assert!(server.child.try_wait().expect("a child").is_none());
    drop(client);
    let ended = server.end();
    assert!(ended.status.success() && !ended.errors.contains("warn:"), "{ended:?}");
}

#[test]
fn a_service_manager_is_told_when_it_listens_and_when_the_drain_begins() {
    let folder = Folder::new("notify");
    let path = folder.path("manager");
    let manager = UnixDatagram::bind(&path).expect("a free path");
    assert_is_told(&manager, path.to_str().expect("text"));
}

/// Linux alone knows a name without a file.
#[cfg(target_os = "linux")]
#[test]
fn a_service_manager_without_a_file_is_told_too() {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::SocketAddr;

    let name = format!("pollcast-manager-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).expect("a name");
    let manager = UnixDatagram::bind_addr(&address).expect("a free name");
    assert_is_told(&manager, &format!("@{name}"));
}

#[test]
fn a_service_manager_that_cannot_be_told_is_a_warning_and_no_end() {
    let folder = Folder::new("nobody");
    let path = folder.path("nobody");
    for name in [path.to_str().expect("text"), "vsock:2:1234", &"x".repeat(200)] {
        let mut command = command(["127.0.0.1:0"]);
        let mut server = Process::start(command.env("NOTIFY_SOCKET", name));
        drop(join(server.address()));
        server.signal(Signal::TERM);
        let ended = server.end();
        assert!(ended.status.success(), "{ended:?}");
        let warnings = ended.errors.lines().filter(|line| line.starts_with("warn:")).count();
        assert_eq!(warnings, 2, "{ended:?}");
    }
}

/// A manager that has no room for news.
fn stuck_manager(path: &Path) -> UnixDatagram {
    let manager = UnixDatagram::bind(path).expect("a free path");
    let filler = UnixDatagram::unbound().expect("a socket");
    filler.set_nonblocking(true).expect("a flag");
    wait_until("its queue is full", LIMIT, || filler.send_to(b"x", path).is_err());
    manager
}

#[test]
fn a_signal_that_comes_while_the_manager_is_waited_for_is_not_lost() {
    let folder = Folder::new("waits");
    let path = folder.path("manager");
    let manager = stuck_manager(&path);
    let mut command = command(["127.0.0.1:0"]);
    let mut server = Process::start(command.env("NOTIFY_SOCKET", &path));
    server.address();
    let stat = format!("/proc/{}/stat", server.child.id());
    wait_until("it waits for its manager", LIMIT, || {
        std::fs::read_to_string(&stat).expect("it runs").contains(") S ")
    });
    server.signal(Signal::TERM);
    manager.set_nonblocking(true).expect("a flag");
    while told(&manager).is_ok() {}
    assert!(server.end().status.success());
}

#[test]
fn a_service_manager_that_reads_nothing_holds_up_neither_the_start_nor_the_end() {
    let folder = Folder::new("stuck");
    let path = folder.path("manager");
    let manager = stuck_manager(&path);
    let mut command = command(["127.0.0.1:0"]);
    let mut server = Process::start(command.env("NOTIFY_SOCKET", &path));
    join(server.address());
    server.signal(Signal::TERM);
    let ended = server.end();
    assert!(ended.status.success() && ended.errors.contains("warn:"), "{ended:?}");
    drop(manager);
}
