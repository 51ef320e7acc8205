//! The command line as its users meet it: what it takes, what it says, and how it ends.

#![cfg(feature = "cli")]

#[path = "../harness/mod.rs"]
mod harness;
mod process;

mod addresses;
mod ending;
mod keepalive;
mod log;
mod options;
mod service;
mod statistics;
mod unix;
