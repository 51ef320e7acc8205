use super::*;

fn from(address: &str) -> Option<SocketAddr> {
    Some(SocketAddr::new(address.parse().expect("an address"), 1))
}

#[test]
fn an_ipv4_address_is_one_however_it_is_written_and_an_ipv6_network_is_its_first_64_bits() {
    let mut addresses = Addresses::new(2, 8);
    addresses.join(3, from("192.0.2.1"));
    addresses.join(0, from("::ffff:192.0.2.1"));
    addresses.join(1, from("2001:db8::1"));
    addresses.join(2, from("2001:db8::ffff:1"));
    addresses.join(4, from("2001:db8:0:1::1"));
    addresses.join(5, None);
    assert!(addresses.is_crowded(from("192.0.2.1")) && addresses.is_crowded(from("2001:db8::2")));
    for free in [from("192.0.2.2"), from("2001:db8:0:1::2"), None] {
        assert!(!addresses.is_crowded(free), "{free:?}");
    }
    assert_eq!(addresses.count(), 5);
    addresses.leave(0);
    addresses.leave(5);
    assert!(!addresses.is_crowded(from("192.0.2.1")));
    addresses.leave(3);
    assert_eq!((addresses.count(), addresses.clients.len()), (3, 2), "nothing is kept of it");
}

/// A table of `n` buckets takes `7 / 8 n` entries, and a mark for each bucket and for 16 more.
#[test]
fn what_is_charged_for_a_client_covers_the_table_for_any_number_of_them_and_little_more() {
    for clients in (1..3000).chain([20_000, 100_000]) {
        let addresses = Addresses::new(1, clients);
        let (slots, origins) = (addresses.clients.capacity(), addresses.origins.capacity());
        let buckets = if slots < 8 { slots + 1 } else { slots / 7 * 8 };
        let table = buckets * (size_of::<(Network, u32)>() + 1) + 16;
        let held = table + origins * size_of::<Option<Network>>();
        let charged = clients * Addresses::memory_per_client();
        assert!(held <= charged, "{held} bytes for {clients} clients, and {charged} charged");
        assert!(charged < 2 * held + 64, "{held} bytes for {clients} clients, and {charged}");
    }
}
