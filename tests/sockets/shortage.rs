//! Promise 6: without descriptors it goes on, burns nothing, and accepts again by itself.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{LIMIT, Server, alone, is_answered, take, together, wait_until};

/// The time in which newcomers get in.
const SOON: Duration = Duration::from_secs(1);

/// A server that has run out of descriptors, some clients from before, and 200 who came after
/// them, those who were let in first.
fn exhausted() -> (Server, Vec<TcpStream>, Vec<TcpStream>) {
    let server = Server::start_with_descriptors(64, &["--max-clients", "1000"]);
    let old = server.gather(2);
    let new = (0..200).map(|_| server.connect()).collect();
    wait_until("descriptors have run out", LIMIT, || server.logged("accepting paused") > 0);
    (server, old, new)
}

fn joined(server: &Server) -> usize {
    server.counter("joined") as usize
}

#[test]
fn with_64_descriptors_and_200_connects_the_old_talk_on_and_little_time_is_burnt() {
    let _alone = alone();
    let (server, mut old, _new) = exhausted();
    let (began, before) = (Instant::now(), server.cpu());
    while began.elapsed() < Duration::from_secs(1) {
        old[0].write_all(b"still here").expect("it reads");
        for client in &mut old {
            assert_eq!(take(client, 10), b"still here");
        }
        thread::sleep(Duration::from_millis(50));
    }
    let burnt = (server.cpu() - before).as_secs_f64() / began.elapsed().as_secs_f64();
    eprintln!("out of descriptors: {burnt:.4} s of processor time a second");
    assert!(burnt < 0.05, "{burnt} s of processor time per second");
}

#[test]
fn those_in_the_backlog_get_in_when_descriptors_are_freed_though_no_new_connect_comes() {
    let _alone = alone();
    let (server, old, mut new) = exhausted();
    let admitted = joined(&server) - old.len();
    assert!((40..64).contains(&admitted), "{admitted} of 200 got in");
    // Nobody writes and nobody comes: nothing but the freed descriptors can wake the server.
    for freed in [1, admitted - 1] {
        let (before, began) = (joined(&server), Instant::now());
        new.drain(..freed);
        wait_until("as many as left get in", SOON, || joined(&server) == before + freed);
        eprintln!("{freed} of the backlog got in after {:?}", began.elapsed());
    }
    assert!(is_answered(&new[0]) < SOON, "the first of those who waited is not served");
    let latest = server.connect();
    new.drain(..100);
    assert!(is_answered(&latest) < SOON, "one who came last is not served");
}

#[test]
fn the_client_after_the_last_is_closed_at_once_and_the_others_talk_on() {
    let _together = together();
    let server = Server::start(&["--max-clients", "2"]);
    let mut members = server.gather(2);
    let mut refused = server.connect();
    assert_eq!(refused.read(&mut [0]).unwrap_or(0), 0, "an end or a reset");
    members[0].write_all(b"on").expect("it reads");
    assert_eq!(take(&mut members[1], 2), b"on");
    drop(members.remove(0));
    wait_until("the next one gets in", LIMIT, || {
        let mut next = server.connect();
        next.write_all(b".").is_ok() && next.read(&mut [0]).is_ok_and(|read| read == 1)
    });
    assert!(server.stop()["refused"] >= 1.0);
}
