//! Phase 6, fan out: copies what was read to every open client, in one write each.

use std::io::IoSlice;

use super::Server;
use super::writer::{Answer, Writer};
use crate::budget::Name;
use crate::client::{Client, Own};
use crate::kernel::Kernel;
use crate::observer::{Observer, Phase, Step};
use crate::run::Run;

/// How far the batch in the read buffer has got. A fan-out that would pass the turn's limit of
/// writes goes on in the next one, before anything else is read.
#[derive(Debug, Default)]
pub(super) struct FanOut {
    /// It has begun: nothing is added to the batch any more.
    has_begun: bool,
    /// Bytes of the batch; zero when there is none.
    pub(super) len: usize,
    /// Messages in it.
    pub(super) messages: u64,
    /// Whose part of it ends where, in its order; kept only where senders are left out.
    authors: Vec<Name>,
    /// Messages of it that are named already.
    named: u64,
    /// Where in the roster it starts, modulo its length. It moves on, so nobody is always first.
    first: usize,
    /// How many clients were served.
    served: usize,
    /// Where the batch was stored, once somebody did not take all of it. The fan-out holds on to
    /// it, since whoever was served first may be done before the last one is served.
    pub(super) stored: Option<Run>,
}

/// The host, as an author: no client has this key.
pub(super) const HOST: u32 = u32::MAX;

impl<K: Kernel, O: Observer> Server<K, O> {
    pub(super) fn fan_out(&mut self) {
        self.enter(Phase::FanOut);
        if !self.fan_out.is_pending() {
            return;
        }
        // Whoever sent something is in the roster still, and so is whoever was there when the host
        // spoke: it is not empty.
        let clients = self.roster.len();
        if O::HEARS_STEPS && !self.fan_out.has_begun {
            let FanOut { len: bytes, messages, .. } = self.fan_out;
            self.step(&Step::FansOut { bytes, messages, clients });
        }
        self.fan_out.has_begun = true;
        let mut place = (self.fan_out.first % clients + self.fan_out.served) % clients;
        while self.fan_out.served < clients {
            if self.writes_left == 0 {
                return self.step(&Step::PutsOff { clients: clients - self.fan_out.served });
            }
            self.fan_out.served += 1;
            self.deliver(self.roster[place] as usize);
            place = if place + 1 < clients { place + 1 } else { 0 };
        }
        self.end_fan_out();
    }

    /// Everybody was served.
    fn end_fan_out(&mut self) {
        let Self { blocks, clients, fan_out, .. } = self;
        if fan_out.stored.is_some() {
            blocks.clear(&mut fan_out.stored);
        }
        for &(key, _) in fan_out.authors.iter().filter(|&&(key, _)| key != HOST) {
            clients[key as usize].own = Own::default();
        }
        fan_out.authors.clear();
        (fan_out.len, fan_out.messages, fan_out.named) = (0, 0, 0);
        (fan_out.has_begun, fan_out.served) = (false, 0);
        fan_out.first = fan_out.first.wrapping_add(1);
    }

    /// Gives one client the batch: a caught-up one at once from the read buffer; what it does not
    /// take, and all that one who is behind must wait for, goes into its queue.
    fn deliver(&mut self, key: usize) {
        let Self { kernel, stats, writes_left, clients, buffer, fan_out, .. } = self;
        let client = &mut clients[key];
        let own = client.own;
        let wanted = fan_out.len - own.len();
        let is_behind = !client.outbox.is_empty();
        if !client.is_open() || (wanted == 0 && !is_behind) {
            return;
        }
        let (taken, answer) = if is_behind {
            (0, Answer::Full(0))
        } else {
            let mut writer = Writer { kernel, stats, writes_left };
            write_through(&mut writer, client, &buffer[..fan_out.len])
        };
        if answer != Answer::Lost {
            stats.messages_out += fan_out.messages - u64::from(own.messages);
            if taken < wanted || is_behind {
                self.queue_rest(key, own, taken);
            }
        }
        self.heed(key, answer);
    }

