//! Connections: what is read and written, and how they end.

use std::io::{ErrorKind, IoSlice, Read, Write};
use std::net::Shutdown;
use std::os::fd::AsFd;

use pollcast::kernel::Kernel;
use pollcast::kernel::mio::Stream;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, send, sendmsg};

use crate::{accept, connect, kernel_with, tcp_pair, unix_pair};

/// Reads until there is nothing, or the end.
fn read_all(kernel: &mut impl Kernel<Connection = Stream>, stream: &mut Stream) -> Vec<u8> {
    let (mut bytes, mut all) = ([0; 64], Vec::<u8>::new());
    while let Ok(read @ 1..) = kernel.read(stream, &mut bytes) {
        all.extend(&bytes[..read]);
        assert!(all.len() < 1_000, "it does not end");
    }
    all
}

#[test]
fn what_is_written_arrives_in_order_and_then_the_end() {
    let (mut kernel, mut stream, mut peer) = tcp_pair();
    let slices = [IoSlice::new(b"one "), IoSlice::new(b"two")];
    assert_eq!(kernel.write(&mut stream, &slices).expect("room"), 7);
    kernel.finish(&mut stream).expect("connected");
    let mut heard = String::new();
    peer.read_to_string(&mut heard).expect("an end");
    assert_eq!(heard, "one two");
    peer.write_all(b"still here").expect("one direction has ended");
    peer.shutdown(Shutdown::Write).expect("connected");
    assert_eq!(read_all(&mut kernel, &mut stream), b"still here");
    assert_eq!(kernel.read(&mut stream, &mut [0; 8]).expect("an end"), 0);
}

#[test]
fn a_read_without_input_and_a_write_without_room_do_not_wait() {
    let (mut kernel, mut stream, _peer) = tcp_pair();
    let error = kernel.read(&mut stream, &mut [0; 8]).expect_err("no input");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    let chunk = [b'x'; 1 << 16];
    let mut write = |_| kernel.write(&mut stream, &[IoSlice::new(&chunk)]).err();
    let error = (0..10_000).find_map(&mut write).expect("room for 64 KiB has an end");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
}

#[test]
fn who_is_at_the_other_end_is_known_over_tcp_and_never_over_unix() {
    let (kernel, stream, peer) = tcp_pair();
    assert_eq!(kernel.address(&stream), peer.local_addr().ok());
    let (kernel, stream, _peer) = unix_pair("nobody");
    assert_eq!(kernel.address(&stream), None);
}

#[test]
fn a_close_is_an_end_of_stream_and_giving_up_is_a_reset() {
    let mut kernel = kernel_with(1, &pollcast::kernel::mio::SocketOptions::default());
    let mut peers = [connect(&kernel, 0), connect(&kernel, 0)];
    let (closed, given_up) = (accept(&mut kernel), accept(&mut kernel));
    kernel.close(closed);
    kernel.abort(given_up);
    assert_eq!(peers[0].read(&mut [0]).expect("an end"), 0);
    let error = peers[1].read(&mut [0]).expect_err("a reset");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
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
    assert_eq!(read_all(&mut kernel, &mut stream), b"a!b");
}

#[test]
fn a_connection_is_two_words_at_most() {
    let most = if cfg!(mio_unsupported_force_poll_poll) { 24 } else { 8 };
    assert!(size_of::<Stream>() <= most, "{} bytes", size_of::<Stream>());
}
