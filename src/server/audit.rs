//! Every invariant that must hold between turns, as code. Tests call it after each turn; it walks
//! everything, so a server in use does not.

use std::collections::BTreeMap;

use super::Server;
use crate::client::{Client, State};
use crate::kernel::Kernel;
use crate::observer::Observer;

impl<K: Kernel, O: Observer> Server<K, O> {
    /// Checks the invariants that hold between turns.
    ///
    /// # Errors
    /// The first one that is violated, in words.
    pub fn audit(&self) -> Result<(), String> {
        self.audit_lists()?;
        self.audit_blocks()?;
        for (key, client) in &self.clients {
            self.audit_client(client).map_err(|what| format!("client {key}: {what}"))?;
        }
        let full = self.clients.iter().filter(|(_, client)| client.full).count();
        ensure((full > 0) == self.waiting.waits(), || format!("{full} clients are full"))
    }

    fn audit_client(&self, client: &Client<K::Connection>) -> Result<(), String> {
        let queued: usize = client.outbox.entries().map(|range| range.len()).sum();
        let limit = self.config.max_queue;
        let entries = client.outbox.entries().count();
        let most = queued / self.config.block_size() + 2;
        ensure(queued == client.outbox.len(), || format!("{queued} bytes queued, counted wrong"))?;
        ensure(queued <= limit, || format!("{queued} bytes queued, past the limit of {limit}"))?;
        ensure(entries <= most, || format!("{entries} entries for {queued} bytes, past {most}"))?;
        if matches!(client.state, State::Open | State::Leaving(_)) {
            let (armed, wants) = (client.armed, client.wants_writable());
            ensure(armed == wants, || format!("armed: {armed}, with {queued} bytes queued"))?;
        }
        ensure(!client.full || client.is_open(), || "full, and not open".to_owned())?;
        ensure(client.in_watch != client.is_settled(), || "watched without need".to_owned())
    }

    /// Each list holds exactly those that say so, and everybody has a place in the roster.
    fn audit_lists(&self) -> Result<(), String> {
        self.audit_list("ready", self.ready.iter(), |client| client.in_ready)?;
        self.audit_list("writable", self.writable.iter(), |client| client.in_writable)?;
        self.audit_list("retry", self.retry.clients.iter(), |client| client.in_retry)?;
        self.audit_list("watch", self.watch.iter(), |client| client.in_watch)?;
        ensure(self.roster.len() == self.clients.len(), || "roster: wrong length".to_owned())?;
        let is_at = |(place, &key): (usize, &u32)| {
            self.clients.get(key as usize).is_some_and(|client| client.place as usize == place)
        };
        ensure(self.roster.iter().enumerate().all(is_at), || "roster: wrong place".to_owned())
    }

    fn audit_list<'a>(
        &self,
        name: &str,
        list: impl Iterator<Item = &'a usize>,
        is_listed: impl Fn(&Client<K::Connection>) -> bool,
    ) -> Result<(), String> {
        let mut listed: Vec<usize> = list.copied().collect();
        listed.sort_unstable();
        let flagged = self.clients.iter().filter(|(_, client)| is_listed(client));
        let flagged: Vec<usize> = flagged.map(|(key, _)| key).collect();
        ensure(listed == flagged, || format!("{name}: lists {listed:?}, flags {flagged:?}"))
    }

    /// Each block counts the queue entries and the fan-out's own ranges that refer to it.
    fn audit_blocks(&self) -> Result<(), String> {
        let mut counted: BTreeMap<usize, u32> = BTreeMap::new();
        let queued = self.clients.iter().flat_map(|(_, client)| client.outbox.entries());
        for range in queued.chain(self.fan_out.ranges.iter().copied()) {
            *counted.entry(range.block as usize).or_default() += 1;
        }
        let referred = self.blocks.references().filter(|&(_, references)| references > 0);
        let referred: BTreeMap<usize, u32> = referred.collect();
        ensure(referred == counted, || format!("blocks: {counted:?}, counted as {referred:?}"))
    }
}

fn ensure(holds: bool, violation: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(violation()) }
}
