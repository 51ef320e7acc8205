//! Number 2: what a server holds while some of its clients never read.

use std::time::{Duration, Instant};

use crate::process::memory_available;
use crate::room::{Load, Room};
use crate::server::{Design, Places, Server};

/// Clients that never read, and those that do; the first of these talks.
pub(crate) const MUTE: usize = 10;
pub(crate) const READERS: usize = 5;

/// Bytes of a message: what the Go server reads at once.
const SIZE: usize = 1024;
/// In bytes this is less than the least segment: no message is cut in two on its way to the server.
const WINDOW: u64 = 32;
/// How long the talker goes on, and how many bytes, at most.
pub(crate) const TIME: Duration = Duration::from_secs(10);
pub(crate) const BYTES: u64 = 200_000_000;
/// How often the memory is looked at, so that this machine does not run out of it.
const SLICE: Duration = Duration::from_millis(50);
/// Most of it that is given to a server, in KiB, and never more than half of what there is.
const CEILING: u64 = 6 << 20;

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// The peak of resident memory.
    pub(crate) peak_kib: u64,
    /// What the talker sent, and how long that took.
    pub(crate) bytes: u64,
    pub(crate) time: Duration,
    /// The longest time that a client that reads got nothing.
    pub(crate) silence: Duration,
    /// Whether it was ended because it held too much.
    pub(crate) is_stopped: bool,
}

pub(crate) fn measure(places: &Places, design: Design) -> Result<Memory, String> {
    let server = Server::start(places, design)?;
    let process = server.process();
    let mut room = Room::open(server.address(), READERS, MUTE, SIZE)?;
    room.greet()?;
    let ceiling = CEILING.min(memory_available()? / 2);
    let (start, mut bytes, mut is_stopped) = (Instant::now(), 0, false);
    while start.elapsed() < TIME && bytes < BYTES && !is_stopped {
        let messages = (BYTES - bytes).div_ceil(SIZE as u64);
        let load = Load { talkers: 1, window: WINDOW, messages, time: SLICE };
        bytes += room.run(&load)?.deliveries / READERS as u64 * SIZE as u64;
        is_stopped = process.status("VmRSS")? > ceiling;
    }
    let (time, silence) = (start.elapsed(), room.longest_silence());
    Ok(Memory { peak_kib: process.status("VmHWM")?, bytes, time, silence, is_stopped })
}
