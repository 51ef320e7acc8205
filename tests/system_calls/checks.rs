//! What a comparison finds: one that finds nothing would show nothing.

use std::path::PathBuf;

use crate::comparison::compare;
use crate::observed::canonical;
use crate::record::Record;

/// A record, and what strace wrote of the same calls.
const RECORD: &str = "\
call: now() = 1.5ms
call: wait(no limit) = [client 0 readable, listener 0 readable]
epoll_wait(4, 256, -1) = 2 [client 0 readable, listener 0 readable]
call: accept(listener 0) = 8 from 127.0.0.1:43070
accept4(5, SOCK_CLOEXEC|SOCK_NONBLOCK) = 8 127.0.0.1:43070
call: accept(listener 0) = EAGAIN
accept4(5, SOCK_CLOEXEC|SOCK_NONBLOCK) = -1 EAGAIN
call: read(7, 131072) = 17
recvfrom(7, 131072) = 17
memory: 2
call: write(7, [5, 12]) = 9
sendmsg(7, [5, 12], MSG_NOSIGNAL) = 9
call: write(7, [8]) = EAGAIN
sendto(7, 8, MSG_NOSIGNAL) = -1 EAGAIN
call: arm(7, client 0, read and write) = 0
epoll_ctl(4, EPOLL_CTL_MOD, 7, EPOLLIN|EPOLLPRI|EPOLLOUT|EPOLLRDHUP|EPOLLET, 0) = 0
call: address(7) = unknown
getpeername(7) = -1 ENOTCONN
call: abort(7)
setsockopt(7, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=0}, 8) = 0
epoll_ctl(4, EPOLL_CTL_DEL, 7) = 0
close(7) = 0
";

const STRACE: [&str; 11] = [
    "epoll_wait(4, [{events=EPOLLIN, data={u32=0, u64=0}}, {events=EPOLLIN, \
     data={u32=4294967294, u64=18446744073709551614}}], 256, -1) = 2",
    "accept4(5, {sa_family=AF_INET, sin_port=htons(43070), sin_addr=inet_addr(\"127.0.0.1\")}, \
     [128 => 16], SOCK_CLOEXEC|SOCK_NONBLOCK) = 8",
    "accept4(5, 0x7ffc, [128], SOCK_CLOEXEC|SOCK_NONBLOCK) = -1 EAGAIN (Resource temporarily \
     unavailable)",
    "recvfrom(7, \"\"..., 131072, 0, NULL, NULL) = 17",
    "sendmsg(7, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"\"..., iov_len=5}, \
     {iov_base=\"\"..., iov_len=12}], msg_iovlen=2, msg_controllen=0, msg_flags=0}, \
     MSG_NOSIGNAL) = 9",
    "sendto(7, \"\"..., 8, MSG_NOSIGNAL, NULL, 0) = -1 EAGAIN (Resource temporarily unavailable)",
    "epoll_ctl(4, EPOLL_CTL_MOD, 7, {events=EPOLLIN|EPOLLPRI|EPOLLOUT|EPOLLRDHUP|EPOLLET, \
     data={u32=0, u64=0}}) = 0",
    "getpeername(7, 0x7ffc, [128])           = -1 ENOTCONN (Transport endpoint is not connected)",
    "setsockopt(7, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=0}, 8) = 0",
    "epoll_ctl(4, EPOLL_CTL_DEL, 7, 0x7ffc) = 0",
    "close(7)                                = 0",
];

fn seen() -> Vec<String> {
    STRACE.iter().map(|line| canonical(line)).collect()
}

fn differs(record: &str, seen: &[String]) -> bool {
    compare(&Record::parse(record, PathBuf::new()), seen).is_err()
}

#[test]
fn a_record_is_the_same_as_what_strace_wrote_of_it() {
    let same = compare(&Record::parse(RECORD, PathBuf::new()), &seen()).expect("the same");
    assert!(same.summary.contains("11 system calls"), "{}", same.summary);
}

#[test]
fn each_call_that_is_missing_doubled_or_other_is_a_difference_in_either_list() {
    for index in 0..seen().len() {
        let (mut missing, mut doubled, mut other) = (seen(), seen(), seen());
        missing.remove(index);
        assert!(differs(RECORD, &missing), "without {}", seen()[index]);
        doubled.insert(index, seen()[index].clone());
        assert!(differs(RECORD, &doubled), "twice {}", seen()[index]);
        other[index] += "0";
        assert!(differs(RECORD, &other), "{}", other[index]);
    }
    for line in RECORD.lines().filter(|line| !line.contains(": ")) {
        assert!(differs(&RECORD.replace(&format!("{line}\n"), ""), &seen()), "without {line}");
        assert!(differs(&RECORD.replace(line, &format!("{line}\n{line}")), &seen()), "{line}");
    }
}

#[test]
fn calls_for_memory_may_stand_only_where_the_allocator_was_asked() {
    for index in 0..=seen().len() {
        let mut seen = seen();
        for _ in 0..2 {
            seen.insert(index, "brk(0x5581) = 0x5581".to_owned());
        }
        // Before the write.
        assert_eq!(differs(RECORD, &seen), index != 4, "{index}");
    }
    let mut seen = seen();
    seen.insert(4, "futex(0x5581, FUTEX_WAIT_PRIVATE, 2, NULL) = 0".to_owned());
    assert!(differs(RECORD, &seen), "a lock is not memory");
}

#[test]
fn a_read_of_a_unix_stream_is_as_many_calls_as_bring_something_and_one_that_does_not() {
    let reads = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let record = |result| format!("call: read(7, 10) = {result}\nrecvfrom(7, 10)... = {result}\n");
    let dry = "recvfrom(7, 3) = -1 EAGAIN";
    let seven = reads(&["recvfrom(7, 10) = 4", "recvfrom(7, 6) = 3", dry]);
    assert!(!differs(&record("7"), &seven));
    assert!(differs(&record("4"), &seven));
    assert!(differs(&record("7"), &seven[..2]));
    assert!(differs(&record("7"), &reads(&["recvfrom(7, 10) = 7", "recvfrom(7, 4) = 0"])));
    assert!(!differs(&record("10"), &reads(&["recvfrom(7, 10) = 4", "recvfrom(7, 6) = 6"])));
    assert!(!differs(&record("0"), &reads(&["recvfrom(7, 10) = 0"])));
    assert!(!differs(&record("-1 EAGAIN"), &reads(&["recvfrom(7, 10) = -1 EAGAIN"])));
    assert!(differs(&record("-1 EAGAIN"), &reads(&["recvfrom(7, 10) = -1 ECONNRESET"])));
}
