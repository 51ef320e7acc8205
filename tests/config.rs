//! Limits that cannot work are refused by name.

use std::time::Duration;

use pollcast::{Config, Patience, TurnLimits};

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
