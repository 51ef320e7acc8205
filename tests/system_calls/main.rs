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

/// Serves a workload to its end.
fn serve(workload: &Workload, witness: Witness) -> Record {
    let host = Host::start(workload, witness);
    (workload.play)(&host);
    host.finish()
}

/// What is recorded with nobody looking on has what the workload is there for.
fn record(workload: &Workload) {
    (workload.check)(&serve(workload, Witness::Nobody));
}

/// Under strace the same holds, and strace has seen what was recorded.
fn compare(workload: &Workload) {
    let record = serve(workload, Witness::Strace);
    let name = workload.name;
    match comparison::compare(&record, &observed::calls(&record.folder)) {
        Ok(same) => {
            let path = record.folder.join("side-by-side");
            fs::write(path, same.side_by_side).expect("room");
            println!("{name}: the same: {}", same.summary);
        }
        Err(difference) => panic!("{name}: not the same\n{difference}"),
    }
    (workload.check)(&record);
}

#[test]
fn a_quiet_chat_leaves_a_record_of_each_way_to_come_and_to_go_and_needs_no_memory() {
    record(&QUIET);
}

#[test]
fn a_burst_leaves_a_record_of_short_and_of_vectored_writes() {
    record(&BURST);
}

#[test]
fn a_stall_leaves_a_record_of_one_who_recovers_and_one_who_is_evicted() {
    record(&STALL);
}

#[test]
fn a_shortage_leaves_a_record_of_the_pause_the_retry_and_the_drain() {
    record(&SHORTAGE);
}

#[test]
fn a_unix_socket_leaves_a_record_of_its_ways_and_of_its_path() {
    record(&UNIX);
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
