use std::time::Duration;

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
