//! How long it takes, and what it asks of the allocator.

use std::time::{Duration, Instant};

use crate::memory;
use crate::room::Room;
use crate::workload::{ALL, Workload};

pub(crate) const CLIENTS: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];

/// Deliveries in a round, at least.
const DELIVERIES: u64 = 500_000;

/// What one workload took with so many clients. Times are of the median round, in nanoseconds; the
/// rest is of all rounds.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) workload: Workload,
    pub(crate) clients: usize,
    pub(crate) messages: u64,
    pub(crate) per_delivery: f64,
    pub(crate) per_message: f64,
    pub(crate) writes: u64,
    pub(crate) allocations: u64,
}

/// A warm room, and what was measured in it.
#[derive(Debug)]
struct Measured {
    workload: Workload,
    clients: usize,
    /// Messages in a round.
    messages: u64,
    room: Room,
    times: Vec<Duration>,
    delivered: u64,
    writes: u64,
    allocations: u64,
}

/// All workloads, each with as many clients as it takes. Each round is one of all of them: while
/// the machine is busy, it is busy for all.
pub(crate) fn all(rounds: usize) -> Result<Vec<Figures>, String> {
    let mut measured = Vec::new();
    for workload in ALL {
        for clients in CLIENTS.into_iter().filter(|&clients| clients >= workload.least_clients()) {
            measured.push(Measured::new(workload, clients, DELIVERIES, rounds)?);
        }
    }
    for _ in 0..rounds {
        measured.iter_mut().try_for_each(Measured::round)?;
    }
    Ok(measured.into_iter().map(Measured::figures).collect())
}

/// One workload by itself, with at least so many deliveries in a round.
#[cfg(test)]
pub(crate) fn one(
    workload: Workload,
    clients: usize,
    deliveries: u64,
    rounds: usize,
) -> Result<Figures, String> {
    let mut measured = Measured::new(workload, clients, deliveries, rounds)?;
    for _ in 0..rounds {
        measured.round()?;
    }
    Ok(measured.figures())
}

impl Measured {
    fn new(
        workload: Workload,
        clients: usize,
        deliveries: u64,
        rounds: usize,
    ) -> Result<Self, String> {
        let messages = (deliveries / clients as u64).max(1).next_multiple_of(workload.period());
        let mut room = Room::gather(workload, clients);
        room.converse(workload.warm_up())?;
        let times = Vec::with_capacity(rounds);
        let (delivered, writes, allocations) = (0, 0, 0);
        Ok(Self { workload, clients, messages, room, times, delivered, writes, allocations })
    }

    fn round(&mut self) -> Result<(), String> {
        // The round before was another room's, and so is what the caches hold.
        self.room.converse(self.workload.period())?;
        let (writes, allocations) = (self.room.server.stats().writes, memory::allocations());
        let start = Instant::now();
        self.delivered += self.room.converse(self.messages)?;
        self.times.push(start.elapsed());
        self.writes += self.room.server.stats().writes - writes;
        self.allocations += memory::allocations() - allocations;
        Ok(())
    }

    fn figures(mut self) -> Figures {
        self.times.sort_unstable();
        let rounds = self.times.len();
        let median = self.times[rounds / 2].as_nanos() as f64;
        Figures {
            workload: self.workload,
            clients: self.clients,
            messages: self.messages * rounds as u64,
            per_delivery: median / (self.delivered as f64 / rounds as f64),
            per_message: median / self.messages as f64,
            writes: self.writes,
            allocations: self.allocations,
        }
    }
}
