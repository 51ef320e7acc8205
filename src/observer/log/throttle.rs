//! How many lines there may be.

use std::time::Duration;

/// Admits a burst, and then one at a time at a steady rate. Kept as the time at which the whole
/// burst is free again, so it needs no ticking.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    free_at: Duration,
    /// Since the last relief.
    withheld: u64,
    suppressed: u64,
}

const INTERVAL: Duration = Duration::from_millis(100);
const BURST: u32 = 20;

impl Throttle {
    /// Whether there may be one more now.
    pub(super) fn admits(&mut self, at: Duration) -> bool {
        let is_admitted = self.has_room(at);
        if is_admitted {
            self.free_at = self.free_at.max(at) + INTERVAL;
        } else {
            self.withheld += 1;
            self.suppressed += 1;
        }
        is_admitted
    }

    /// How many were suppressed, once there is room again to say so.
    pub(super) fn relief(&mut self, at: Duration) -> Option<u64> {
        if self.withheld == 0 || !self.has_room(at) {
            return None;
        }
        self.free_at = self.free_at.max(at) + INTERVAL;
        Some(std::mem::take(&mut self.withheld))
    }

    fn has_room(&self, at: Duration) -> bool {
        self.free_at.max(at) + INTERVAL <= at + INTERVAL * BURST
    }

    /// How many were suppressed in all.
    pub(super) fn suppressed(&self) -> u64 {
        self.suppressed
    }
}

#[cfg(test)]
mod tests;
