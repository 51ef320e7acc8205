use super::*;

fn options() -> Options {
    // SAFETY: zero is a value of all of its fields.
    unsafe { std::mem::zeroed() }
}

#[test]
fn zero_is_the_default_of_everything() {
    let config = config(&options()).expect("limits that work");
    assert_eq!(config, Config::default());
    let sockets = sockets(&options(), &config).expect("an option that works");
    assert_eq!(sockets, SocketOptions::default());
}

#[test]
fn memory_alone_decides_what_fits_into_it() {
    for memory in [64 << 10, 256 << 10, 64 << 20] {
        let given = config(&Options { max_memory: memory, ..options() }).expect("enough");
        assert_eq!(given, Config::for_memory(memory as usize).expect("enough"));
    }
    let per_address = Options { max_memory: 1 << 20, max_clients_per_address: 4, ..options() };
    let config = config(&per_address).expect("with the larger slots there are fewer of them");
    assert_eq!(config.max_clients, config.most_clients());
}

#[test]
fn a_long_queue_alone_gets_the_memory_that_it_needs() {
    let given = Options { max_queue: 16 << 20, ..options() };
    assert_eq!(config(&given).expect("limits that work").max_memory, 128 << 20);
    let given = Options { max_memory: 8 << 20, max_queue: 64 << 10, ..options() };
    assert_eq!(config(&given).expect("limits that work").max_memory, 8 << 20);
}

#[test]
fn a_second_of_silence_is_the_least() {
    let given = Options { keepalive_ms: 1_000, ..options() };
    let sockets = sockets(&given, &Config::default()).expect("an option that works");
    assert_eq!(sockets.keepalive, Some(Duration::from_secs(1)));
}

#[test]
fn each_number_gets_where_it_belongs() {
    let given = Options {
        max_memory: 32 << 20,
        max_queue: 512 << 10,
        max_line: 1_000,
        max_clients: 11,
        max_clients_per_address: 12,
        patience_ms: 13,
        idle_ms: 14,
        drain_ms: 15,
        gather_ms: 16,
        turn_accepts: 17,
        turn_reads: 18,
        turn_writes: 19,
        turn_bytes: 20 << 10,
        framing: 1,
        half_close: 1,
        no_echo: 1,
        ..options()
    };
    assert_eq!(config(&given).expect("limits that work"), with_numbers());
}

/// What stands above, as limits.
fn with_numbers() -> Config {
    let milliseconds = Duration::from_millis;
    Config {
        max_memory: 32 << 20,
        allocation: crate::config::Allocation::AtStart,
        max_queue: 512 << 10,
        max_line: 1_000,
        max_clients: 11,
        max_clients_per_address: Some(12),
        patience: Patience::Limit(milliseconds(13)),
        idle_timeout: Some(milliseconds(14)),
        drain_timeout: milliseconds(15),
        gather: milliseconds(16),
        framing: Framing::Line,
        half_close: crate::config::HalfClose::Listen,
        echo: false,
        turn: crate::config::TurnLimits { accepts: 17, reads: 18, writes: 19, bytes: 20 << 10 },
        ..Config::default()
    }
}

#[test]
fn for_ever_and_not_at_all_are_told_apart_from_the_default() {
    let forever = Options { patience_ms: -1, idle_ms: -1, keepalive_ms: -1, ..options() };
    let never = config(&forever).expect("limits that work");
    assert_eq!((never.patience, never.idle_timeout), (Patience::Forever, None));
    let sockets = sockets(&forever, &never).expect("an option that works");
    assert_eq!((sockets.keepalive, sockets.user_timeout), (None, None));
    let at_once = Options { patience_ms: -2, drain_ms: -2, gather_ms: -2, ..options() };
    let at_once = config(&at_once).expect("limits that work");
    assert_eq!(at_once.patience, Patience::Limit(Duration::ZERO));
    assert_eq!((at_once.drain_timeout, at_once.gather), (Duration::ZERO, Duration::ZERO));
}

#[test]
fn the_kernel_is_never_less_patient_than_the_server() {
    let patient = Options { patience_ms: 90_000, ..options() };
    let config = config(&patient).expect("limits that work");
    let sockets = sockets(&patient, &config).expect("an option that works");
    assert_eq!(sockets.user_timeout, Some(Duration::from_secs(90)));
}
