use std::ffi::CStr;

use super::*;
use crate::capi::{Options, Statistics, pollcast_free, pollcast_statistics, pollcast_turn};
use crate::config::Config;

fn handle() -> *mut Handle {
    // SAFETY: zero is a value of all of its fields.
    let options: Options = unsafe { std::mem::zeroed() };
    // It listens nowhere: Miri has no options of sockets, and runs these.
    let kernel = MioKernel::new(Vec::new()).expect("a poll");
    let server = Server::with_observer(kernel, Config::default(), Hooks::new(options));
    give(Handle::new(server.expect("limits that work")))
}

#[test]
fn a_panic_becomes_a_code_and_the_server_can_only_be_freed() {
    let server = handle();
    // SAFETY: it lives until it is freed, at the end.
    unsafe {
        assert_eq!(with(server, |_| panic!("on purpose")), Error::Panic as c_int);
        assert_eq!(pollcast_turn(server, 0), Error::Panic as c_int);
        let problem = CStr::from_ptr((*server).problem()).to_string_lossy().into_owned();
        assert_eq!(problem, "the library failed inside, which is a fault of it: on purpose");
        assert_eq!(pollcast_free(server), 0);
    }
}

#[test]
fn a_call_within_a_call_is_refused_and_so_is_an_end_within_a_call() {
    let server = handle();
    // SAFETY: as above.
    unsafe {
        let outcome = with(server, |_| {
            assert_eq!(pollcast_turn(server, 0), Error::Busy as c_int);
            assert_eq!(pollcast_free(server), Error::Busy as c_int);
            Ok(7)
        });
        assert_eq!(outcome, 7);
        assert_eq!(pollcast_turn(server, 0), 0);
        assert_eq!(pollcast_free(server), 0);
    }
}

#[test]
fn no_counter_is_written_behind_the_size_that_is_told() {
    let server = handle();
    for room in [1, 3, size_of::<Statistics>() / 8, size_of::<Statistics>() / 8 + 4] {
        // As large as it says: Miri finds who writes on.
        let mut counters = vec![7_u64; room];
        counters[0] = (8 * room) as u64;
        // SAFETY: there is so much room, and the server lives.
        assert_eq!(unsafe { pollcast_statistics(server, counters.as_mut_ptr().cast()) }, 0);
        assert_eq!(counters[0], (8 * room) as u64);
        assert!(counters.iter().skip(size_of::<Statistics>() / 8).all(|&unknown| unknown == 0));
    }
    // SAFETY: it is not used any more.
    assert_eq!(unsafe { pollcast_free(server) }, 0);
}
