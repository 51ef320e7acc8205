//! Promise 6: without descriptors it goes on, burns nothing, and accepts again by itself.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::harness::{LIMIT, Server, alone, take, wait_until};

/// Whether the server has accepted this one: its byte comes back.
fn is_member(mut stream: &TcpStream) -> bool {
    stream.read(&mut [0; 64]).is_ok_and(|read| read > 0)
}

#[test]
fn with_64_descriptors_and_200_connects_the_old_talk_on_and_the_new_get_in_when_some_are_freed() {
    let _alone = alone();
    let server = Server::start_with_descriptors(64, &["--max-clients", "1000"]);
    let mut old = server.gather(2);
    let mut new: Vec<TcpStream> = (0..200).map(|_| server.connect()).collect();
    for stream in &mut new {
        stream.set_nonblocking(true).expect("an option");
    }
    wait_until("descriptors have run out", LIMIT, || server.logged("accepting paused") > 0);

    let (began, before) = (Instant::now(), server.cpu());
    while began.elapsed() < Duration::from_secs(1) {
        old[0].write_all(b"still here").expect("it reads");
        for client in &mut old {
            assert_eq!(take(client, 10), b"still here");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let burnt = server.cpu() - before;
    eprintln!("out of descriptors for a second: {burnt:?} of processor time");
    assert!(burnt < Duration::from_millis(50), "{burnt:?} of processor time in a second");

    // All who wait are in the backlog already: no new connect will announce them.
    let admitted = new.iter().filter(|stream| is_member(stream)).count();
    assert!((40..64).contains(&admitted), "{admitted} got in at first");
    new.drain(..100);
    let began = Instant::now();
    old[0].write_all(b"!").expect("it reads");
    wait_until("half a hundred of those who waited are in", Duration::from_secs(1), || {
        old[0].write_all(b"?").expect("it reads");
        new.iter().filter(|stream| is_member(stream)).count() >= 50
    });
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[test]
fn the_client_after_the_last_is_closed_at_once_and_the_others_talk_on() {
    let _alone = alone();
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
