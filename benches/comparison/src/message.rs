//! What the clients say: messages that tell whose they are, which, and for when they were meant.

/// Sender, number and time; the rest is filled with a word that follows from them.
pub(crate) const HEAD: usize = 16;
const WORD: usize = 8;

/// A message, without its filling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Message {
    /// The sender's place among the talkers.
    pub(crate) sender: u16,
    /// The sender's own count from 0, of 48 bits.
    pub(crate) number: u64,
    /// Nanoseconds of the room's clock at which it was meant to be sent.
    pub(crate) scheduled: u64,
}

impl Message {
    /// Writes it over all of `bytes`, whose length is a multiple of a word, and at least the head.
    pub(crate) fn write(self, bytes: &mut [u8]) {
        let (head, body) = bytes.split_at_mut(HEAD);
        let identity = self.number << 16 | u64::from(self.sender);
        head[..WORD].copy_from_slice(&identity.to_le_bytes());
        head[WORD..].copy_from_slice(&self.scheduled.to_le_bytes());
        let filler = self.mark().to_le_bytes();
        body.chunks_exact_mut(WORD).for_each(|word| word.copy_from_slice(&filler));
    }

    /// Which message this is; nothing if its filling is garbled. Whether its head is right is for
    /// whoever knows what was sent.
    #[inline]
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (head, body) = bytes.split_at_checked(HEAD)?;
        let identity = word(&head[..WORD]);
        let (sender, scheduled) = (identity as u16, word(&head[WORD..]));
        let message = Self { sender, number: identity >> 16, scheduled };
        let filler = message.mark();
        body.chunks_exact(WORD).all(|bytes| word(bytes) == filler).then_some(message)
    }

    /// A word that hardly another message has: what is torn from one does not pass for another.
    #[inline]
    pub(crate) fn mark(self) -> u64 {
        let all = (u64::from(self.sender).rotate_left(40) ^ self.number)
            .wrapping_add(self.scheduled.rotate_left(20));
        (all ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xd6e8_feb8_6659_fd93).rotate_left(29)
    }
}

fn word(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().expect("eight bytes"))
}

#[cfg(test)]
mod tests {
    use super::Message;

    #[test]
    fn what_was_written_is_read() {
        for (sender, number) in [(0, 0), (99, 5_000), (u16::MAX, u64::from(u32::MAX) + 7)] {
            for size in [16, 64, 16_384] {
                let message = Message { sender, number, scheduled: 123_456_789_012 };
                let mut bytes = vec![0; size];
                message.write(&mut bytes);
                assert_eq!(Message::read(&bytes), Some(message));
            }
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_is_seen() {
        let mut bytes = [0; 64];
        Message { sender: 7, number: 300, scheduled: 9_999 }.write(&mut bytes);
        for place in 0..bytes.len() * 8 {
            bytes[place / 8] ^= 1 << (place % 8);
            assert_eq!(Message::read(&bytes), None, "bit {place}");
            bytes[place / 8] ^= 1 << (place % 8);
        }
    }

    #[test]
    fn one_that_is_torn_and_patched_with_another_is_seen() {
        let (mut torn, mut other) = ([0; 64], [0; 64]);
        Message { sender: 1, number: 10, scheduled: 70 }.write(&mut torn);
        Message { sender: 1, number: 11, scheduled: 80 }.write(&mut other);
        for at in 9..64 {
            let patched: Vec<u8> = torn[..at].iter().chain(&other[at..]).copied().collect();
            let is_torn = patched != torn && patched != other;
            assert!(!is_torn || Message::read(&patched).is_none(), "torn at {at}");
        }
    }

    #[test]
    fn what_is_shorter_than_a_head_is_no_message() {
        assert_eq!(Message::read(&[0; 15]), None);
    }
}
