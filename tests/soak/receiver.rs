//! What one client receives, held against the log; and how far all of them are.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::lanes::lane_of;
use crate::log::Log;

/// Bytes by which the start of a stream is found in the log: no others are the same.
const UNIQUE: usize = 32;

/// A stream, and where in the log it is.
#[derive(Debug)]
pub struct Receiver<'a> {
    log: &'a Log,
    name: String,
    /// The first bytes, until there are enough to know where they stand.
    first: Vec<u8>,
    is_placed: bool,
    position: Arc<AtomicU64>,
    /// Bytes of its own lane that came back.
    own: Option<(usize, u64)>,
}

/// The positions of all receivers of the good kind.
#[derive(Debug, Default)]
pub struct Positions(Mutex<Vec<Arc<AtomicU64>>>);

impl<'a> Receiver<'a> {
    /// One who is about to connect.
    pub fn new(log: &'a Log, name: impl Into<String>) -> Self {
        let position = Arc::new(AtomicU64::new(log.end()));
        Self { log, name: name.into(), first: Vec::new(), is_placed: false, position, own: None }
    }

    /// Counts what comes back on this lane.
    pub fn counting(mut self, lane: usize) -> Self {
        self.own = Some((lane, 0));
        self
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn position(&self) -> u64 {
        self.position.load(Ordering::SeqCst)
    }

    pub fn came_back(&self) -> u64 {
        self.own.map_or(0, |(_, count)| count)
    }

    /// It has received all that it had said itself.
    pub fn must_have_heard(&self, said: u64) -> Result<(), String> {
        let heard = self.came_back();
        if heard == said {
            return Ok(());
        }
        Err(self.of(&format!("it left, and had said {said} bytes, but heard {heard} of them")))
    }

    /// It received this.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), String> {
        if let Some((lane, count)) = &mut self.own {
            *count += bytes.iter().filter(|&&byte| lane_of(byte) == *lane).count() as u64;
        }
        if self.is_placed {
            return self.follow(bytes);
        }
        self.first.extend_from_slice(bytes);
        if self.first.len() < UNIQUE { Ok(()) } else { self.place() }
    }

    /// Its stream has ended, perhaps after a few bytes only.
    pub fn end(&mut self) -> Result<(), String> {
        if self.is_placed || self.first.is_empty() { Ok(()) } else { self.place() }
    }

    fn place(&mut self) -> Result<(), String> {
        let first = std::mem::take(&mut self.first);
        let unique = &first[..first.len().min(UNIQUE)];
        let found = self.log.find(self.position(), unique).map_err(|error| self.of(&error))?;
        self.position.store(found, Ordering::SeqCst);
        self.is_placed = true;
        self.follow(&first)
    }

    fn follow(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.log.compare(self.position(), bytes).map_err(|error| self.of(&error))?;
        self.position.fetch_add(bytes.len() as u64, Ordering::SeqCst);
        Ok(())
    }

    fn of(&self, error: &str) -> String {
        format!("{}: {error}", self.name)
    }
}

impl Positions {
    /// This one counts for as long as it is there.
    pub fn add(&self, receiver: &Receiver<'_>) {
        let mut positions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        positions.push(Arc::clone(&receiver.position));
    }

    /// Where the last of them is.
    pub fn last(&self) -> Option<u64> {
        let mut positions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        positions.retain(|position| Arc::strong_count(position) > 1);
        positions.iter().map(|position| position.load(Ordering::SeqCst)).min()
    }
}
