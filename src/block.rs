//! One block of the store: bytes, in the order of the log, and who sent them if that matters.

/// A block in use.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) storage: Storage,
    /// Where its first byte would stand in a log of blocks that are all full.
    pub(crate) start: u64,
    /// How many runs cover it.
    pub(crate) references: u32,
    /// The block that follows, once there is one.
    pub(crate) next: u32,
    pub(crate) filled: u16,
}

/// The memory of a block: all of it is allocated at once, and none of it grows.
#[derive(Debug)]
pub(crate) struct Storage {
    bytes: Box<[u8]>,
    authors: Vec<Author>,
}

/// Who sent the bytes up to this place, from where the author before it ends.
#[derive(Debug)]
struct Author {
    client: u32,
    to: u16,
}

impl Storage {
    pub(crate) fn new(size: usize, authors: usize) -> Self {
        Self { bytes: vec![0; size].into(), authors: Vec::with_capacity(authors) }
    }

    /// Bytes that it takes from the allocator.
    pub(crate) fn memory(size: usize, authors: usize) -> usize {
        size + authors * size_of::<Author>()
    }
}

impl Block {
    /// An empty block.
    pub(crate) fn new(storage: Storage, start: u64) -> Self {
        Self { storage, start, references: 0, next: 0, filled: 0 }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.storage.bytes
    }

    /// Whether it takes another byte by this author.
    pub(crate) fn has_room(&self, author: u32) -> bool {
        let Storage { bytes, authors } = &self.storage;
        let is_named = authors.last().is_some_and(|last| last.client == author);
        usize::from(self.filled) < bytes.len()
            && (is_named || authors.capacity() == 0 || authors.len() < authors.capacity())
    }

    /// Takes what it has room for, and gives the rest back.
    pub(crate) fn fill<'a>(&mut self, bytes: &'a [u8], author: u32) -> &'a [u8] {
        let Storage { bytes: room, authors } = &mut self.storage;
        let from = usize::from(self.filled);
        let (now, later) = bytes.split_at(bytes.len().min(room.len() - from));
        room[from..from + now.len()].copy_from_slice(now);
        self.filled += now.len() as u16;
        let (to, names_authors) = (self.filled, authors.capacity() > 0);
        match authors.last_mut() {
            Some(last) if last.client == author => last.to = to,
            _ if names_authors => authors.push(Author { client: author, to }),
            _ => {}
        }
        later
    }

    /// Forgets what it holds.
    pub(crate) fn empty(&mut self) {
        self.filled = 0;
        self.storage.authors.clear();
    }

    /// Whether it took more memory than it had at the start, for the audit.
    pub(crate) fn has_grown(&self, most_authors: usize) -> bool {
        self.storage.authors.capacity() > most_authors
    }

    /// How many bytes from here are all by this author, or all by others, and which of the two.
    pub(crate) fn piece(&self, from: u16, author: u32) -> (usize, bool) {
        let authors = &self.storage.authors;
        let first = authors.partition_point(|author| author.to <= from);
        let is_by = authors[first].client == author;
        let after = authors[first..].iter().take_while(|next| (next.client == author) == is_by);
        let to = after.last().map_or(from, |last| last.to);
        (usize::from(to - from), is_by)
    }

    /// Where the log has got to in it, in a log of blocks that are all full: a block is full of
    /// bytes, or of authors.
    pub(crate) fn reach(&self, size: usize) -> u64 {
        let Storage { authors, .. } = &self.storage;
        let named = (authors.len() * size).checked_div(authors.capacity()).unwrap_or(0);
        self.start + named.max(usize::from(self.filled)) as u64
    }
}

// By its path, since a bench takes this file in under another root.
#[cfg(test)]
#[path = "block/tests.rs"]
mod tests;
