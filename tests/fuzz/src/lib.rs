//! Targets for a fuzzer: functions that take any bytes, and panic when a promise is broken.

#![allow(unreachable_pub, reason = "the simulator is shared with tests, where nothing is public")]

pub mod arguments;
pub mod framing;
pub mod kernel_events;

/// A name, and what takes any bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All there are.
pub const TARGETS: [Target; 3] = [
    ("kernel_events", kernel_events::run),
    ("framing", framing::run),
    ("arguments", arguments::run),
];

mod bytes;

// The simulator, of which a target uses less than the suites do.
#[path = "../../simulation/beside.rs"]
mod beside;
#[path = "../../simulation/choice.rs"]
#[allow(dead_code, reason = "searches have scripts")]
mod choice;
#[path = "../../simulation/decided.rs"]
mod decided;
#[path = "../../simulation/effort.rs"]
#[allow(dead_code, reason = "how long it goes on is for the fuzzer to say")]
mod effort;
#[path = "../../simulation/hosting.rs"]
#[allow(dead_code, reason = "scenes have words of their own")]
mod hosting;
#[path = "../../simulation/kernel.rs"]
mod kernel;
#[path = "../../simulation/oracle.rs"]
#[allow(dead_code, reason = "scenes ask more")]
mod oracle;
#[path = "../../simulation/peers.rs"]
mod peers;
#[path = "../../simulation/run.rs"]
mod run;
#[path = "../../simulation/said.rs"]
mod said;
#[path = "../../simulation/socket.rs"]
mod socket;
#[path = "../../harness/strict.rs"]
#[allow(unsafe_code, reason = "an allocator")]
mod strict;
#[path = "../../simulation/waiting.rs"]
mod waiting;
#[path = "../../simulation/watchdog.rs"]
mod watchdog;
#[path = "../../simulation/world.rs"]
#[allow(dead_code, reason = "modes are compared under harmless faults")]
mod world;

// The command line of the binary, as it stands in src/.
#[path = "../../../src"]
#[allow(dead_code, reason = "nothing is served here")]
mod product {
    pub(crate) mod cli;
}
