//! What one receiver has had: each message of each sender exactly once, and in which order.

use std::collections::VecDeque;

use crate::message::Message;

/// What one receiver has had of all senders.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    streams: Vec<Stream>,
    /// Follows from every message so far and from their order: receivers that saw the same
    /// conversation have the same one.
    conversation: u64,
    /// Messages that came after a later one of the same sender.
    late: u64,
}

/// What one receiver has had of one sender.
#[derive(Debug, Default)]
struct Stream {
    /// All before this one have come.
    next: u64,
    /// Which of those from `next` on have come.
    ahead: VecDeque<bool>,
}

impl Ledger {
    /// For so many talkers.
    pub(crate) fn new(senders: usize) -> Self {
        let streams = (0..senders).map(|_| Stream::default()).collect();
        Self { streams, ..Self::default() }
    }

    /// Takes a message that was received.
    ///
    /// # Errors
    /// Its sender is nobody, or it has come before.
    pub(crate) fn take(&mut self, message: Message) -> Result<(), String> {
        let stream =
            self.streams.get_mut(usize::from(message.sender)).ok_or("a message of nobody")?;
        let is_last = stream.take(message)?;
        self.late += u64::from(!is_last);
        self.conversation = self.conversation.rotate_left(5).wrapping_mul(0x0100_0000_01b3);
        self.conversation ^= message.mark();
        Ok(())
    }

    /// Messages that came after a later one of the same sender.
    pub(crate) fn late(&self) -> u64 {
        self.late
    }

    /// The same for receivers that saw the same messages in the same order.
    pub(crate) fn conversation(&self) -> u64 {
        self.conversation
    }
}

impl Stream {
    /// Whether it is the last one so far.
    fn take(&mut self, message: Message) -> Result<bool, String> {
        let Message { sender, number, .. } = message;
        let twice = || format!("message {number} of sender {sender} came twice");
        let place = number.checked_sub(self.next).ok_or_else(twice)? as usize;
        let is_last = place >= self.ahead.len();
        if is_last {
            self.ahead.resize(place + 1, false);
        } else if self.ahead[place] {
            return Err(twice());
        }
        self.ahead[place] = true;
        while self.ahead.front() == Some(&true) {
            self.ahead.pop_front();
            self.next += 1;
        }
        Ok(is_last)
    }
}

#[cfg(test)]
mod tests {
    use super::Ledger;
    use crate::message::Message;

    fn take(ledger: &mut Ledger, sender: u16, numbers: &[u64]) -> Result<(), String> {
        numbers.iter().try_for_each(|&number| ledger.take(Message { sender, number, scheduled: 0 }))
    }

    #[test]
    fn in_order_nothing_is_late() {
        let mut ledger = Ledger::new(2);
        take(&mut ledger, 0, &[0, 1, 2]).expect("all are new");
        take(&mut ledger, 1, &[0, 1]).expect("all are new");
        take(&mut ledger, 0, &[3]).expect("it is new");
        assert_eq!(ledger.late(), 0);
    }

    #[test]
    fn whoever_is_overtaken_is_late() {
        let mut ledger = Ledger::new(1);
        take(&mut ledger, 0, &[0, 3, 1, 2, 5, 4]).expect("all are new");
        assert_eq!(ledger.late(), 3);
    }

    #[test]
    fn a_double_is_an_error_at_once_and_later() {
        for numbers in [&[0, 0][..], &[0, 1, 0], &[2, 2], &[0, 2, 1, 2]] {
            let error = take(&mut Ledger::new(1), 0, numbers).expect_err("one is double");
            assert!(error.contains("came twice"), "{numbers:?}: {error}");
        }
    }

    #[test]
    fn a_stranger_is_an_error() {
        let error = take(&mut Ledger::new(2), 2, &[0]).expect_err("there is no sender 2");
        assert!(error.contains("nobody"), "{error}");
    }

    #[test]
    fn the_conversation_is_that_of_the_order() {
        let conversation = |order: &[(u16, u64)]| {
            let mut ledger = Ledger::new(2);
            order.iter().for_each(|&(sender, number)| {
                ledger.take(Message { sender, number, scheduled: 0 }).expect("it is new");
            });
            ledger.conversation()
        };
        let first = conversation(&[(0, 0), (1, 0), (0, 1)]);
        assert_eq!(first, conversation(&[(0, 0), (1, 0), (0, 1)]));
        assert_ne!(first, conversation(&[(1, 0), (0, 0), (0, 1)]));
        assert_ne!(first, conversation(&[(0, 0), (0, 1), (1, 0)]));
    }
}
