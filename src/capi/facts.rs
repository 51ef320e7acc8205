//! What a host may ask about a server.

use std::ffi::{c_char, c_int};
use std::time::Duration;

use super::error::{Error, Failure, POLLCAST_OK};
use super::handle::{Handle, with};
use super::pointer;
use crate::stats::Stats;

/// Counters since the start. Set `size`; more may follow in later versions.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Statistics {
    /// sizeof(pollcast_stats), set by the caller: so much is written.
    pub size: u64,
    /// Clients at present, those that are leaving included.
    pub clients: u64,
    /// Bytes held for clients at present, by capacity: what `max_memory` limits.
    pub memory: u64,
    /// Turns made.
    pub turns: u64,
    /// The longest turn, its wait not counted, in microseconds.
    pub longest_turn_us: u64,
    /// Clients that were let in.
    pub joined: u64,
    /// Connections closed at once: too many clients, or too many from one address.
    pub refused: u64,
    /// The same, because `admits` said so.
    pub refused_by_host: u64,
    /// Times that accepting paused, for want of descriptors or memory.
    pub accept_paused: u64,
    /// Read calls.
    pub reads: u64,
    /// Bytes read and broadcast.
    pub bytes_in: u64,
    /// Messages read: lines with POLLCAST_FRAMING_LINE, or else reads that gave something.
    pub messages_in: u64,
    /// Bytes that `passes` withheld.
    pub bytes_withheld: u64,
    /// Bytes that the host said, to everybody or to one.
    pub bytes_by_host: u64,
    /// Write calls.
    pub writes: u64,
    /// Bytes that the kernel took for clients.
    pub bytes_out: u64,
    /// Messages delivered, once for each client.
    pub messages_out: u64,
    /// Bytes that were queued for clients who left without taking them.
    pub bytes_dropped: u64,
    /// Most bytes that ever waited for one client.
    pub queue_peak: u64,
    /// Waits of the room for a client that was full.
    pub waits: u64,
    /// How long the room waited in all, in microseconds.
    pub waited_us: u64,
    /// Clients that left and got everything.
    pub left: u64,
    /// Connections that were lost.
    pub reset: u64,
    /// Clients evicted because they were full for longer than patience allows.
    pub evicted: u64,
    /// Clients that went for another reason: POLLCAST_REASON_DRAIN_TIMEOUT.
    pub drain_timeouts: u64,
    /// POLLCAST_REASON_OVER_BUDGET.
    pub over_budget: u64,
    /// POLLCAST_REASON_IDLE.
    pub idle: u64,
    /// POLLCAST_REASON_LINE_TOO_LONG.
    pub lines_too_long: u64,
    /// POLLCAST_REASON_DRAINED.
    pub drained: u64,
    /// POLLCAST_REASON_BY_HOST.
    pub put_out: u64,
}

/// Writes the counters to `*statistics`, of which `size` has to be set: an older, smaller structure
/// gets what it has room for, and what this version does not know is set to zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pollcast_statistics(
    server: *mut Handle,
    statistics: *mut Statistics,
) -> c_int {
    // SAFETY: the caller's word.
    unsafe {
        with(server, |server| {
            let clients = server.client_count() as u64;
            let memory = server.memory() as u64;
            put(statistics, Statistics { clients, memory, ..counters(server.stats()) })?;
            Ok(POLLCAST_OK)
        })
    }
}

/// How many clients there are, those that are leaving included. Negative is an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pollcast_client_count(server: *mut Handle) -> c_int {
    // SAFETY: the caller's word.
    unsafe { with(server, |server| Ok(clamp(server.client_count()))) }
}

/// Writes where the server listens, as "127.0.0.1:8080" or "unix:/path", in the order of `listen`;
/// for port 0, with the port that the system chose. After `pollcast_shut_down` there is nothing.
///
/// Returns its length, as snprintf(3) does: if that is not less than `room`, it was cut. `text` may
/// be NULL if `room` is 0. Negative is an error: POLLCAST_ERROR_ARGUMENT for too great an `index`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pollcast_address(
    server: *mut Handle,
    index: usize,
    text: *mut c_char,
    room: usize,
) -> c_int {
    // SAFETY: the caller's word.
    unsafe {
        with(server, |server| {
            if room > 0 {
                pointer::check(text, "text")?;
            }
            let addresses = server.kernel().addresses()?;
            let address = addresses.get(index).ok_or_else(|| {
                let text = format!("index takes less than {}", addresses.len());
                Failure::new(Error::Argument, text)
            })?;
            let address = address.to_string();
            pointer::put_text(text, room, &address);
            Ok(clamp(address.len()))
        })
    }
}

/// # Safety
/// It is null or misaligned, or there is as much room as its first field says.
unsafe fn put(to: *mut Statistics, counters: Statistics) -> Result<(), Failure> {
    pointer::check(to, "statistics")?;
    // SAFETY: it is not null and aligned, and begins with its size.
    let size = unsafe { to.cast::<u64>().read() };
    let known = size_of::<Statistics>();
    let room = usize::try_from(size).ok();
    let room = room.filter(|room| (8..=64 << 10).contains(room) && room % 8 == 0);
    let room = room.ok_or_else(|| {
        Failure::new(Error::Argument, "statistics.size takes sizeof(pollcast_stats)")
    })?;
    let counters = Statistics { size, ..counters };
    // SAFETY: the caller says that there is so much room; no more is copied than there is.
    unsafe {
        to.cast::<u8>().write_bytes(0, room);
        let from = (&raw const counters).cast::<u8>();
        to.cast::<u8>().copy_from_nonoverlapping(from, room.min(known));
    }
    Ok(())
}

fn counters(stats: &Stats) -> Statistics {
    Statistics {
        turns: stats.turns,
        longest_turn_us: microseconds(stats.longest_turn),
        joined: stats.joined,
        refused: stats.refused + stats.refused_per_address,
        refused_by_host: stats.refused_by_host,
        accept_paused: stats.accept_paused,
        reads: stats.reads,
        bytes_in: stats.bytes_in,
        messages_in: stats.messages_in,
        bytes_withheld: stats.bytes_withheld,
        bytes_by_host: stats.bytes_by_host,
        writes: stats.writes,
        bytes_out: stats.bytes_out,
        messages_out: stats.messages_out,
        bytes_dropped: stats.bytes_dropped,
        queue_peak: stats.queue_peak,
        waits: stats.waits,
        waited_us: microseconds(stats.waited),
        ..leavings(stats)
    }
}

/// Why clients left, in numbers.
fn leavings(stats: &Stats) -> Statistics {
    Statistics {
        left: stats.left,
        reset: stats.reset,
        evicted: stats.evicted,
        drain_timeouts: stats.drain_timeouts,
        over_budget: stats.over_budget,
        idle: stats.idle,
        lines_too_long: stats.lines_too_long,
        drained: stats.drained,
        put_out: stats.put_out,
        ..Statistics::default()
    }
}

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn clamp(number: usize) -> c_int {
    c_int::try_from(number).unwrap_or(c_int::MAX)
}

#[cfg(test)]
mod tests;
