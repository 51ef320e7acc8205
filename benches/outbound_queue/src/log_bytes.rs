//! The bytes of the room: any part of the log, from its position alone.

/// Random bytes that repeat with a period, in one piece.
#[derive(Debug)]
pub(crate) struct LogBytes {
    bytes: Vec<u8>,
}

/// The largest batch: the server's default read buffer.
pub(crate) const LARGEST_BATCH: usize = 128 << 10;

/// A prime: no mistake by whole blocks, batches or powers of two meets the same bytes again. And
/// small enough for a level-two cache, as a read buffer would be: the first touch of a batch is no
/// part of what is measured.
const PERIOD: usize = 262_147;

impl LogBytes {
    pub(crate) fn new() -> Self {
        let mut random = fastrand::Rng::with_seed(1);
        let mut bytes: Vec<u8> = (0..PERIOD).map(|_| random.u8(..)).collect();
        bytes.extend_from_within(..LARGEST_BATCH);
        Self { bytes }
    }

    /// The part of the log that begins at `at`, at most [`LARGEST_BATCH`] long.
    pub(crate) fn part(&self, at: u64, len: usize) -> &[u8] {
        let from = (at % PERIOD as u64) as usize;
        &self.bytes[from..from + len]
    }
}
