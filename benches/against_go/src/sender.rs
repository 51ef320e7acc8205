//! What one client sent, and who lacks what of it.

use std::collections::VecDeque;

/// What one client sent.
#[derive(Debug, Default)]
pub(crate) struct Sender {
    sent: u64,
    /// How many lack a message: the newest ones, back to the first that somebody lacks.
    lacking: VecDeque<usize>,
    in_flight: u64,
}

impl Sender {
    /// Messages so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// Messages that somebody lacks.
    pub(crate) fn in_flight(&self) -> u64 {
        self.in_flight
    }

    /// Deliveries that have not come.
    pub(crate) fn lacking(&self) -> u64 {
        self.lacking.iter().sum::<usize>() as u64
    }

    /// One more is sent to so many receivers; its number.
    pub(crate) fn count_sent(&mut self, receivers: usize) -> u64 {
        self.lacking.push_back(receivers);
        self.in_flight += 1;
        self.sent += 1;
        self.sent - 1
    }

    /// One more has this message.
    ///
    /// # Errors
    /// Nobody lacked it, or it was not sent.
    pub(crate) fn count_delivered(&mut self, number: u64) -> Result<(), String> {
        let first = self.sent - self.lacking.len() as u64;
        let place = number.checked_sub(first).map(|place| place as usize);
        let lacking = place.and_then(|place| self.lacking.get_mut(place));
        let lacking = lacking.ok_or_else(|| format!("message {number} was not in flight"))?;
        let too_often = || format!("message {number} came too often");
        *lacking = lacking.checked_sub(1).ok_or_else(too_often)?;
        self.in_flight -= u64::from(*lacking == 0);
        while self.lacking.front() == Some(&0) {
            self.lacking.pop_front();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Sender;

    #[test]
    fn a_message_is_in_flight_until_everybody_has_it() {
        let mut sender = Sender::default();
        assert_eq!((sender.count_sent(2), sender.count_sent(2)), (0, 1));
        for (number, in_flight, lacking) in [(1, 2, 3), (1, 1, 2), (0, 1, 1), (0, 0, 0)] {
            sender.count_delivered(number).expect("it was sent");
            assert_eq!((sender.in_flight(), sender.lacking()), (in_flight, lacking), "{number}");
        }
        assert_eq!(sender.count_sent(2), 2);
    }

    #[test]
    fn what_was_not_sent_or_is_done_is_an_error() {
        let mut sender = Sender::default();
        assert!(sender.count_delivered(0).is_err());
        sender.count_sent(1);
        sender.count_sent(1);
        sender.count_delivered(1).expect("it was sent");
        for number in [1, 2] {
            assert!(sender.count_delivered(number).is_err(), "{number}");
        }
        sender.count_delivered(0).expect("it was sent");
        assert!(sender.count_delivered(0).is_err());
    }
}
