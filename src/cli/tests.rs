use std::time::Duration;

use pollcast::Config;

use super::{Command, Settings, parse};

fn settings(arguments: &[&str]) -> Settings {
    match parse(lexopt::Parser::from_args(arguments)) {
        Ok(Command::Serve(settings)) => *settings,
        other => panic!("{arguments:?}: {other:?}"),
    }
}

/// The kernel must not end a connection for which patience is still due.
#[test]
fn the_user_timeout_is_the_greater_of_keepalive_and_patience_or_none_where_either_has_no_end() {
    let cases: [(&[&str], Option<u64>); 7] = [
        (&[], Some(60)),
        (&["--keepalive", "5s"], Some(5)),
        (&["--patience", "2m"], Some(120)),
        (&["--patience", "2m", "--keepalive", "1h"], Some(3_600)),
        (&["--keepalive", "1h", "--patience", "0"], Some(3_600)),
        (&["--patience", "forever"], None),
        (&["--keepalive", "off", "--patience", "2m"], None),
    ];
    for (arguments, seconds) in cases {
        let timeout = settings(arguments).sockets.user_timeout;
        assert_eq!(timeout, seconds.map(Duration::from_secs), "{arguments:?}");
    }
}

/// Each of these is the most, or the least, that goes with the other one.
#[test]
fn limits_that_just_go_together_are_taken() {
    let most = settings(&["--max-memory", "64k"]).config.max_clients.to_string();
    let taken: [&[&str]; 6] = [
        &["--max-memory", "64k", "--max-clients", &most],
        &["--max-clients", "4294967295"],
        &["--framing", "line", "--max-line", "65535"],
        &["--framing", "line", "--max-line", "512", "--max-queue", "4k"],
        &["--max-memory", if usize::BITS == 64 { "1024G" } else { "2G" }],
        &["--max-line", "1", "--framing", "line"],
    ];
    for arguments in taken {
        settings(arguments);
    }
}

/// It need not say so: nothing on the command line limits the memory.
#[test]
fn memory_is_eight_times_the_longest_queue_unless_it_is_given() {
    let memory = |arguments: &[&str]| settings(arguments).config.max_memory;
    assert_eq!(memory(&[]), 64 << 20);
    assert_eq!(memory(&["--max-queue", "64k"]), 64 << 20);
    assert_eq!(memory(&["--max-queue", "16M"]), 128 << 20);
    let most = if usize::BITS == 64 { 4 << 30 } else { Config::MAX_MEMORY as u64 };
    assert_eq!(memory(&["--max-queue", "512M"]) as u64, most);
    assert_eq!(memory(&["--max-queue", "16M", "--max-memory", "64M"]), 64 << 20);
}
