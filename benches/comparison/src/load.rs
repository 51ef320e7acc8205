//! What talkers do: as much as a few messages in flight allow, or what a schedule says.

use std::time::{Duration, Instant};

use crate::room::Room;

/// More than a wake-up takes, on most systems.
const LOOKING: Duration = Duration::from_micros(100);

/// What the talkers of a room do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    /// A closed loop: each of them has so many messages in flight, and one is in flight until
    /// everybody has it. So all servers are offered the same, and none can win by falling behind.
    Window(u64),
    /// An open loop: so many messages each second, of all of them in turn, whatever the server
    /// does. How long a message takes is counted from the time for which it was scheduled.
    Rate(u64),
}

/// When a load ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Until {
    /// After so long.
    pub(crate) time: Duration,
    /// After so many messages, if that is before.
    pub(crate) messages: u64,
}

/// What came of a load, after all of it was delivered to everybody.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) messages: u64,
    /// Messages times receivers.
    pub(crate) deliveries: u64,
    /// From the first message until everybody had the last one.
    pub(crate) time: Duration,
}

impl Load {
    /// Makes the load, and waits until everybody has all of it.
    pub(crate) fn make(self, room: &mut Room, until: Until) -> Result<Outcome, String> {
        let (start, sent, delivered) = (Instant::now(), sent(room), room.delivered());
        let until = Until { messages: sent + until.messages, ..until };
        match self {
            Self::Window(window) => {
                while start.elapsed() < until.time && fill(room, window, until.messages)? {
                    room.receive()?;
                }
            }
            Self::Rate(rate) => follow(room, rate, until)?,
        }
        room.settle()?;
        let (messages, deliveries) = (self::sent(room) - sent, room.delivered() - delivered);
        Ok(Outcome { messages, deliveries, time: start.elapsed() })
    }
}

/// Messages of all talkers so far.
fn sent(room: &Room) -> u64 {
    room.senders().iter().map(|sender| sender.sent()).sum()
}

/// Sends what may be in flight, one message of each talker at a time, as people would who do not
/// know of each other. Whether anything is in flight then.
pub(crate) fn fill(room: &mut Room, window: u64, most: u64) -> Result<bool, String> {
    let mut left = most.saturating_sub(sent(room));
    let mut has_sent = true;
    while has_sent && left > 0 {
        has_sent = false;
        for talker in 0..room.senders().len() {
            if left > 0 && room.senders()[talker].in_flight() < window {
                room.send(talker, room.now())?;
                (has_sent, left) = (true, left - 1);
            }
        }
    }
    Ok(room.in_flight() > 0)
}

/// How long to sleep before a message is due. To be woken takes some time, so the last part is
/// spent looking.
fn rest(room: &Room, at: u64) -> Duration {
    Duration::from_nanos(at.saturating_sub(room.now())).saturating_sub(LOOKING)
}

/// Sends each message at its time, or as soon after it as this thread gets there.
fn follow(room: &mut Room, rate: u64, until: Until) -> Result<(), String> {
    let (start, talkers) = (room.now(), room.senders().len());
    let scheduled = (until.time.as_nanos() as u64).saturating_mul(rate) / 1_000_000_000;
    for number in 0..scheduled.min(until.messages) {
        let at = start + (u128::from(number) * 1_000_000_000 / u128::from(rate)) as u64;
        // Also where it is behind: what has come must be taken.
        room.step(rest(room, at))?;
        while room.now() < at {
            room.step(rest(room, at))?;
        }
        room.send(number as usize % talkers, at)?;
    }
    Ok(())
}
