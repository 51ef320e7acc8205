//! How many files a test may open.

#![allow(unreachable_pub, reason = "each test binary is a crate of its own")]

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the number of files that this process may open, and tells what it is.
pub fn raise_descriptors() -> usize {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).expect("up to the maximum");
    maximum.map_or(usize::MAX, |limit| limit as usize)
}
