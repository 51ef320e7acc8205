use super::*;

#[test]
fn each_counter_is_the_one_of_its_name() {
    let microseconds = Duration::from_micros;
    let mut stats =
        Stats { turns: 1, longest_turn: microseconds(2), joined: 3, ..Stats::default() };
    (stats.refused, stats.refused_per_address, stats.refused_by_host) = (4, 5, 6);
    (stats.accept_paused, stats.reads, stats.bytes_in, stats.messages_in) = (7, 8, 9, 10);
    (stats.bytes_withheld, stats.bytes_by_host, stats.writes, stats.bytes_out) = (11, 12, 13, 14);
    (stats.messages_out, stats.bytes_dropped, stats.queue_peak, stats.waits) = (15, 16, 17, 18);
    (stats.waited, stats.left, stats.reset, stats.evicted) = (microseconds(19), 20, 21, 22);
    (stats.drain_timeouts, stats.over_budget, stats.idle) = (23, 24, 25);
    (stats.lines_too_long, stats.drained, stats.put_out) = (26, 27, 28);
    let told = counters(&stats);
    assert_eq!([told.size, told.clients, told.memory], [0; 3]);
    assert_eq!([told.turns, told.longest_turn_us, told.joined], [1, 2, 3]);
    assert_eq!([told.refused, told.refused_by_host], [9, 6]);
    assert_eq!([told.accept_paused, told.reads, told.bytes_in, told.messages_in], [7, 8, 9, 10]);
    assert_eq!([told.bytes_withheld, told.bytes_by_host], [11, 12]);
    assert_eq!([told.writes, told.bytes_out, told.messages_out], [13, 14, 15]);
    assert_eq!([told.bytes_dropped, told.queue_peak, told.waits, told.waited_us], [16, 17, 18, 19]);
    assert_eq!([told.left, told.reset, told.evicted, told.drain_timeouts], [20, 21, 22, 23]);
    assert_eq!([told.over_budget, told.idle, told.lines_too_long], [24, 25, 26]);
    assert_eq!([told.drained, told.put_out], [27, 28]);
}
