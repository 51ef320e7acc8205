//! The server's time: the kernel's, less what the process could not use.

use std::time::Duration;

/// Monotonic time as deadlines see it.
#[derive(Debug, Default)]
pub(super) struct Clock {
    now: Duration,
    skipped: Duration,
    /// The deadline for which time was skipped last, and the time at which that was. It is skipped
    /// neither for this deadline nor at this time again: a host that makes a turn every few seconds
    /// must not stop the clock for good.
    forgiven: Option<(Duration, Duration)>,
}

/// Whoever comes this late to a deadline was stopped (SIGSTOP, a sleeping machine, a starved
/// processor): the clients could not know, and keep the time that they had left.
const STOPPED: Duration = Duration::from_secs(1);

impl Clock {
    /// The time of the last look.
    pub(super) fn now(&self) -> Duration {
        self.now
    }

    /// A time of this clock as one of the kernel's.
    pub(super) fn to_kernel(&self, time: Duration) -> Duration {
        time + self.skipped
    }

    /// Looks at the kernel's time. If it is far past the nearest deadline, no time has passed: the
    /// next turn reads what has waited meanwhile before it judges anybody.
    pub(super) fn look(&mut self, kernel: Duration, deadline: Option<Duration>) -> Duration {
        let now = kernel.saturating_sub(self.skipped);
        let is_new = |late: Duration| {
            self.forgiven.is_none_or(|(deadline, at)| late != deadline && self.now > at)
        };
        let is_late = |at: &Duration| now > *at.max(&self.now) + STOPPED && is_new(*at);
        if let Some(late) = deadline.filter(is_late) {
            self.skipped += now.saturating_sub(self.now);
            self.forgiven = Some((late, self.now));
        } else {
            self.now = self.now.max(now);
        }
        self.now
    }
}
