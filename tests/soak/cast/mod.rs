//! Those who play: each file has a kind of clients.

pub mod audience;
pub mod burst;
pub mod churn;
pub mod shortage;
pub mod stalled;
pub mod stopped;
pub mod talkers;

use std::time::Duration;

/// A random time between two numbers of milliseconds.
pub fn between(random: &mut fastrand::Rng, from: u64, to: u64) -> Duration {
    Duration::from_millis(random.u64(from..=to))
}
