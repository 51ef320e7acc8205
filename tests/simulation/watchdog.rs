//! A turn ends. The simulated kernel counts the calls of each; a loop without end that makes no
//! call would hang instead of failing, so each turn is watched.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;
use std::{process, thread};

use crate::effort;

/// A turn takes microseconds, and its audit milliseconds at most. Where mutants are hunted, loops
/// without end are not rare.
fn longest() -> Duration {
    Duration::from_secs(if effort::is_whole() { 30 } else { 3 })
}

/// Turns begun and ended, by the threads that make them: an odd number is a turn under way.
static WATCHED: Mutex<Vec<Arc<AtomicU64>>> = Mutex::new(Vec::new());

thread_local! {
    static TURNS: Arc<AtomicU64> = watched();
}

/// A turn and its checks, from `begin` until it is dropped.
#[derive(Debug)]
pub struct Turn;

impl Turn {
    pub fn begin() -> Self {
        TURNS.with(|turns| turns.fetch_add(1, Ordering::Relaxed));
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        TURNS.with(|turns| turns.fetch_add(1, Ordering::Relaxed));
    }
}

fn watched() -> Arc<AtomicU64> {
    static WATCHER: Once = Once::new();
    WATCHER.call_once(|| drop(thread::spawn(watch)));
    let turns = Arc::new(AtomicU64::new(0));
    WATCHED.lock().expect("nobody panics with it").push(Arc::clone(&turns));
    turns
}

/// A panic could not stop the thread that loops: the process ends.
fn watch() {
    let (mut before, longest) = (Vec::new(), longest());
    loop {
        thread::sleep(longest);
        let watched = WATCHED.lock().expect("nobody panics with it");
        let now: Vec<u64> = watched.iter().map(|turns| turns.load(Ordering::Relaxed)).collect();
        if before.iter().zip(&now).any(|(before, now)| before == now && now % 2 == 1) {
            eprintln!("a turn without end: it has gone on for {longest:?}");
            process::abort();
        }
        before = now;
    }
}
