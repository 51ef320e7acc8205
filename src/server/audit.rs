//! Every invariant that must hold between turns, as code. Tests call it after each turn; it walks
//! everything, so a server in use does not.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Server;
use crate::addresses::Addresses;
use crate::client::{Client, State};
use crate::config::{Allocation, Interest};
use crate::deadlines::Timer;
use crate::kernel::{EVENTS, Kernel};
use crate::observer::Observer;

impl<K: Kernel, O: Observer> Server<K, O> {
    /// Checks the invariants that hold between turns.
    ///
    /// # Errors
    /// The first one that is violated, in words.
    pub fn audit(&self) -> Result<(), String> {
        self.audit_lists()?;
        self.audit_blocks()?;
        self.audit_memory()?;
        self.deadlines.audit()?;
        for (key, client) in &self.clients {
            self.audit_client(key, client).map_err(|what| format!("client {key}: {what}"))?;
        }
        let full = self.clients.iter().filter(|(_, client)| client.full).count();
        ensure((full > 0) == self.waiting.waits(), || format!("{full} clients are full"))
    }

    fn audit_client(&self, key: usize, client: &Client<K::Connection>) -> Result<(), String> {
        let (queued, but) = (client.outbox.len(), self.left_out(key));
        let stored = |run| self.blocks.count(run, but);
        let (apart, log): (Vec<_>, Vec<_>) =
            client.outbox.runs(&self.blocks).partition(|&run| self.blocks.is_apart(run));
        let [apart, log] =
            [apart, log].map(|runs| runs.into_iter().map(stored).collect::<Vec<_>>());
        ensure(!apart.iter().chain(&log).any(|&bytes| bytes == 0), || "holds nothing".to_owned())?;
        let [apart, log] = [apart, log].map(|bytes| bytes.iter().sum::<usize>());
        ensure(queued == apart + log, || format!("{queued} queued, {apart} and {log} stored"))?;
        let (lag, limit) = (client.outbox.lag(&self.blocks), self.config.max_queue);
        let is_bounded = !client.is_open() || (log <= lag && lag <= limit);
        ensure(is_bounded, || format!("{lag} bytes behind, past the limit of {limit}"))?;
        let once = self.config.interest == Interest::Once;
        if client.is_open() || client.state == State::Leaving {
            let (armed, wants) = (client.armed, client.wants_writable() || once);
            ensure(armed == wants, || format!("armed: {armed}, with {queued} bytes queued"))?;
        }
        ensure(!client.full || client.is_open(), || "full, and not open".to_owned())?;
        ensure(self.fan_out.is_pending() || client.own.len() == 0, || "owns a batch".to_owned())?;
        let at = self.deadlines.at(Timer::Client(key));
        let has_deadline = match client.state {
            // One that has ended its stream is about to leave.
            State::Open if client.ended => at.is_some(),
            State::Open => self.config.idle_timeout.is_some(),
            State::Leaving | State::Lingering => true,
            State::Listening | State::Lost | State::Dead => false,
        };
        ensure(at.is_some() == has_deadline, || format!("{:?}, deadline {at:?}", client.state))?;
        ensure(client.in_watch != client.is_settled(once), || "watched without need".to_owned())
    }

    /// What is held is what was counted, and within the budget.
    fn audit_memory(&self) -> Result<(), String> {
        let (blocks, most) = (self.blocks.in_use(), self.budget.blocks);
        ensure(blocks <= most, || format!("{blocks} blocks, past the limit of {most}"))?;
        ensure(!self.blocks.has_grown(most), || "the store of blocks has grown".to_owned())?;
        let (spare, met) = self.blocks.spare();
        ensure(spare == met, || format!("{met} blocks are spare, counted {spare}"))?;
        let keeps_all = self.config.allocation == Allocation::AtStart;
        ensure(!keeps_all || blocks + spare == most, || format!("{blocks} and {spare} blocks"))?;
        let lines: usize = self.clients.iter().map(|(_, client)| client.unfinished.memory()).sum();
        let counted = self.lines.used();
        ensure(lines == counted, || format!("lines hold {lines} bytes, counted {counted}"))?;
        let share = self.lines.memory();
        ensure(share <= self.budget.lines, || format!("lines may hold {share} bytes, too much"))?;
        ensure(!self.lines.has_grown(), || "the memory of lines has grown".to_owned())?;
        self.audit_tables()
    }

