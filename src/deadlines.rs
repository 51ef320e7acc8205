//! When something has to happen although nothing else does: one place for all deadlines.
//!
//! Four belong to the room. Of the clients each may have one; those stand in a binary heap that
//! knows where each client is, so that a deadline can be moved or taken back in logarithmic time
//! and nothing outdated is kept. Empty, it costs nothing.

use std::time::Duration;

use crate::moment::Moment;

/// All deadlines, as times of the server's clock.
#[derive(Debug)]
pub(crate) struct Deadlines {
    room: [Option<Moment>; 4],
    heap: Vec<Entry>,
    /// Where in the heap the client with this key stands, or [`NOWHERE`].
    places: Vec<u32>,
}

/// What has a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timer {
    /// What was short is tried again.
    Retry,
    /// The present stage of the drain ends.
    Drain,
    /// The first of those who are full has been so for long enough.
    Patience,
    /// Input that was left unread is read.
    Gather,
    /// This client leaves, is gone, or was quiet for too long; its state says which.
    Client(usize),
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    at: Moment,
    client: u32,
}

const NOWHERE: u32 = u32::MAX;

impl Deadlines {
    /// None, with memory for so many clients.
    pub(crate) fn new(clients: usize) -> Self {
        let (heap, places) = (Vec::with_capacity(clients), Vec::with_capacity(clients));
        Self { room: [None; 4], heap, places }
    }

    /// Bytes of memory for each client.
    pub(crate) const fn memory_per_client() -> usize {
        size_of::<Entry>() + size_of::<u32>()
    }

    /// Sets a deadline, in place of the one that this timer has.
    pub(crate) fn set(&mut self, timer: Timer, at: Duration) {
        let at = Moment::from(at);
        let Timer::Client(client) = timer else {
            self.room[timer.number()] = Some(at);
            return;
        };
        if self.places.len() <= client {
            self.places.resize(client + 1, NOWHERE);
        }
        let entry = Entry { at, client: client as u32 };
        match self.place(client) {
            Some(place) => self.heap[place] = entry,
            None => {
                self.places[client] = self.heap.len() as u32;
                self.heap.push(entry);
            }
        }
        self.settle(self.places[client] as usize);
    }

    /// Takes a deadline back, if there is one.
    pub(crate) fn clear(&mut self, timer: Timer) {
        let Timer::Client(client) = timer else {
            self.room[timer.number()] = None;
            return;
        };
        let Some(place) = self.place(client) else { return };
        self.places[client] = NOWHERE;
        self.heap.swap_remove(place);
        if let Some(moved) = self.heap.get(place) {
            self.places[moved.client as usize] = place as u32;
            self.settle(place);
        }
    }

    /// When this timer is due, if it is set.
    pub(crate) fn at(&self, timer: Timer) -> Option<Duration> {
        let moment = match timer {
            Timer::Client(client) => self.place(client).map(|place| self.heap[place].at),
            _ => self.room[timer.number()],
        };
        moment.map(Duration::from)
    }

    /// Whether this timer is set, and its time has come.
    pub(crate) fn is_due(&self, timer: Timer, now: Duration) -> bool {
        self.at(timer).is_some_and(|at| at <= now)
    }

    /// A client whose time has come, the earliest first. It stays until its deadline is moved or
    /// taken back.
    pub(crate) fn due_client(&self, now: Duration) -> Option<usize> {
        let first = self.heap.first()?;
        (first.at <= now.into()).then_some(first.client as usize)
    }

    /// The nearest of all.
    pub(crate) fn nearest(&self) -> Option<Duration> {
        let client = self.heap.first().map(|first| first.at);
        self.room.into_iter().chain([client]).flatten().min().map(Duration::from)
    }

    /// Whose the nearest is.
    pub(crate) fn nearest_timer(&self) -> Option<Timer> {
        let of_room = [Timer::Retry, Timer::Drain, Timer::Patience, Timer::Gather];
        let client = self.heap.first().map(|first| Timer::Client(first.client as usize));
        let all = of_room.into_iter().chain(client);
        all.filter_map(|timer| Some((self.at(timer)?, timer)))
            .min_by_key(|&(at, _)| at)
            .map(|(_, timer)| timer)
    }

    /// How many clients have a deadline, and whether the heap is one, for the audit.
    pub(crate) fn audit(&self) -> Result<usize, String> {
        for (place, entry) in self.heap.iter().enumerate() {
            if self.places[entry.client as usize] as usize != place {
                return Err(format!("deadline of client {} is not in its place", entry.client));
            }
            if place > 0 && self.heap[(place - 1) / 2].at > entry.at {
                return Err(format!("deadline of client {} is out of order", entry.client));
            }
        }
        Ok(self.heap.len())
    }

    /// Whether it took more memory than for so many clients, for the audit.
    pub(crate) fn has_grown(&self, clients: usize) -> bool {
        self.heap.capacity() > clients || self.places.capacity() > clients
    }

    fn place(&self, client: usize) -> Option<usize> {
        self.places.get(client).filter(|&&place| place != NOWHERE).map(|&place| place as usize)
    }

    /// Moves an entry to where it belongs: up while it is earlier than its parent, or else down
    /// while one of its children is earlier.
    fn settle(&mut self, mut place: usize) {
        while place > 0 && self.heap[place].at < self.heap[(place - 1) / 2].at {
            let parent = (place - 1) / 2;
            self.swap(place, parent);
            place = parent;
        }
        loop {
            let children = 2 * place + 1..(2 * place + 3).min(self.heap.len());
            let Some(child) = children.min_by_key(|&child| self.heap[child].at) else { return };
            if self.heap[place].at <= self.heap[child].at {
                return;
            }
            self.swap(place, child);
            place = child;
        }
    }

    fn swap(&mut self, one: usize, other: usize) {
        self.heap.swap(one, other);
        for place in [one, other] {
            self.places[self.heap[place].client as usize] = place as u32;
        }
    }
}

impl Timer {
    /// Of those of the room.
    fn number(self) -> usize {
        match self {
            Self::Retry => 0,
            Self::Drain => 1,
            Self::Patience => 2,
            Self::Gather | Self::Client(_) => 3,
        }
    }
}

#[cfg(test)]
mod tests;
