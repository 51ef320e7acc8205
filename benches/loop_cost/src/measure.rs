//! How long it takes, and what it asks of the allocator.

use std::time::{Duration, Instant};

use crate::memory;
use crate::room::Room;
use crate::workload::{ALL, Workload};

pub(crate) const CLIENTS: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];

/// Deliveries in a round, at least.
const DELIVERIES: u64 = 500_000;

/// What one workload took with so many clients. Times are of the median round.
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

/// All workloads, each with as many clients as it takes.
pub(crate) fn all(rounds: usize) -> Result<Vec<Figures>, String> {
    let mut figures = Vec::new();
    for workload in ALL {
        for clients in CLIENTS.into_iter().filter(|&clients| clients >= workload.least_clients()) {
            figures.push(one(workload, clients, rounds, DELIVERIES)?);
        }
    }
    Ok(figures)
}

/// Nanoseconds for each delivery and for each message, of the median of so many rounds.
pub(crate) fn one(
    workload: Workload,
    clients: usize,
    rounds: usize,
    deliveries: u64,
) -> Result<Figures, String> {
    let messages = (deliveries / clients as u64).max(1).next_multiple_of(workload.period());
    let mut room = Room::gather(workload, clients);
    room.converse(workload.warm_up())?;
    let mut times = vec![Duration::ZERO; rounds];
    let (writes, allocations) = (room.server.stats().writes, memory::allocations());
    let mut delivered = 0;
    for time in &mut times {
        let start = Instant::now();
        delivered = room.converse(messages)?;
        *time = start.elapsed();
    }
    let allocations = memory::allocations() - allocations;
    let writes = (room.server.stats().writes - writes) / rounds as u64;
    times.sort_unstable();
    let median = times[rounds / 2].as_nanos() as f64;
    Ok(Figures {
        workload,
        clients,
        messages,
        per_delivery: median / delivered as f64,
        per_message: median / messages as f64,
        writes,
        allocations,
    })
}
