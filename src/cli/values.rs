//! Values of options: sizes, times, counts and addresses. Each error is one line that names the
//! option, the value, and what would be right.

use std::net::ToSocketAddrs;
use std::time::Duration;

use pollcast::{Config, Patience};

use super::Listen;

/// Bytes, within what a queue may be.
pub(super) fn queue_size(name: &str, text: &str) -> Result<usize, String> {
    size(text)
        .filter(|size| (Config::MIN_QUEUE..=Config::MAX_QUEUE).contains(size))
        .ok_or_else(|| wrong(name, text, "a size from 4k to 1G, as in 512k or 1M"))
}

/// A time limit, or none.
pub(super) fn patience(name: &str, text: &str) -> Result<Patience, String> {
    if text == "forever" {
        return Ok(Patience::Forever);
    }
    duration(text)
        .map(Patience::Limit)
        .ok_or_else(|| wrong(name, text, "0, a time as in 500ms or 1s, or forever"))
}

/// A time with its unit, or 0.
pub(super) fn time(name: &str, text: &str) -> Result<Duration, String> {
    duration(text).ok_or_else(|| wrong(name, text, "0 or a time as in 500ms, 5s, 1m or 1h"))
}

/// A number of at least one.
pub(super) fn count(name: &str, text: &str) -> Result<usize, String> {
    number(text)
        .and_then(|number| u32::try_from(number).ok())
        .filter(|&count| count > 0)
        .map(|count| count as usize)
        .ok_or_else(|| wrong(name, text, "a number from 1 to 4294967295"))
}

/// Every address that the text stands for.
pub(super) fn listen(name: &str, text: &str) -> Result<Vec<Listen>, String> {
    let takes = "HOST:PORT, [V6]:PORT or :PORT";
    let place = text.rsplit_once(':').filter(|_| !text.starts_with("unix:"));
    let (host, port) = place.ok_or_else(|| wrong(name, text, takes))?;
    let port: u16 = number(port)
        .and_then(|port| u16::try_from(port).ok())
        .ok_or_else(|| wrong(name, text, "a port from 0 to 65535, as in 127.0.0.1:8080"))?;
    if host.is_empty() {
        return Ok(vec![Listen::AnyFamily(port)]);
    }
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').ok_or_else(|| wrong(name, text, takes))?,
        None if host.contains(':') => {
            return Err(wrong(name, text, "IPv6 in brackets, as [::1]:80"));
        }
        None => host,
    };
    let addresses = (host, port)
        .to_socket_addrs()
        .map_err(|error| format!("{name} {text}: cannot find the host {host}: {error}"))?;
    Ok(addresses.map(Listen::At).collect())
}

fn wrong(name: &str, text: &str, takes: &str) -> String {
    format!("{name} {text}: takes {takes}")
}

/// Digits and nothing else: no sign, no space.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn split_unit(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (amount, unit) = text.split_at(digits);
    Some((number(amount)?, unit))
}

fn size(text: &str) -> Option<usize> {
    let (amount, unit) = split_unit(text)?;
    let shift = match unit {
        "" => 0,
        "k" | "K" | "KiB" => 10,
        "M" | "MiB" => 20,
        "G" | "GiB" => 30,
        _ => return None,
    };
    amount.checked_mul(1 << shift).and_then(|bytes| usize::try_from(bytes).ok())
}

/// At most a year's worth of hours: sums of deadlines cannot overflow.
fn duration(text: &str) -> Option<Duration> {
    let (amount, unit) = split_unit(text)?;
    let milliseconds = match unit {
        "" if amount == 0 => 1,
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let longest = 366 * 24 * 3_600_000;
    amount.checked_mul(milliseconds).filter(|&time| time <= longest).map(Duration::from_millis)
}
