use super::*;

#[test]
fn of_waits_of_the_same_length_the_earlier_one_stands_first_and_the_five_longest_stay() {
    let mut stats = Stats::default();
    for (client, held) in [(0, 2), (1, 1), (2, 2), (3, 3), (4, 1), (5, 1), (6, 2)] {
        let (held, at) = (Duration::from_secs(held), Duration::ZERO);
        stats.count_wait(WorstWait { client, address: None, at, held, took: 0 });
    }
    let clients = stats.worst_waits.map(|wait| wait.map(|wait| wait.client));
    assert_eq!(clients, [3, 0, 2, 6, 1].map(Some));
    assert_eq!((stats.waits, stats.waited), (7, Duration::from_secs(12)));
}

#[test]
fn each_departure_and_each_refusal_has_its_counter_and_what_was_dropped_adds_up() {
    let mut stats = Stats::default();
    let reasons = [
        Reason::Left,
        Reason::Reset,
        Reason::SlowConsumer,
        Reason::DrainTimeout,
        Reason::OverBudget,
        Reason::Idle,
        Reason::LineTooLong,
        Reason::Drained,
    ];
    for (times, reason) in (1..).zip(reasons) {
        (0..times).for_each(|_| stats.count_leaving(reason, 10));
    }
    stats.count_refusal(Refusal::Clients);
    (0..2).for_each(|_| stats.count_refusal(Refusal::ClientsPerAddress));
    assert_eq!((stats.left, stats.reset, stats.evicted, stats.drain_timeouts), (1, 2, 3, 4));
    let others = (stats.over_budget, stats.idle, stats.lines_too_long, stats.drained);
    assert_eq!((others, stats.bytes_dropped), ((5, 6, 7, 8), 360));
    assert_eq!((stats.refused, stats.refused_per_address), (1, 2));
}

#[test]
fn writes_for_each_message_are_none_while_nothing_is_delivered() {
    let silent = Stats { writes: 3, ..Stats::default() };
    assert!(silent.writes_per_message().abs() < 1e-9);
    let busy = Stats { writes: 3, messages_out: 4, ..Stats::default() };
    assert!((busy.writes_per_message() - 0.75).abs() < 1e-9);
}
