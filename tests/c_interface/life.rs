//! A server from its beginning to its end, as C sees it.

use std::ffi::{CStr, c_int};
use std::io::Read;
use std::ptr;
use std::thread;
use std::time::{Duration, Instant};

use pollcast::capi::{
    Error, Options, Statistics, pollcast_address, pollcast_broadcast, pollcast_client_count,
    pollcast_descriptor, pollcast_has_work, pollcast_is_finished, pollcast_next_timeout,
    pollcast_send_to, pollcast_shut_down, pollcast_statistics, pollcast_stopper_free,
    pollcast_stopper_new, pollcast_stopper_stop, pollcast_turn, pollcast_version,
};

use crate::room::{LIMIT, Room, heard, options, text};

#[test]
fn the_version_is_that_of_the_crate() {
    // SAFETY: a text that is valid for ever.
    let version = text(unsafe { CStr::from_ptr(pollcast_version()) });
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
}

#[test]
fn a_host_speaks_to_all_and_to_one_and_the_server_ends_in_order() {
    let room = Room::open(&options());
    let mut clients = [room.connect(), room.connect()];
    room.until(|stats| stats.clients == 2);
    // SAFETY: the server lives, and so many bytes are there.
    unsafe {
        assert_eq!(pollcast_client_count(room.server), 2);
        assert_eq!(pollcast_broadcast(room.server, c"all".as_ptr().cast(), 3), 0);
        assert_eq!(pollcast_has_work(room.server), 1);
        assert_eq!(pollcast_next_timeout(room.server), 0);
        assert_eq!(pollcast_turn(room.server, -1), 0);
        assert_eq!(pollcast_send_to(room.server, 0, c"you".as_ptr().cast(), 3), 0);
        assert_eq!(pollcast_send_to(room.server, 1, c"and you".as_ptr().cast(), 7), 0);
        assert_eq!(pollcast_turn(room.server, -1), 0);
        assert_eq!(pollcast_next_timeout(room.server), -1);
        assert_eq!(pollcast_shut_down(room.server), 0);
        assert_eq!(pollcast_is_finished(room.server), 0);
    }
    assert_eq!(heard(&mut clients[0], 6), "allyou");
    assert_eq!(heard(&mut clients[1], 10), "alland you");
    assert_eq!(room.statistics().bytes_by_host, 13);
    room.until(|stats| stats.drained == 2);
    // SAFETY: the server lives.
    assert_eq!(unsafe { pollcast_is_finished(room.server) }, 1);
    assert_eq!(clients[0].read(&mut [0]).expect("an orderly end"), 0);
}

#[test]
fn another_thread_ends_a_server_that_waits_and_may_ask_one_that_is_gone() {
    let room = Room::open(&options());
    let mut stopper = ptr::null_mut();
    // SAFETY: the server lives.
    assert_eq!(unsafe { pollcast_stopper_new(room.server, &raw mut stopper) }, 0);
    let address = stopper.addr();
    let stop = move || {
        let stopper = ptr::with_exposed_provenance_mut(address);
        // SAFETY: it is freed below.
        assert_eq!(unsafe { pollcast_stopper_stop(stopper) }, 0);
    };
    stopper.expose_provenance();
    let other = thread::spawn(stop);
    // SAFETY: the server lives.
    while unsafe { pollcast_is_finished(room.server) } == 0 {
        // SAFETY: the same.
        assert_eq!(unsafe { pollcast_turn(room.server, -1) }, 0);
    }
    other.join().expect("it asked");
    drop(room);
    // SAFETY: it outlives the server, and is freed once.
    unsafe {
        assert_eq!(pollcast_stopper_stop(stopper), 0);
        assert_eq!(pollcast_stopper_free(stopper), 0);
    }
}

