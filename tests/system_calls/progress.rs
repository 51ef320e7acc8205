//! How far the host is, for whoever drives its clients: told by a second thread of the host, since
//! to tell is a system call.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pollcast::Stats;

use crate::driver::LIMIT;

/// Numbers of a server that is at work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    pub joined: u64,
    pub clients: u64,
    pub bytes_in: u64,
    pub paused: u64,
    pub waiting: u64,
    pub evicted: u64,
}

const NUMBERS: usize = 6;

static PUBLISHED: [AtomicU64; NUMBERS] = [const { AtomicU64::new(0) }; NUMBERS];

/// Between two turns.
pub fn publish(stats: &Stats, clients: usize, waiting: bool) {
    let numbers = [
        stats.joined,
        clients as u64,
        stats.bytes_in,
        stats.accept_paused,
        waiting.into(),
        stats.evicted,
    ];
    for (place, number) in PUBLISHED.iter().zip(numbers) {
        place.store(number, Ordering::Relaxed);
    }
}

/// Tells what is published in this file, and ends the process if it takes too long: whoever drives
/// it may be gone.
pub fn tell(path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
    let began = Instant::now();
    thread::spawn(move || {
        while began.elapsed() < 2 * LIMIT {
            let mut bytes = [0; 8 * NUMBERS];
            for (part, place) in bytes.chunks_mut(8).zip(&PUBLISHED) {
                part.copy_from_slice(&place.load(Ordering::Relaxed).to_le_bytes());
            }
            let _ = file.write_all_at(&bytes, 0);
            thread::sleep(Duration::from_millis(1));
        }
        std::process::exit(1);
    });
    Ok(())
}

/// What was told last.
pub fn read(path: &Path) -> io::Result<Progress> {
    let mut bytes = [0; 8 * NUMBERS];
    File::open(path)?.read_exact_at(&mut bytes, 0)?;
    let mut numbers = bytes.chunks(8).map(|part| part.try_into().map_or(0, u64::from_le_bytes));
    let mut next = || numbers.next().unwrap_or(0);
    Ok(Progress {
        joined: next(),
        clients: next(),
        bytes_in: next(),
        paused: next(),
        waiting: next(),
        evicted: next(),
    })
}
