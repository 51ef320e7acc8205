//! One client's life: from open, by way of leaving and lingering, to dead.

use crate::framing::Unfinished;
use crate::moment::Moment;
use crate::observer::Reason;
use crate::outbox::Outbox;

/// A slot of the slab. An idle client costs this and its places in the lists, nothing else: it has
/// no read buffer of its own.
#[derive(Debug)]
pub(crate) struct Client<C> {
    pub(crate) connection: C,
    pub(crate) outbox: Outbox,
    /// The line that it has not ended yet.
    pub(crate) unfinished: Unfinished,
    /// When it joined, from where on what it may hold up the room grows; once it lingers, when that
    /// began.
    pub(crate) since: Moment,
    /// Bytes that the kernel took for it so far.
    pub(crate) sent: u64,
    /// What it sent of the batch in the read buffer, where that is not for itself.
    pub(crate) own: Own,
    /// Its place in the roster.
    pub(crate) place: u32,
    /// Bytes that were dropped with its queue.
    pub(crate) dropped: u32,
    pub(crate) state: State,
    /// Why it leaves, once it does.
    pub(crate) reason: Reason,
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
    /// It does because there was no memory to read what it has sent.
    pub(crate) is_unread: bool,
    /// It stands in the watch list.
    pub(crate) in_watch: bool,
}

/// A part of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) messages: u32,
}

/// Where a client is in its life. It may be marked as lost or dead in any phase; it begins to leave
/// in reap alone, after the fan-out of the turn, so one that ends its stream still gets the last
/// bytes it sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It sends and receives.
    Open,
    /// It has ended its stream, and goes on receiving.
    Listening,
    /// The kernel takes nothing more for it; what it had sent before is still read.
    Lost,
    /// It gets what is queued for it until its deadline, and nothing more.
    Leaving,
    /// It got everything and was told so; input is discarded until it ends its stream, or is quiet
    /// for a while, or leaving has taken its time.
    Lingering,
    /// To be closed, and its slot freed, by reap.
    Dead,
}

impl Own {
    /// Bytes of it.
    pub(crate) fn len(self) -> usize {
        (self.to - self.from) as usize
    }
}

impl<C> Client<C> {
    /// Somebody who was just accepted, registered for writing or not.
    pub(crate) fn new(connection: C, joined: Moment, place: u32, armed: bool) -> Self {
        Self {
            connection,
            outbox: Outbox::default(),
            unfinished: Unfinished::default(),
            since: joined,
            sent: 0,
            own: Own::default(),
            place,
            dropped: 0,
            state: State::Open,
            reason: Reason::Left,
            armed,
            full: false,
            read_on: false,
            ended: false,
            in_ready: false,
            in_writable: false,
            in_retry: false,
            is_unread: false,
            in_watch: false,
        }
    }

    /// Whether it receives what is read now.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, State::Open | State::Listening)
    }

    /// Whether it is only waiting to be closed.
    pub(crate) fn is_dead(&self) -> bool {
        self.state == State::Dead
    }

    /// Whether room to write is of use: exactly while something is queued that can still go out.
    pub(crate) fn wants_writable(&self) -> bool {
        (self.is_open() || self.state == State::Leaving) && !self.outbox.is_empty()
    }

    /// Whether nothing about it needs looking after: it is open, it has everything, and its
    /// interest is that of one who does.
    pub(crate) fn is_settled(&self, armed: bool) -> bool {
        let stays = self.state == State::Listening || (self.state == State::Open && !self.ended);
        stays && self.outbox.is_empty() && self.armed == armed
    }

    /// Whether there is input of it that was not read yet, as far as is known.
    pub(crate) fn has_input(&self) -> bool {
        self.in_ready || self.is_unread
    }

    /// Whether what it sends is of use.
    pub(crate) fn wants_input(&self) -> bool {
        match self.state {
            State::Open => !self.ended,
            // The end of a stream is read again at each event: an error shows in no other way.
            State::Listening | State::Lingering => true,
            State::Lost | State::Leaving | State::Dead => false,
        }
    }
}
