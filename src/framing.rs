//! Lines out of pieces: what has arrived of a line waits with its sender until the rest has, so
//! that a line of one client never mixes with another's.
//!
//! A line ends with a line feed, or with the stream of its sender: then the line feed is added,
//! since the next line would stick to it otherwise. A line that is longer than it may be ends its
//! sender, and so does one for which there is no memory left.

mod cells;

use cells::{Cells, Ring};

/// What lines may take, and what they do.
#[derive(Debug)]
pub(crate) struct Lines {
    /// Most bytes of a line, its line feed not counted.
    longest: usize,
    cells: Cells,
}

/// The first part of a line of one client.
#[derive(Debug, Default)]
pub(crate) struct Unfinished(Ring);

/// What became of bytes that were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Framed {
    /// Bytes of whole lines; they stand at the start of the buffer now.
    pub(crate) bytes: usize,
    /// How many lines that is.
    pub(crate) lines: u64,
    /// How it went on behind them.
    pub(crate) rest: Rest,
}

/// What is behind the last whole line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Nothing, or the first part of a line, which is kept.
    Kept,
    /// A line that is longer than it may be.
    TooLong,
    /// The first part of a line, and no memory for it.
    NoMemory,
}

impl Lines {
    /// Lines of at most `longest` bytes; those that are unfinished share so much memory.
    pub(crate) fn new(longest: usize, memory: usize) -> Self {
        Self { longest, cells: Cells::new(memory) }
    }

    /// Bytes of memory of a line of so many bytes that is unfinished.
    pub(crate) fn memory_for(bytes: usize) -> usize {
        Cells::memory_for(bytes)
    }

    /// Bytes of memory for unfinished lines, which is there from the start.
    pub(crate) fn memory(&self) -> usize {
        self.cells.memory()
    }

    /// Bytes of memory that unfinished lines take of it.
    pub(crate) fn used(&self) -> usize {
        self.cells.used()
    }

    /// Whether more memory was taken since, for the audit.
    pub(crate) fn has_grown(&self) -> bool {
        self.cells.has_grown()
    }

    /// Makes whole lines of what waits and of the first `read` bytes of the buffer, which has room
    /// for both, and keeps the rest.
    pub(crate) fn frame(
        &mut self,
        unfinished: &mut Unfinished,
        buffer: &mut [u8],
        read: usize,
    ) -> Framed {
        let Framed { mut bytes, lines, mut rest } = self.scan(unfinished.len(), &buffer[..read]);
        let mut end = read;
        if lines > 0 && unfinished.len() > 0 {
            // What waits is copied out first: its memory is free for what is behind the line.
            let before = unfinished.len();
            buffer.copy_within(..read, before);
            self.cells.take(&mut unfinished.0, &mut buffer[..before]);
            (bytes, end) = (before + bytes, before + read);
        }
        if rest == Rest::Kept && !self.cells.append(&mut unfinished.0, &buffer[bytes..end]) {
            rest = Rest::NoMemory;
        }
        Framed { bytes, lines, rest }
    }

    /// Makes a line of what waits, if anything does, since no more will come.
    pub(crate) fn end(&mut self, unfinished: &mut Unfinished, buffer: &mut [u8]) -> Framed {
        let len = unfinished.len();
        if len == 0 {
            return Framed { bytes: 0, lines: 0, rest: Rest::Kept };
        }
        self.cells.take(&mut unfinished.0, &mut buffer[..len]);
        buffer[len] = b'\n';
        Framed { bytes: len + 1, lines: 1, rest: Rest::Kept }
    }

    /// Drops what waits, and tells how many bytes that was.
    pub(crate) fn discard(&mut self, unfinished: &mut Unfinished) -> usize {
        let len = unfinished.len();
        self.cells.clear(&mut unfinished.0);
        len
    }

    /// Finds the whole lines among bytes that continue a line of which so many are here already.
    fn scan(&self, mut before: usize, bytes: &[u8]) -> Framed {
        let mut framed = Framed { bytes: 0, lines: 0, rest: Rest::Kept };
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            let is_whole = piece.ends_with(b"\n");
            if before + piece.len() - usize::from(is_whole) > self.longest {
                framed.rest = Rest::TooLong;
                break;
            }
            if is_whole {
                framed.bytes += piece.len();
                framed.lines += 1;
                before = 0;
            }
        }
        framed
    }
}

impl Unfinished {
    /// Bytes of the line that are here.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Bytes of memory that it takes, for the audit.
    pub(crate) fn memory(&self) -> usize {
        self.0.memory()
    }
}

#[cfg(test)]
mod tests;
