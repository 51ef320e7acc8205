use super::*;

fn read<T>(kind: &Kind<T>, text: &str) -> Option<T> {
    kind.parse("--option", OsStr::new(text)).ok()
}

#[test]
fn a_size_is_1024_based_and_its_unit_is_spelled_one_way() {
    let known = [
        ("4096", 4 << 10),
        ("4k", 4 << 10),
        ("12KiB", 12 << 10),
        ("1M", 1 << 20),
        ("3MiB", 3 << 20),
        ("1G", 1 << 30),
        ("1GiB", 1 << 30),
    ];
    for (text, bytes) in known {
        assert_eq!(read(&QUEUE_SIZE, text), Some(bytes), "{text}");
    }
    for text in ["", "k", "8K", "8kB", "1m", "1MB", "1g", "1 M", "+1M", "1.5M", "0x10000"] {
        assert_eq!(read(&QUEUE_SIZE, text), None, "{text}");
    }
}

#[test]
fn a_queue_is_from_4_kib_to_1_gib() {
    for text in ["0", "4095", "3k", "1073741825", "2G", "18446744073709551616", "17179869184G"] {
        assert_eq!(read(&QUEUE_SIZE, text), None, "{text}");
    }
}

#[test]
fn a_time_has_a_unit_unless_it_is_0() {
    let known =
        [("0", 0), ("0s", 0), ("250ms", 250), ("5s", 5_000), ("2m", 120_000), ("1h", 3_600_000)];
    for (text, milliseconds) in known {
        let time = Duration::from_millis(milliseconds);
        assert_eq!(read(&TIME, text), Some(time), "{text}");
        assert_eq!(read(&PATIENCE, text), Some(Patience::Limit(time)), "{text}");
    }
    assert_eq!(read(&PATIENCE, "forever"), Some(Patience::Forever));
    assert_eq!(read(&TIME, "8784h"), Some(Duration::from_secs(366 * 24 * 3600)));
    for text in ["", "5", "s", "-1s", "1.5s", "5S", "5 s", "forever ", "8785h", "9999999999999h"] {
        assert_eq!(read(&TIME, text), None, "{text}");
        assert_eq!(read(&PATIENCE, text), None, "{text}");
    }
    assert_eq!(read(&TIME, "forever"), None);
}

#[test]
fn a_time_that_is_an_interval_is_not_0_and_idling_may_have_no_limit() {
    for (text, milliseconds) in [("1ms", 1), ("10m", 600_000)] {
        let time = Duration::from_millis(milliseconds);
        assert_eq!(read(&INTERVAL, text), Some(time));
        assert_eq!(read(&IDLE, text), Some(Some(time)));
    }
    assert_eq!(read(&IDLE, "off"), Some(None));
    for text in ["", "0", "0s", "forever", "10", "8785h"] {
        assert_eq!(read(&INTERVAL, text), None, "{text}");
        assert_eq!(read(&IDLE, text), None, "{text}");
    }
    assert_eq!(read(&INTERVAL, "off"), None);
}

#[test]
fn a_linger_is_nothing_or_whole_milliseconds_up_to_a_second() {
    for (text, milliseconds) in [("0", 0), ("1ms", 1), ("20ms", 20), ("1000ms", 1000), ("1s", 1000)]
    {
        assert_eq!(read(&LINGER, text), Some(Duration::from_millis(milliseconds)), "{text}");
    }
    for text in ["", "1", "1us", "200us", "0.5ms", "1001ms", "2s", "off", "forever"] {
        assert_eq!(read(&LINGER, text), None, "{text}");
    }
}

#[test]
fn a_line_has_a_byte_at_least_and_memory_is_from_64_kib_to_1_tib_or_2_gib_of_32_bits() {
    assert_eq!((read(&LINE_SIZE, "1"), read(&LINE_SIZE, "16k")), (Some(1), Some(16 << 10)));
    assert_eq!((read(&LINE_SIZE, "0"), read(&LINE_SIZE, "1kB")), (None, None));
    assert_eq!(read(&MEMORY_SIZE, "64k"), Some(64 << 10));
    let (most, more) = if usize::BITS == 64 { ("1024G", "1025G") } else { ("2G", "3G") };
    assert_eq!(read(&MEMORY_SIZE, most), Some(Config::MAX_MEMORY));
    assert_eq!((read(&MEMORY_SIZE, "63k"), read(&MEMORY_SIZE, more)), (None, None));
    assert!(MEMORY_SIZE.takes.contains(&format!("to {most},")), "{}", MEMORY_SIZE.takes);
}

