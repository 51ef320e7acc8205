//! Promises 2 and 3: bounded, and patient but not for ever.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::harness::{LIMIT, Server, alone, median, noise, take};

/// A rate that no reader reaches.
const AT_ONCE: usize = 1 << 40;

/// Reads at this many bytes a second.
fn read_at(mut stream: &TcpStream, rate: usize, is_over: &AtomicBool) -> u64 {
    let began = Instant::now();
    let (mut taken, mut buffer) = (0, vec![0; (rate / 50).clamp(1, 1 << 18)]);
    stream.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
    while !is_over.load(Ordering::Relaxed) {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => taken += read as u64,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(_) => break,
        }
        // Not a wait for anything: the pace is what this reader is about.
        let due = Duration::from_secs_f64(taken as f64 / rate as f64);
        thread::sleep(due.saturating_sub(began.elapsed()).min(Duration::from_millis(200)));
    }
    taken
}

#[test]
fn ten_clients_that_never_read_cost_the_others_nothing_and_eight_megabytes_at_most() {
    let _alone = alone();
    let server = Server::start(&[]);
    let mut healthy = server.gather(2);
    let stalled: Vec<TcpStream> = (0..10).map(|_| server.connect()).collect();
    let piece = noise(1 << 20, 2);
    thread::scope(|scope| {
        let mut sender = healthy[0].try_clone().expect("a clone");
        let piece = &piece;
        scope.spawn(move || (0..200).for_each(|_| sender.write_all(piece).expect("it reads")));
        for client in &mut healthy {
            scope.spawn(move || {
                for number in 0..200 {
                    assert!(take(client, piece.len()) == *piece, "other bytes in MiB {number}");
                }
            });
        }
    });
    let peak = server.memory("VmHWM");
    eprintln!("ten that never read, 200 MiB: {peak} bytes of resident memory at the peak");
    assert!(peak < 8_000_000, "{peak} bytes of resident memory");
    let evicted = server.logged("evicted: slow consumer: its queue was full");
    assert_eq!((evicted, stalled.len()), (10, 10));
}

#[test]
fn a_reader_of_one_byte_a_second_is_evicted() {
    let _alone = alone();
    let server = Server::start(&[]);
    let healthy = server.gather(1);
    let dribbler = server.connect_small(4096);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| read_at(&dribbler, 1, &is_over));
        scope.spawn(|| read_at(&healthy[0], AT_ONCE, &is_over));
        let mut sender = &healthy[0];
        let began = Instant::now();
        while server.logged("slow consumer") == 0 && began.elapsed() < LIMIT {
            sender.write_all(&[b'x'; 10_000]).expect("it reads");
        }
        let evicted = server.logged("client 1 evicted: slow consumer");
        assert_eq!((evicted, server.logged("slow consumer")), (1, 1));
        is_over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_reader_of_two_megabytes_a_second_is_kept_and_sets_the_pace_of_the_room() {
    let _alone = alone();
    let server = Server::start(&[]);
    let healthy = server.gather(1);
    let slow = server.connect_small(64 << 10);
    let is_over = AtomicBool::new(false);
    let (sent, rate) = thread::scope(|scope| {
        let reader = scope.spawn(|| read_at(&slow, 2_000_000, &is_over));
        scope.spawn(|| read_at(&healthy[0], AT_ONCE, &is_over));
        let mut sender = &healthy[0];
        let mut send = |bytes: usize| {
            (0..bytes / 10_000).for_each(|_| sender.write_all(&[b'x'; 10_000]).expect("it reads"));
        };
        // What fits into queues and buffers goes at any pace.
        send(8_000_000);
        let began = Instant::now();
        send(6_000_000);
        let rate = 6e6 / began.elapsed().as_secs_f64();
        is_over.store(true, Ordering::Relaxed);
        (reader.join().expect("it reads"), rate)
    });
    eprintln!("with a reader of 2 MB/s the room ran at {:.2} MB/s", rate / 1e6);
    assert_eq!(server.logged("slow consumer"), 0);
    assert!(sent > 4_000_000, "the slow reader took {sent} bytes only");
    assert!((1.5e6..3.2e6).contains(&rate), "the room ran at {rate:.0} bytes a second");
}

