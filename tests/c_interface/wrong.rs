//! Pointers that are none, and handles that were freed.

use std::ffi::c_int;
use std::ptr;
use std::time::Instant;

use pollcast::capi::{
    Error, Options, Statistics, pollcast_address, pollcast_broadcast, pollcast_client_count,
    pollcast_descriptor, pollcast_evict, pollcast_free, pollcast_has_work, pollcast_is_finished,
    pollcast_last_error, pollcast_new, pollcast_next_timeout, pollcast_reason_text,
    pollcast_send_to, pollcast_shut_down, pollcast_statistics, pollcast_stopper_free,
    pollcast_stopper_new, pollcast_stopper_stop, pollcast_turn,
};

use crate::room::{LIMIT, Room, meaning, options, refused, text};

const ARGUMENT: c_int = Error::Argument as c_int;

/// What every function of a server makes of this pointer.
fn codes(server: *mut pollcast::capi::Handle) -> [c_int; 12] {
    let mut stats = Statistics::default();
    let mut stopper = ptr::null_mut();
    // SAFETY: each of them is to find out that this is no server.
    unsafe {
        [
            pollcast_descriptor(server),
            pollcast_turn(server, 0),
            pollcast_next_timeout(server),
            pollcast_has_work(server),
            pollcast_is_finished(server),
            pollcast_shut_down(server),
            pollcast_client_count(server),
            pollcast_broadcast(server, c"x".as_ptr().cast(), 1),
            pollcast_send_to(server, 0, c"x".as_ptr().cast(), 1),
            pollcast_evict(server, 0),
            pollcast_statistics(server, &raw mut stats),
            pollcast_stopper_new(server, &raw mut stopper),
        ]
    }
}

#[test]
fn no_server_and_a_misaligned_one_are_an_error_everywhere_and_to_free_none_is_not() {
    assert_eq!(codes(ptr::null_mut()), [ARGUMENT; 12]);
    let room = Room::open(&options());
    let misaligned = room.server.wrapping_byte_add(1);
    assert_eq!(codes(misaligned), [ARGUMENT; 12]);
    // SAFETY: as above.
    unsafe {
        assert_eq!(pollcast_free(misaligned), ARGUMENT);
        assert!(pollcast_last_error(misaligned).is_null());
        assert_eq!(pollcast_address(misaligned, 0, ptr::null_mut(), 0), ARGUMENT);
        assert!(pollcast_last_error(ptr::null()).is_null());
        assert_eq!(pollcast_free(ptr::null_mut()), 0);
        assert_eq!(pollcast_stopper_free(ptr::null_mut()), 0);
        assert_eq!(pollcast_stopper_stop(ptr::null()), ARGUMENT);
    }
}

#[test]
#[cfg(debug_assertions)]
fn a_freed_server_is_found_in_a_debug_build_and_so_is_a_second_free() {
    const HANDLE: c_int = Error::Handle as c_int;
    let room = Room::open(&options());
    let (server, mut stopper) = (room.server, ptr::null_mut());
    // SAFETY: the server lives.
    assert_eq!(unsafe { pollcast_stopper_new(server, &raw mut stopper) }, 0);
    // At the place of one that was freed there may stand one of another test: what was never given
    // out is as unknown, and stays so.
    let (never, other) = (Box::new([0_u64; 512]), Box::new([0_u64; 8]));
    let never = ptr::from_ref(&*never).cast_mut().cast();
    assert_eq!(codes(never), [HANDLE; 12]);
    // SAFETY: each is to find out.
    unsafe {
        assert_eq!(pollcast_free(never), HANDLE);
        assert!(pollcast_last_error(never).is_null());
        let other = ptr::from_ref(&*other).cast_mut().cast();
        assert_eq!(pollcast_stopper_stop(other), HANDLE);
        assert_eq!(pollcast_stopper_free(other), HANDLE);
        // One kind of handle is none of another.
        assert_eq!(pollcast_turn(stopper.cast(), 0), HANDLE);
        assert_eq!(pollcast_free(stopper.cast()), HANDLE);
        assert_eq!(pollcast_stopper_free(server.cast()), HANDLE);
        assert_eq!(pollcast_stopper_free(stopper), 0);
        assert_eq!(pollcast_stopper_free(stopper), HANDLE);
    }
    drop(room);
    assert_eq!(meaning(HANDLE), "the handle is none, or was freed");
}

#[test]
fn no_options_and_no_place_for_the_server_are_an_error() {
    let mut server = ptr::dangling_mut();
    // SAFETY: each is to find out.
    unsafe {
        assert_eq!(pollcast_new(ptr::null(), &raw mut server, ptr::null_mut(), 0), ARGUMENT);
        assert!(server.is_null());
        let options = options();
        assert_eq!(pollcast_new(&raw const options, ptr::null_mut(), ptr::null_mut(), 9), ARGUMENT);
        let misaligned = (&raw const options).wrapping_byte_add(1);
        assert_eq!(pollcast_new(misaligned, &raw mut server, ptr::null_mut(), 0), ARGUMENT);
    }
    let no_places = Options { listen: ptr::null(), ..options() };
    assert_eq!(refused(&no_places), (ARGUMENT, "listen is NULL".to_owned()));
    let listen = [ptr::null()];
    let no_place = Options { listen: listen.as_ptr(), ..options() };
    assert_eq!(refused(&no_place), (ARGUMENT, "a place in listen is NULL".to_owned()));
}

