//! What must be true, whatever happens: one log, of which each client gets a contiguous slice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pollcast::observer::{Phase, Reason};

#[derive(Debug, Default)]
pub struct Oracle {
    /// All that was read and not discarded, in the order of the reads.
    pub log: Vec<u8>,
    pub views: BTreeMap<usize, View>,
    /// Which socket has this key at present.
    pub keys: BTreeMap<usize, usize>,
    /// Sockets that the server holds.
    pub held: usize,
    /// Directions of sockets of which the server knows that there is nothing to do.
    pub blocked: BTreeSet<(usize, bool)>,
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
    pub written: usize,
    /// Where in the log its own last byte ends.
    pub own_end: usize,
    pub armed: bool,
    pub left: Option<Reason>,
    pub unread_at_close: bool,
    pub was_aborted: bool,
}

impl Oracle {
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
    }

    pub fn accepted(&mut self, id: usize) {
        self.held += 1;
        let start = self.log.len();
        self.views.insert(id, View { start, own_end: start, ..View::default() });
    }

    pub fn added(&mut self, id: usize, key: usize) {
        let earlier = self.keys.insert(key, id);
        assert!(
            earlier.is_none_or(|earlier| self.views[&earlier].left.is_some()),
            "key {key} was given to socket {id} while socket {earlier:?} has it"
        );
    }

    pub fn arming(&mut self, id: usize, key: usize, writable: bool) {
        assert_eq!(self.keys.get(&key), Some(&id), "armed under the key of somebody else");
        let view = self.views.get_mut(&id).expect("accepted");
        assert_ne!(view.armed, writable, "socket {id}: armed without a change");
        view.armed = writable;
        let pending = self.log.len() - view.start - view.written;
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
        self.log.extend(bytes);
        self.views.get_mut(&id).expect("accepted").own_end = self.log.len();
    }

    /// All that is offered must be what comes next, also what was not taken.
    pub fn written(&mut self, id: usize, offered: &[u8], taken: usize) {
        self.progress += 1;
        let view = self.views.get_mut(&id).expect("accepted");
        let next = view.start + view.written;
        let expected = self.log.get(next..next + offered.len());
        assert_eq!(expected, Some(offered), "socket {id}: not the next bytes of the log at {next}");
        view.written += taken;
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
        let end = view.start + view.written;
        let is_evicted =
            matches!(reason, Reason::SlowConsumer | Reason::DrainTimeout | Reason::OverBudget);
        assert_eq!(view.was_aborted, is_evicted, "socket {id}: the way in which it was closed");
        if reason == Reason::Left {
            assert!(end >= view.own_end, "socket {id} left without its own last bytes");
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
        self.views
            .get(&id)
            .is_none_or(|view| view.left.is_some() || view.start + view.written == self.log.len())
    }
}
