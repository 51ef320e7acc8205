//! Who is full, since when, and how much of the room's time each of them may still take.
//!
//! The room waits while anybody is full: nobody is read, so senders feel TCP's backpressure. Time
//! is handed in; nothing here knows a socket.
//!
//! Patience is earned. A client may hold up the room for a tenth of the time that it has been a
//! member, and never longer than the limit at a time. A newcomer, one of less than a second, draws
//! on a [gift](Gift) instead. So one who stalls, is evicted and comes back cannot stop a busy room,
//! and a member of some standing is never evicted because somebody else attacks.

use std::collections::VecDeque;
use std::time::Duration;

use crate::config::Patience;
use crate::moment::Moment;

/// The clients that are full, in the order in which they became so.
#[derive(Debug)]
pub(crate) struct Waiting {
    patience: Patience,
    full: VecDeque<Full>,
    gift: Gift,
    /// Since when the first of `full` has been the cause of the waiting.
    cause_since: Duration,
    /// Bytes that the cause had taken by then.
    cause_sent: u64,
}

/// A wait of the room, and its cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wait {
    pub(crate) client: usize,
    pub(crate) held: Duration,
    pub(crate) took: u64,
}

/// How a client stopped being full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WaitEnd {
    /// Its queue fell to one half: the wait is charged to nobody.
    Recovered,
    /// It was evicted, was lost, or left: the room's time was wasted.
    Wasted,
}

/// Small, since all clients may be full at a time.
#[derive(Debug)]
struct Full {
    client: u32,
    /// What it may draw on the gift in place of what it has earned: nanoseconds, at most a second.
    drawn: u32,
    since: Moment,
    /// How long it may hold up the room on its own account.
    earned: Moment,
}

/// Waiting that the room grants to those who have earned nothing yet: one second, refilled at a
/// tenth of real time, charged with waits that were wasted. Kept as the time at which it is whole
/// again, so it needs no ticking, and what was overdrawn is paid back first.
#[derive(Debug, Default)]
struct Gift {
    whole_at: Duration,
}

/// One second of waiting is earned in this many seconds, by members and by the gift alike.
const EARNED_IN: u32 = 10;
/// Less than this is nothing: a wait takes a millisecond at least, and one that comes back at once
/// after each eviction would get it every time.
const LEAST_EARNED: Duration = Duration::from_millis(100);
const GIFT: Duration = Duration::from_secs(1);

impl Waiting {
    /// Nobody is full, and there is memory for so many who are.
    pub(crate) fn new(patience: Patience, clients: usize) -> Self {
        Self {
            patience,
            full: VecDeque::with_capacity(clients),
            gift: Gift::default(),
            cause_since: Duration::ZERO,
            cause_sent: 0,
        }
    }

    /// Bytes of memory for each client.
    pub(crate) const fn memory_per_client() -> usize {
        size_of::<Full>()
    }

    /// Whether the room waits for anybody.
    pub(crate) fn waits(&self) -> bool {
        !self.full.is_empty()
    }

    /// The client for which the room waits at present.
    pub(crate) fn cause(&self) -> Option<usize> {
        self.full.front().map(|full| full.client as usize)
    }

    /// A client that joined at `joined` and took `sent` bytes so far became full. Tells how long
    /// it may stay so.
    pub(crate) fn begin(
        &mut self,
        client: usize,
        joined: Duration,
        sent: u64,
        now: Duration,
    ) -> Option<Duration> {
        if self.full.is_empty() {
            self.cause_since = now;
            self.cause_sent = sent;
        }
        let earned = now.saturating_sub(joined) / EARNED_IN;
        let earned = if earned < LEAST_EARNED { Duration::ZERO } else { earned };
        let full = Full {
            client: client as u32,
            drawn: self.gift.left(now),
            since: now.into(),
            earned: earned.into(),
        };
        let allowed = full.allowed(self.patience);
        self.full.push_back(full);
        allowed
    }

    /// A client is full no longer. Tells the wait that it caused, if it was the cause of any.
    /// `sent` says how many bytes a client has taken so far: the cause, and who is the cause next.
    pub(crate) fn end(
        &mut self,
        client: usize,
        end: WaitEnd,
        now: Duration,
        sent: impl Fn(usize) -> u64,
    ) -> Option<Wait> {
        let index = self.full.iter().position(|full| full.client as usize == client)?;
        let Full { earned, .. } = self.full.remove(index)?;
        if index > 0 {
            return None;
        }
        let held = now.saturating_sub(self.cause_since);
        let took = sent(client) - self.cause_sent;
        self.cause_since = now;
        self.cause_sent = self.cause().map_or(0, sent);
        if end == WaitEnd::Wasted && self.patience != Patience::Forever {
            self.charge(held.saturating_sub(earned.into()), now);
        }
        Some(Wait { client, held, took })
    }

    /// Somebody whose time is up, of those who may be judged: the one who is full for the longest.
    pub(crate) fn expired(&self, now: Duration, may: impl Fn(usize) -> bool) -> Option<usize> {
        let is_over = |full: &&Full| {
            full.deadline(self.patience).is_some_and(|at| at <= now) && may(full.client as usize)
        };
        self.full.iter().find(is_over).map(|full| full.client as usize)
    }

    /// When the next client's time is up.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.full.iter().filter_map(|full| full.deadline(self.patience)).min()
    }

    /// Whether it took more memory than for so many clients, for the audit.
    pub(crate) fn has_grown(&self, clients: usize) -> bool {
        self.full.capacity() > clients
    }

    fn charge(&mut self, wasted: Duration, now: Duration) {
        if wasted.is_zero() {
            return;
        }
        self.gift.charge(wasted, now);
        let left = self.gift.left(now);
        for full in &mut self.full {
            full.drawn = full.drawn.min(left);
        }
    }
}

impl Full {
    fn allowed(&self, patience: Patience) -> Option<Duration> {
        match patience {
            Patience::Forever => None,
            Patience::Limit(limit) => {
                let drawn = Duration::from_nanos(self.drawn.into());
                Some(limit.min(drawn.max(self.earned.into())))
            }
        }
    }

    fn deadline(&self, patience: Patience) -> Option<Duration> {
        self.allowed(patience).map(|allowed| Duration::from(self.since) + allowed)
    }
}

impl Gift {
    /// In nanoseconds.
    fn left(&self, now: Duration) -> u32 {
        GIFT.saturating_sub(self.whole_at.saturating_sub(now) / EARNED_IN).as_nanos() as u32
    }

    fn charge(&mut self, wasted: Duration, now: Duration) {
        self.whole_at = self.whole_at.max(now) + wasted * EARNED_IN;
    }
}

#[cfg(test)]
mod tests;
