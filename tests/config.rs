//! Limits that cannot work are refused by name.

use std::time::Duration;

use pollcast::kernel::mio::MioKernel;
use pollcast::{Config, Framing, Patience, Server, TurnLimits};

fn turn(change: impl FnOnce(&mut TurnLimits)) -> Config {
    let mut config = Config::default();
    change(&mut config.turn);
    config
}

#[test]
fn the_defaults_and_the_extremes_work() {
    let extremes = [
        Config::default(),
        Config { max_queue: Config::MIN_QUEUE, ..Config::default() },
        Config { max_queue: Config::MAX_QUEUE, max_memory: 3 << 30, ..Config::default() },
        Config { patience: Patience::Limit(Duration::MAX), ..Config::default() },
        Config { drain_timeout: Config::MAX_TIME, max_clients: 1, ..Config::default() },
    ];
    for config in extremes {
        assert_eq!(config.check(), Ok(()), "{config:?}");
    }
}

#[test]
fn a_limit_that_cannot_work_is_named_with_what_it_takes() {
    let second = Duration::from_secs(1);
    let wrong = [
        (Config { max_queue: Config::MIN_QUEUE - 1, ..Config::default() }, "max_queue"),
        (Config { max_queue: Config::MAX_QUEUE + 1, ..Config::default() }, "max_queue"),
        (Config { max_clients: 0, ..Config::default() }, "max_clients"),
        (Config { drain_timeout: Config::MAX_TIME + second, ..Config::default() }, "drain_timeout"),
        (turn(|turn| turn.accepts = 0), "turn"),
        (turn(|turn| turn.reads = 0), "turn"),
        (turn(|turn| turn.writes = 0), "turn"),
        (turn(|turn| turn.bytes = 0), "turn"),
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