#[test]
fn a_choice_is_one_of_two_words() {
    assert_eq!(read(&FRAMING, "raw"), Some(Framing::Raw));
    assert_eq!(read(&FRAMING, "line"), Some(Framing::Line));
    assert_eq!(read(&HALF_CLOSE, "leave"), Some(HalfClose::Leave));
    assert_eq!(read(&HALF_CLOSE, "listen"), Some(HalfClose::Listen));
    assert_eq!(read(&INTEREST, "toggle"), Some(Interest::Toggle));
    assert_eq!(read(&INTEREST, "once"), Some(Interest::Once));
    for text in ["", "Raw", "lines", "leave ", "on"] {
        assert_eq!(read(&FRAMING, text), None, "{text}");
        assert_eq!(read(&HALF_CLOSE, text), None, "{text}");
        assert_eq!(read(&INTEREST, text), None, "{text}");
    }
}

#[test]
fn the_path_of_a_unix_socket_is_no_other_place() {
    assert_eq!(read(&UNIX_PATH, "unix:/run/x"), Some(PathBuf::from("/run/x")));
    for text in ["/run/x", "127.0.0.1:80", ":80", "unix:"] {
        assert_eq!(read(&UNIX_PATH, text), None, "{text}");
    }
}

#[test]
fn an_address_that_a_name_has_twice_is_served_once() {
    let Ok(Listen::Each(found)) = Place::Port("localhost".to_owned(), 80).look_up("ADDR") else {
        return;
    };
    let mut once = found.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!((once.len(), once.is_empty()), (found.len(), false), "{found:?}");
}

#[test]
fn a_count_starts_at_1_and_fits_32_bits() {
    assert_eq!(read(&COUNT, "1"), Some(1));
    assert_eq!(read(&COUNT, "4294967295"), usize::try_from(u32::MAX).ok());
    for text in ["", "0", "-1", "+1", "1k", "4294967296"] {
        assert_eq!(read(&COUNT, text), None, "{text}");
    }
}

#[test]
fn a_keepalive_is_whole_seconds_that_the_kernel_takes_or_off() {
    let known = [("1s", 1), ("1000ms", 1), ("60s", 60), ("2m", 120), ("9h", 32_400)];
    for (text, seconds) in known {
        assert_eq!(read(&KEEPALIVE, text), Some(Some(Duration::from_secs(seconds))), "{text}");
    }
    assert_eq!(read(&KEEPALIVE, "32767s"), Some(Some(Duration::from_secs(32_767))));
    assert_eq!(read(&KEEPALIVE, "off"), Some(None));
    for text in ["", "0", "0s", "999ms", "60", "32768s", "10h", "Off", "none", "forever"] {
        assert_eq!(read(&KEEPALIVE, text), None, "{text}");
    }
}

#[test]
fn a_mode_is_octal_and_says_who_may_do_what_and_nothing_else() {
    for (text, mode) in [("0", 0), ("660", 0o660), ("0600", 0o600), ("777", 0o777)] {
        assert_eq!(read(&MODE, text), Some(mode), "{text}");
    }
    for text in ["", "8", "680", "0o660", "+660", "-1", "1000", "1777", "rw", "6 0", "99999999999"]
    {
        assert_eq!(read(&MODE, text), None, "{text}");
    }
}

#[test]
fn a_place_is_looked_up_to_what_it_says() {
    let found = |text: &str| read(&PLACE, text).and_then(|place| place.look_up("ADDR").ok());
    let at = |text: &str| Some(Listen::Each(vec![text.parse().expect("an address")]));
    assert_eq!(found("127.0.0.1:0"), at("127.0.0.1:0"));
    assert_eq!(found("[::1]:65535"), at("[::1]:65535"));
    assert_eq!(found(":80"), Some(Listen::AnyFamily(80)));
    for path in ["/run/pollcast", "80", "/run/x:80", "a b", "@", "unix:x"] {
        let text = format!("unix:{path}");
        assert_eq!(found(&text), Some(Listen::Path(path.into())), "{path}");
    }
    for text in ["", "80", "h", "h:", ":65536", "::1:80", "[::1]", "[::1]80", "[h]:80", "[]:80"] {
        assert_eq!(read(&PLACE, text), None, "{text}");
    }
    for text in [
        "unix:",
        "unix",
        "unix:/run/\n",
        "Unix:/run/x",
        "[::1:80",
        "::1]:80",
        "http://h:80",
        "h:-1",
    ] {
        assert_eq!(read(&PLACE, text), None, "{text}");
    }
}
