//! The whole loop in simulation: real code, a simulated kernel, an oracle.

#![allow(unreachable_pub, reason = "nothing is public outside of a test")]

mod choice;
mod kernel;
mod oracle;
mod peers;
mod run;
mod seeds;
mod socket;
mod world;
