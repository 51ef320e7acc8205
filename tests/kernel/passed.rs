//! Listeners that somebody else made.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{self as unix, UnixDatagram, UnixListener, UnixStream};

use pollcast::kernel::Kernel;
use pollcast::kernel::mio::{Listener, MioKernel, SocketOptions};
use socket2::SockRef;

use crate::options::keepalive_of;
use crate::{SECOND, accept, free_path};

#[test]
fn who_connected_before_a_listener_was_passed_has_the_options_too() {
    let made = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = made.local_addr().expect("it has one");
    let early = TcpStream::connect(address).expect("it listens");
    let options = SocketOptions { keepalive: Some(7 * SECOND), ..SocketOptions::default() };
    let listener = Listener::inherited(made, &options).expect("a listener");
    let mut kernel = MioKernel::new(vec![listener]).expect("a poll");
    let first = accept(&mut kernel);
    assert!(kernel.accept(0).is_err(), "nobody else is there");
    let late = TcpStream::connect(address).expect("it listens");
    for stream in [first, accept(&mut kernel)] {
        assert_eq!(keepalive_of(&stream).0, 7 * SECOND);
        assert!(SockRef::from(&stream).out_of_band_inline().expect("an option"));
        assert!(SockRef::from(&stream).tcp_nodelay().expect("an option"));
    }
    drop((early, late));
}

#[test]
fn what_is_no_stream_listener_is_not_taken_for_one() {
    let connected = UnixStream::pair().expect("a pair").0;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let client = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    let others: [(OwnedFd, &str); 5] = [
        (UdpSocket::bind("127.0.0.1:0").expect("a port").into(), "neither"),
        (UnixDatagram::unbound().expect("a socket").into(), "neither"),
        (connected.into(), "does not listen"),
        (client.into(), "does not listen"),
        (File::open("/dev/null").expect("a file").into(), "no socket"),
    ];
    for (other, says) in others {
        let error = Listener::inherited(other, &SocketOptions::default()).expect_err("no listener");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn a_passed_path_stays_when_listening_ends() {
    let path = free_path("passed");
    let made = UnixListener::bind(&path).expect("a free path");
    let listener = Listener::inherited(made, &SocketOptions::default()).expect("a listener");
    assert_eq!(listener.address().expect("bound").to_string(), format!("unix:{}", path.display()));
    MioKernel::new(vec![listener]).expect("a poll").stop_listening();
    fs::remove_file(&path).expect("it is the manager's");
}

#[test]
fn a_listener_without_a_file_is_told_with_an_at_sign() {
    let name = format!("pollcast-{}\n", std::process::id());
    let address = unix::SocketAddr::from_abstract_name(&name).expect("a name");
    let made = UnixListener::bind_addr(&address).expect("a free name");
    let listener = Listener::inherited(made, &SocketOptions::default()).expect("a listener");
    let told = listener.address().expect("bound").to_string();
    assert_eq!(told, format!("unix:@{}", name.escape_default()));
}

#[test]
fn nothing_is_told_of_a_passed_listener_after_listening_ends_though_the_manager_has_it_open() {
    let manager = TcpListener::bind("127.0.0.1:0").expect("a port");
    let passed = manager.try_clone().expect("a descriptor");
    let listener = Listener::inherited(passed, &SocketOptions::default()).expect("a listener");
    let mut kernel = MioKernel::new(vec![listener]).expect("a poll");
    kernel.stop_listening();
    let _client = TcpStream::connect(manager.local_addr().expect("bound")).expect("it listens");
    let mut events = Vec::new();
    kernel.wait(&mut events, Some(SECOND / 10)).expect("it waits");
    assert_eq!(events, []);
}
