//! What callbacks are told and asked, and what comes of what they answer.

use std::cell::{RefCell, RefMut};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::io::Write;
use std::ptr;

use pollcast::capi::{
    Error, Options, Reason, pollcast_broadcast, pollcast_client_count, pollcast_evict,
    pollcast_free, pollcast_is_finished, pollcast_last_error, pollcast_send_to, pollcast_shut_down,
    pollcast_statistics, pollcast_turn,
};

use crate::room::{Heard, Room, context, heard, options, text};

/// # Safety
/// It is what `Heard::context` gave, and is still there.
unsafe fn heard_by<'a>(context: *mut c_void) -> RefMut<'a, Heard> {
    // SAFETY: the caller's word.
    unsafe { &*context.cast::<RefCell<Heard>>() }.borrow_mut()
}

unsafe extern "C" fn joined(context: *mut c_void, client: u64, address: *const c_char) {
    // SAFETY: what the options gave, for as long as the server lives.
    let mut heard = unsafe { heard_by(context) };
    // SAFETY: a text, or nothing.
    let address = (!address.is_null()).then(|| text(unsafe { CStr::from_ptr(address) }));
    heard.joined.push((client, address));
}

unsafe extern "C" fn left(context: *mut c_void, client: u64, reason: c_int) {
    // SAFETY: as above.
    unsafe { heard_by(context) }.left.push((client, reason));
}

unsafe extern "C" fn admits(context: *mut c_void, address: *const c_char) -> c_int {
    // SAFETY: as above.
    let mut heard = unsafe { heard_by(context) };
    // SAFETY: a text.
    heard.asked.push(text(unsafe { CStr::from_ptr(address) }));
    heard.admission
}

unsafe extern "C" fn passes(
    context: *mut c_void,
    _: u64,
    bytes: *const u8,
    length: usize,
) -> c_int {
    // SAFETY: as above.
    let mut heard = unsafe { heard_by(context) };
    // SAFETY: so many bytes are there.
    let bytes = unsafe { std::slice::from_raw_parts(bytes, length) };
    heard.asked.push(String::from_utf8_lossy(bytes).into_owned());
    heard.passage
}

/// Calls everything that there is of the server it is called by.
unsafe extern "C" fn calls_back(context: *mut c_void, _: u64, _: *const c_char) {
    // SAFETY: as above.
    let mut heard = unsafe { heard_by(context) };
    let server = heard.server.expect("set before the turn");
    // SAFETY: the server lives, and refuses all of it.
    heard.codes = unsafe {
        vec![
            pollcast_turn(server, 0),
            pollcast_broadcast(server, c"x".as_ptr().cast(), 1),
            pollcast_send_to(server, 0, c"x".as_ptr().cast(), 1),
            pollcast_evict(server, 0),
            pollcast_shut_down(server),
            pollcast_is_finished(server),
            pollcast_client_count(server),
            pollcast_statistics(server, ptr::null_mut()),
            pollcast_free(server),
        ]
    };
    // SAFETY: the same.
    heard.asked.push(text(unsafe { CStr::from_ptr(pollcast_last_error(server)) }));
}

#[test]
fn comings_and_goings_are_told_with_their_numbers_addresses_and_reasons() {
    let told = RefCell::new(Heard::default());
    let hooks = Options { joined: Some(joined), left: Some(left), ..options() };
    let room = Room::open(&Options { context: context(&told), ..hooks });
    let (first, second) = (room.connect(), room.connect());
    let addresses = [&first, &second].map(|it| it.local_addr().expect("bound").to_string());
    room.until(|stats| stats.joined == 2);
    drop(first);
    room.until(|stats| stats.left == 1);
    // SAFETY: the server lives.
    assert_eq!(unsafe { pollcast_evict(room.server, 1) }, 0);
    room.until(|stats| stats.put_out == 1);
    let [one, two] = addresses;
    assert_eq!(told.borrow().joined, [(0, Some(one)), (1, Some(two))]);
    assert_eq!(told.borrow().left, [(0, Reason::Left as c_int), (1, Reason::ByHost as c_int)]);
}

#[test]
fn a_callback_that_calls_the_server_is_refused_and_the_turn_goes_on() {
    let told = RefCell::new(Heard::default());
    let hooks = Options { joined: Some(calls_back), ..options() };
    let room = Room::open(&Options { context: context(&told), ..hooks });
    told.borrow_mut().server = Some(room.server);
    let mut client = room.connect();
    client.write_all(b"hello").expect("it reads");
    room.until(|stats| stats.bytes_out == 5);
    assert_eq!(heard(&mut client, 5), "hello");
    assert_eq!(told.borrow().codes, [Error::Busy as c_int; 9]);
    assert_eq!(told.borrow().asked, [""], "no error but this one, which says all by itself");
}

#[test]
fn who_is_not_admitted_is_closed_at_once_and_told_to_nobody() {
    let told = RefCell::new(Heard { admission: 1, ..Heard::default() });
    let hooks = Options { joined: Some(joined), admits: Some(admits), ..options() };
    let room = Room::open(&Options { context: context(&told), ..hooks });
    let client = room.connect();
    room.until(|stats| stats.refused_by_host == 1);
    assert_eq!(told.borrow().asked, [client.local_addr().expect("bound").to_string()]);
    assert!(told.borrow().joined.is_empty());
}

#[test]
fn what_a_client_says_passes_is_withheld_or_ends_it() {
    let told = RefCell::new(Heard::default());
    let hooks = Options { passes: Some(passes), framing: 1, ..options() };
    let room = Room::open(&Options { context: context(&told), ..hooks });
    let mut client = room.connect();
    client.write_all(b"one\n").expect("it reads");
    room.until(|stats| stats.bytes_out == 4);
    told.borrow_mut().passage = 1;
    client.write_all(b"two\n").expect("it reads");
    room.until(|stats| stats.bytes_withheld == 4);
    told.borrow_mut().passage = 2;
    client.write_all(b"three\n").expect("it reads");
    room.until(|stats| stats.put_out == 1);
    assert_eq!(told.borrow().asked, ["one\n", "two\n", "three\n"]);
    assert_eq!(heard(&mut client, 4), "one\n");
}

#[test]
fn an_answer_that_is_none_lets_nobody_in_and_nothing_pass_and_is_an_error_of_the_turn() {
    let told = RefCell::new(Heard { admission: 7, ..Heard::default() });
    let hooks = Options { admits: Some(admits), passes: Some(passes), ..options() };
    let room = Room::open(&Options { context: context(&told), ..hooks });
    let _refused = room.connect();
    // SAFETY: the server lives.
    assert_eq!(unsafe { pollcast_turn(room.server, -1) }, Error::Answer as c_int);
    let problem = "admits answered 7: takes a pollcast_admission, 0 or 1; it was refused";
    assert_eq!(room.problem(), problem);
    assert_eq!(room.statistics().refused_by_host, 1);
    *told.borrow_mut() = Heard { passage: -1, ..Heard::default() };
    let mut client = room.connect();
    room.until(|stats| stats.joined == 1);
    client.write_all(b"hello").expect("it reads");
    // SAFETY: the server lives.
    while unsafe { pollcast_turn(room.server, -1) } != Error::Answer as c_int {}
    let problem = "passes answered -1: takes a pollcast_passage, 0 to 2; it was withheld";
    assert_eq!(room.problem(), problem);
    assert_eq!(room.statistics().bytes_withheld, 5);
}
