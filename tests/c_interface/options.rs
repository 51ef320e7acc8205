//! Options that cannot work, each with the text that says what would.

use std::ffi::c_int;
use std::mem::offset_of;

use pollcast::capi::{Error, Options};

use crate::room::{Room, c_string, options, refused};

const MEMORY: &str = if usize::BITS == 64 {
    "max_memory takes 64 KiB to 1 TiB"
} else {
    "max_memory takes 64 KiB to 2 GiB"
};

#[track_caller]
fn is_wrong(options: &Options, text: &str) {
    assert_eq!(refused(options), (Error::Option as c_int, text.to_owned()));
}

#[test]
fn each_limit_out_of_its_range_is_named_with_its_range() {
    let year = "milliseconds up to 31622400000, or";
    let patience = &format!("patience_ms takes {year} POLLCAST_FOREVER, or POLLCAST_NOT_AT_ALL");
    let idle = &format!("idle_ms takes {year} POLLCAST_FOREVER");
    let drain = &format!("drain_ms takes {year} POLLCAST_NOT_AT_ALL");
    let gather = "gather_ms takes milliseconds up to 1000, or POLLCAST_NOT_AT_ALL";
    let keepalive = "keepalive_ms takes 0, POLLCAST_FOREVER, or 1000 to 32767000";
    let wrong: &[(Options, &str)] = &[
        (Options { max_queue: 4095, ..options() }, "max_queue takes 4 KiB to 1 GiB"),
        (Options { max_queue: (1 << 30) + 1, ..options() }, "max_queue takes 4 KiB to 1 GiB"),
        (Options { max_queue: u64::MAX, ..options() }, "max_queue takes 4 KiB to 1 GiB"),
        (Options { max_memory: 65_535, ..options() }, MEMORY),
        (Options { max_memory: 1 << 41, ..options() }, MEMORY),
        (Options { max_memory: u64::MAX, ..options() }, MEMORY),
        (Options { patience_ms: -3, ..options() }, patience),
        (Options { patience_ms: i64::MAX, ..options() }, patience),
        (Options { idle_ms: -2, ..options() }, idle),
        (Options { drain_ms: -1, ..options() }, drain),
        (Options { gather_ms: 1_001, ..options() }, gather),
        (Options { keepalive_ms: 999, ..options() }, keepalive),
        (Options { keepalive_ms: -2, ..options() }, keepalive),
        (Options { keepalive_ms: 32_767_001, ..options() }, keepalive),
        (Options { framing: 2, ..options() }, "framing takes a pollcast_framing, 0 or 1"),
        (Options { half_close: -1, ..options() }, "half_close takes a pollcast_half_close, 0 or 1"),
        (Options { no_echo: 2, ..options() }, "no_echo takes 0 or 1"),
        (Options { unix_mode: 0o1000, ..options() }, "unix_mode takes a mode up to 0777"),
        (
            Options { max_line: 9, ..options() },
            "max_line takes POLLCAST_FRAMING_LINE to go with it",
        ),
        (
            Options { max_line: 65_536, framing: 1, ..options() },
            "max_line takes 1 to an eighth of max_queue, and to half of turn_bytes",
        ),
        (
            Options { max_memory: 64 << 10, max_queue: 1 << 20, max_clients: 5, ..options() },
            "max_memory takes enough for max_clients, for max_queue three times, and for lines",
        ),
        (Options { listen_count: 0, ..options() }, "listen_count takes 1 to 1024"),
        (Options { listen_count: 1_025, ..options() }, "listen_count takes 1 to 1024"),
    ];
    for (options, text) in wrong {
        is_wrong(options, text);
    }
}

#[test]
fn limits_of_a_turn_may_be_as_large_as_one_likes() {
    let turn = Options {
        turn_accepts: u64::MAX,
        turn_reads: u64::MAX,
        turn_writes: u64::MAX,
        turn_bytes: u64::MAX,
        max_clients_per_address: u64::MAX,
        ..options()
    };
    let room = Room::open(&turn);
    let _client = room.connect();
    room.until(|stats| stats.joined == 1);
}

