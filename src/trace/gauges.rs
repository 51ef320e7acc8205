//! The amounts that a trace shows as curves, kept by what the records say.

use std::time::Duration;

use super::record::{Call, Gauge, What};
use crate::observer::{Decision, Step};

/// Amounts as of now.
#[derive(Debug, Default)]
pub(super) struct Gauges {
    /// By key.
    clients: Vec<Slot>,
    now: Amounts,
    /// As they were told last.
    told: Amounts,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    queued: usize,
    armed: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Amounts {
    queued: usize,
    clients: usize,
    armed: usize,
    ready: usize,
}

/// So many amounts may change with one record.
pub(super) type Changed = [Option<Gauge>; 4];

impl Gauges {
    /// What changed with this record and is to be told at once, or, at the end of a turn, what
    /// changed in it.
    pub(super) fn heed(&mut self, what: &What<'_>) -> Changed {
        match what {
            What::Call(Call::Add { client, writable, answer: Ok(()) })
            | What::Call(Call::Arm { client, writable, answer: Ok(()) }) => {
                self.arm(*client, *writable);
            }
            What::Call(
                Call::Close { client: Some(client) } | Call::Abort { client: Some(client) },
            ) => {
                self.arm(*client, false);
            }
            What::Decision(_, Decision::Joined { .. }) => self.now.clients += 1,
            What::Decision(_, Decision::Left { .. }) => {
                self.now.clients = self.now.clients.saturating_sub(1);
            }
            What::Step(Step::Queued { client, queued }) => return self.queue(*client, *queued),
            What::Step(Step::Turned { ready }) => {
                self.now.ready = *ready;
                return self.changed();
            }
            _ => {}
        }
        Changed::default()
    }

    fn slot(&mut self, client: usize) -> &mut Slot {
        if self.clients.len() <= client {
            self.clients.resize(client + 1, Slot::default());
        }
        &mut self.clients[client]
    }

    fn arm(&mut self, client: usize, writable: bool) {
        let before = std::mem::replace(&mut self.slot(client).armed, writable);
        self.now.armed += usize::from(writable);
        self.now.armed -= usize::from(before);
    }

    fn queue(&mut self, client: usize, queued: usize) -> Changed {
        let before = std::mem::replace(&mut self.slot(client).queued, queued);
        self.now.queued = self.now.queued + queued - before;
        if before == queued {
            return Changed::default();
        }
        [Some(Gauge::Queue(client, queued)), None, None, None]
    }

    fn changed(&mut self) -> Changed {
        let Self { now, told, .. } = self;
        let changed = [
            (now.queued != told.queued).then_some(Gauge::Queued(now.queued)),
            (now.clients != told.clients).then_some(Gauge::Clients(now.clients)),
            (now.armed != told.armed).then_some(Gauge::Armed(now.armed)),
            (now.ready != told.ready).then_some(Gauge::Ready(now.ready)),
        ];
        *told = *now;
        changed
    }
}

/// When a phase, or a turn, began: with the first time that is known in it. Before that a host may
/// have done what it liked for as long as it liked.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Beginning(Option<Duration>);

impl Beginning {
    /// It begins at `at`, or, if that is not known yet, with the next time that is.
    pub(super) fn at(at: Option<Duration>) -> Self {
        Self(at)
    }

    pub(super) fn note(&mut self, now: Duration) {
        self.0.get_or_insert(now);
    }

    pub(super) fn or(self, now: Duration) -> Duration {
        self.0.unwrap_or(now)
    }
}
