//! A script on a candidate: once with every byte checked and every allocation counted, and then
//! as often as wanted against the clock.

use std::hint::black_box;
use std::io::IoSlice;

use rustix::time::{ClockId, clock_gettime};

use crate::candidate::Candidate;
use crate::log_bytes::{LARGEST_BATCH, LogBytes};
use crate::memory::{self, Counted};
use crate::outbox::SLICES;
use crate::script::{Op, Script};

/// What is the same in every replay.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    /// Bytes that were there before any traffic.
    pub(crate) at_rest: usize,
    /// The peak beyond that, and the allocations, up to when everything was taken.
    pub(crate) counted: Counted,
    /// The most that the candidate itself said it held.
    pub(crate) own_count: usize,
    /// Writes of at most [`SLICES`] slices that it took to send what had waited.
    pub(crate) writes: u64,
}

/// Processor time of one replay, in nanoseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Times {
    pub(crate) push: u64,
    pub(crate) take: u64,
}

/// Replays with every byte compared to the log.
///
/// # Errors
/// The first byte that is wrong, missing or too many, in words.
pub(crate) fn check<C: Candidate>(script: &Script, log: &LogBytes) -> Result<Held, String> {
    let before = memory::start();
    let mut candidate = C::new(script.clients);
    let at_rest = before.counted().held;
    let start = memory::start();
    let (mut own_count, mut writes) = (0, 0);
    for op in &script.ops {
        if let Op::Take { client, at, len } = *op {
            let mut at = at;
            writes += take(&mut candidate, client, len as usize, |slices, now| {
                let is_log = compare(slices, now, at, log);
                at += now as u64;
                if is_log { Ok(()) } else { Err(format!("client {client}: wrong before {at}")) }
            })?;
        } else {
            apply(&mut candidate, op, script, log);
            own_count = own_count.max(candidate.counted());
        }
    }
    match (0..script.clients as u32).find(|&client| candidate.queued(client) > 0) {
        Some(client) => Err(format!("client {client}: bytes that it should not get")),
        None => Ok(Held { at_rest, counted: start.counted(), own_count, writes }),
    }
}

/// Replays against the clock. The time of the thread, so that others on the machine count as
/// little as possible; it is read when pushes change to takes or back, not for each operation.
pub(crate) fn time<C: Candidate>(script: &Script, log: &LogBytes) -> Times {
    let mut candidate = C::new(script.clients);
    let mut times = Times::default();
    let mut ops = script.ops.as_slice();
    while let Some(first) = ops.first() {
        let pushes = is_push(first);
        let alike = ops.iter().take_while(|op| is_push(op) == pushes).count();
        let (now, later) = ops.split_at(alike);
        let began = thread_time();
        for op in now {
            if let Op::Take { client, len, .. } = *op {
                let look = |slices: &[IoSlice<'_>], _| {
                    black_box(slices);
                    Ok(())
                };
                take(&mut candidate, client, len as usize, look).expect("it was checked before");
            } else {
                apply(&mut candidate, op, script, log);
            }
        }
        let took = thread_time() - began;
        *if pushes { &mut times.push } else { &mut times.take } += took;
        ops = later;
    }
    times
}

fn is_push(op: &Op) -> bool {
    matches!(op, Op::Push { .. })
}

fn apply<C: Candidate>(candidate: &mut C, op: &Op, script: &Script, log: &LogBytes) {
    match op {
        Op::Push { at, len, times, behind, fresh } => {
            let (behind, fresh) = (script.behind(behind), script.fresh(fresh));
            for number in 0..u64::from(*times) {
                let batch = log.part(at + number * u64::from(*len), *len as usize);
                candidate.push(batch, behind, fresh);
            }
        }
        Op::Retire { client } => candidate.retire(*client),
        Op::Forget { client } => candidate.forget(*client),
        Op::Take { .. } => {}
    }
}

/// Takes `left` bytes as the server would, in writes of some slices; `look` sees them and how many
/// of their bytes go. Tells how many writes it took.
fn take<C: Candidate>(
    candidate: &mut C,
    client: u32,
    mut left: usize,
    mut look: impl FnMut(&[IoSlice<'_>], usize) -> Result<(), String>,
) -> Result<u64, String> {
    let mut writes = 0;
    while left > 0 {
        let mut slices = [IoSlice::new(&[]); SLICES];
        let used = candidate.slices(client, &mut slices);
        let offered: usize = slices[..used].iter().map(|slice| slice.len()).sum();
        if offered == 0 {
            return Err(format!("client {client}: {left} bytes are missing"));
        }
        let now = offered.min(left);
        look(&slices[..used], now)?;
        candidate.advance(client, now);
        left -= now;
        writes += 1;
    }
    Ok(writes)
}

/// Whether the first `len` bytes of the slices are those of the log at `at`.
fn compare(slices: &[IoSlice<'_>], mut len: usize, mut at: u64, log: &LogBytes) -> bool {
    for slice in slices {
        // No part of the log that is asked for at once may be longer than a batch.
        for piece in slice[..slice.len().min(len)].chunks(LARGEST_BATCH) {
            if piece != log.part(at, piece.len()) {
                return false;
            }
            at += piece.len() as u64;
            len -= piece.len();
        }
    }
    len == 0
}

/// Nanoseconds that this thread has run.
fn thread_time() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