/// Bytes per second that two talkers get through to each other.
fn throughput(server: &Server, attackers: usize, time: Duration) -> f64 {
    let talkers = server.gather(2);
    let (is_over, taken) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for talker in &talkers {
            let (is_over, taken) = (&is_over, &taken);
            scope.spawn(move || {
                let mut writer = talker;
                while !is_over.load(Ordering::Relaxed) && writer.write_all(&[b'x'; 16384]).is_ok() {
                }
            });
            scope.spawn(move || {
                let (mut reader, mut buffer) = (talker, vec![0; 1 << 18]);
                while let Ok(read @ 1..) = reader.read(&mut buffer) {
                    taken.fetch_add(read as u64, Ordering::Relaxed);
                }
            });
        }
        for _ in 0..attackers {
            scope.spawn(|| stall_and_return(server, &is_over));
        }
        let began = Instant::now();
        let before = taken.load(Ordering::Relaxed);
        thread::sleep(time);
        let rate = (taken.load(Ordering::Relaxed) - before) as f64 / began.elapsed().as_secs_f64();
        is_over.store(true, Ordering::Relaxed);
        for talker in &talkers {
            let _ = talker.shutdown(std::net::Shutdown::Both);
        }
        rate
    })
}

/// Connects, never reads, and comes back as soon as it was evicted.
fn stall_and_return(server: &Server, is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        let attacker = server.connect();
        attacker.set_read_timeout(Some(Duration::from_millis(5))).expect("a timeout");
        // A peek leaves the bytes where they are, and meets the reset.
        while !is_over.load(Ordering::Relaxed) {
            if attacker.take_error().is_ok_and(|error| error.is_some()) {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

#[test]
fn three_attackers_who_stall_and_return_leave_the_talkers_three_quarters_of_their_throughput() {
    let _alone = alone();
    let server = Server::start(&[]);
    // The gift of the start is spent once: what counts is what an attack without end costs.
    throughput(&server, 3, Duration::from_secs(2));
    let ratios = (0..3).map(|_| {
        let with = throughput(&server, 3, Duration::from_millis(1500));
        let without = throughput(&server, 0, Duration::from_millis(700));
        with / without
    });
    let ratio = median(ratios.collect());
    eprintln!("under three attackers the talkers keep {ratio:.2} of their throughput");
    assert!(ratio > 0.75, "they keep {ratio:.2} of it");
    assert!(server.logged("slow consumer") > 10, "no attack took place");
}

#[test]
fn a_server_that_was_stopped_reads_what_waits_before_it_judges_anybody() {
    let _alone = alone();
    let server = Server::start(&[]);
    let healthy = server.gather(1);
    let slow = server.connect_small(4096);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| read_at(&healthy[0], AT_ONCE, &is_over));
        scope.spawn(|| {
            let mut sender = &healthy[0];
            while !is_over.load(Ordering::Relaxed) {
                if sender.write_all(&[b'x'; 10_000]).is_err() {
                    break;
                }
            }
        });
        // It is full once it can take no more: the talker stands still.
        server.come_to_rest();
        server.signal(Signal::STOP);
        thread::sleep(Duration::from_millis(2300));
        let reader = scope.spawn(|| read_at(&slow, 50_000_000, &is_over));
        thread::sleep(Duration::from_millis(50));
        server.signal(Signal::CONT);
        thread::sleep(Duration::from_millis(300));
        is_over.store(true, Ordering::Relaxed);
        let _ = healthy[0].shutdown(std::net::Shutdown::Both);
        assert!(reader.join().expect("it reads") > 1 << 20);
    });
    assert_eq!(server.logged("slow consumer"), 0);
}