#[test]
fn a_turn_waits_as_long_as_it_is_told_to() {
    let room = Room::open(&options());
    let mut stopper = ptr::null_mut();
    // SAFETY: the server lives.
    assert_eq!(unsafe { pollcast_stopper_new(room.server, &raw mut stopper) }, 0);
    let address = stopper.expose_provenance();
    let (over, is_over) = std::sync::mpsc::channel();
    // Ends a turn that does not end.
    let watchdog = thread::spawn(move || {
        if is_over.recv_timeout(LIMIT).is_err() {
            // SAFETY: it is freed below.
            unsafe { pollcast_stopper_stop(ptr::with_exposed_provenance(address)) };
        }
    });
    for milliseconds in [0, 50] {
        let began = Instant::now();
        // SAFETY: the server lives.
        assert_eq!(unsafe { pollcast_turn(room.server, milliseconds) }, 0);
        let waited = began.elapsed();
        let least = Duration::from_millis(milliseconds.try_into().expect("positive"));
        assert!((least..LIMIT / 2).contains(&waited), "{milliseconds}: {waited:?}");
    }
    over.send(()).expect("it waits");
    watchdog.join().expect("it was told");
    // SAFETY: nobody uses it any more.
    assert_eq!(unsafe { pollcast_stopper_free(stopper) }, 0);
}

#[test]
fn a_text_for_which_there_is_little_room_is_cut_and_its_length_is_told() {
    let room = Room::open(&options());
    let mut address = [1; 8];
    // SAFETY: there is so much room.
    unsafe {
        let length = pollcast_address(room.server, 0, address.as_mut_ptr(), 5);
        assert_eq!(length, c_int::try_from(room.address.len()).expect("short"));
        assert_eq!(text(CStr::from_ptr(address.as_ptr())), "127.");
        assert_eq!(address[5..], [1; 3]);
        assert_eq!(pollcast_address(room.server, 0, ptr::null_mut(), 0), length);
    }
}

#[test]
fn counters_fill_an_older_structure_and_leave_the_rest_of_a_newer_one_zero() {
    let room = Room::open(&options());
    let mut old = Statistics { size: 24, clients: 1, memory: 2, turns: 3, ..Default::default() };
    // SAFETY: there is more room than is said.
    assert_eq!(unsafe { pollcast_statistics(room.server, &raw mut old) }, 0);
    assert_eq!((old.size, old.clients, old.turns), (24, 0, 3));
    assert!(old.memory > 100_000, "{old:?}");
    let mut newer = (Statistics { size: 0, ..Default::default() }, [7_u64; 2]);
    newer.0.size = size_of_val(&newer) as u64;
    let newer = Box::new(newer);
    let newer = Box::into_raw(newer);
    // SAFETY: there is so much room.
    unsafe {
        assert_eq!(pollcast_statistics(room.server, newer.cast()), 0);
        assert_eq!((*newer).1, [0; 2]);
        drop(Box::from_raw(newer));
    }
}

#[test]
fn the_descriptor_stays_the_same_or_there_is_none() {
    let room = Room::open(&options());
    // SAFETY: the server lives.
    let descriptor = unsafe { pollcast_descriptor(room.server) };
    if cfg!(mio_unsupported_force_poll_poll) {
        println!("poll(2): no descriptor");
        assert_eq!(descriptor, Error::NoDescriptor as c_int);
    } else {
        assert!(descriptor > 2, "{descriptor}");
    }
    let _client = room.connect();
    room.until(|stats| stats.joined == 1);
    // SAFETY: the server lives.
    assert_eq!(unsafe { pollcast_descriptor(room.server) }, descriptor);
}

#[test]
fn a_deadline_is_told_in_milliseconds_rounded_up() {
    let room = Room::open(&Options { idle_ms: 5_000, ..options() });
    let _client = room.connect();
    room.until(|stats| stats.joined == 1);
    // SAFETY: the server lives.
    let timeout = unsafe { pollcast_next_timeout(room.server) };
    assert!((1..=5_000).contains(&timeout), "{timeout}");
}
