//! Options as limits: what they leave out is cut down to what they give, as the program does it.

use std::time::Duration;

use super::choices;
use super::error::{Error, Failure};
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
    config.patience = match options.patience_ms {
        POLLCAST_FOREVER => Patience::Forever,
        _ => {
            let time = time("patience_ms", options.patience_ms, Config::MAX_TIME)?;
            Patience::Limit(time.unwrap_or(Duration::from_secs(1)))
        }
    };
    if options.idle_ms != POLLCAST_FOREVER {
        config.idle_timeout = positive_time("idle_ms", options.idle_ms, Config::MAX_TIME)?;
    }
    let drain = time("drain_ms", options.drain_ms, Config::MAX_TIME)?;
    config.drain_timeout = drain.unwrap_or(config.drain_timeout);
    config.gather = time("gather_ms", options.gather_ms, Config::MAX_GATHER)?.unwrap_or_default();
    if options.max_line != 0 && config.framing == Framing::Raw {
        return Err(Failure::option("max_line", "POLLCAST_FRAMING_LINE to go with it"));
    }
    let per_address = count(options.max_clients_per_address);
    config.max_clients_per_address = per_address;
    config.max_clients = clients(options, &config)?;
    config.check()?;
    Ok(config)
}

/// How a connection finds out that its peer is gone.
pub(super) fn sockets(options: &Options, config: &Config) -> Result<SocketOptions, Failure> {
    const LEAST: Duration = Duration::from_secs(1);
    let mut sockets = SocketOptions::default();
    if options.keepalive_ms == POLLCAST_FOREVER {
        sockets.keepalive = None;
    } else {
        let most = SocketOptions::MAX_KEEPALIVE;
        let time = positive_time("keepalive_ms", options.keepalive_ms, most)?;
        if time.is_some_and(|time| time < LEAST) {
            return Err(Failure::option("keepalive_ms", "0, -1, or 1000 to 32767000"));
        }
        sockets.keepalive = time.or(sockets.keepalive);
    }
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
        config.max_memory = config.max_memory.max(config.max_queue.saturating_mul(8));
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
        Some(clients) if clients <= most || options.max_memory == 0 => Ok(clients),
        Some(_) if most > 0 => {
            let text = format!("max_clients takes at most {most} with this max_memory");
            Err(Failure::new(Error::Option, text))
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

/// A time of up to `most`; none for the default.
fn time(name: &str, milliseconds: i64, most: Duration) -> Result<Option<Duration>, Failure> {
    if milliseconds == POLLCAST_NOT_AT_ALL {
        return Ok(Some(Duration::ZERO));
    }
    positive_time(name, milliseconds, most)
}

/// The same, and not POLLCAST_NOT_AT_ALL.
fn positive_time(
    name: &str,
    milliseconds: i64,
    most: Duration,
) -> Result<Option<Duration>, Failure> {
    let time = u64::try_from(milliseconds).ok().map(Duration::from_millis);
    let time = time.filter(|time| *time <= most).ok_or_else(|| {
        Failure::option(name, &format!("milliseconds up to {}", most.as_millis()))
    })?;
    Ok(Some(time).filter(|time| !time.is_zero()))
}

#[cfg(test)]
mod tests;
