//! What cannot be written, or cannot be run again, is said in one line.

use std::io::Write;

use crate::harness::{LIMIT, Server, take, wait_until};
use crate::recorded::{TraceFile, pollcast, record};

#[track_caller]
fn assert_refused(arguments: &[&str], status: i32, words: &str) {
    let refused = pollcast(arguments);
    let problem = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(problem.contains(words) && problem.lines().count() == 1, "{words:?}: {problem}");
    assert_eq!(refused.status.code(), Some(status), "{problem}");
}

#[test]
fn a_disk_that_is_full_is_a_warning_and_the_server_goes_on() {
    let server = Server::start(&["--trace", "/dev/full"]);
    let mut clients = server.gather(2);
    let warned = || server.logged("the trace ends here, the server goes on: ");
    wait_until("it warns", LIMIT, || warned() > 0);
    clients[0].write_all(b"hello").expect("it reads");
    clients.iter_mut().for_each(|client| assert_eq!(take(client, 5), b"hello"));
    assert_eq!(warned(), 1, "once");
    server.stop();
}

#[test]
fn wrong_options_are_refused_in_one_line_that_says_what_would_be_right() {
    assert_refused(&["--trace-ring", "1M"], 2, "--trace-ring: takes --trace FILE too");
    assert_refused(&["--trace-ring", "1k", "--trace", "x"], 2, "takes a size from 64k to 1G");
    assert_refused(&["--trace", ""], 2, "takes the path of a file");
    assert_refused(&["--trace", "/no/such/folder/x"], 1, "takes a file that can be written: No");
    assert_refused(&["--replay", "/no/such/file"], 1, "No such file");
    assert_refused(&["--replay", "x", "--trace", "y"], 2, "goes without --trace");
}

#[test]
fn what_is_no_trace_is_not_run_again_and_what_differs_is_found_in_its_line() {
    let trace = record(1024, &[], |server| {
        let mut clients = server.gather(2);
        clients[0].write_all(b"hello").expect("it reads");
        clients.iter_mut().for_each(|client| drop(take(client, 5)));
    });
    let (whole, other) = (trace.text(), TraceFile::new());
    let assert_differs = |text: &str, words: &str| {
        other.write(text);
        assert_refused(&["--replay", other.path()], 1, words);
    };
    assert_differs("", "it is no trace of this program");
    assert_differs("hello\nworld\n", "line 1: expected");
    assert_differs("[\n{\"name\":\"x\"}\n]\n", "there is no setup");
    assert_differs(&whole.replace("\"format\":1,", "\"format\":2,"), "its format is 2");
    assert_differs(&whole.replacen("\"max_queue\":", "\"max_q\":", 1), "max_queue is no number");
    let silent = whole.replacen("\"max_queue\":1048576", "\"max_queue\":1", 1);
    assert_differs(&silent, "its configuration cannot work: max_queue takes 4 KiB to 1 GiB");

    // Another answer of the kernel's: less was taken than the run went on with.
    let line = whole.lines().position(|line| line.contains("\"offered\":5,")).expect("a write");
    let lied = whole.replacen("\"offered\":5,\"bytes\":5", "\"offered\":5,\"bytes\":4", 1);
    assert!(lied != whole);
    let number = (line + 2).to_string();
    other.write(&lied);
    let refused = other.replayed();
    let problem = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(problem.contains(": recorded was "), "behind line {number}: {problem}");
    // A call that is missing.
    let missing: Vec<&str> = whole.lines().filter(|line| !line.contains("\"offered\":5")).collect();
    assert_differs(&missing.join("\n"), ": recorded was ");
}
