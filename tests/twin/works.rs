//! What the twin does right.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use socket2::SockRef;

use crate::harness::{LIMIT, noise, take, together, wait_until};
use crate::twin;

#[test]
fn everybody_gets_every_byte_of_everybody_the_sender_included() {
    let _together = together();
    let server = twin();
    let mut clients = server.gather(3);
    for speaker in 0..3 {
        let line = format!("said by {speaker}\n");
        clients[speaker].write_all(line.as_bytes()).expect("it reads");
        for client in &mut clients {
            assert_eq!(take(client, line.len()), line.as_bytes());
        }
    }
}

#[test]
fn all_see_one_order_though_several_talk_at_once() {
    let _together = together();
    let server = twin();
    let clients = server.gather(4);
    let each = 200_000;
    let logs: Vec<Vec<u8>> = thread::scope(|scope| {
        for (seed, mut talker) in clients.iter().enumerate() {
            let said = noise(each, seed as u64);
            scope.spawn(move || talker.write_all(&said).expect("it reads"));
        }
        let read = |mut client| move || take(&mut client, 4 * each);
        let readers: Vec<_> = clients.iter().map(|client| scope.spawn(read(client))).collect();
        readers.into_iter().map(|reader| reader.join().expect("it reads")).collect()
    });
    assert!(logs.iter().all(|log| *log == logs[0]), "two see two conversations");
}

#[test]
fn who_leaves_disturbs_nobody_and_takes_its_descriptor_along() {
    let _together = together();
    let server = twin();
    let mut stays = server.gather(2);
    let before = server.descriptors();
    for (round, way) in
        ["closes", "ends its stream", "resets"].into_iter().cycle().take(30).enumerate()
    {
        let mut leaver = server.join();
        for stay in &mut stays {
            assert_eq!(take(stay, 1), b".", "round {round}");
        }
        match way {
            "ends its stream" => {
                leaver.shutdown(Shutdown::Write).expect("connected");
                assert_eq!(leaver.read(&mut [0]).expect("an end"), 0);
            }
            "resets" => SockRef::from(&leaver).set_linger(Some(Duration::ZERO)).expect("an option"),
            _ => {}
        }
        drop(leaver);
        stays[0].write_all(b"on").expect("it reads");
        for stay in &mut stays {
            assert_eq!(take(stay, 2), b"on", "after one who {way}");
        }
    }
    wait_until("all who left are gone", LIMIT, || server.descriptors() == before);
}

#[test]
fn a_reader_that_stalls_gets_every_byte_once_it_recovers() {
    let _together = together();
    let server = twin();
    let mut talker = server.join();
    let mut stalled = server.connect_small(4096);
    stalled.write_all(b".").expect("it reads");
    take(&mut stalled, 1);
    take(&mut talker, 1);
    // More than the kernel keeps for one who does not read: the rest is in the queue.
    for round in 0..2 {
        let said = noise(6 << 20, round);
        thread::scope(|scope| {
            let mut echo = talker.try_clone().expect("a clone");
            scope.spawn(|| talker.write_all(&said).expect("it reads"));
            assert!(take(&mut echo, said.len()) == said, "other bytes than were said");
        });
        assert!(take(&mut stalled, said.len()) == said, "other bytes after the stall");
    }
    // Nothing waits: it is not told of room any more, which there is always, and so it rests.
    server.come_to_rest();
}

#[test]
fn a_stop_and_a_continue_do_not_end_it() {
    let _together = together();
    let server = twin();
    let mut clients = server.gather(2);
    // What waits in epoll_wait(2) is interrupted by that: signal(7).
    server.signal(Signal::STOP);
    clients[0].write_all(b"meanwhile").expect("there is room in the kernel");
    server.signal(Signal::CONT);
    for client in &mut clients {
        assert_eq!(take(client, 9), b"meanwhile");
    }
}
