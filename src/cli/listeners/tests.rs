use std::net::TcpListener;

use super::*;

/// TEST-NET-3 (RFC 5737): nobody has it.
const ABSENT: &str = "203.0.113.1:0";
const OURS: &str = "127.0.0.1:0";

fn bound(addresses: &[&str]) -> Result<usize, String> {
    let addresses: Vec<SocketAddr> =
        addresses.iter().map(|address| address.parse().expect("an address")).collect();
    bind_each(&addresses, &SocketOptions::default()).map(|listeners| listeners.len())
}

#[test]
fn of_the_addresses_of_a_name_those_that_are_ours_are_served_and_one_is_enough() {
    assert_eq!(bound(&[OURS, ABSENT]), Ok(1));
    assert_eq!(bound(&[ABSENT, OURS, OURS]), Ok(2));
    let problem = bound(&[ABSENT, ABSENT]).expect_err("none is ours");
    assert!(problem.starts_with("cannot listen on 203.0.113.1:0: "), "{problem}");
}

#[test]
fn of_the_addresses_of_a_name_none_may_be_in_use() {
    let taken = TcpListener::bind(OURS).expect("a port");
    let taken = taken.local_addr().map(|address| (address.to_string(), taken)).expect("bound");
    for addresses in [[&taken.0, OURS], [OURS, &taken.0]] {
        let problem = bound(&addresses).expect_err("one is in use");
        assert!(problem.contains(&taken.0), "{problem}");
    }
}

/// IPv6 may be missing as a protocol, or as an address.
#[test]
fn a_family_without_protocol_or_address_is_not_ours() {
    let is_missing = |number| is_not_ours(&io::Error::from_raw_os_error(number));
    assert!(is_missing(libc::EAFNOSUPPORT) && is_missing(libc::EADDRNOTAVAIL));
    assert!(!is_missing(libc::EADDRINUSE) && !is_missing(libc::EACCES));
}
