//! What the simulated machine tells a server that waits, and how a call that cannot get on ends.

use std::io;
use std::time::Duration;

use libc::ENOBUFS;
use pollcast::kernel::{EVENTS, Event, Source};

use crate::kernel::SPINS;
use crate::socket::Told;
use crate::world::World;

/// A socket may tell two events, and there is room for a rumour.
const MOST: usize = EVENTS - 3;

impl World {
    /// A timeout of zero says that there is work: the calls until the next wait must show it.
    pub fn note_timeout(&mut self, timeout: Option<Duration>) {
        self.idle = false;
        if timeout == Some(Duration::ZERO) && !self.host_polls {
            self.idle_spins += 1;
            assert!(self.idle_spins <= SPINS + 1, "spins: a timeout of zero without work");
        } else {
            self.idle_spins = 0;
        }
    }

    /// What may keep a read or a write from being tried at all.
    pub fn disturb(&mut self, id: usize) -> io::Result<()> {
        if self.strikes(|faults| faults.interrupted) {
            self.idle_spins = 0;
            return Err(io::ErrorKind::Interrupted.into());
        }
        if self.strikes(|faults| faults.shortage) {
            self.idle_spins = 0;
            self.oracle.may_retry(id);
            return Err(io::Error::from_raw_os_error(ENOBUFS));
        }
        Ok(())
    }

    pub fn block(&mut self, id: usize, reading: bool) -> io::Error {
        self.note_block(id, reading);
        let mode = self.mode;
        if self.sockets[id].would_block(mode) {
            io::ErrorKind::WouldBlock.into()
        } else {
            io::ErrorKind::NotFound.into()
        }
    }

    /// To learn that there is nothing to do is work: once per event, be it spurious, and once after
    /// a shortage.
    pub fn note_block(&mut self, id: usize, reading: bool) {
        self.say("would block", (id, if reading { "read" } else { "write" }));
        if self.oracle.may_block((id, reading)) {
            self.idle_spins = 0;
        }
    }

    pub fn collect(&mut self, events: &mut Vec<Event>, some_late: bool) {
        let mode = self.mode;
        let has_backlog = self.listening && self.backlog_news && !self.backlog.is_empty();
        if has_backlog && !(some_late && self.strikes(|faults| faults.late)) {
            // On poll(2), only WouldBlock from accept re-arms it: the same as an edge, so long as
            // accepting goes on to WouldBlock.
            self.backlog_news = false;
            self.oracle.blocked.remove(&(usize::MAX, false));
            let source = Source::Listener(0);
            events.push(Event { source, readable: true, writable: false, read_on: false });
        }
        for id in 0..self.sockets.len() {
            let Some(key) = self.sockets[id].key else { continue };
            if events.len() > MOST {
                break;
            }
            if !self.sockets[id].has_news(mode) || (some_late && self.strikes(|faults| faults.late))
            {
                continue;
            }
            for Told { readable, writable, read_on } in self.sockets[id].tell(mode) {
                self.oracle.blocked.remove(&(id, true));
                self.oracle.blocked.remove(&(id, false));
                events.push(Event { source: Source::Client(key), readable, writable, read_on });
            }
        }
    }

    /// Nothing was told, and the server is ready to wait: whatever is late or on its way comes, or
    /// the timeout passes.
    pub fn sleep(&mut self, events: &mut Vec<Event>, timeout: Option<Duration>) {
        self.deliver_all();
        self.collect(events, false);
        if events.is_empty() {
            self.idle = true;
            self.now += timeout.unwrap_or(Duration::ZERO);
        }
    }

    /// The next wait tells what need not be so.
    pub fn rumour(&mut self, source: Source, readable: bool, writable: bool) {
        self.rumours.push(Event { source, readable, writable, read_on: false });
    }

    /// Spurious events, events of nobody, another order, a clock that jumps.
    pub fn add_noise(&mut self, events: &mut Vec<Event>) {
        if self.strikes(|faults| faults.spurious) {
            let key = self.choices.below(self.sockets.len() + 4);
            self.rumour(Source::Client(key), true, true);
        }
        for rumour in std::mem::take(&mut self.rumours) {
            self.idle_spins = 0;
            if let Source::Client(key) = rumour.source {
                if let Some(&id) = self.oracle.keys.get(&key) {
                    self.oracle.may_retry(id);
                }
            }
            if events.len() < EVENTS {
                events.push(rumour);
            }
        }
        if events.len() > 1 && self.strikes(|faults| faults.reordered) {
            let other = self.choices.below(events.len());
            events.swap(0, other);
        }
        if self.strikes(|faults| faults.clock_jumps) {
            let seconds = 1 + self.choices.below(7200) as u64;
            self.now += Duration::from_secs(seconds);
        }
    }
}
