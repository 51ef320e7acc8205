//! The questions that are asked, one file for each way to answer them.

mod churn;
mod idle;
mod misbehaving;
mod system_calls;
mod throughput;

use crate::comparison::Comparison;

/// A question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// One talks to 10, 100, 1,000 and 10,000.
    Clients,
    /// 10 and 100 of 100 talk.
    Talkers,
    /// Messages of 16 bytes to 16 KiB.
    Sizes,
    /// Clients and servers where the kernel puts them.
    Free,
    /// Over a pair of virtual Ethernet devices.
    Veth,
    /// Latency under a schedule, from little to more than a server can do.
    Load,
    /// Latency of 200 messages a second.
    Paced,
    /// As many bytes as pass.
    Firehose,
    /// Clients that never read.
    Stalled,
    /// A client that reads at 1 MB/s.
    Slow,
    /// Clients that stall, and come back once they are evicted.
    Attack,
    /// What it takes to be there.
    Idle,
    /// Clients that come and go.
    Churn,
    /// System calls for each delivery.
    Calls,
}

impl Scenario {
    /// In the order in which they are asked: the short ones first.
    pub(crate) const ALL: [(Self, &'static str); 14] = [
        (Self::Idle, "idle"),
        (Self::Calls, "calls"),
        (Self::Stalled, "stalled"),
        (Self::Slow, "slow"),
        (Self::Attack, "attack"),
        (Self::Churn, "churn"),
        (Self::Talkers, "talkers"),
        (Self::Clients, "clients"),
        (Self::Paced, "paced"),
        (Self::Load, "load"),
        (Self::Sizes, "sizes"),
        (Self::Firehose, "firehose"),
        (Self::Free, "free"),
        (Self::Veth, "veth"),
    ];

    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        let names = Self::ALL.map(|(_, name)| name).join(", ");
        found.map(|(scenario, _)| *scenario).ok_or_else(|| format!("it takes one of {names}"))
    }

    pub(crate) fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(scenario, _)| *scenario == self);
        found.map_or("", |(_, name)| name)
    }

    /// Asks it of all contenders, and writes down what they answer.
    pub(crate) fn ask(self, comparison: &Comparison) -> Result<(), String> {
        eprintln!("measuring: {}", self.name());
        match self {
            Self::Stalled | Self::Slow | Self::Attack => misbehaving::ask(self, comparison),
            Self::Idle => idle::ask(comparison),
            Self::Churn => churn::ask(comparison),
            Self::Calls => system_calls::ask(comparison),
            _ => throughput::ask(self, comparison),
        }
    }
}
