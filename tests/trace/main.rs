//! The trace on real sockets: what it shows, what it costs nobody, and that it can be run again.

#![allow(unreachable_pub, reason = "nothing is public outside of a test")]

#[path = "../harness/mod.rs"]
mod harness;
mod narration;
mod recorded;
mod refusals;
mod ring;
mod story;
mod workloads;
