//! The C interface, called as C calls it: rightly, and in each way that is wrong.

#![allow(unreachable_pub, reason = "each test binary is a crate of its own")]

mod callbacks;
mod life;
mod options;
mod room;
mod wrong;
