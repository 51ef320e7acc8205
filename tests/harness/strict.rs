//! An allocator that notes what a thread allocates or frees while it must do neither. An allocator
//! must not panic: whoever made the thread strict asks afterwards what was [noted].

use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};

/// The system's allocator.
struct Strict;

thread_local! {
    static IS_STRICT: Cell<bool> = const { Cell::new(false) };
    static NOTED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// While it is there, this thread is strict, or is not; after that it is what it was before.
#[derive(Debug)]
#[must_use = "it ends when this is dropped"]
pub struct Stretch {
    before: bool,
}

/// Nothing may be allocated or freed.
pub fn strictly() -> Stretch {
    Stretch { before: IS_STRICT.replace(true) }
}

/// Within a strict stretch: somebody else acts, who may do both.
pub fn freely() -> Stretch {
    Stretch { before: IS_STRICT.replace(false) }
}

/// The first thing that was allocated or freed although it must not have been, and where.
pub fn noted() -> Option<String> {
    NOTED.take()
}

/// Acts strictly, and fails if anything was allocated or freed.
pub fn act<T>(act: impl FnOnce() -> T) -> T {
    let done = {
        let _strict = strictly();
        act()
    };
    match noted() {
        Some(noted) => panic!("{noted}"),
        None => done,
    }
}

impl Drop for Stretch {
    fn drop(&mut self) {
        IS_STRICT.set(self.before);
    }
}

/// The thread is strict no longer: what it does after the first time says nothing.
#[inline]
fn note(what: &str, size: usize) {
    if IS_STRICT.replace(false) {
        note_at_length(what, size);
    }
}

#[cold]
fn note_at_length(what: &str, size: usize) {
    let trace = Backtrace::force_capture().to_string();
    let lines = trace.lines().map(str::trim).filter(|line| line.starts_with("at ./src/"));
    let places: Vec<&str> = lines.collect();
    NOTED.replace(Some(format!("{what} of {size} bytes, {}", places.join(", "))));
}

// SAFETY: every call goes to the system's allocator unchanged; a note touches no memory of it.
unsafe impl GlobalAlloc for Strict {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note("an allocation", layout.size());
        // SAFETY: the caller keeps the contract of `alloc`, and it is the same one.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note("an allocation", layout.size());
        // SAFETY: the same for `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note("a reallocation", size);
        // SAFETY: the same for `realloc`; the pointer came from the system's allocator.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note("the freeing", layout.size());
        // SAFETY: the pointer came from one of the above, that is from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static STRICT: Strict = Strict;
