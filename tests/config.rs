//! Limits that cannot work are refused by name.

use std::time::Duration;

use pollcast::kernel::mio::MioKernel;
use pollcast::{Config, Framing, Patience, Server, TurnLimits};

const DAY: Duration = Duration::from_secs(24 * 3_600);

fn turn(change: impl FnOnce(&mut TurnLimits)) -> Config {
    let mut config = Config::default();
    change(&mut config.turn);
    config
}

/// Least, greatest, and whatever is no limit at all.
#[test]
fn the_defaults_and_the_extremes_work() {
    let default = Config::default;
    let extremes = [
        default(),
        Config { max_queue: 4_096, ..default() },
        Config {
            max_queue: 1_073_741_824,
            max_memory: Config::MAX_MEMORY.min(3 << 30),
            ..default()
        },
        Config { max_memory: Config::MAX_MEMORY, ..default() },
        Config { patience: Patience::Limit(Duration::MAX), ..default() },
        Config { drain_timeout: 366 * DAY, max_clients: 1, ..default() },
        Config { drain_timeout: Duration::ZERO, ..default() },
        Config { idle_timeout: Some(366 * DAY), ..default() },
        Config { idle_timeout: Some(Duration::from_nanos(1)), ..default() },
        Config { max_clients_per_address: Some(1), ..default() },
        Config { gather: Duration::from_secs(1), ..default() },
        Config { framing: Framing::Raw, max_line: 0, ..default() },
    ];
    for config in extremes {
        assert_eq!(config.check(), Ok(()), "{config:?}");
    }
}

/// What the documentation says of them in words, and the errors too.
#[test]
fn the_bounds_are_those_that_are_documented() {
    assert_eq!((Config::MIN_QUEUE, Config::MAX_QUEUE), (4_096, 1_073_741_824));
    assert_eq!((Config::MIN_MEMORY, Config::MAX_TIME), (65_536, 366 * DAY));
    assert_eq!(Config::MAX_GATHER, Duration::from_secs(1));
    let most: u64 = if usize::BITS == 64 { 1 << 40 } else { 1 << 31 };
    assert_eq!(Config::MAX_MEMORY as u64, most);
}

#[test]
fn a_limit_that_cannot_work_is_named_with_what_it_takes() {
    let moment = Duration::from_nanos(1);
    let default = Config::default;
    let line = |max_line| Config { framing: Framing::Line, max_line, ..default() };
    let wrong = [
        (Config { max_queue: 4_095, ..default() }, "max_queue"),
        (Config { max_queue: 1_073_741_825, ..default() }, "max_queue"),
        (Config { max_memory: Config::MAX_MEMORY + 1, ..default() }, "max_memory"),
        (Config { max_clients: 0, ..default() }, "max_clients"),
        #[cfg(target_pointer_width = "64")]
        (Config { max_clients: 1 << 32, max_memory: 1 << 40, ..default() }, "max_clients"),
        (Config { max_clients_per_address: Some(0), ..default() }, "max_clients_per_address"),
        (Config { drain_timeout: 366 * DAY + moment, ..default() }, "drain_timeout"),
        (Config { gather: Duration::from_secs(1) + moment, ..default() }, "gather"),
        (Config { idle_timeout: Some(366 * DAY + moment), ..default() }, "idle_timeout"),
        (Config { idle_timeout: Some(Duration::ZERO), ..default() }, "idle_timeout"),
        (turn(|turn| turn.accepts = 0), "turn"),
        (turn(|turn| turn.reads = 0), "turn"),
        (turn(|turn| turn.writes = 0), "turn"),
        (turn(|turn| turn.bytes = 0), "turn"),
        (line(0), "max_line"),
        (line(usize::MAX), "max_line"),
    ];
    for (config, name) in wrong {
        let error = config.check().expect_err(name);
        assert_eq!(error.name, name);
        assert_eq!(error.to_string(), format!("{name} takes {}", error.takes));
    }
}

/// What fits depends on the size of a slot, which is another on each backend and in each build.
#[test]
fn what_fits_into_some_memory_is_served_with_and_without_lines_and_echo() {
    for bytes in [64 << 10, 65_537, 100_000, 256 << 10, 1 << 20, 64 << 20, 1 << 30] {
        for framing in [Framing::Raw, Framing::Line] {
            for echo in [true, false] {
                let limits = Config::for_memory(bytes).expect("enough for a few clients");
                let mut config = Config { framing, echo, ..limits };
                let kernel = || MioKernel::new(Vec::new()).expect("a poll");
                let served = Server::new(kernel(), config.clone());
                assert!(served.is_ok(), "{bytes} bytes, {framing:?}, echo: {echo}: {served:?}");
                config.max_clients_per_address = Some(3);
                config.max_clients = config.most_clients();
                let served = Server::new(kernel(), config);
                assert!(served.is_ok(), "{bytes} bytes, by address: {served:?}");
            }
        }
    }
    assert!(Config::for_memory(Config::MIN_MEMORY - 1).is_err());
    assert!(Config::for_memory(Config::MAX_MEMORY + 1).is_err());
}

#[test]
fn a_line_fits_into_what_a_turn_reads_with_a_byte_behind_it() {
    let line = |max_line, bytes| Config {
        framing: Framing::Line,
        max_line,
        turn: TurnLimits { bytes, ..TurnLimits::default() },
        ..Config::default()
    };
    for (longest, bytes) in [(1, 3), (1, 4), (2, 5), (500, 1001)] {
        assert_eq!(line(longest, bytes).longest_line(), longest);
        assert_eq!(line(longest, bytes).check(), Ok(()));
        assert_eq!(line(longest + 1, bytes).check().map_err(|error| error.name), Err("max_line"));
    }
}

#[test]
fn a_line_is_an_eighth_of_a_queue_at_most() {
    for (queue, longest) in [(4_096, 512), (8_000, 1_000), (1 << 20, (64 << 10) - 1)] {
        let config = Config { framing: Framing::Line, max_queue: queue, ..Config::default() };
        assert_eq!(config.longest_line(), longest);
        let check = |max_line| Config { max_line, ..config.clone() }.check();
        assert_eq!(check(longest), Ok(()));
        assert_eq!(check(longest + 1).map_err(|error| error.name), Err("max_line"));
    }
}
