//! What must be true, whatever happens: one log, of which each client gets a contiguous slice.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pollcast::observer::{Phase, Reason};
use pollcast::{Config, Framing};

use crate::said::Asides;

#[derive(Debug, Default)]
pub struct Oracle {
    /// All that was read and not discarded, in the order of the reads; or the whole lines of it, in
    /// the order in which they were completed.
    pub log: Vec<u8>,
    /// Who sent each byte of it, where that matters.
    authors: Vec<usize>,
    /// Messages read.
    pub messages: u64,
    /// Bytes of the log that the host has said since a fan-out last began, and where the batch of
    /// that begins.
    pub said_last: usize,
    pub batch_start: usize,
    read_from: usize,
    /// Bytes that the host has told single clients.
    pub told_in_all: u64,
    /// How long a line may be, where there are lines.
    pub longest_line: Option<usize>,
    /// Nobody receives what it sent itself.
    pub leaves_out: bool,
    pub views: BTreeMap<usize, View>,
    /// Which socket has this key at present.
    pub keys: BTreeMap<usize, usize>,
    /// Sockets that the server holds.
    pub held: usize,
    /// Directions of sockets of which the server knows that there is nothing to do.
    pub blocked: BTreeSet<(usize, bool)>,
    /// How often they may be tried once more, whatever is known of them: once for each shortage,
    /// which may be over, and for each spurious event.
    retries: BTreeMap<(usize, bool), u32>,
    /// The client for which the room waits, and since when.
    pub waiting: Option<(usize, Duration)>,
    pub waited: Duration,
    /// Each wait that has ended: for which key, how long, and how many bytes were taken meanwhile.
    pub waits: Vec<(usize, Duration, u64)>,
    /// Who left, why, and when.
    pub departures: Vec<(usize, Reason, Duration)>,
    /// Phases that this turn has entered.
    pub phases: Vec<Phase>,
    /// Whatever got somewhere: bytes read, bytes written, connections closed.
    pub progress: u64,
}

/// The log as one client sees it.
#[derive(Debug, Default)]
pub struct View {
    /// Where in the log it starts.
    pub start: usize,
    /// How many bytes it was given, and how far in the log that goes.
    pub written: usize,
    pub at: usize,
    /// The line that it has begun.
    unfinished: Vec<u8>,
    /// It has sent a line that is too long: nothing behind that counts.
    is_mute: bool,
    /// Where in the log its own last byte ends.
    pub own_end: usize,
    /// What it alone is told.
    pub asides: Asides,
    pub armed: bool,
    pub left: Option<Reason>,
    pub unread_at_close: bool,
    pub was_aborted: bool,
}

impl Oracle {
    /// Hears by which rules the server serves.
    pub fn configure(&mut self, config: &Config) {
        self.longest_line = (config.framing == Framing::Line).then_some(config.max_line);
        self.leaves_out = !config.echo;
    }

    /// A shortage, or a spurious event: in both directions one more call is no spinning.
    pub fn may_retry(&mut self, id: usize) {
        for reading in [true, false] {
            *self.retries.entry((id, reading)).or_default() += 1;
        }
    }

    /// Whether it is news that this direction of a socket has nothing to do, or one of the retries
    /// that are allowed.
    pub fn may_block(&mut self, direction: (usize, bool)) -> bool {
        if self.blocked.insert(direction) {
            return true;
        }
        let Some(retries) = self.retries.get_mut(&direction) else { return false };
        let may = *retries > 0;
        *retries = retries.saturating_sub(1);
        may
    }

    /// All of a turn, in their order.
    pub const PHASES: [Phase; 7] = [
        Phase::Wait,
        Phase::Accept,
        Phase::Flush,
        Phase::Judge,
        Phase::Read,
        Phase::FanOut,
        Phase::Reap,
    ];

    pub fn enters(&mut self, phase: Phase) {
        self.phases.push(phase);
        match phase {
            Phase::Read => self.read_from = self.log.len() - self.said_last,
            Phase::FanOut => {
                self.said_last = 0;
                if self.log.len() > self.read_from {
                    self.batch_start = self.read_from;
                }
            }
            _ => {}
        }
    }

    pub fn accepted(&mut self, id: usize) {
        self.held += 1;
        let start = self.log.len() - self.said_last;
        self.views.insert(id, View { start, at: start, own_end: start, ..View::default() });
    }

    pub fn added(&mut self, id: usize, key: usize, armed: bool) {
        self.views.get_mut(&id).expect("accepted").armed = armed;
        let earlier = self.keys.insert(key, id);
        assert!(
            earlier.is_none_or(|earlier| self.views[&earlier].left.is_some()),
            "key {key} was given to socket {id} while socket {earlier:?} has it"
        );
    }

    pub fn arming(&mut self, id: usize, key: usize, writable: bool) {
        assert_eq!(self.keys.get(&key), Some(&id), "armed under the key of somebody else");
        let pending = self.pending(id);
        let view = self.views.get_mut(&id).expect("accepted");
        assert_ne!(view.armed, writable, "socket {id}: armed without a change");
        view.armed = writable;
        assert!(!writable || pending > 0, "socket {id}: armed, and it has everything");
    }

