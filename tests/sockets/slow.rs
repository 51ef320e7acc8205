//! Promises 2 and 3: bounded, and patient but not for ever.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::harness::{LIMIT, Over, Server, alone, noise, swallow, take, together, wait_until};

/// Reads at this many bytes a second.
fn read_at(rate: usize, mut stream: &TcpStream, over: &Over, taken: &AtomicUsize) {
    let (began, mut buffer) = (Instant::now(), vec![0; (rate / 50).max(1)]);
    while !over.is_reached() {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(read) => _ = taken.fetch_add(read, Ordering::Relaxed),
        }
        // Not a wait for anything: the pace is what this reader is about.
        let due = Duration::from_secs_f64(taken.load(Ordering::Relaxed) as f64 / rate as f64);
        thread::sleep(due.saturating_sub(began.elapsed()).min(Duration::from_millis(200)));
    }
}

/// Writes until the test is over; so long as the room waits it stands still.
fn talk(mut talker: &TcpStream, over: &Over) {
    while !over.is_reached() && talker.write_all(&[b'x'; 10_000]).is_ok() {}
}

#[test]
fn ten_clients_that_never_read_cost_the_others_nothing_and_eight_megabytes_at_most() {
    let _alone = alone();
    let server = Server::start(&[]);
    let mut healthy = server.gather(2);
    let stalled: Vec<TcpStream> = (0..10).map(|_| server.connect()).collect();
    let piece = noise(1_000_000, 2);
    thread::scope(|scope| {
        let mut sender = healthy[0].try_clone().expect("a clone");
        let piece = &piece;
        scope.spawn(move || (0..200).for_each(|_| sender.write_all(piece).expect("it reads")));
        for client in &mut healthy {
            scope.spawn(move || {
                for number in 0..200 {
                    assert!(take(client, piece.len()) == *piece, "other bytes in MB {number}");
                }
            });
        }
    });
    let peak = server.memory("VmHWM");
    eprintln!("ten that never read, 200 MB: {peak} bytes of resident memory at the peak");
    assert!(peak < 8_000_000, "{peak} bytes of resident memory");
    wait_until("ten are evicted, with the reason", LIMIT, || {
        server.logged("evicted: slow consumer: its queue was full") == stalled.len()
    });
    assert_eq!(server.logged("evicted"), stalled.len());
    for mut client in stalled {
        // An orderly end would look as if it had everything, and leave megabytes in the kernel.
        let end = client.read_to_end(&mut Vec::new());
        let is_reset = end.as_ref().is_err_and(|error| error.kind() == ErrorKind::ConnectionReset);
        assert!(is_reset, "{end:?}");
    }
}

#[test]
fn a_reader_of_one_byte_a_second_is_evicted() {
    let _together = together();
    let server = Server::start(&[]);
    let healthy = server.join();
    let dribbler = server.connect_small(4096);
    let (over, taken) = (Over::default(), AtomicUsize::new(0));
    thread::scope(|scope| {
        let _end = over.at_the_end([&healthy, &dribbler]);
        scope.spawn(|| read_at(1, &dribbler, &over, &taken));
        scope.spawn(|| swallow(&healthy, &over, |_| {}));
        scope.spawn(|| talk(&healthy, &over));
        wait_until("it is evicted", Duration::from_secs(5), || {
            server.logged("evicted: slow consumer") > 0 && server.logged("client 1 from") > 0
        });
        assert_eq!(server.logged("evicted"), 1);
    });
    assert!(taken.load(Ordering::Relaxed) > 0, "it did not even dribble");
}

#[test]
fn a_reader_of_two_megabytes_a_second_is_kept_and_sets_the_pace_of_the_room() {
    let _alone = alone();
    let server = Server::start(&["-v"]);
    let healthy = server.join();
    let slow = server.connect_small(64 << 10);
    let (over, room, reader) = (Over::default(), AtomicUsize::new(0), AtomicUsize::new(0));
    let (room_rate, reader_rate) = thread::scope(|scope| {
        let _end = over.at_the_end([&healthy, &slow]);
        scope.spawn(|| read_at(2_000_000, &slow, &over, &reader));
        scope
            .spawn(|| swallow(&healthy, &over, |read| _ = room.fetch_add(read, Ordering::Relaxed)));
        scope.spawn(|| talk(&healthy, &over));
        // What fits into queues and buffers goes at any pace. It runs at the reader's after that.
        wait_until("the room has waited three times", LIMIT, || server.logged("room waited") >= 3);
        let totals = || (room.load(Ordering::Relaxed), reader.load(Ordering::Relaxed));
        let (began, before) = (Instant::now(), totals());
        wait_until("4 MB passed", LIMIT, || room.load(Ordering::Relaxed) > before.0 + 4_000_000);
        let (after, seconds) = (totals(), began.elapsed().as_secs_f64());
        assert_eq!(server.logged("evicted"), 0);
        ((after.0 - before.0) as f64 / seconds, (after.1 - before.1) as f64 / seconds)
    });
    eprintln!("a reader of {reader_rate:.0} bytes a second, a room of {room_rate:.0}");
    assert!((1.6e6..2.4e6).contains(&reader_rate), "the reader took {reader_rate:.0} a second");
    assert!((1.6e6..2.4e6).contains(&room_rate), "the room ran at {room_rate:.0} a second");
}

#[test]
fn a_server_that_was_stopped_reads_what_waits_before_it_judges_anybody() {
    let _together = together();
    let server = Server::start(&["-v"]);
    let healthy = server.join();
    let slow = server.connect_small(4096);
    let (over, taken, passed) = (Over::default(), AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        let _end = over.at_the_end([&healthy, &slow]);
        scope.spawn(|| {
            swallow(&healthy, &over, |read| _ = passed.fetch_add(read, Ordering::Relaxed));
        });
        scope.spawn(|| talk(&healthy, &over));
        // The slow one is full once the talker stands still. Its second has begun.
        wait_until("bytes pass", LIMIT, || passed.load(Ordering::Relaxed) > 1 << 19);
        server.come_to_rest();
        let waits = server.logged("for client 1");
        server.signal(Signal::STOP);
        // Its time runs out, and more than another second passes.
        thread::sleep(Duration::from_millis(2300));
        scope.spawn(|| read_at(50_000_000, &slow, &over, &taken));
        wait_until("it has read what it could", LIMIT, || taken.load(Ordering::Relaxed) > 4096);
        server.signal(Signal::CONT);
        wait_until("the wait for it is over", LIMIT, || server.logged("for client 1") > waits);
        wait_until("it goes on, or was evicted", LIMIT, || {
            taken.load(Ordering::Relaxed) > 1 << 20 || server.logged("evicted") > 0
        });
        assert_eq!(server.logged("evicted"), 0);
    });
}
