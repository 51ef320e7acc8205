use super::{calls, is_complete, split};

/// Of the Go peer: two threads, one of which waits while the other one works.
const EXCERPT: &str = include_str!("excerpt.txt");

#[test]
fn a_call_that_was_interrupted_by_another_thread_is_one_with_the_time_it_began() {
    let calls = calls(EXCERPT);
    let accept = calls.iter().find(|call| call.name == "accept4" && call.result == Ok(7));
    let accept = accept.expect("one was let in");
    assert_eq!((accept.thread, accept.began), (7463, 1_795_996_534_304_198_552));
    assert_eq!(accept.took, 101_159);
    assert_eq!(accept.argument(0), "3");
    assert!(accept.argument(1).starts_with("{sa_family=AF_INET, sin_port=htons(44706)"));
    assert_eq!(accept.argument(3), "SOCK_CLOEXEC|SOCK_NONBLOCK");
}

#[test]
fn every_line_that_returns_is_a_call_and_no_other_is() {
    let returns = EXCERPT.lines().filter(|line| line.ends_with('>') && line.contains(" = "));
    assert_eq!(calls(EXCERPT).len(), returns.count());
    assert!(
        calls("1 1.000000000 --- SIGURG {si_signo=SIGURG} ---\n1 1.000000000 +++ x +++\n")
            .is_empty()
    );
}

#[test]
fn errors_have_their_names_and_a_call_that_is_to_begin_anew_has_one_too() {
    let text = "7 1.000000001 read(4, 0x1, 1024) = -1 EAGAIN (Resource ...) <0.000000010>\n\
                7 2.000000000 futex(0x1, FUTEX_WAIT, 0, NULL) = ? ERESTARTSYS (To be ...) \
                <0.000000020>\n\
                7 2.500000000 nanosleep({tv_sec=0}, NULL) = -1 (errno 516) <0.000000020>\n\
                7 3.000000000 brk(NULL) = 0x5581 <0.000000030>\n";
    let results: Vec<_> = calls(text).into_iter().map(|call| call.result).collect();
    let errors = ["EAGAIN", "ERESTARTSYS", "errno 516"].map(|error| Err(error.to_owned()));
    assert_eq!(results, [errors.as_slice(), &[Ok(0x5581)]].concat());
}

#[test]
fn what_is_in_brackets_is_one_argument() {
    let parts: Vec<_> = split("5, [{events=A, data={u32=1, u64=2}}, {b}], 128").collect();
    assert_eq!(parts, ["5", " [{events=A, data={u32=1, u64=2}}, {b}]", " 128"]);
}

#[test]
fn it_is_complete_when_the_end_of_the_process_is_told_in_a_whole_line() {
    let text = "8 1.000000000 +++ exited with 0 +++\n7 1.000000000 +++ killed by SIGTERM +++\n";
    assert!(is_complete(text, 7));
    assert!(!is_complete(&text[..text.len() - 1], 7));
    assert!(!is_complete(text, 9));
}
