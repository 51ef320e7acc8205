//! The one log: what the first client receives, from the first byte on.
//!
//! It is the reference. Its own bytes are checked by the [lanes](super::lanes); every other
//! receiver must see a contiguous slice of it, byte for byte. The last 64 MiB are kept: nobody can
//! be further behind, since the server holds at most `--max-queue` for a client, and the kernel
//! some megabytes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::harness::LIMIT;
use crate::lanes::{LANES, Progress};

const WINDOW: usize = 64 << 20;

/// Bytes searched at a time for the start of a stream.
const STRIDE: usize = 64 << 10;

#[derive(Debug)]
pub struct Log {
    tape: Mutex<Tape>,
    grown: Condvar,
    end: AtomicU64,
    /// Handed to the kernel on each lane, or about to be.
    sent: [AtomicU64; LANES],
    /// Handed to the kernel.
    written: [AtomicU64; LANES],
}

#[derive(Debug)]
struct Tape {
    bytes: Box<[u8]>,
    end: u64,
    progress: Progress,
}

impl Log {
    pub fn new(seed: u64) -> Self {
        let bytes = vec![0; WINDOW].into_boxed_slice();
        Self {
            tape: Mutex::new(Tape { bytes, end: 0, progress: Progress::new(seed) }),
            grown: Condvar::new(),
            end: AtomicU64::new(0),
            sent: Default::default(),
            written: Default::default(),
        }
    }

    /// How long it is, as far as the first client has received it.
    pub fn end(&self) -> u64 {
        self.end.load(Ordering::SeqCst)
    }

    pub fn sent(&self, lane: usize) -> u64 {
        self.sent[lane].load(Ordering::SeqCst)
    }

    pub fn written(&self, lane: usize) -> u64 {
        self.written[lane].load(Ordering::SeqCst)
    }

    /// Somebody is about to send this much on a lane. Tells where in its sequence that begins.
    pub fn begin_to_send(&self, lane: usize, bytes: usize) -> u64 {
        self.sent[lane].fetch_add(bytes as u64, Ordering::SeqCst)
    }

    /// The kernel has it.
    pub fn has_sent(&self, lane: usize, bytes: usize) {
        self.written[lane].fetch_add(bytes as u64, Ordering::SeqCst);
    }

    pub fn seen(&self) -> [u64; LANES] {
        *self.lock().progress.seen()
    }

    /// Bytes on the way, from senders whose bytes all arrive.
    pub fn outstanding(&self) -> u64 {
        let sent = self.sent[..LANES - 1].iter().map(|sent| sent.load(Ordering::SeqCst));
        let sent: u64 = sent.sum();
        sent.saturating_sub(self.seen()[..LANES - 1].iter().sum())
    }

    /// The first client received this.
    pub fn append(&self, bytes: &[u8]) -> Result<(), String> {
        let mut tape = self.lock();
        tape.progress.follow(bytes)?;
        let mut rest = bytes;
        while !rest.is_empty() {
            let at = (tape.end % WINDOW as u64) as usize;
            let (now, later) = rest.split_at(rest.len().min(WINDOW - at));
            tape.bytes[at..at + now.len()].copy_from_slice(now);
            tape.end += now.len() as u64;
            rest = later;
        }
        self.end.store(tape.end, Ordering::SeqCst);
        drop(tape);
        self.grown.notify_all();
        Ok(())
    }

    /// Holds bytes of a receiver against the log from this position on.
    pub fn compare(&self, at: u64, bytes: &[u8]) -> Result<(), String> {
        let tape = self.wait_for(at + bytes.len() as u64, "a receiver has bytes")?;
        if at + (WINDOW as u64) < tape.end {
            return Err(format!("a receiver is at {at}, more than 64 MiB behind the log"));
        }
        let (first, second) = tape.slices(at, bytes.len());
        if bytes[..first.len()] == *first && bytes[first.len()..] == *second {
            return Ok(());
        }
        let logged = first.iter().chain(second);
        let place = bytes.iter().zip(logged).position(|(got, logged)| got != logged).unwrap_or(0);
        Err(format!(
            "its stream differs from the log at {}: a byte was lost, added, or moved",
            at + place as u64
        ))
    }

    /// Where a stream that began after this position of the log has its first bytes.
    pub fn find(&self, mut from: u64, first: &[u8]) -> Result<u64, String> {
        let mut piece = Vec::with_capacity(STRIDE);
        let began = Instant::now();
        while began.elapsed() < LIMIT {
            let tape = self.wait_for(from + first.len() as u64, "a stream begins with bytes")?;
            from = from.max(tape.end.saturating_sub(WINDOW as u64));
            let length = STRIDE.min((tape.end - from) as usize);
            let (one, other) = tape.slices(from, length);
            piece.clear();
            piece.extend_from_slice(one);
            piece.extend_from_slice(other);
            drop(tape);
            let is_here = |place: &[u8]| place[0] == first[0] && place == first;
            if let Some(place) = piece.windows(first.len()).position(is_here) {
                return Ok(from + place as u64);
            }
            from += (length + 1 - first.len()) as u64;
        }
        Err("its stream begins with bytes that are nowhere in the log".to_owned())
    }

    /// Waits until the log has seen as much on a lane. False when it takes too long.
    pub fn wait_for_lane(&self, lane: usize, bytes: u64) -> bool {
        let began = Instant::now();
        let mut tape = self.lock();
        while tape.progress.seen()[lane] < bytes {
            let Some(left) = LIMIT.checked_sub(began.elapsed()) else { return false };
            tape = self.sleep(tape, left);
        }
        true
    }

    fn wait_for(&self, end: u64, who: &str) -> Result<MutexGuard<'_, Tape>, String> {
        let began = Instant::now();
        let mut tape = self.lock();
        while tape.end < end {
            let left = LIMIT.checked_sub(began.elapsed());
            let left = left.ok_or_else(|| {
                format!(
                    "{who} that are not in the log, or not at that place: {} is its end",
                    tape.end
                )
            })?;
            tape = self.sleep(tape, left);
        }
        Ok(tape)
    }

    fn sleep<'a>(&self, tape: MutexGuard<'a, Tape>, time: Duration) -> MutexGuard<'a, Tape> {
        self.grown.wait_timeout(tape, time).unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, Tape> {
        self.tape.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tape {
    /// The bytes of a part, which may pass the end of the ring.
    fn slices(&self, at: u64, length: usize) -> (&[u8], &[u8]) {
        let at = (at % WINDOW as u64) as usize;
        let first = length.min(WINDOW - at);
        (&self.bytes[at..at + first], &self.bytes[..length - first])
    }
}
