//! Each promise on real sockets, against the binary.

#![cfg(feature = "cli")]

#[path = "../harness/mod.rs"]
mod harness;

mod attack;
mod closing;
mod endurance;
mod footprint;
mod one_log;
mod patience;
mod shortage;
mod slow;
mod ways;
