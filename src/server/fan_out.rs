//! Phase 6, fan out: copies what was read to every open client, in one write each.

use std::io::IoSlice;

use super::Server;
use super::writer::{Answer, Writer};
use crate::blocks::Range;
use crate::kernel::Kernel;
use crate::observer::{Observer, Phase};

/// How far the batch in the read buffer has got. A fan-out that would pass the turn's limit of
/// writes goes on in the next one, before anything else is read.
#[derive(Debug, Default)]
pub(super) struct FanOut {
    /// Bytes of the batch; zero when there is none.
    pub(super) len: usize,
    /// Where in the roster it starts, modulo its length. It moves on, so nobody is always first.
    first: usize,
    /// How many clients were served.
    served: usize,
    /// Where the batch was stored, once somebody did not take all of it. The fan-out holds a
    /// reference to each, since whoever was served first may be done before the last one is served.
    pub(super) ranges: Vec<Range>,
}

impl<K: Kernel, O: Observer> Server<K, O> {
    pub(super) fn fan_out(&mut self) {
        self.enter(Phase::FanOut);
        if !self.fan_out.is_pending() {
            return;
        }
        let clients = self.roster.len();
        while self.fan_out.served < clients {
            if self.writes_left == 0 {
                return;
            }
            let place = (self.fan_out.first + self.fan_out.served) % clients;
            self.fan_out.served += 1;
            self.deliver(self.roster[place] as usize);
        }
        for range in self.fan_out.ranges.drain(..) {
            self.blocks.release(range);
        }
        self.fan_out.first = (self.fan_out.first + 1) % clients;
        self.fan_out.served = 0;
        self.fan_out.len = 0;
    }

    /// Gives one client the batch: a caught-up one at once from the read buffer; what it does not
    /// take, and all that one who is behind must wait for, goes into its queue.
    fn deliver(&mut self, key: usize) {
        if !self.clients[key].is_open() {
            return;
        }
        let (taken, answer) = if self.clients[key].outbox.is_empty() {
            self.write_through(key)
        } else {
            (0, Answer::Full(0))
        };
        if taken < self.fan_out.len && answer != Answer::Lost {
            self.queue_rest(key, taken);
        }
        self.heed(key, answer);
    }

    fn write_through(&mut self, key: usize) -> (usize, Answer) {
        let Self { kernel, stats, writes_left, clients, .. } = self;
        let mut writer = Writer { kernel, stats, writes_left };
        let batch = &self.buffer[..self.fan_out.len];
        let client = &mut clients[key];
        let mut taken = 0;
        loop {
            let rest = &batch[taken..];
            let answer = writer.offer(client, &[IoSlice::new(rest)], rest.len());
            if let Answer::Took(now) | Answer::Full(now) = answer {
                taken += now;
            }
            if taken == batch.len() || !matches!(answer, Answer::Took(_)) {
                return (taken, answer);
            }
        }
    }

    /// The batch is stored whole, with the first client that needs any of it: all who are behind
    /// share it, and at most one batch is stored that nobody needs from its start.
    fn queue_rest(&mut self, key: usize, taken: usize) {
        let Self { clients, blocks, fan_out, buffer, stats, .. } = self;
        if fan_out.ranges.is_empty() {
            blocks.store(&buffer[..fan_out.len], &mut fan_out.ranges);
        }
        let outbox = &mut clients[key].outbox;
        outbox.push(&fan_out.ranges, taken, blocks);
        stats.queue_peak = stats.queue_peak.max(outbox.len() as u64);
        self.watch(key);
    }
}

impl FanOut {
    /// Whether there is a batch that some clients have yet to get.
    pub(super) fn is_pending(&self) -> bool {
        self.len > 0
    }
}
