//! Bytes that say who sent them, and where in what it sends they belong.
//!
//! Without framing the bytes of two senders mix anywhere. So each byte names its lane in five bits,
//! and in three bits goes on with the sequence of that lane, which the seed decides. Whoever reads
//! the log can tell from each byte by itself whether it is the next one of its sender, and any 32
//! bytes of it stand in no other place.

pub const LANES: usize = 32;

/// Many share these two: of their bytes only the number is known, and that all receivers see the
/// same. What is sent on the first one arrives; on the second one senders break off.
pub const SHARED: usize = 30;
pub const ABRUPT: usize = 31;

/// Symbols in a word of the sequence.
const PER_WORD: u64 = 16;

/// How far the log has got on each lane.
#[derive(Debug)]
pub struct Progress {
    seed: u64,
    seen: [u64; LANES],
    words: [u64; LANES],
}

pub fn lane_of(byte: u8) -> usize {
    usize::from(byte >> 3)
}

/// The bytes of a lane from this one on.
pub fn fill(seed: u64, lane: usize, from: u64, into: &mut [u8]) {
    for (index, byte) in (from..).zip(into) {
        *byte = byte_at(lane, index, word(seed, lane, index));
    }
}

impl Progress {
    pub fn new(seed: u64) -> Self {
        Self { seed, seen: [0; LANES], words: [0; LANES] }
    }

    pub fn seen(&self) -> &[u64; LANES] {
        &self.seen
    }

    /// Takes the next bytes of the log. On the lane of one sender each must be its next one.
    pub fn follow(&mut self, bytes: &[u8]) -> Result<(), String> {
        for &byte in bytes {
            let lane = lane_of(byte);
            let index = self.seen[lane];
            self.seen[lane] += 1;
            if lane >= SHARED {
                continue;
            }
            if index % PER_WORD == 0 {
                self.words[lane] = word(self.seed, lane, index);
            }
            let expected = byte_at(lane, index, self.words[lane]);
            if byte != expected {
                return Err(format!(
                    "in the log, byte {index} of sender {lane} is {byte:#04x}, and it sent \
                     {expected:#04x}: one was lost, added, or moved"
                ));
            }
        }
        Ok(())
    }
}

fn byte_at(lane: usize, index: u64, word: u64) -> u8 {
    let symbol = (word >> (index % PER_WORD * 4)) & 7;
    (lane as u8) << 3 | symbol as u8
}

/// SplitMix64, which turns numbers that follow each other into noise.
fn word(seed: u64, lane: usize, index: u64) -> u64 {
    let number = (index / PER_WORD) << 5 | lane as u64;
    let mut state = seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
