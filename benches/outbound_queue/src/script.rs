//! A workload as a list of operations, made once from a model of who still needs what, and then
//! replayed on each candidate.

use std::ops::Range;

use crate::candidate::Fresh;

/// What happens, with everything that a replay needs to know looked up already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Op {
    /// Batches of `len` bytes each, as many as `times`, from position `at` of the log. The ranges
    /// point into [`Script::behind`] and [`Script::fresh`].
    Push { at: u64, len: u32, times: u32, behind: Range<u32>, fresh: Range<u32> },
    /// This client takes the part of the log at `at`.
    Take { client: u32, at: u64, len: u32 },
    /// This client receives nothing more, but keeps its queue.
    Retire { client: u32 },
    /// This client is gone, and its queue with it.
    Forget { client: u32 },
}

/// A workload, ready for replay, and what follows from it for any candidate.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) clients: usize,
    pub(crate) ops: Vec<Op>,
    pub(crate) behind: Vec<u32>,
    pub(crate) fresh: Vec<Fresh>,
    pub(crate) pushes: u64,
    pub(crate) pushed: u64,
    pub(crate) taken: u64,
    /// The most bytes that anybody needed at a time, each counted once.
    pub(crate) needed_once: u64,
    /// The most bytes that waited at a time, counted for each client.
    pub(crate) needed_each: u64,
}

/// Makes a [`Script`]. A client is caught up at first, and takes every batch at once unless told
/// otherwise.
#[derive(Debug)]
pub(crate) struct Builder {
    script: Script,
    needs: Vec<Need>,
    /// Who receives and has something waiting.
    behind: Vec<u32>,
    /// Where `behind` was written down last, if it has not changed since.
    noted: Option<Range<u32>>,
    end: u64,
}

/// The part of the log that one client still needs.
#[derive(Debug, Clone, Copy)]
struct Need {
    from: u64,
    /// Where it ends, for one who receives nothing more.
    until: Option<u64>,
}

impl Script {
    pub(crate) fn behind(&self, range: &Range<u32>) -> &[u32] {
        &self.behind[range.start as usize..range.end as usize]
    }

    pub(crate) fn fresh(&self, range: &Range<u32>) -> &[Fresh] {
        &self.fresh[range.start as usize..range.end as usize]
    }
}

impl Builder {
    pub(crate) fn new(name: &'static str, about: &'static str, clients: usize) -> Self {
        let script = Script { name, about, clients, ..Script::default() };
        let needs = vec![Need { from: 0, until: None }; clients];
        Self { script, needs, behind: Vec::new(), noted: None, end: 0 }
    }

    /// Batches of `len` bytes for everybody: those who are caught up take each at once.
    pub(crate) fn push(&mut self, len: usize, times: usize) {
        self.note_push(len, times, &[]);
    }

    /// One batch of which some, who were caught up, take only a part: client and bytes taken.
    pub(crate) fn push_short(&mut self, len: usize, takers: &[(u32, usize)]) {
        self.note_push(len, 1, takers);
    }

    /// One batch of which these clients, who were caught up, take nothing.
    pub(crate) fn stall(&mut self, len: usize, clients: Range<u32>) {
        let takers: Vec<_> = clients.map(|client| (client, 0)).collect();
        self.push_short(len, &takers);
    }

    /// This client takes so much of what waits for it, or all if there is less.
    pub(crate) fn take(&mut self, client: u32, len: usize) {
        let len = len.min(self.queued(client));
        if len == 0 {
            return;
        }
        let at = self.needs[client as usize].from;
        self.script.ops.push(Op::Take { client, at, len: len as u32 });
        self.script.taken += len as u64;
        self.needs[client as usize].from += len as u64;
        if self.queued(client) == 0 {
            self.catch_up(client);
        }
    }

    pub(crate) fn retire(&mut self, client: u32) {
        let from = self.end - self.queued(client) as u64;
        self.needs[client as usize] = Need { from, until: Some(self.end) };
        self.script.ops.push(Op::Retire { client });
        self.catch_up(client);
    }

    pub(crate) fn forget(&mut self, client: u32) {
        self.needs[client as usize] = Need { from: self.end, until: Some(self.end) };
        self.script.ops.push(Op::Forget { client });
        self.catch_up(client);
    }

    /// Bytes of the log so far.
    pub(crate) fn pushed(&self) -> u64 {
        self.end
    }

    /// Bytes that wait for this client.
    pub(crate) fn queued(&self, client: u32) -> usize {
        let Need { from, until } = self.needs[client as usize];
        match until {
            Some(until) => (until - from) as usize,
            None if self.behind.contains(&client) => (self.end - from) as usize,
            None => 0,
        }
    }

    /// The script, after everybody has taken everything.
    pub(crate) fn drain(mut self, portion: usize) -> Script {
        for client in 0..self.script.clients as u32 {
            while self.queued(client) > 0 {
                self.take(client, portion);
            }
        }
        self.script
    }

    fn catch_up(&mut self, client: u32) {
        let before = self.behind.len();
        self.behind.retain(|&other| other != client);
        if self.behind.len() < before {
            self.noted = None;
        }
    }

    fn note_push(&mut self, len: usize, times: usize, takers: &[(u32, usize)]) {
        let behind = self.note_behind();
        let first = self.script.fresh.len() as u32;
        for &(client, taken) in takers {
            assert!(self.queued(client) == 0 && taken < len, "{client} is not caught up");
            self.script.fresh.push(Fresh { client, taken: taken as u32 });
            self.needs[client as usize].from = self.end + taken as u64;
            self.behind.push(client);
            self.noted = None;
        }
        let fresh = first..self.script.fresh.len() as u32;
        let (at, len, times) = (self.end, len as u32, times as u32);
        self.script.ops.push(Op::Push { at, len, times, behind, fresh });
        self.end += u64::from(len) * u64::from(times);
        self.script.pushes += u64::from(times);
        self.script.pushed = self.end;
        self.note_need();
    }

    fn note_behind(&mut self) -> Range<u32> {
        let Self { script, behind, noted, .. } = self;
        let note = || {
            let first = script.behind.len() as u32;
            script.behind.extend_from_slice(behind);
            first..script.behind.len() as u32
        };
        noted.get_or_insert_with(note).clone()
    }

    /// Need is greatest right after a push.
    fn note_need(&mut self) {
        let mut parts: Vec<(u64, u64)> = Vec::new();
        for (client, need) in self.needs.iter().enumerate() {
            let queued = self.queued(client as u32) as u64;
            if queued > 0 {
                parts.push((need.from, need.from + queued));
            }
        }
        let each: u64 = parts.iter().map(|(from, until)| until - from).sum();
        parts.sort_unstable();
        let (mut once, mut reached) = (0, 0);
        for (from, until) in parts {
            once += until.saturating_sub(reached.max(from));
            reached = reached.max(until);
        }
        self.script.needed_each = self.script.needed_each.max(each);
        self.script.needed_once = self.script.needed_once.max(once);
    }
}
