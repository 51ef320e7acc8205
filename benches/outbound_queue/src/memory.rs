//! The system's allocator, counting: what is held now, the most that was held, and how often it
//! was asked. The only unsafe code here; an allocator cannot be written without.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// What was counted since [`start`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted {
    /// Bytes held now beyond those at the start.
    pub(crate) held: usize,
    /// The most bytes held at a time beyond those at the start.
    pub(crate) peak: usize,
    /// Calls for memory, new or resized.
    pub(crate) allocations: usize,
}

/// What the counters said at the start.
#[derive(Debug)]
pub(crate) struct Start {
    held: usize,
    allocations: usize,
}

/// Starts counting.
pub(crate) fn start() -> Start {
    let held = HELD.load(Relaxed);
    PEAK.store(held, Relaxed);
    Start { held, allocations: ALLOCATIONS.load(Relaxed) }
}

impl Start {
    pub(crate) fn counted(&self) -> Counted {
        Counted {
            held: HELD.load(Relaxed).saturating_sub(self.held),
            peak: PEAK.load(Relaxed).saturating_sub(self.held),
            allocations: ALLOCATIONS.load(Relaxed) - self.allocations,
        }
    }
}

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static COUNTING: Counting = Counting;

struct Counting;

/// What the allocator takes for a request: glibc's on 64 bits adds eight bytes, rounds up to 16,
/// and takes no less than 32. Chunks of a few bytes cost several times their size that way.
fn cost(size: usize) -> usize {
    (size + 8).next_multiple_of(16).max(32)
}

fn take(size: usize) {
    ALLOCATIONS.fetch_add(1, Relaxed);
    let held = HELD.fetch_add(cost(size), Relaxed) + cost(size);
    PEAK.fetch_max(held, Relaxed);
}

fn give_back(size: usize) {
    HELD.fetch_sub(cost(size), Relaxed);
}

// SAFETY: every call goes to the system's allocator unchanged; counting touches no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`, and it is the same one.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        // SAFETY: the caller keeps the contract of `alloc_zeroed`, and it is the same one.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // While it moves, old and new are both held.
        take(size);
        give_back(layout.size());
        // SAFETY: the pointer came from one of the calls above, that is from the system's
        // allocator; the caller keeps the rest of the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        give_back(layout.size());
        // SAFETY: the pointer came from one of the calls above, that is from the system's
        // allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}
