//! The trait [`Kernel`](pollcast::kernel::Kernel) is all that the server asks of the operating
//! system while it serves: what strace sees is what a recording kernel sees, call by call.
//!
//! A host, which is this program started once more, serves a workload on a [`recorder`] and leaves
//! the record; under strace there are two lists of it. `.ci/system-calls` compares them, with the
//! tests that plain `cargo test` ignores, since it may not need strace. What plain `cargo test`
//! holds is that the records have what the workloads are there for.

// The table is that of epoll.
#![cfg(all(target_os = "linux", not(mio_unsupported_force_poll_poll)))]
#![allow(unreachable_pub, reason = "nothing is public outside of a test")]

mod call;
mod checks;
mod comparison;
mod driver;
mod expected;
mod host;
mod memory;
mod observed;
mod progress;
mod record;
mod recorder;
mod scenes;
mod workloads;

use std::env;
use std::fs;
use std::path::PathBuf;

use driver::{Host, Witness};
use record::Record;
use workloads::{ALL, BURST, QUIET, SHORTAGE, STALL, UNIX, Workload};

/// Serves a workload with nobody looking on, and checks what was recorded.
fn record(workload: &Workload, witness: Witness) -> Record {
    let host = Host::start(workload, witness);
    (workload.play)(&host);
    let record = host.finish();
    (workload.check)(&record);
    record
}

/// The same under strace, which must have seen what was recorded.
fn compare(workload: &Workload) {
    let record = record(workload, Witness::Strace);
    let name = workload.name;
    match comparison::compare(&record, &observed::calls(&record.folder)) {
        Ok(same) => {
            let path = record.folder.join("side-by-side");
            fs::write(path, same.side_by_side).expect("room");
            eprintln!("{name}: the same: {}", same.summary);
        }
        Err(difference) => panic!("{name}: not the same\n{difference}"),
    }
}

#[test]
fn a_quiet_chat_leaves_a_record_of_each_way_to_come_and_to_go_and_needs_no_memory() {
    record(&QUIET, Witness::Nobody);
}

#[test]
fn a_burst_leaves_a_record_of_short_and_of_vectored_writes() {
    record(&BURST, Witness::Nobody);
}

#[test]
fn a_stall_leaves_a_record_of_one_who_recovers_and_one_who_is_evicted() {
    record(&STALL, Witness::Nobody);
}

#[test]
fn a_shortage_leaves_a_record_of_the_pause_the_retry_and_the_drain() {
    record(&SHORTAGE, Witness::Nobody);
}

#[test]
fn a_chat_over_a_unix_socket_leaves_a_record() {
    record(&UNIX, Witness::Nobody);
}

#[test]
#[ignore = "needs strace: .ci/system-calls"]
fn strace_sees_what_is_recorded_of_a_quiet_chat() {
    compare(&QUIET);
}

#[test]
#[ignore = "needs strace: .ci/system-calls"]
fn strace_sees_what_is_recorded_of_a_burst() {
    compare(&BURST);
}

#[test]
#[ignore = "needs strace: .ci/system-calls"]
fn strace_sees_what_is_recorded_of_a_stall() {
    compare(&STALL);
}

#[test]
#[ignore = "needs strace: .ci/system-calls"]
fn strace_sees_what_is_recorded_of_a_shortage() {
    compare(&SHORTAGE);
}

#[test]
#[ignore = "needs strace: .ci/system-calls"]
fn strace_sees_what_is_recorded_of_a_unix_socket() {
    compare(&UNIX);
}

#[test]
#[ignore = "a process of its own, which the other tests start"]
fn the_host() {
    let name = env::var("POLLCAST_WORKLOAD").expect("the other tests start it");
    let folder = PathBuf::from(env::var_os("POLLCAST_FOLDER").expect("the other tests start it"));
    let workload = ALL.iter().find(|workload| workload.name == name).expect("a workload");
    host::serve(workload, &folder);
}
