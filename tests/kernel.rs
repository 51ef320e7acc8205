//! What the kernel's connections and listeners are made of: options, paths, and short reads.

#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::{IoSlice, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{self as unix, UnixDatagram, UnixListener, UnixStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use mio::Interest;
use mio::unix::SourceFd;
use pollcast::kernel::mio::{Address, Listener, MioKernel, SocketOptions, Stream, listen};
use pollcast::kernel::{Event, Kernel};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, send, sendmsg};
use socket2::SockRef;

const SECOND: Duration = Duration::from_secs(1);

/// The next connection, waited for.
fn accept(kernel: &mut MioKernel) -> Stream {
    let began = Instant::now();
    loop {
        match kernel.accept(0) {
            Ok(accepted) => return accepted.connection,
            Err(error) => assert!(began.elapsed() < 10 * SECOND, "{error}"),
        }
    }
}

/// A connection that a listener with these options accepted, and its peer.
fn accepted_with(options: &SocketOptions) -> (Stream, TcpStream) {
    let listener = Listener::tcp("127.0.0.1:0".parse().expect("an address"), options);
    let mut kernel = MioKernel::new(vec![listener.expect("a free port")]).expect("a poll");
    let address = kernel.addresses().expect("bound")[0].inet().expect("TCP");
    let peer = TcpStream::connect(address).expect("it listens");
    (accept(&mut kernel), peer)
}

fn keepalive_of(stream: &Stream) -> (Duration, Duration, u32) {
    let socket = SockRef::from(stream);
    assert!(socket.keepalive().expect("an option"));
    (
        socket.tcp_keepalive_time().expect("an option"),
        socket.tcp_keepalive_interval().expect("an option"),
        socket.tcp_keepalive_retries().expect("an option"),
    )
}

#[test]
fn accepted_sockets_inherit_all_options_of_their_listener() {
    let options = SocketOptions { keepalive: Some(40 * SECOND), user_timeout: Some(50 * SECOND) };
    let (stream, _peer) = accepted_with(&options);
    assert_eq!(keepalive_of(&stream), (40 * SECOND, 10 * SECOND, 4));
    let socket = SockRef::from(&stream);
    assert_eq!(socket.tcp_user_timeout().expect("an option"), Some(50 * SECOND));
    assert_eq!(socket.tcp_notsent_lowat().expect("an option"), 128 << 10);
    assert!(socket.tcp_nodelay().expect("an option"));
    assert!(socket.out_of_band_inline().expect("an option"));
    assert!(socket.nonblocking().expect("a flag"));
}

#[test]
fn without_keepalive_and_user_timeout_the_kernel_asks_nobody_and_gives_nobody_up() {
    let (stream, _peer) = accepted_with(&SocketOptions { keepalive: None, user_timeout: None });
    let socket = SockRef::from(&stream);
    assert!(!socket.keepalive().expect("an option"));
    assert_eq!(socket.tcp_user_timeout().expect("an option").unwrap_or_default(), Duration::ZERO);
}

#[test]
fn a_silent_peer_that_is_gone_is_found_within_twice_the_keepalive() {
    for seconds in (1..=50).chain([60, 120, 3_600, 32_767]) {
        let keepalive = Some(Duration::from_secs(seconds));
        let (stream, _peer) = accepted_with(&SocketOptions { keepalive, user_timeout: None });
        let (time, interval, retries) = keepalive_of(&stream);
        let found = time + interval * retries;
        assert_eq!(time.as_secs(), seconds);
        assert!(found > time && found <= 2 * time, "{seconds}: found after {found:?}");
    }
}

#[test]
fn times_that_the_kernel_does_not_take_are_cut_to_what_it_takes() {
    let days = Duration::from_secs(366 * 24 * 3600);
    for (asked, set) in [(Duration::ZERO, 1), (Duration::from_millis(2_900), 2), (days, 32_767)] {
        let options = SocketOptions { keepalive: Some(asked), user_timeout: Some(days) };
        let (stream, _peer) = accepted_with(&options);
        assert_eq!(keepalive_of(&stream).0.as_secs(), set, "{asked:?}");
        let timeout = SockRef::from(&stream).tcp_user_timeout().expect("an option");
        assert_eq!(timeout, Some(Duration::from_millis(i32::MAX as u64)));
    }
}

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

