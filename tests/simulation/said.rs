//! What the host says, as the oracle sees it: to everybody, in the log; to one, beside it; and what
//! it keeps from the log.

use std::collections::VecDeque;

use crate::oracle::{Oracle, View};

/// Something that one client alone is told.
#[derive(Debug)]
pub struct Aside {
    /// Where in the log it may stand.
    places: [usize; 2],
    rest: VecDeque<u8>,
    has_begun: bool,
}

/// Asides of one client that it has yet to be given.
#[derive(Debug, Default)]
pub struct Asides(VecDeque<Aside>);

/// The host, as an author.
const HOST: usize = usize::MAX;

impl Oracle {
    /// The host said this to everybody who is there or joins before the next fan-out begins.
    pub fn host_said(&mut self, bytes: &[u8]) {
        self.said_last += bytes.len();
        self.log_of(HOST, bytes);
    }

    /// The host told one client this, after all that it was given or that waits for it. While
    /// a fan-out goes on, that may be the batch or not.
    pub fn host_told(&mut self, id: usize, bytes: &[u8]) {
        let end = self.log.len() - self.said_last;
        let places = [self.batch_start, end];
        self.told_in_all += bytes.len() as u64;
        let aside = Aside { places, rest: bytes.iter().copied().collect(), has_begun: false };
        self.views.get_mut(&id).expect("accepted").asides.0.push_back(aside);
    }

    /// What was read last is not for the log.
    pub fn withheld(&mut self, key: usize, bytes: &[u8]) {
        let id = self.keys[&key];
        assert!(self.log.ends_with(bytes), "the host was asked about other bytes");
        let end = self.log.len() - bytes.len();
        self.truncate(end);
        let view = self.views.get_mut(&id).expect("accepted");
        view.own_end = view.own_end.min(end);
    }

    /// Whether all that was offered is what this client alone is to be told next. Then so much of
    /// it was taken.
    pub fn told(&mut self, id: usize, offered: &[u8], taken: usize) -> bool {
        let View { at, asides, .. } = &self.views[&id];
        let Some(aside) = asides.0.front() else { return false };
        let is_here = aside.places.iter().any(|&place| self.is_same_place(id, *at, place));
        let is_aside = aside.rest.iter().take(offered.len()).eq(offered);
        let [_, last] = aside.places;
        let may_wait = *at < last && !aside.has_begun;
        assert!(is_here && is_aside || may_wait, "socket {id}: not what the host told it");
        if is_here && is_aside {
            let asides = &mut self.views.get_mut(&id).expect("accepted").asides.0;
            asides[0].has_begun |= taken > 0;
            asides[0].rest.drain(..taken);
            if asides[0].rest.is_empty() {
                asides.pop_front();
            }
        }
        is_here && is_aside
    }

    /// Whether nothing that this client is given is between two places of the log.
    fn is_same_place(&self, id: usize, one: usize, other: usize) -> bool {
        let mut between = one.min(other)..one.max(other);
        between.all(|at| self.leaves_out && self.is_left_out(id, at))
    }
}

impl Asides {
    /// Bytes that wait.
    pub fn len(&self) -> usize {
        self.0.iter().map(|aside| aside.rest.len()).sum()
    }
}
