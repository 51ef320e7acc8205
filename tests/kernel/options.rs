//! Options of TCP connections.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use pollcast::kernel::mio::{Listener, SocketOptions, Stream};
use socket2::SockRef;

use crate::{SECOND, accept, connect, kernel_with};

/// A connection that a listener with these options accepted, and its peer.
fn accepted_with(options: &SocketOptions) -> (Stream, TcpStream) {
    let mut kernel = kernel_with(1, options);
    let peer = connect(&kernel, 0);
    (accept(&mut kernel), peer)
}

pub(crate) fn keepalive_of(stream: &Stream) -> (Duration, Duration, u32) {
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

/// Whatever net.ipv6.bindv6only says.
#[test]
fn a_listener_on_all_interfaces_of_ipv6_takes_ipv4_too() {
    let any = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0));
    let Ok(listener) = Listener::tcp(any, &SocketOptions::default()) else { return };
    let port = listener.address().expect("bound").inet().expect("TCP").port();
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
}