    /// Whatever has its memory from the start has no more.
    fn audit_tables(&self) -> Result<(), String> {
        let queues = [&self.ready, &self.writable, &self.starved].map(VecDeque::capacity);
        let lists = [&self.roster, &self.watch].map(Vec::capacity);
        let most = queues.into_iter().chain(lists).max();
        ensure(most == Some(self.config.max_clients), || "a list has grown".to_owned())?;
        ensure(!self.fan_out.has_grown(self.budget.names), || "the names have moved".to_owned())?;
        ensure(self.events.capacity() == EVENTS, || "too many events were told".to_owned())?;
        let clients = self.config.max_clients;
        let deadlines = self.deadlines.has_grown(clients) || self.waiting.has_grown(clients);
        ensure(!deadlines, || "the times have moved".to_owned())?;
        ensure(self.clients.capacity() == clients, || "the slots have moved".to_owned())?;
        let counted = self.addresses.as_ref().map_or(0, Addresses::count);
        ensure(counted <= self.clients.len(), || format!("{counted} clients by address"))
    }

    /// Each list holds exactly those that say so, and everybody has a place in the roster.
    fn audit_lists(&self) -> Result<(), String> {
        self.audit_list("ready", self.ready.iter(), |client| client.in_ready)?;
        self.audit_list("writable", self.writable.iter(), |client| client.in_writable)?;
        self.audit_list("retry", self.starved.iter(), |client| client.in_retry)?;
        self.audit_list("watch", self.watch.iter(), |client| client.in_watch)?;
        let may_gather = self.drain.is_none() && !self.config.gather.is_zero();
        ensure(may_gather || !self.is_gathering(), || "input is put off".to_owned())?;
        let numbers: BTreeSet<usize> = self.listening.iter().copied().collect();
        let once = numbers.len() == self.listening.len();
        ensure(once, || format!("a listener is listed twice: {:?}", self.listening))?;
        ensure(self.roster.len() == self.clients.len(), || "roster: wrong length".to_owned())?;
        let is_at = |(place, &key): (usize, &u32)| {
            self.clients.get(key as usize).is_some_and(|client| client.place as usize == place)
        };
        ensure(self.roster.iter().enumerate().all(is_at), || "roster: wrong place".to_owned())
    }

    fn audit_list<'a>(
        &self,
        name: &str,
        list: impl Iterator<Item = &'a u32>,
        is_listed: impl Fn(&Client<K::Connection>) -> bool,
    ) -> Result<(), String> {
        let mut listed: Vec<usize> = list.map(|&key| key as usize).collect();
        listed.sort_unstable();
        let flagged = self.clients.iter().filter(|(_, client)| is_listed(client));
        let flagged: Vec<usize> = flagged.map(|(key, _)| key).collect();
        ensure(listed == flagged, || format!("{name}: lists {listed:?}, flags {flagged:?}"))
    }

    /// Each block counts the queues that cover it, and the fan-out if it does.
    fn audit_blocks(&self) -> Result<(), String> {
        let mut counted: BTreeMap<u32, u32> = BTreeMap::new();
        let queues = self.clients.iter().flat_map(|(_, client)| client.outbox.runs(&self.blocks));
        for block in queues.chain(self.fan_out.stored).flat_map(|run| self.blocks.covered(run)) {
            *counted.entry(block).or_default() += 1;
        }
        let mut referred: BTreeMap<u32, u32> = self.blocks.references().collect();
        let all = referred.len();
        referred.retain(|_, references| *references > 0);
        let kept = all - referred.len();
        ensure(kept <= 1, || {
            format!("{kept} blocks are kept for nobody, and not the newest alone")
        })?;
        ensure(referred == counted, || format!("blocks: {counted:?}, counted as {referred:?}"))
    }
}

fn ensure(holds: bool, violation: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(violation()) }
}
