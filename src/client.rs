//! One client's life: from open, by way of leaving and lingering, to dead.

use std::time::Duration;

use crate::observer::Reason;
use crate::outbox::Outbox;

/// A slot of the slab. An idle client costs this and its place in the roster, nothing else: it has
/// no read buffer of its own.
#[derive(Debug)]
pub(crate) struct Client<C> {
    pub(crate) connection: C,
    pub(crate) outbox: Outbox,
    pub(crate) state: State,
    /// When it joined; what it may hold up the room grows from here.
    pub(crate) joined: Duration,
    /// Bytes that the kernel took for it so far.
    pub(crate) sent: u64,
    /// Its place in the roster.
    pub(crate) place: u32,
    /// Room to write is being reported.
    pub(crate) armed: bool,
    /// It is one of those the room waits for.
    pub(crate) full: bool,
    /// A short read is not the end: the kernel hinted at an end of stream or an urgent mark.
    pub(crate) read_on: bool,
    /// Its stream was read to its end.
    pub(crate) ended: bool,
    /// It stands in the list of those to read from.
    pub(crate) in_ready: bool,
    /// It stands in the list of those to flush.
    pub(crate) in_writable: bool,
    /// It stands in the list of those to try again later.
    pub(crate) in_retry: bool,
    /// It stands in the watch list.
    pub(crate) in_watch: bool,
}

/// Where a client is in its life. It may be marked as lost or dead in any phase; it begins to leave
/// in reap alone, after the fan-out of the turn, so one that ends its stream still gets the last
/// bytes it sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It sends and receives.
    Open,
    /// The kernel takes nothing more for it; what it had sent before is still read.
    Lost,
    /// It gets what is queued for it until this deadline, and nothing more.
    Leaving(Duration),
    /// It got everything and was told so; input is discarded until it ends its stream, or is quiet
    /// until this deadline.
    Lingering(Duration),
    /// To be closed, and its slot freed, by reap. So many bytes were dropped with its queue.
    Dead(Reason, usize),
}

impl<C> Client<C> {
    /// Somebody who was just accepted.
    pub(crate) fn new(connection: C, joined: Duration, place: u32) -> Self {
        Self {
            connection,
            outbox: Outbox::default(),
            state: State::Open,
            joined,
            sent: 0,
            place,
            armed: false,
            full: false,
            read_on: false,
            ended: false,
            in_ready: false,
            in_writable: false,
            in_retry: false,
            in_watch: false,
        }
    }

    /// Whether it receives what is read now.
    pub(crate) fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// Whether it is only waiting to be closed.
    pub(crate) fn is_dead(&self) -> bool {
        matches!(self.state, State::Dead(..))
    }

    /// Whether room to write is of use: exactly while something is queued that can still go out.
    pub(crate) fn wants_writable(&self) -> bool {
        matches!(self.state, State::Open | State::Leaving(_)) && !self.outbox.is_empty()
    }

    /// When something has to happen to it without any event.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        match self.state {
            State::Leaving(deadline) | State::Lingering(deadline) => Some(deadline),
            State::Open | State::Lost | State::Dead(..) => None,
        }
    }

    /// Whether nothing about it needs looking after: it is open, it has everything, and its
    /// interest says so.
    pub(crate) fn is_settled(&self) -> bool {
        self.is_open() && !self.ended && self.outbox.is_empty() && !self.armed
    }
}
