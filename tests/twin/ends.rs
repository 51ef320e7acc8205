//! What breaks the twin when something ends: a client's stream, a connection, the server.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;

use rustix::process::Signal;

use crate::harness::{LIMIT, Server, noise, take, together, wait_until};
use crate::{before_the_question, end_of, twin};

/// The other end has ended its stream (TCP_CLOSE_WAIT of include/net/tcp_states.h).
const CLOSE_WAIT: u8 = 8;
/// More than the kernel keeps for one who does not read (4 MiB, tcp_wmem): some of it waits.
const MUCH: usize = 7 << 20;

/// A pollcast with as much room for one who is behind, so that the two differ in nothing else.
fn roomy_pollcast() -> Server {
    Server::start(&["--max-queue", "16M", "--max-memory", "128M", "--patience", "20s"])
}

/// One has said much and heard all of it, the other one has not read anything of it.
fn one_is_behind(server: &Server) -> (TcpStream, TcpStream) {
    let mut talker = server.join();
    let mut behind = server.connect_small(4096);
    behind.write_all(b".").expect("it reads");
    take(&mut behind, 1);
    take(&mut talker, 1);
    let said = noise(MUCH, 5);
    thread::scope(|scope| {
        let mut echo = talker.try_clone().expect("a clone");
        scope.spawn(|| talker.write_all(&said).expect("it reads"));
        assert!(take(&mut echo, MUCH) == said);
    });
    (talker, behind)
}

/// How much one who was behind gets up to the end of its stream, which is an orderly one or not.
fn rest(stream: &mut TcpStream) -> (usize, bool) {
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes);
    (bytes.len(), end.is_ok())
}

/// One who is behind says its last words, ends its stream, and reads only then.
fn ends_its_stream_while_it_is_behind(server: &Server) -> (usize, bool) {
    let (mut talker, mut behind) = one_is_behind(server);
    // The server sees both in one go.
    server.stand_still();
    behind.write_all(b"last words").expect("there is room in the kernel");
    behind.shutdown(Shutdown::Write).expect("connected");
    let own = behind.local_addr().expect("connected");
    wait_until("the end has come", LIMIT, || {
        end_of(server, own).is_some_and(|(state, _)| state == CLOSE_WAIT)
    });
    server.signal(Signal::CONT);
    assert_eq!(take(&mut talker, 10), b"last words");
    rest(&mut behind)
}

#[test]
fn one_who_ends_its_stream_loses_what_waits_at_the_twin_and_gets_all_of_it_at_pollcast() {
    let _together = together();
    let (got, is_orderly) = ends_its_stream_while_it_is_behind(&twin());
    eprintln!("the twin: {got} of {} bytes, an orderly end: {is_orderly}", MUCH + 10);
    assert!(got < MUCH, "it got {got} bytes");
    assert!(is_orderly, "the end says that something is missing");
    let all = ends_its_stream_while_it_is_behind(&roomy_pollcast());
    assert_eq!(all, (MUCH + 10, true));
}

/// One says much and closes while an echo is unread, which resets the connection. Tells how much of
/// it the other one hears before the next thing that is said.
fn says_much_and_resets(server: &Server) -> usize {
    let (mut other, mut hasty) = (server.join(), server.join());
    take(&mut other, 1);
    hasty.write_all(b"!").expect("it reads");
    wait_until("an echo is there, unread", LIMIT, || {
        hasty.peek(&mut [0]).is_ok_and(|read| read > 0)
    });
    take(&mut other, 1);
    server.stand_still();
    let (own, descriptors) = (hasty.local_addr().expect("connected"), server.descriptors());
    hasty.write_all(&[b'x'; 30_000]).expect("there is room in the kernel");
    drop(hasty);
    wait_until("the reset has come", LIMIT, || end_of(server, own).is_none());
    server.signal(Signal::CONT);
    wait_until("it is gone", LIMIT, || server.descriptors() < descriptors);
    other.write_all(b"?").expect("it reads");
    before_the_question(&mut other)
}

#[test]
fn what_was_said_before_a_reset_is_cut_off_at_the_twin_and_heard_by_all_at_pollcast() {
    let _together = together();
    let heard = says_much_and_resets(&twin());
    eprintln!("the twin: {heard} of 30000 bytes were heard");
    assert!(heard < 30_000);
    assert_eq!(says_much_and_resets(&Server::start(&[])), 30_000);
}

/// The server is told to end while one is behind.
fn is_told_to_end_while_one_is_behind(server: &mut Server) -> ((usize, bool), Option<i32>) {
    let (talker, mut behind) = one_is_behind(server);
    server.signal(Signal::TERM);
    talker.shutdown(Shutdown::Write).expect("connected");
    let rest = rest(&mut behind);
    drop((talker, behind));
    (rest, server.wait().code())
}

#[test]
fn sigterm_loses_what_waits_at_the_twin_and_pollcast_delivers_it_before_it_exits() {
    let _together = together();
    let ((got, is_orderly), status) = is_told_to_end_while_one_is_behind(&mut twin());
    eprintln!("the twin: {got} of {MUCH} bytes, an orderly end: {is_orderly}");
    assert!(got < MUCH, "it got {got} bytes");
    assert_eq!(status, None, "a signal ended it");
    let all = is_told_to_end_while_one_is_behind(&mut roomy_pollcast());
    assert_eq!(all, ((MUCH, true), Some(0)));
}
