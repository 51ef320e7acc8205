//! Every option in the help has a test that fails when the option does nothing. Each of these was
//! seen to fail with the option left out of the code.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Options, and where the test is.
const TESTS: &[(&str, &str, &str)] = &[
    ("-l", "command_line/addresses.rs", "each_listener_is_one_line_with_its_actual_port"),
    ("--listen", "command_line/addresses.rs", "each_listener_is_one_line_with_its_actual_port"),
    (
        "--unix-mode",
        "command_line/unix.rs",
        "the_mode_is_the_one_that_was_asked_for_or_what_the_umask_leaves",
    ),
    (
        "--framing",
        "sockets/ways.rs",
        "every_line_that_ten_write_in_odd_pieces_is_received_whole_and_of_one_client",
    ),
    (
        "--max-line",
        "sockets/ways.rs",
        "whoever_sends_a_line_longer_than_it_may_be_is_evicted_and_the_line_before_it_is_heard",
    ),
    (
        "--no-echo",
        "sockets/ways.rs",
        "without_echo_a_client_receives_what_others_sent_and_not_its_own",
    ),
    ("--max-queue", "sockets/ways.rs", "no_queue_holds_more_than_it_may"),
    (
        "--max-memory",
        "sockets/ways.rs",
        "the_memory_that_clients_take_stays_within_its_budget_and_fewer_get_in_with_less",
    ),
    (
        "--patience",
        "sockets/patience.rs",
        "with_patience_for_ever_one_who_slept_for_four_seconds_in_50_mb_gets_every_byte",
    ),
    (
        "--max-clients",
        "sockets/ways.rs",
        "the_sixth_of_five_is_closed_at_once_and_gets_in_when_one_has_left",
    ),
    (
        "--max-clients-per-ip",
        "sockets/ways.rs",
        "an_address_has_as_many_clients_as_it_may_and_another_address_its_own",
    ),
    (
        "--idle-timeout",
        "sockets/ways.rs",
        "one_who_sends_nothing_for_too_long_gets_what_waits_and_the_end_and_one_who_sends_stays",
    ),
    (
        "--keepalive",
        "command_line/keepalive.rs",
        "a_silent_client_is_asked_after_the_time_on_the_command_line",
    ),
    (
        "--drain-timeout",
        "sockets/closing.rs",
        "a_client_that_never_reads_holds_up_the_exit_for_the_drain_timeout_at_most",
    ),
    (
        "--half-close",
        "sockets/ways.rs",
        "one_who_has_ended_its_stream_listens_on_if_that_is_what_it_means",
    ),
    (
        "--linger",
        "sockets/ways.rs",
        "two_who_write_within_the_time_are_heard_in_one_write_for_each_and_not_before_it",
    ),
    (
        "--interest",
        "sockets/ways.rs",
        "registered_once_no_interest_ever_changes_and_toggled_it_does",
    ),
    (
        "--stats",
        "command_line/statistics.rs",
        "whoever_connects_to_the_socket_of_stats_gets_the_counters_as_one_line_of_json",
    ),
    (
        "--stats-interval",
        "command_line/statistics.rs",
        "a_line_of_counters_is_logged_at_each_interval_and_otherwise_it_rests",
    ),
    (
        "--narrate",
        "trace/narration.rs",
        "a_narration_has_a_line_for_each_call_with_its_answer_and_what_comes_next_and_why",
    ),
    (
        "--trace",
        "trace/ring.rs",
        "a_ring_keeps_the_last_part_and_writes_it_when_a_signal_asks_and_at_the_end",
    ),
    (
        "--trace-ring",
        "trace/ring.rs",
        "a_ring_keeps_the_last_part_and_writes_it_when_a_signal_asks_and_at_the_end",
    ),
    ("--replay", "trace/narration.rs", "a_narration_of_a_recorded_run_is_that_of_the_run"),
    ("-v", "command_line/log.rs", "verbose_says_more_and_quiet_says_less"),
    ("--verbose", "command_line/log.rs", "verbose_says_more_and_quiet_says_less"),
    ("-vv", "command_line/log.rs", "verbose_says_more_and_quiet_says_less"),
    ("-q", "command_line/log.rs", "verbose_says_more_and_quiet_says_less"),
    ("--quiet", "command_line/log.rs", "verbose_says_more_and_quiet_says_less"),
    ("-qq", "command_line/log.rs", "verbose_says_more_and_quiet_says_less"),
    ("-h", "command_line/options.rs", "help_lists_each_option_and_knows_each_that_it_lists"),
    ("--help", "command_line/options.rs", "help_lists_each_option_and_knows_each_that_it_lists"),
    ("-V", "command_line/options.rs", "version_is_one_line_with_the_name_and_the_number"),
    ("--version", "command_line/options.rs", "version_is_one_line_with_the_name_and_the_number"),
];

#[test]
fn every_option_of_the_help_has_a_test_that_uses_it() {
    let output = Command::new(env!("CARGO_BIN_EXE_pollcast")).arg("--help").output();
    let help = String::from_utf8(output.expect("it runs").stdout).expect("text");
    let words = help.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
    let listed: BTreeSet<&str> = words.filter(|word| word.starts_with('-')).collect();
    let tested: BTreeSet<&str> = TESTS.iter().map(|&(option, ..)| option).collect();
    assert_eq!(listed, tested, "options of the help, and options that have a test");
    for (option, file, test) in TESTS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
        let text = fs::read_to_string(&path).expect("a file of tests");
        assert!(text.contains(&format!("fn {test}(")), "{option}: {file} has no {test}");
        let is_long = option.starts_with("--");
        assert!(!is_long || text.contains(option), "{file} does not use {option}");
    }
}
