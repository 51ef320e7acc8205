//! What one talker sent, and how many lack what of it.

use std::collections::VecDeque;

use crate::message::Message;

/// What one talker sent.
#[derive(Debug, Default)]
pub(crate) struct Sender {
    sent: u64,
    /// The newest messages, back to the first that somebody lacks.
    newest: VecDeque<Sent>,
    in_flight: u64,
}

#[derive(Debug, Clone, Copy)]
struct Sent {
    scheduled: u64,
    receivers: usize,
    /// How many of them have it.
    have: usize,
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
        self.newest.iter().map(|sent| (sent.receivers - sent.have) as u64).sum()
    }

    /// One more is sent, to so many receivers; its number.
    pub(crate) fn count_sent(&mut self, receivers: usize, scheduled: u64) -> u64 {
        self.newest.push_back(Sent { scheduled, receivers, have: 0 });
        self.in_flight += 1;
        self.sent += 1;
        self.sent - 1
    }

    /// One more has this message; how many have it now.
    ///
    /// # Errors
    /// Nobody lacked it, or it was not sent.
    pub(crate) fn count_delivered(&mut self, message: &Message) -> Result<usize, String> {
        let first = self.sent - self.newest.len() as u64;
        let place = message.number.checked_sub(first).map(|place| place as usize);
        let sent = place.and_then(|place| self.newest.get_mut(place));
        let sent = sent.ok_or_else(|| format!("message {} was not in flight", message.number))?;
        if sent.scheduled != message.scheduled {
            return Err(format!("garbled: message {} with another time", message.number));
        }
        if sent.have == sent.receivers {
            return Err(format!("message {} came too often", message.number));
        }
        sent.have += 1;
        let have = sent.have;
        self.in_flight -= u64::from(have == sent.receivers);
        while self.newest.front().is_some_and(|sent| sent.have == sent.receivers) {
            self.newest.pop_front();
        }
        Ok(have)
    }
}

#[cfg(test)]
mod tests {
    use super::Sender;
    use crate::message::Message;

    fn message(number: u64) -> Message {
        Message { sender: 0, number, scheduled: number * 10 }
    }

    #[test]
    fn a_message_is_in_flight_until_everybody_has_it() {
        let mut sender = Sender::default();
        assert_eq!((sender.count_sent(2, 0), sender.count_sent(2, 10)), (0, 1));
        for (number, have, left) in [(1, 1, 2), (1, 2, 1), (0, 1, 1), (0, 2, 0)] {
            assert_eq!(sender.count_delivered(&message(number)), Ok(have), "{number}");
            assert_eq!(sender.in_flight(), left, "{number}");
        }
        assert_eq!(sender.lacking(), 0);
        assert_eq!(sender.count_sent(2, 20), 2);
        assert_eq!(sender.lacking(), 2);
    }

    #[test]
    fn what_was_not_sent_or_is_done_is_an_error() {
        let mut sender = Sender::default();
        assert!(sender.count_delivered(&message(0)).is_err());
        sender.count_sent(1, 0);
        sender.count_sent(1, 10);
        sender.count_delivered(&message(1)).expect("it was sent");
        for number in [1, 2] {
            assert!(sender.count_delivered(&message(number)).is_err(), "{number}");
        }
        sender.count_delivered(&message(0)).expect("it was sent");
        assert!(sender.count_delivered(&message(0)).is_err());
    }

    #[test]
    fn a_message_with_another_time_is_garbled() {
        let mut sender = Sender::default();
        sender.count_sent(1, 10);
        let error = sender.count_delivered(&message(0)).expect_err("it was sent for 10");
        assert!(error.contains("garbled"), "{error}");
    }
}