/// A place for a socket that is free, and short enough.
fn free_path(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("pollcast-{name}-{}", std::process::id()));
    let _ = fs::remove_file(&path);
    path
}

/// Two ends of a connection over a UNIX socket.
fn unix_pair(name: &str) -> (MioKernel, Stream, UnixStream) {
    let path = free_path(name);
    let listener = Listener::unix(&path, Some(0o600)).expect("a free path");
    let mut kernel = MioKernel::new(vec![listener]).expect("a poll");
    let peer = UnixStream::connect(path).expect("it listens");
    let stream = accept(&mut kernel);
    assert_eq!(kernel.address(&stream), None);
    (kernel, stream, peer)
}

#[test]
fn a_read_of_a_unix_stream_does_not_stop_behind_a_message_with_descriptors() {
    let (mut kernel, mut stream, mut peer) = unix_pair("descriptors");
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let passed = [peer.as_fd()];
    assert!(control.push(SendAncillaryMessage::ScmRights(&passed)));
    sendmsg(&peer, &[IoSlice::new(b"one ")], &mut control, SendFlags::empty()).expect("room");
    peer.write_all(b"two").expect("room");
    let mut bytes = [0; 64];
    let read = kernel.read(&mut stream, &mut bytes).expect("it has arrived");
    assert_eq!(&bytes[..read], b"one two");
    drop(peer);
    assert_eq!(kernel.read(&mut stream, &mut bytes).expect("an end"), 0, "descriptors stay open");
}

#[test]
fn an_urgent_byte_of_a_unix_stream_is_a_byte_of_the_stream() {
    let (mut kernel, mut stream, mut peer) = unix_pair("urgent");
    peer.write_all(b"a").expect("room");
    if send(&peer, b"!", SendFlags::OOB).is_err() {
        return; // Before Linux 5.15.
    }
    peer.write_all(b"b").expect("room");
    let (mut bytes, mut all) = ([0; 64], Vec::<u8>::new());
    while let Ok(read @ 1..) = kernel.read(&mut stream, &mut bytes) {
        all.extend(&bytes[..read]);
    }
    assert_eq!(all, b"a!b");
}

#[test]
fn a_connection_is_two_words_at_most() {
    let most = if cfg!(mio_unsupported_force_poll_poll) { 24 } else { 8 };
    assert!(size_of::<Stream>() <= most, "{} bytes", size_of::<Stream>());
}

#[test]
fn a_path_goes_when_listening_ends_unless_it_is_somebody_elses_by_then() {
    let path = free_path("goes");
    let mut kernels: Vec<MioKernel> = Vec::new();
    for _ in 0..2 {
        let listener = Listener::unix(&path, None).expect("a free path");
        kernels.push(MioKernel::new(vec![listener]).expect("a poll"));
        assert_eq!(kernels[0].addresses().expect("bound"), [Address::Unix(path.clone())]);
        if kernels.len() == 1 {
            fs::remove_file(&path).expect("it is there");
        }
    }
    kernels[0].stop_listening();
    UnixStream::connect(&path).expect("the second one's path stays");
    kernels[1].stop_listening();
    assert!(!path.exists(), "it stays although nobody listens");
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

#[test]
fn events_of_the_hosts_sources_are_counted_and_nothing_else_is() {
    let listener = listen("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let mut kernel = MioKernel::new(vec![listener]).expect("a poll");
    let address = kernel.addresses().expect("bound")[0].inet().expect("TCP");
    let (mut far, near) = UnixStream::pair().expect("a pair");
    let near = std::os::fd::AsRawFd::as_raw_fd(&near);
    let mut source = SourceFd(&near);
    let token = MioKernel::HOST_TOKEN;
    kernel.registry().register(&mut source, token, Interest::READABLE).expect("room");
    let mut events: Vec<Event> = Vec::new();
    let _client = TcpStream::connect(address).expect("it listens");
    kernel.wait(&mut events, Some(10 * SECOND)).expect("it waits");
    assert_eq!((events.len(), kernel.host_events()), (1, 0), "the listener alone has news");
    far.write_all(b".").expect("room");
    kernel.wait(&mut events, Some(10 * SECOND)).expect("it waits");
    assert_eq!((events.len(), kernel.host_events()), (0, 1), "the host's source alone has news");
}