#[test]
fn arguments_out_of_their_range_are_an_error_with_a_text() {
    let room = Room::open(&options());
    let _client = room.connect();
    room.until(|stats| stats.joined == 1);
    let is_wrong = |code: c_int, error: Error, text: &str| {
        assert_eq!((code, room.problem()), (error as c_int, text.to_owned()));
    };
    let (server, bytes) = (room.server, c"x".as_ptr().cast());
    let mut stats = Statistics { size: 7, ..Default::default() };
    let length = "length takes 1 to 65535";
    let gone = "there is no such client, or it receives nothing more";
    let timeout = "timeout_ms takes -1 for ever, 0, or milliseconds";
    let half = "bytes: takes no more than half of all memory";
    let size = "statistics.size takes sizeof(pollcast_stats)";
    // SAFETY: each is to find out.
    unsafe {
        is_wrong(pollcast_turn(server, -2), Error::Argument, timeout);
        is_wrong(pollcast_broadcast(server, ptr::null(), 1), Error::Argument, "bytes is NULL");
        is_wrong(pollcast_broadcast(server, bytes, 0), Error::Length, length);
        is_wrong(pollcast_broadcast(server, ptr::null(), 0), Error::Length, length);
        is_wrong(pollcast_broadcast(server, bytes, usize::MAX), Error::Argument, half);
        is_wrong(pollcast_send_to(server, 1, bytes, 1), Error::Gone, gone);
        is_wrong(pollcast_send_to(server, u64::MAX, bytes, 1), Error::Gone, gone);
        is_wrong(pollcast_evict(server, 1), Error::Gone, gone);
        is_wrong(pollcast_statistics(server, &raw mut stats), Error::Argument, size);
        let null = pollcast_statistics(server, ptr::null_mut());
        is_wrong(null, Error::Argument, "statistics is NULL");
        let beyond = pollcast_address(server, 1, ptr::null_mut(), 0);
        is_wrong(beyond, Error::Argument, "index takes less than 1");
        let null = pollcast_address(server, 0, ptr::null_mut(), 1);
        is_wrong(null, Error::Argument, "text is NULL");
        let null = pollcast_stopper_new(server, ptr::null_mut());
        is_wrong(null, Error::Argument, "stopper is NULL");
        // Nothing of it has changed anything.
        assert_eq!(pollcast_turn(server, 0), 0);
    }
    assert_eq!(room.statistics().clients, 1);
}

#[test]
fn where_lines_are_whole_what_is_said_is_too() {
    let room = Room::open(&Options { framing: 1, ..options() });
    // SAFETY: so many bytes are there.
    let code = unsafe { pollcast_broadcast(room.server, c"no line".as_ptr().cast(), 7) };
    assert_eq!(code, Error::NoLine as c_int);
    let problem = "it does not end with a line feed, and the log is one of lines";
    assert_eq!(room.problem(), problem);
    assert_eq!(room.problem(), meaning(code));
}

#[test]
fn every_code_and_every_reason_has_a_text_and_so_has_what_is_none() {
    let mut texts: Vec<String> = (-13..=-2).map(meaning).collect();
    for reason in 1..=9 {
        // SAFETY: a text that is valid for ever.
        texts.push(text(unsafe { std::ffi::CStr::from_ptr(pollcast_reason_text(reason)) }));
    }
    texts.push("it worked".to_owned());
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), 22, "{texts:#?}");
    assert_eq!([meaning(0), meaning(5)], ["it worked", "it worked"]);
    assert_eq!([meaning(-1), meaning(-14)], ["no code of this library"; 2]);
    assert!(texts.iter().all(|text| !text.contains("no code") && !text.contains("no reason")));
}

#[test]
fn a_call_while_another_thread_is_in_a_turn_is_refused_and_touches_nothing() {
    let room = Room::open(&options());
    let mut stopper = ptr::null_mut();
    // SAFETY: the server lives.
    assert_eq!(unsafe { pollcast_stopper_new(room.server, &raw mut stopper) }, 0);
    let (server, stop) = (room.server.expose_provenance(), stopper.expose_provenance());
    std::thread::scope(|scope| {
        let turn = scope.spawn(move || {
            // It may be refused too, while the other one is in a call.
            let turn = || {
                // SAFETY: it lives until the thread has ended.
                unsafe { pollcast_turn(ptr::with_exposed_provenance_mut(server), -1) }
            };
            std::iter::repeat_with(turn).find(|&code| code != Error::Busy as c_int)
        });
        // A call that is not refused comes before the turn, and another one is made.
        let began = Instant::now();
        // SAFETY: as above.
        while unsafe { pollcast_client_count(ptr::with_exposed_provenance_mut(server)) }
            != Error::Busy as c_int
        {
            assert!(began.elapsed() < LIMIT, "never busy");
        }
        // SAFETY: as above.
        let stopped = unsafe { pollcast_stopper_stop(ptr::with_exposed_provenance(stop)) };
        assert_eq!((stopped, turn.join().expect("it ends")), (0, Some(0)));
    });
    assert_eq!(room.problem(), "");
    // SAFETY: nobody uses it.
    assert_eq!(unsafe { pollcast_stopper_free(stopper) }, 0);
}
