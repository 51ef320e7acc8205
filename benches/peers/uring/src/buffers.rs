//! The buffers into which the kernel receives. It takes them from a ring that it shares with us
//! (io_uring_register_buf_ring(3)), and we give each one back as soon as it was read.

use std::alloc::{Layout, alloc_zeroed, handle_alloc_error};
use std::io;
use std::sync::atomic::{AtomicU16, Ordering};

use io_uring::Submitter;
use io_uring::types::BufRingEntry;

pub(crate) const GROUP: u16 = 0;
const SIZE: usize = 16 * 1024;
/// A power of two.
const COUNT: u16 = 256;
const PAGE: usize = 4096;

/// One piece of memory, which is never freed: the ring of entries, then the buffers.
#[derive(Debug)]
pub(crate) struct Buffers {
    entries: *mut BufRingEntry,
    buffers: *mut u8,
    tail: u16,
}

impl Buffers {
    pub(crate) fn register(submitter: &Submitter<'_>) -> io::Result<Self> {
        let ring_size = size_of::<BufRingEntry>() * usize::from(COUNT);
        let size = ring_size + SIZE * usize::from(COUNT);
        let layout = Layout::from_size_align(size, PAGE).map_err(io::Error::other)?;
        // SAFETY: the size is not zero.
        let memory = unsafe { alloc_zeroed(layout) };
        if memory.is_null() {
            handle_alloc_error(layout);
        }
        // SAFETY: the ring is within the memory, aligned to a page, zeroed, and never freed.
        unsafe { submitter.register_buf_ring_with_flags(memory as u64, COUNT, GROUP, 0) }?;
        // SAFETY: the buffers begin within the memory, behind the ring.
        let buffers = unsafe { memory.add(ring_size) };
        let mut provided = Self { entries: memory.cast(), buffers, tail: 0 };
        (0..COUNT).for_each(|buffer| provided.give_back(buffer));
        Ok(provided)
    }

    /// What the kernel has put into a buffer: it must have told so, and not have it back yet.
    pub(crate) fn get(&self, buffer: u16, length: usize) -> &[u8] {
        assert!(buffer < COUNT && length <= SIZE);
        // SAFETY: within the memory, which was zeroed and so is initialized. The kernel does not
        // write to a buffer that it has told of, until that is given back, which takes `&mut self`.
        unsafe { std::slice::from_raw_parts(self.buffers.add(usize::from(buffer) * SIZE), length) }
    }

    pub(crate) fn give_back(&mut self, buffer: u16) {
        assert!(buffer < COUNT);
        // SAFETY: both are within the memory. The kernel does not look at an entry behind the tail.
        let (entry, address) = unsafe {
            let entry = &mut *self.entries.add(usize::from(self.tail % COUNT));
            (entry, self.buffers.add(usize::from(buffer) * SIZE))
        };
        entry.set_addr(address as u64);
        entry.set_len(SIZE as u32);
        entry.set_bid(buffer);
        self.tail = self.tail.wrapping_add(1);
        // SAFETY: the tail is a field of the first entry, aligned, and the kernel only reads it.
        let tail = unsafe { AtomicU16::from_ptr(BufRingEntry::tail(self.entries).cast_mut()) };
        tail.store(self.tail, Ordering::Release);
    }
}
