//! What a wait tells, and of whom.

use std::io::{self, ErrorKind, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use mio::Interest;
use mio::unix::SourceFd;
use pollcast::kernel::mio::{MioKernel, SocketOptions, Stream};
use pollcast::kernel::{Event, Kernel, Shortage, Source};
use rustix::net::{SendFlags, send};
use socket2::SockRef;

use crate::limit::LIMIT;
use crate::{SECOND, accept, connect, kernel_with, tcp_pair, unix_pair};

/// What happens next, once it has happened.
#[track_caller]
fn events(kernel: &mut MioKernel) -> Vec<Event> {
    let mut events = Vec::new();
    kernel.wait(&mut events, Some(LIMIT)).expect("it waits");
    events
}

/// What happens next to this connection, under the key 7.
#[track_caller]
fn event(kernel: &mut MioKernel, stream: &mut Stream, writable: bool) -> Event {
    kernel.add(stream, 7, writable).expect("room");
    let events = events(kernel);
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0].source, Source::Client(7));
    events[0]
}

#[test]
fn a_listener_goes_by_its_number_and_accepts_its_own() {
    let mut kernel = kernel_with(3, &SocketOptions::default());
    for number in [1, 0, 2] {
        let peer = connect(&kernel, number);
        let told = events(&mut kernel);
        let sources: Vec<Source> = told.iter().map(|event| event.source).collect();
        assert_eq!(sources, [Source::Listener(number)]);
        let accepted = kernel.accept(number).expect("it is told");
        assert_eq!(accepted.address, peer.local_addr().ok());
        let none = kernel.accept(number).expect_err("nobody else is there");
        assert_eq!(none.kind(), ErrorKind::WouldBlock);
    }
    kernel.stop_listening();
    let none = kernel.accept(0).expect_err("no listener is there");
    assert_eq!(none.kind(), ErrorKind::WouldBlock);
}

/// The greatest key that is not one of 1,024 listeners', the stop handle's, or the host's.
#[test]
fn a_client_goes_by_its_key_up_to_those_of_listeners() {
    let mut kernel = kernel_with(1, &SocketOptions::default());
    for key in [0, 1 << 20, usize::MAX - 2 - 1024] {
        let mut peer = connect(&kernel, 0);
        let mut stream = accept(&mut kernel);
        kernel.add(&mut stream, key, false).expect("room");
        peer.write_all(b".").expect("room");
        let told = events(&mut kernel);
        assert!(told.iter().any(|event| event.source == Source::Client(key)), "{key}: {told:?}");
        kernel.close(stream);
    }
}

#[test]
fn what_arrives_is_to_be_read_and_no_reason_to_read_on() {
    let (mut kernel, mut stream, mut peer) = tcp_pair();
    peer.write_all(b".").expect("room");
    let told = event(&mut kernel, &mut stream, false);
    assert!(told.readable && !told.writable && !told.read_on, "{told:?}");
}

#[test]
fn room_to_write_is_told_to_those_who_ask_and_again_each_time() {
    let (mut kernel, mut stream, mut peer) = tcp_pair();
    let told = event(&mut kernel, &mut stream, true);
    assert!(told.writable && !told.readable && !told.read_on, "{told:?}");
    peer.write_all(b".").expect("room");
    for writable in [true, false, true] {
        kernel.arm(&mut stream, 7, writable).expect("registered");
        let told = events(&mut kernel);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].readable && told[0].writable == writable, "{told:?}");
    }
}

#[test]
fn an_end_of_stream_is_to_be_read_on_to() {
    let (mut kernel, mut stream, peer) = tcp_pair();
    peer.shutdown(Shutdown::Write).expect("connected");
    let told = event(&mut kernel, &mut stream, false);
    assert!(told.readable && told.read_on && !told.writable, "{told:?}");
}

#[test]
fn an_urgent_mark_is_to_be_read_past() {
    let (mut kernel, mut stream, peer) = tcp_pair();
    send(&peer, b"!", SendFlags::OOB).expect("room");
    let told = event(&mut kernel, &mut stream, false);
    assert!(told.readable && told.read_on, "{told:?}");
}

#[test]
fn a_hang_up_and_a_reset_are_told_as_room_to_read_and_to_write() {
    let (mut kernel, mut stream, peer) = unix_pair("hang-up");
    drop(peer);
    let told = event(&mut kernel, &mut stream, false);
    assert!(told.readable && told.read_on && told.writable, "a hang-up: {told:?}");
    let (mut kernel, mut stream, peer) = tcp_pair();
    SockRef::from(&peer).set_linger(Some(Duration::ZERO)).expect("an option");
    drop(peer);
    let told = event(&mut kernel, &mut stream, false);
    assert!(told.readable && told.read_on && told.writable, "a reset: {told:?}");
}

#[test]
fn a_wait_forgets_what_was_told_and_ends_in_time_if_nothing_happens() {
    let mut kernel = kernel_with(1, &SocketOptions::default());
    let before = kernel.now();
    let stale = Event { source: Source::Client(7), readable: true, writable: true, read_on: true };
    let mut events = vec![stale];
    kernel.wait(&mut events, Some(SECOND / 50)).expect("it waits");
    assert_eq!(events, []);
    let passed = kernel.now() - before;
    assert!(passed >= SECOND / 50 && passed < LIMIT, "{passed:?}");
}

#[test]
fn a_connection_that_was_closed_is_told_of_no_more_though_somebody_else_has_it_open() {
    let (mut kernel, mut stream, mut peer) = tcp_pair();
    kernel.add(&mut stream, 7, false).expect("room");
    let _held = rustix::io::dup(&stream).expect("a descriptor");
    kernel.close(stream);
    peer.write_all(b".").expect("room");
    let mut events = Vec::new();
    kernel.wait(&mut events, Some(SECOND / 50)).expect("it waits");
    assert_eq!(events, []);
}

#[test]
fn errors_say_what_is_short_if_something_is() {
    let short = |number| MioKernel::shortage(&io::Error::from_raw_os_error(number));
    for number in [libc::EMFILE, libc::ENFILE] {
        assert_eq!(short(number), Some(Shortage::Descriptors));
    }
    for number in [libc::ENOBUFS, libc::ENOMEM] {
        assert_eq!(short(number), Some(Shortage::Memory));
    }
    for number in [libc::EAGAIN, libc::ECONNABORTED, libc::EPERM] {
        assert_eq!(short(number), None);
    }
    assert_eq!(MioKernel::shortage(&ErrorKind::OutOfMemory.into()), None, "not of the system");
}

#[test]
fn events_of_the_hosts_sources_are_counted_and_nothing_else_is() {
    let mut kernel = kernel_with(1, &SocketOptions::default());
    let (mut far, near) = UnixStream::pair().expect("a pair");
    let near = std::os::fd::AsRawFd::as_raw_fd(&near);
    let mut source = SourceFd(&near);
    let token = MioKernel::HOST_TOKEN;
    kernel.registry().register(&mut source, token, Interest::READABLE).expect("room");
    let mut events: Vec<Event> = Vec::new();
    let _client = connect(&kernel, 0);
    kernel.wait(&mut events, Some(LIMIT)).expect("it waits");
    assert_eq!((events.len(), kernel.host_events()), (1, 0), "the listener alone has news");
    far.write_all(b".").expect("room");
    kernel.wait(&mut events, Some(LIMIT)).expect("it waits");
    assert_eq!((events.len(), kernel.host_events()), (0, 1), "the host's source alone has news");
}
