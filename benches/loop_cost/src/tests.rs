//! That the work is done which is measured.

use std::mem::size_of;

use pollcast::kernel::mio::Stream;

use crate::kernel::Connection;
use crate::measure;
use crate::memory;
use crate::report;
use crate::room::Room;
use crate::workload::{ALL, MESSAGE, ROUNDS, Workload};

fn warm(name: &str, clients: usize) -> Room {
    let workload = Workload::named(name).expect("a workload");
    let mut room = Room::gather(workload, clients);
    room.converse(workload.warm_up()).expect("it delivers");
    room
}

/// Writes, turns and bytes of so many messages.
fn counted(name: &str, clients: usize, messages: u64) -> [u64; 3] {
    let mut room = warm(name, clients);
    let before = *room.server.stats();
    room.converse(messages).expect("it delivers");
    let after = room.server.stats();
    [after.writes - before.writes, after.turns - before.turns, after.bytes_out - before.bytes_out]
}

const BYTES: u64 = MESSAGE as u64;

#[test]
fn each_message_is_written_to_each_client_in_one_turn() {
    assert_eq!(counted("caught-up", 1_000, 10), [10_000, 10, 10_000 * BYTES]);
}

#[test]
fn with_the_default_limits_a_turn_makes_1024_writes() {
    assert_eq!(counted("default-limits", 10_000, 5), [50_000, 50, 50_000 * BYTES]);
}

#[test]
fn without_echo_the_sender_alone_is_left_out() {
    assert_eq!(counted("no-echo", 100, 10), [990, 10, 990 * BYTES]);
}

#[test]
fn ten_messages_leave_in_one_write() {
    assert_eq!(counted("ten-senders", 100, 50), [500, 5, 5_000 * BYTES]);
}

#[test]
fn one_in_a_hundred_is_behind_in_15_turns_of_16_and_then_takes_everything() {
    let rounds = ROUNDS as u64;
    // Of ten slow ones each: the write that finds it full, the flush, and the one in that turn.
    let writes = 990 * rounds + 10 * 3;
    assert_eq!(counted("some-behind", 1_000, rounds), [writes, rounds, 1_000 * rounds * BYTES]);
    let stats = *warm("some-behind", 1_000).server.stats();
    assert_eq!(stats.queue_peak, (rounds - 1) * BYTES);
}

#[test]
fn all_are_behind_for_ever_and_take_what_came_in_16_turns() {
    let rounds = ROUNDS as u64;
    assert_eq!(counted("all-behind", 1_000, rounds), [1_000, rounds, 1_000 * rounds * BYTES]);
    let mut room = warm("all-behind", 1_000);
    let arms = room.server.stats().arms;
    room.converse(10 * rounds).expect("it delivers");
    assert_eq!(room.server.stats().arms, arms, "nobody is ever caught up");
}

#[test]
fn a_warm_room_allocates_nothing() {
    for workload in ALL {
        let mut room = warm(workload.name, 1_000);
        let before = memory::allocations();
        room.converse(workload.period() * 20).expect("it delivers");
        assert_eq!(memory::allocations() - before, 0, "{}", workload.name);
    }
}

#[test]
fn allocations_are_counted() {
    let before = memory::allocations();
    drop(std::hint::black_box(Box::new(1)));
    assert_eq!(memory::allocations() - before, 1);
}

#[test]
fn the_invariants_of_the_server_hold() {
    for workload in ALL {
        let mut room = warm(workload.name, 100);
        room.converse(workload.period() * 3).expect("it delivers");
        room.server.audit().expect("no invariant is violated");
    }
}

#[test]
fn work_that_is_not_what_was_asked_for_is_an_error() {
    let mut room = warm("ten-senders", 100);
    let error = room.converse(15).expect_err("ten at a time");
    assert_eq!(error, "20 messages of 15, 2000 deliveries");
}

#[test]
fn a_slot_is_as_large_as_that_of_the_real_kernel() {
    assert_eq!(size_of::<Connection>(), size_of::<Stream>());
    assert_eq!(align_of::<Connection>(), align_of::<Stream>());
}

#[test]
fn each_figure_stands_in_both_reports() {
    let workload = Workload::named("some-behind").expect("a workload");
    let figures = [measure::one(workload, 1_000, 10_000, 3).expect("it delivers")];
    let [one] = &figures;
    assert_eq!((one.messages, one.allocations), (48, 0));
    assert!((one.per_message / one.per_delivery - 1_000.0).abs() < 0.1);
    let markdown = report::markdown(&figures, 3);
    assert!(markdown.contains(&format!("| some-behind |  |  | {:.1} |  |  |", one.per_delivery)));
    let csv = report::csv(&figures);
    assert!(csv.contains("some-behind,1000,48,47610,"), "{csv}");
}