    pub fn reading(&self, id: usize, most: usize) {
        assert!(most > 0, "socket {id}: a read of nothing");
        assert!(self.waiting.is_none(), "socket {id} is read while the room waits");
    }

    pub fn read(&mut self, id: usize, bytes: &[u8], discarded: bool) {
        self.progress += 1;
        if discarded {
            return;
        }
        if self.longest_line.is_none() {
            self.messages += 1;
            return self.log(id, bytes);
        }
        for &byte in bytes {
            self.read_of_line(id, byte);
        }
    }

    /// The end of a stream ends a line too.
    pub fn ended(&mut self, id: usize) {
        let view = self.views.get_mut(&id).expect("accepted");
        if !view.unfinished.is_empty() && !view.is_mute {
            self.read_of_line(id, b'\n');
        }
    }

    fn read_of_line(&mut self, id: usize, byte: u8) {
        let view = self.views.get_mut(&id).expect("accepted");
        view.unfinished.push(byte);
        let is_whole = byte == b'\n';
        view.is_mute |= view.unfinished.len() - usize::from(is_whole)
            > self.longest_line.expect("there are lines");
        if is_whole && !view.is_mute {
            let line = std::mem::take(&mut view.unfinished);
            self.messages += 1;
            self.log(id, &line);
        }
    }

    pub fn log_of(&mut self, author: usize, bytes: &[u8]) {
        self.log.extend(bytes);
        if self.leaves_out {
            self.authors.resize(self.log.len(), author);
        }
    }

    pub fn truncate(&mut self, end: usize) {
        self.log.truncate(end);
        self.authors.truncate(end);
    }

    fn log(&mut self, id: usize, bytes: &[u8]) {
        self.log_of(id, bytes);
        self.views.get_mut(&id).expect("accepted").own_end = self.log.len();
    }

    /// Where a socket is when it has taken so many bytes more, and what these are.
    pub fn next(&self, id: usize, bytes: usize) -> (usize, Cow<'_, [u8]>) {
        let mut at = self.views[&id].at;
        if !self.leaves_out {
            let end = self.log.len().min(at + bytes);
            return (end, self.log[at..end].into());
        }
        let mut next = Vec::new();
        while at < self.log.len() && (next.len() < bytes || self.is_left_out(id, at)) {
            if !self.is_left_out(id, at) {
                next.push(self.log[at]);
            }
            at += 1;
        }
        (at, next.into())
    }

    pub fn is_left_out(&self, id: usize, at: usize) -> bool {
        self.authors[at] == id
    }

    /// Bytes that a socket has yet to be given.
    pub fn pending(&self, id: usize) -> usize {
        let View { at, asides, .. } = &self.views[&id];
        let of_log =
            if self.leaves_out { self.next(id, usize::MAX).1.len() } else { self.log.len() - at };
        of_log + asides.len()
    }

    /// All that is offered must be what comes next, also what was not taken.
    pub fn written(&mut self, id: usize, offered: &[u8], taken: usize) {
        self.progress += 1;
        if self.told(id, offered, taken) {
            return;
        }
        let at = self.views[&id].at;
        assert!(*self.next(id, offered.len()).1 == *offered, "socket {id}: not the log at {at}");
        let at = self.next(id, taken).0;
        let view = self.views.get_mut(&id).expect("accepted");
        view.written += taken;
        view.at = at;
    }

    pub fn closed(&mut self, id: usize, unread: bool) {
        self.progress += 1;
        self.held -= 1;
        let view = self.views.get_mut(&id).expect("accepted");
        view.unread_at_close = unread;
        self.blocked.remove(&(id, true));
        self.blocked.remove(&(id, false));
    }

    pub fn aborted(&mut self, id: usize) {
        self.views.get_mut(&id).expect("accepted").was_aborted = true;
    }

    pub fn left(&mut self, key: usize, reason: Reason, at: Duration) {
        let id = self.keys[&key];
        self.departures.push((id, reason, at));
        let view = self.views.get_mut(&id).expect("accepted");
        view.left = Some(reason);
        let end = view.at;
        let is_orderly = matches!(reason, Reason::Left | Reason::Idle | Reason::Drained);
        assert_ne!(view.was_aborted, is_orderly, "socket {id}: the way in which it was closed");
        if reason == Reason::Left {
            let has_it = self.leaves_out || end >= view.own_end;
            assert!(has_it, "socket {id} left without its own last bytes");
        }
    }

    pub fn room_waits(&mut self, key: usize, at: Duration) {
        self.waiting.get_or_insert((key, at));
    }

    /// The room's waiting is the sum of the waits that are named, without a gap.
    pub fn room_waited(&mut self, wait: (usize, Duration, u64), next: Option<usize>, at: Duration) {
        let (key, held, _) = wait;
        self.waits.push(wait);
        let (cause, since) = self.waiting.take().expect("the room waits");
        assert_eq!((cause, at - since), (key, held), "the cause of a wait and its length");
        self.waited += held;
        self.waiting = next.map(|next| (next, at));
    }

    /// Whether this socket got all that it is to get.
    pub fn has_everything(&self, id: usize) -> bool {
        self.views.get(&id).is_none_or(|view| view.left.is_some() || self.pending(id) == 0)
    }
}
