//! How long tests wait.

#![allow(unreachable_pub, reason = "each test binary is a crate of its own")]

use std::time::Duration;

/// Longer than anything that works can take. Tests that run to find mutants wait less for what
/// does not come (POLLCAST_LIMIT, in seconds, when they are compiled).
pub const LIMIT: Duration = Duration::from_secs(match option_env!("POLLCAST_LIMIT") {
    Some(seconds) => match u64::from_str_radix(seconds, 10) {
        Ok(seconds) => seconds,
        Err(_) => panic!("POLLCAST_LIMIT is a number of seconds"),
    },
    None => 20,
});
