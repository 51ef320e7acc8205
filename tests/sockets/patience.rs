//! Promise 3 at both ends: for ever, and not at all.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{LIMIT, Server, alone, median, noise, take, together, wait_until};

#[test]
fn with_patience_for_ever_one_who_slept_for_four_seconds_in_50_mb_gets_every_byte() {
    const PIECES: usize = 50;
    let _together = together();
    let server = Server::start(&["--patience", "forever"]);
    let mut talker = server.join();
    let mut sleeper = server.connect();
    wait_until("both are in", LIMIT, || server.counter("clients") == 2.0);
    let piece = noise(1_000_000, 5);
    let began = Instant::now();
    thread::scope(|scope| {
        let (mut writer, piece) = (talker.try_clone().expect("a clone"), &piece);
        scope.spawn(move || (0..PIECES).for_each(|_| writer.write_all(piece).expect("it reads")));
        scope.spawn(move || {
            // Not a wait for anything: to sleep is what this reader is about.
            thread::sleep(Duration::from_secs(4));
            (0..PIECES)
                .for_each(|number| assert!(take(&mut sleeper, 1_000_000) == *piece, "{number}"));
        });
        (0..PIECES).for_each(|number| assert!(take(&mut talker, 1_000_000) == *piece, "{number}"));
    });
    let (peak, waited) = (server.memory("VmHWM"), server.counter("waited"));
    eprintln!("asleep for 4 s of {:?}: {peak} bytes resident, {waited} s waited", began.elapsed());
    assert!(peak < 8_000_000, "{peak} bytes of resident memory");
    assert!(waited > 3.0, "the room waited for {waited} s only");
}

/// So much is on the way at a time, and so often: without patience a talker that sent on and on
/// would be full itself as soon as it is not scheduled for a moment.
const WINDOW: usize = 512 << 10;
const ROUNDS: usize = 100;

/// Bytes a second that a talker gets back, beside one who never reads or without one.
fn rate(server: &Server, is_stalled: bool, data: &[u8]) -> f64 {
    let mut talker = server.join();
    let stalled: Option<TcpStream> = is_stalled.then(|| server.connect());
    let clients = 1.0 + f64::from(u8::from(is_stalled));
    wait_until("all are in", LIMIT, || server.counter("clients") == clients);
    let began = Instant::now();
    for _ in 0..ROUNDS {
        talker.write_all(data).expect("it reads");
        assert!(take(&mut talker, data.len()) == data, "other bytes");
    }
    let rate = (ROUNDS * data.len()) as f64 / began.elapsed().as_secs_f64();
    drop((talker, stalled));
    wait_until("all are gone", LIMIT, || server.counter("clients") == 0.0);
    rate
}

#[test]
fn without_patience_a_stalled_reader_costs_the_room_less_than_a_fifth_of_its_throughput() {
    let _alone = alone();
    let server = Server::start(&["--patience", "0", "--max-queue", "4M"]);
    let data = noise(WINDOW, 6);
    let mut told = Vec::new();
    // A machine that is busy with something else for a second halves one of the rates.
    let keeps_enough = (1..=3).any(|attempt| {
        let ratios: Vec<f64> =
            (0..9).map(|_| rate(&server, true, &data) / rate(&server, false, &data)).collect();
        let ratio = median(ratios.clone());
        eprintln!("beside one who never reads the room keeps {ratio:.2}: {ratios:.2?}");
        assert_eq!(server.counter("evicted"), 9.0 * f64::from(attempt));
        told.push(ratio);
        ratio > 0.8
    });
    let waited = server.counter("waited");
    assert!(waited < 0.1 * told.len() as f64, "the room waited for {waited} s");
    assert!(keeps_enough, "{told:.2?}");
}
