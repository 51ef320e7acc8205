//! Numbers, sizes and times as they are spelled.

use std::time::Duration;

/// Digits and nothing else: no sign, no space.
pub(super) fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Bytes, 1024-based.
pub(super) fn size(text: &str) -> Option<usize> {
    let (amount, unit) = split_unit(text)?;
    let shift = match unit {
        "" => 0,
        "k" | "KiB" => 10,
        "M" | "MiB" => 20,
        "G" | "GiB" => 30,
        _ => return None,
    };
    amount.checked_mul(1 << shift).and_then(|bytes| usize::try_from(bytes).ok())
}

/// At most a year's worth of hours: sums of deadlines cannot overflow.
pub(super) fn duration(text: &str) -> Option<Duration> {
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

fn split_unit(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (amount, unit) = text.split_at(digits);
    Some((number(amount)?, unit))
}
