//! The four workloads.

use std::thread;
use std::time::{Duration, Instant};

use crate::books::guests::Guests;
use crate::process::Process;

/// Between two messages where nobody is in a hurry. Under strace a server is so slow that the next
/// message would be there before it has looked whether there is one.
const PAUSE: Duration = Duration::from_millis(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Workload {
    Quiet,
    Burst,
    Stall,
    Shortage,
}

/// What became of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    /// Messages that reached somebody.
    pub(crate) deliveries: u64,
    /// Whether the server was there to the end.
    pub(crate) lived: bool,
}

impl Workload {
    pub(crate) const ALL: [Self; 4] = [Self::Quiet, Self::Burst, Self::Stall, Self::Shortage];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::Burst => "burst",
            Self::Stall => "stall",
            Self::Shortage => "shortage",
        }
    }

    /// In the README.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Quiet => "a quiet chat of five",
            Self::Burst => "twenty talk at once",
            Self::Stall => "a reader stalls and recovers",
            Self::Shortage => "no descriptors left",
        }
    }

    /// How many are in before it begins.
    pub(crate) fn guests(self) -> usize {
        match self {
            Self::Quiet => 5,
            Self::Burst => 20,
            Self::Stall => 10,
            Self::Shortage => 2,
        }
    }

    /// Bytes of a message: less than any of the servers reads at once.
    fn size(self) -> usize {
        match self {
            Self::Stall => 1_000,
            Self::Quiet | Self::Burst | Self::Shortage => 64,
        }
    }

    pub(crate) fn run(self, guests: &mut Guests, server: Process) -> Result<Outcome, String> {
        match self {
            Self::Quiet => quiet(guests, self.size())?,
            Self::Burst => burst(guests, self.size())?,
            Self::Stall => stall(guests, self.size(), 400)?,
            Self::Shortage => shortage(guests, self.size(), server)?,
        }
        let deliveries = guests.heard() / self.size() as u64;
        Ok(Outcome { deliveries, lived: !guests.are_alone() })
    }
}

/// A hundred messages, in turn; each is said a moment after everybody has the one before.
fn quiet(guests: &mut Guests, size: usize) -> Result<(), String> {
    for message in 0..100 {
        guests.say(message % 5, size)?;
        guests.listen_for((message as u64 + 1) * size as u64)?;
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// Ten times each of twenty says ten messages, and nobody waits for anybody.
fn burst(guests: &mut Guests, size: usize) -> Result<(), String> {
    for round in 1..=10 {
        for _ in 0..10 {
            (0..20).try_for_each(|place| guests.say(place, size))?;
        }
        guests.listen_for(round * 200 * size as u64)?;
    }
    Ok(())
}

/// One of them does not read while another one says all these messages, each a moment after the
/// others have the one before; then it reads.
pub(crate) fn stall(guests: &mut Guests, size: usize, messages: u64) -> Result<(), String> {
    guests.stall(1, true);
    for message in 1..=messages {
        guests.say(0, size)?;
        guests.listen_for(message * size as u64)?;
        thread::sleep(PAUSE);
    }
    guests.stall(1, false);
    guests.listen_for(messages * size as u64)
}

/// There are descriptors for six more; ten come. For half a second two who were in talk on. Then
/// six leave who got in, and the last one who came is heard.
fn shortage(guests: &mut Guests, size: usize, server: Process) -> Result<(), String> {
    server.leave_descriptors(6)?;
    // One after the other, until the server ends, if it does.
    for _ in 0..10 {
        if guests.come().is_err() {
            break;
        }
    }
    let began = Instant::now();
    for message in 1..=10 {
        if guests.are_alone() || guests.say(0, size).is_err() {
            return Ok(());
        }
        guests.listen_to_more(&[0])?;
        while began.elapsed() < message * Duration::from_millis(50) {
            guests.listen(Duration::from_millis(10))?;
        }
    }
    (0..6).for_each(|_| guests.leave(2));
    guests.say(5, size)?;
    guests.listen_to_more(&[0, 1, 2, 3, 4, 5])
}