#[test]
fn more_clients_than_fit_into_memory_are_refused_with_the_number_that_fits() {
    let (code, text) = refused(&Options { max_memory: 64 << 10, max_clients: 9_999, ..options() });
    assert_eq!(code, Error::Option as c_int);
    let number = text.strip_prefix("max_clients takes at most ").expect("what it takes");
    let number = number.strip_suffix(", or a larger max_memory").expect("why");
    let most = number.parse().expect("a number");
    drop(Room::open(&Options { max_memory: 64 << 10, max_clients: most, ..options() }));
    let (_, text) = refused(&Options { max_clients: 1_000_000, ..options() });
    assert!(text.starts_with("max_clients takes at most "), "{text}");
}

#[test]
fn a_size_that_was_not_set_and_one_that_nobody_meant_are_refused() {
    let whole = size_of::<Options>();
    for size in [0, 1, offset_of!(Options, context) - 1, whole - 1, 1 << 20, usize::MAX] {
        is_wrong(&Options { size, ..options() }, "options.size takes sizeof(pollcast_options)");
    }
}

#[test]
fn an_older_structure_is_taken_and_what_stands_behind_it_is_not_looked_at() {
    let wrong = Options { framing: 99, max_queue: 1, ..options() };
    let size = offset_of!(Options, max_queue);
    drop(Room::open(&Options { size, ..wrong }));
    let size = offset_of!(Options, context);
    drop(Room::open(&Options { size, ..wrong }));
}

#[test]
fn a_newer_structure_is_taken_while_what_is_new_in_it_is_not_set() {
    let mut newer = Box::new((options(), [0_u64; 2]));
    newer.0.size = size_of_val(&*newer);
    let open = |newer: &(Options, [u64; 2])| {
        let pointer = std::ptr::from_ref(newer).cast::<Options>();
        let (mut server, mut text) = (std::ptr::null_mut(), [0; 256]);
        // SAFETY: as many bytes are there as its size says.
        unsafe {
            let made =
                pollcast::capi::pollcast_new(pointer, &raw mut server, text.as_mut_ptr(), 256);
            assert_eq!(pollcast::capi::pollcast_free(server), 0);
            (made, crate::room::text(std::ffi::CStr::from_ptr(text.as_ptr())))
        }
    };
    assert_eq!(open(&newer), (0, String::new()));
    newer.1[1] = 1;
    let problem = "options sets something that this version of the library does not know";
    assert_eq!(open(&newer), (Error::Option as c_int, problem.to_owned()));
}

#[test]
fn a_place_where_it_cannot_listen_is_named_with_the_reason() {
    let takes = "takes an address and a port, as in 127.0.0.1:8080 or [::1]:8080, or unix:/path";
    let first = Room::open(&options());
    let wrong = [
        ("localhost:80", Error::Option, format!("listen \"localhost:80\": {takes}")),
        ("", Error::Option, format!("listen \"\": {takes}")),
        ("127.0.0.1:65536", Error::Option, format!("listen \"127.0.0.1:65536\": {takes}")),
        (
            &first.address,
            Error::System,
            format!("cannot listen on {}: Address already in use (os error 98)", first.address),
        ),
        (
            "unix:/nowhere/at/all",
            Error::System,
            "cannot listen on unix:/nowhere/at/all: No such file or directory (os error 2)".into(),
        ),
    ];
    for (place, error, text) in wrong {
        let place = c_string(place);
        let listen = [place.as_ptr()];
        let options = Options { listen: listen.as_ptr(), ..options() };
        assert_eq!(refused(&options), (error as c_int, text));
    }
}

#[test]
fn several_places_are_listened_on_in_their_order() {
    let path = std::env::temp_dir().join(format!("pollcast-c-{}", std::process::id()));
    let (inet, unix) = (c_string("[::]:0"), c_string(&format!("unix:{}", path.display())));
    let listen = [inet.as_ptr(), unix.as_ptr()];
    let options =
        Options { listen: listen.as_ptr(), listen_count: 2, unix_mode: 0o600, ..options() };
    let room = Room::open(&options);
    let (mut text, unix) = ([0; 256], unix.into_string().expect("text"));
    // SAFETY: there is so much room.
    unsafe {
        pollcast::capi::pollcast_address(room.server, 1, text.as_mut_ptr(), 256);
        assert_eq!(crate::room::text(std::ffi::CStr::from_ptr(text.as_ptr())), unix);
    }
    let _client = std::os::unix::net::UnixStream::connect(&path).expect("it listens");
    room.until(|stats| stats.joined == 1);
    drop(room);
    assert!(!path.exists(), "it was left behind");
}
