//! Options as limits: what they leave out is cut down to what they give, as the program does it.

use std::time::Duration;

use super::choices;
use super::error::Failure;
use super::options::{Options, POLLCAST_FOREVER, POLLCAST_NOT_AT_ALL};
use crate::config::{Config, Framing, Patience};
use crate::kernel::mio::SocketOptions;

/// What a server may do.
pub(super) fn config(options: &Options) -> Result<Config, Failure> {
    let mut config = sizes(options)?;
    config.framing = choices::framing(options.framing)?;
    config.half_close = choices::half_close(options.half_close)?;
    config.echo = match options.no_echo {
        0 => true,
        1 => false,
        _ => return Err(Failure::option("no_echo", "0 or 1")),
    };
    times(options, &mut config)?;
    if options.max_line != 0 && config.framing == Framing::Raw {
        return Err(Failure::option("max_line", "POLLCAST_FRAMING_LINE to go with it"));
    }
    config.max_clients_per_address = count(options.max_clients_per_address);
    config.max_clients = clients(options, &config)?;
    config.check()?;
    Ok(config)
}

/// What may take how long.
fn times(options: &Options, config: &mut Config) -> Result<(), Failure> {
    config.patience = match options.patience_ms {
        POLLCAST_FOREVER => Patience::Forever,
        _ => {
            let or = "POLLCAST_FOREVER, or POLLCAST_NOT_AT_ALL";
            let time = time_or_none("patience_ms", options.patience_ms, Config::MAX_TIME, or)?;
            Patience::Limit(time.unwrap_or(Duration::from_secs(1)))
        }
    };
    if options.idle_ms != POLLCAST_FOREVER {
        let or = "POLLCAST_FOREVER";
        config.idle_timeout = time("idle_ms", options.idle_ms, Config::MAX_TIME, or)?;
    }
    let or = "POLLCAST_NOT_AT_ALL";
    let drain = time_or_none("drain_ms", options.drain_ms, Config::MAX_TIME, or)?;
    config.drain_timeout = drain.unwrap_or(config.drain_timeout);
    let gather = time_or_none("gather_ms", options.gather_ms, Config::MAX_GATHER, or)?;
    config.gather = gather.unwrap_or_default();
    Ok(())
}

/// How a connection finds out that its peer is gone.
pub(super) fn sockets(options: &Options, config: &Config) -> Result<SocketOptions, Failure> {
    const LEAST: Duration = Duration::from_secs(1);
    let mut sockets = SocketOptions::default();
    sockets.keepalive = match options.keepalive_ms {
        0 => sockets.keepalive,
        POLLCAST_FOREVER => None,
        milliseconds => {
            let time = u64::try_from(milliseconds).map(Duration::from_millis).ok();
            let range = LEAST..=SocketOptions::MAX_KEEPALIVE;
            let takes = "0, POLLCAST_FOREVER, or 1000 to 32767000";
            let wrong = || Failure::option("keepalive_ms", takes);
            Some(time.filter(|time| range.contains(time)).ok_or_else(wrong)?)
        }
    };
    // The kernel must not end a connection before patience does: so the program does it too.
    sockets.user_timeout = match config.patience {
        Patience::Limit(patience) => sockets.keepalive.map(|time| time.max(patience)),
        Patience::Forever => None,
    };
    Ok(sockets)
}

/// Memory, the longest queue and line in it, and how much one turn may do.
fn sizes(options: &Options) -> Result<Config, Failure> {
    let mut config = match count(options.max_memory) {
        Some(memory) => Config::for_memory(memory)?,
        None => Config::default(),
    };
    config.max_queue = count(options.max_queue).unwrap_or(config.max_queue);
    if options.max_memory == 0 {
        let eight = config.max_queue.saturating_mul(8).min(Config::MAX_MEMORY);
        config.max_memory = config.max_memory.max(eight);
    }
    let turn = &mut config.turn;
    turn.accepts = count(options.turn_accepts).unwrap_or(turn.accepts);
    turn.reads = count(options.turn_reads).unwrap_or(turn.reads);
    turn.writes = count(options.turn_writes).unwrap_or(turn.writes);
    turn.bytes = count(options.turn_bytes).unwrap_or(turn.bytes);
    let line = config.max_line.min(config.longest_line());
    config.max_line = count(options.max_line).unwrap_or(line);
    Ok(config)
}

/// As many clients as were asked for, or else as fit beside the other limits.
fn clients(options: &Options, config: &Config) -> Result<usize, Failure> {
    let most = config.most_clients();
    match count(options.max_clients) {
        Some(clients) if clients <= most => Ok(clients),
        Some(_) if most > 0 => {
            let takes = format!("at most {most}, or a larger max_memory");
            Err(Failure::option("max_clients", &takes))
        }
        _ => Ok(most.clamp(1, config.max_clients)),
    }
}

/// A number, or else the greatest that a size of this system can hold: what is too much is told by
/// the range of what it is for. None for the default.
fn count(number: u64) -> Option<usize> {
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    Some(number).filter(|&number| number > 0)
}

/// A time of up to `most`; none for the default. What it takes `or` else the caller sees to.
fn time(
    name: &str,
    milliseconds: i64,
    most: Duration,
    or: &str,
) -> Result<Option<Duration>, Failure> {
    let time = u64::try_from(milliseconds).ok().map(Duration::from_millis);
    let time = time.filter(|time| *time <= most).ok_or_else(|| {
        Failure::option(name, &format!("milliseconds up to {}, or {or}", most.as_millis()))
    })?;
    Ok(Some(time).filter(|time| !time.is_zero()))
}

/// The same, or none at all.
fn time_or_none(
    name: &str,
    milliseconds: i64,
    most: Duration,
    or: &str,
) -> Result<Option<Duration>, Failure> {
    if milliseconds == POLLCAST_NOT_AT_ALL {
        return Ok(Some(Duration::ZERO));
    }
    time(name, milliseconds, most, or)
}

#[cfg(test)]
mod tests;
