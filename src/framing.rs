//! Lines out of pieces: what has arrived of a line waits with its sender until the rest has, so
//! that a line of one client never mixes with another's.
//!
//! A line ends with a line feed, or with the stream of its sender: then the line feed is added,
//! since the next line would stick to it otherwise. A line that is longer than it may be ends its
//! sender, and so does one for which there is no memory left.

/// What lines may take, and what they do.
#[derive(Debug)]
pub(crate) struct Lines {
    /// Most bytes of a line, its line feed not counted.
    longest: usize,
    /// Bytes of memory that unfinished lines hold, by capacity.
    held: usize,
    /// Most that it may be.
    most: usize,
}

/// The first part of a line of one client. Without one it costs a pointer.
#[derive(Debug, Default)]
pub(crate) struct Unfinished(Option<Box<Part>>);

#[derive(Debug, Default)]
struct Part {
    bytes: Vec<u8>,
}

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

/// Lines that grow byte by byte do not ask the allocator for each.
const GRAIN: usize = 16;

impl Lines {
    /// Lines of at most `longest` bytes; those that are unfinished hold at most `most` in all.
    pub(crate) fn new(longest: usize, most: usize) -> Self {
        Self { longest, held: 0, most }
    }

    /// Bytes of memory that unfinished lines hold.
    pub(crate) fn memory(&self) -> usize {
        self.held
    }

    /// Makes whole lines of what waits and of the first `read` bytes of the buffer, which has room
    /// for both, and keeps the rest.
    pub(crate) fn frame(
        &mut self,
        unfinished: &mut Unfinished,
        buffer: &mut [u8],
        read: usize,
    ) -> Framed {
        let Framed { bytes, lines, mut rest } = self.scan(unfinished.len(), &buffer[..read]);
        let mut first = Unfinished::default();
        if lines > 0 {
            std::mem::swap(&mut first, unfinished);
        }
        if rest == Rest::Kept && !self.keep(unfinished, &buffer[bytes..read]) {
            rest = Rest::NoMemory;
        }
        let before = first.len();
        if first.0.is_some() {
            buffer.copy_within(..bytes, before);
            buffer[..before].copy_from_slice(first.bytes());
            self.discard(&mut first);
        }
        Framed { bytes: before + bytes, lines, rest }
    }

    /// Makes a line of what waits, if anything does, since no more will come.
    pub(crate) fn end(&mut self, unfinished: &mut Unfinished, buffer: &mut [u8]) -> Framed {
        let len = unfinished.len();
        if len == 0 {
            return Framed { bytes: 0, lines: 0, rest: Rest::Kept };
        }
        buffer[..len].copy_from_slice(unfinished.bytes());
        buffer[len] = b'\n';
        self.discard(unfinished);
        Framed { bytes: len + 1, lines: 1, rest: Rest::Kept }
    }

    /// Drops what waits, and tells how many bytes that was.
    pub(crate) fn discard(&mut self, unfinished: &mut Unfinished) -> usize {
        self.held -= unfinished.memory();
        unfinished.0.take().map_or(0, |part| part.bytes.len())
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

    /// Adds bytes to what waits. False when there is no memory for them: then nothing has changed.
    fn keep(&mut self, unfinished: &mut Unfinished, bytes: &[u8]) -> bool {
        if bytes.is_empty() {
            return true;
        }
        let (held, needed) = (unfinished.memory(), unfinished.len() + bytes.len());
        if needed > unfinished.capacity() {
            // While it grows the old memory is there as well as the new.
            let fits = |capacity: &usize| self.held + size_of::<Part>() + capacity <= self.most;
            let generous = needed.max(unfinished.len() / 2 * 3).next_multiple_of(GRAIN);
            let Some(capacity) = [generous, needed].into_iter().find(fits) else { return false };
            let part = unfinished.0.get_or_insert_default();
            part.bytes.reserve_exact(capacity - part.bytes.len());
        }
        if let Some(part) = &mut unfinished.0 {
            part.bytes.extend_from_slice(bytes);
        }
        self.held = self.held - held + unfinished.memory();
        true
    }
}

impl Unfinished {
    /// Bytes of the line that are here.
    pub(crate) fn len(&self) -> usize {
        self.bytes().len()
    }

    fn bytes(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], |part| &part.bytes)
    }

    fn capacity(&self) -> usize {
        self.0.as_ref().map_or(0, |part| part.bytes.capacity())
    }

    /// Bytes of memory that it holds.
    pub(crate) fn memory(&self) -> usize {
        self.0.as_ref().map_or(0, |part| size_of::<Part>() + part.bytes.capacity())
    }
}

#[cfg(test)]
mod tests;
