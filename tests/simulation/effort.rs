//! How much the random runs and the searches do.

/// Turns of the random runs in each `cargo test`.
pub const TURNS: u64 = 300_000;

/// Turns of the random runs: `POLLCAST_TURNS` asks for more, or for less of everything.
pub fn turns() -> u64 {
    number("POLLCAST_TURNS").unwrap_or(TURNS)
}

/// So much of `all`, where everything is done less.
pub fn share(all: u64) -> u64 {
    (all * turns() / TURNS).clamp(1, all)
}

/// Of things that are all tried, each so-manieth is, where everything is done less.
pub fn stride() -> usize {
    (TURNS / turns().clamp(1, TURNS)) as usize
}

/// Whether everything is done at least as much as in each `cargo test`.
pub fn is_whole() -> bool {
    turns() >= TURNS
}

pub fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} takes a number, not {value}")))
}
