//! Memory for unfinished lines: cells of one size, all taken from the allocator at the start. A
//! line is a ring of them: whoever has it keeps the number of its last cell and a length, appends
//! there, and gives all of it back in one step.

/// All cells.
#[derive(Debug)]
pub(super) struct Cells {
    /// Those that were ever used: memory that no line needed yet was never touched.
    cells: Vec<Cell>,
    /// The first of those that are free; each leads to the next.
    free: u32,
    in_use: usize,
    most: usize,
}

/// A ring of cells with so many bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ring {
    /// The last cell, which leads to the first; nothing when there are no bytes.
    last: u32,
    len: u32,
}

/// A part of a line, or a free place.
#[derive(Debug)]
struct Cell {
    bytes: [u8; BYTES],
    next: u32,
}

/// A line of the processor's cache, with the number of the next cell.
const BYTES: usize = 60;

/// Behind the last free cell.
const NONE: u32 = u32::MAX;

impl Cells {
    /// Cells that fit into so much memory.
    pub(super) fn new(memory: usize) -> Self {
        let most = (memory / size_of::<Cell>()).min(NONE as usize);
        Self { cells: Vec::with_capacity(most), free: NONE, in_use: 0, most }
    }

    /// Bytes of memory that a line of so many bytes takes.
    pub(super) fn memory_for(bytes: usize) -> usize {
        bytes.div_ceil(BYTES).saturating_mul(size_of::<Cell>())
    }

    /// Bytes of memory, used or not.
    pub(super) fn memory(&self) -> usize {
        self.most * size_of::<Cell>()
    }

    /// Bytes of memory in use.
    pub(super) fn used(&self) -> usize {
        self.in_use * size_of::<Cell>()
    }

    /// Whether there is more memory than there was at the start, for the audit.
    pub(super) fn has_grown(&self) -> bool {
        self.cells.capacity() > self.most
    }

    /// Adds bytes at the end of a ring. False when there are not enough cells: then nothing has
    /// changed.
    pub(super) fn append(&mut self, ring: &mut Ring, mut bytes: &[u8]) -> bool {
        let needed = (ring.len() + bytes.len()).div_ceil(BYTES) - ring.cells();
        if self.in_use + needed > self.most {
            return false;
        }
        while !bytes.is_empty() {
            let at = ring.len() % BYTES;
            if at == 0 {
                self.add_cell(ring);
            }
            let (now, later) = bytes.split_at(bytes.len().min(BYTES - at));
            self.cells[ring.last as usize].bytes[at..at + now.len()].copy_from_slice(now);
            ring.len += now.len() as u32;
            bytes = later;
        }
        true
    }

    /// Copies all bytes of a ring to where they have just room, and empties it.
    pub(super) fn take(&mut self, ring: &mut Ring, into: &mut [u8]) {
        let mut at = ring.last;
        for piece in into.chunks_mut(BYTES) {
            at = self.cells[at as usize].next;
            piece.copy_from_slice(&self.cells[at as usize].bytes[..piece.len()]);
        }
        self.clear(ring);
    }

    /// Gives the cells of a ring back, all at once.
    pub(super) fn clear(&mut self, ring: &mut Ring) {
        if ring.len > 0 {
            let last = &mut self.cells[ring.last as usize];
            let first = std::mem::replace(&mut last.next, self.free);
            self.free = first;
            self.in_use -= ring.cells();
        }
        *ring = Ring::default();
    }

    /// A further cell, behind the last one.
    fn add_cell(&mut self, ring: &mut Ring) {
        let cell = self.free_cell();
        let first = if ring.len == 0 {
            cell
        } else {
            std::mem::replace(&mut self.cells[ring.last as usize].next, cell)
        };
        self.cells[cell as usize].next = first;
        ring.last = cell;
        self.in_use += 1;
    }

    fn free_cell(&mut self) -> u32 {
        let cell = self.free;
        if cell == NONE {
            self.cells.push(Cell { bytes: [0; BYTES], next: NONE });
            return self.cells.len() as u32 - 1;
        }
        self.free = self.cells[cell as usize].next;
        cell
    }
}

impl Ring {
    /// Bytes in it.
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    /// Cells that it takes.
    fn cells(&self) -> usize {
        self.len().div_ceil(BYTES)
    }

    /// Bytes of memory that it takes, for the audit.
    pub(super) fn memory(&self) -> usize {
        self.cells() * size_of::<Cell>()
    }
}

impl Default for Ring {
    fn default() -> Self {
        Self { last: NONE, len: 0 }
    }
}
