//! What the clients say: messages that tell whose they are, which, and whether they are whole.

/// Sender and number; the rest is filled with a word that follows from both.
const HEAD: usize = 16;
const WORD: usize = 8;

/// Which message: the sender's place in the room, and the sender's own count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) sender: usize,
    pub(crate) number: u64,
}

impl Identity {
    /// Writes the message over all of `bytes`, whose length is a multiple of a word.
    pub(crate) fn write(self, bytes: &mut [u8]) {
        let (head, body) = bytes.split_at_mut(HEAD);
        head[..WORD].copy_from_slice(&(self.sender as u64).to_le_bytes());
        head[WORD..].copy_from_slice(&self.number.to_le_bytes());
        let filler = self.mark().to_le_bytes();
        body.chunks_exact_mut(WORD).for_each(|word| word.copy_from_slice(&filler));
    }

    /// Which message this is; nothing if it is garbled.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (head, body) = bytes.split_at(HEAD);
        let sender = usize::try_from(word(&head[..WORD])).ok()?;
        let identity = Self { sender, number: word(&head[WORD..]) };
        let filler = identity.mark();
        body.chunks_exact(WORD).all(|bytes| word(bytes) == filler).then_some(identity)
    }

    /// A word that hardly another message has: what is torn from one does not pass for another.
    pub(crate) fn mark(self) -> u64 {
        let both = (self.sender as u64).rotate_left(40) ^ self.number;
        (both ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xd6e8_feb8_6659_fd93).rotate_left(29)
    }
}

fn word(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().expect("eight bytes"))
}

#[cfg(test)]
mod tests {
    use super::Identity;

    #[test]
    fn what_was_written_is_read() {
        for (sender, number) in [(0, 0), (99, 5_000), (3, u64::from(u32::MAX) + 7)] {
            let identity = Identity { sender, number };
            let mut bytes = [0; 64];
            identity.write(&mut bytes);
            assert_eq!(Identity::read(&bytes), Some(identity));
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_is_seen() {
        let mut bytes = [0; 64];
        Identity { sender: 7, number: 300 }.write(&mut bytes);
        for place in 0..bytes.len() * 8 {
            bytes[place / 8] ^= 1 << (place % 8);
            assert_eq!(Identity::read(&bytes), None, "bit {place}");
            bytes[place / 8] ^= 1 << (place % 8);
        }
    }

    #[test]
    fn one_that_is_torn_and_patched_with_another_is_seen() {
        let (mut torn, mut other) = ([0; 64], [0; 64]);
        Identity { sender: 1, number: 10 }.write(&mut torn);
        Identity { sender: 1, number: 11 }.write(&mut other);
        for at in 9..64 {
            let patched: Vec<u8> = torn[..at].iter().chain(&other[at..]).copied().collect();
            let is_torn = patched != torn && patched != other;
            assert!(!is_torn || Identity::read(&patched).is_none(), "torn at {at}");
        }
    }
}
