//! The whole loop in simulation: real code, a simulated kernel, an oracle.

#![allow(unreachable_pub, reason = "nothing is public outside of a test")]

mod attack;
mod beside;
mod calls;
mod choice;
mod closing;
mod decided;
mod effort;
mod ends;
#[path = "../harness/errors.rs"]
mod errors;
#[path = "../harness/failing.rs"]
mod failing;
mod faults;
mod framing;
mod gathering;
mod gathering_times;
mod host;
mod hosting;
mod kernel;
mod limits;
mod lingering;
// What it holds the simulator against are the rules of Linux.
#[cfg(target_os = "linux")]
mod loopback;
mod memory;
mod modes;
mod no_echo;
mod nth_call;
mod oracle;
mod patience;
mod peers;
#[cfg(feature = "trace")]
mod recorded;
mod run;
mod said;
mod seeds;
mod small_worlds;
mod socket;
mod stage;
mod stopped;
#[path = "../harness/strict.rs"]
mod strict;
mod waiting;
mod watchdog;
mod ways;
mod world;