    /// The batch is stored whole, with the first client that needs any of it: all who are behind
    /// share it, and at most one batch is stored that nobody needs from its start.
    fn queue_rest(&mut self, key: usize, own: Own, taken: usize) {
        if self.fan_out.stored.is_none() {
            self.store_batch();
        }
        let Some(stored) = self.fan_out.stored else { return };
        let skip = if taken < own.from as usize { taken } else { taken + own.len() };
        let bytes = self.fan_out.len - own.len() - taken;
        let outbox = &mut self.clients[key].outbox;
        outbox.push(stored, skip, bytes, &mut self.blocks);
        let queued = outbox.len();
        self.stats.queue_peak = self.stats.queue_peak.max(queued as u64);
        self.step(&Step::Queued { client: key, queued });
        self.watch(key);
    }

    fn store_batch(&mut self) {
        let Self { blocks, fan_out, buffer, .. } = self;
        let FanOut { len, authors, stored, .. } = fan_out;
        if authors.is_empty() {
            return blocks.store(&buffer[..*len], 0, stored);
        }
        let mut from = 0;
        for &(author, to) in authors.iter() {
            blocks.store(&buffer[from..to as usize], author as usize, stored);
            from = to as usize;
        }
    }
}

/// Offers the batch, less the client's own part of it, until it is all taken or the kernel wants no
/// more. Tells how much was taken.
fn write_through<K: Kernel>(
    writer: &mut Writer<'_, K>,
    client: &mut Client<K::Connection>,
    batch: &[u8],
) -> (usize, Answer) {
    let Own { from, to, .. } = client.own;
    let (before, behind) = (&batch[..from as usize], &batch[to as usize..]);
    let wanted = before.len() + behind.len();
    let mut taken = 0;
    loop {
        let answer = if taken < before.len() {
            let slices = [IoSlice::new(&before[taken..]), IoSlice::new(behind)];
            let used = if behind.is_empty() { 1 } else { 2 };
            writer.offer(client, &slices[..used], wanted - taken)
        } else {
            let slices = [IoSlice::new(&behind[taken - before.len()..])];
            writer.offer(client, &slices, wanted - taken)
        };
        if let Answer::Took(now) | Answer::Full(now) = answer {
            taken += now;
        }
        if taken == wanted || !matches!(answer, Answer::Took(_)) {
            return (taken, answer);
        }
    }
}

impl FanOut {
    /// Nothing to fan out yet, and memory for the names of all who may send in one turn, the host
    /// among them.
    pub(super) fn new(names: usize) -> Self {
        Self { authors: Vec::with_capacity(names), ..Self::default() }
    }

    /// Whether it took more memory than it had at the start, for the audit.
    pub(super) fn has_grown(&self, names: usize) -> bool {
        self.authors.capacity() != names
    }

    /// Whether there is a batch that some clients have yet to get.
    pub(super) fn is_pending(&self) -> bool {
        self.len > 0
    }

    /// Whether some of them have been given it: who gets it is settled.
    pub(super) fn is_under_way(&self) -> bool {
        self.is_pending() && self.has_begun
    }

    /// Names of authors that the batch has.
    pub(super) fn authors(&self) -> usize {
        self.authors.len()
    }

    /// The host said what was added to the batch last.
    pub(super) fn name_host(&mut self) {
        let to = self.len as u32;
        match self.authors.last_mut() {
            Some((HOST, end)) => *end = to,
            _ => self.authors.push((HOST, to)),
        }
        self.named = self.messages;
    }

    /// What was added to the batch from here on is by this client.
    pub(super) fn name_author(&mut self, key: usize, own: &mut Own, begin: usize) {
        let messages = (self.messages - self.named) as u32;
        *own = Own { from: begin as u32, to: self.len as u32, messages };
        self.authors.push((key as u32, own.to));
        self.named = self.messages;
    }
}
