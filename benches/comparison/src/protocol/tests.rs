//! What each protocol says and understands. The samples are what Redis 7.0, NATS 2.9 and Mosquitto
//! 2.0 send.

use super::{Heard, Protocol};

const ALL: [Protocol; 4] = [Protocol::Raw, Protocol::Redis, Protocol::Nats, Protocol::Mqtt];
const MESSAGE: &[u8] = b"\r\n$8 MSG";
const SIZE: usize = MESSAGE.len();
/// As deep as values of Redis may stand in each other.
const NESTED: &[u8] = b"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n";

/// The whole answer to a greeting.
fn answer(protocol: Protocol) -> &'static [u8] {
    match protocol {
        Protocol::Raw => b"",
        Protocol::Redis => {
            b"%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n\
              $5\r\nproto\r\n:3\r\n$2\r\nid\r\n:4\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n\
              $4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n\
              >3\r\n$9\r\nsubscribe\r\n$4\r\nroom\r\n:1\r\n"
        }
        Protocol::Nats => b"INFO {\"server_id\":\"N\",\"max_payload\":1048576} \r\nPONG\r\n",
        Protocol::Mqtt => b"\x20\x02\x00\x00\x90\x03\x00\x01\x00",
    }
}

/// A message as a client receives it.
fn framed(protocol: Protocol, message: &[u8]) -> Vec<u8> {
    let (head, tail) = match protocol {
        Protocol::Raw => (String::new(), ""),
        Protocol::Redis => {
            let head = ">3\r\n$7\r\nmessage\r\n$4\r\nroom\r\n";
            (format!("{head}${}\r\n", message.len()), "\r\n")
        }
        Protocol::Nats => (format!("MSG room 1 {}\r\n", message.len()), "\r\n"),
        // What comes back is what was sent.
        Protocol::Mqtt => {
            let mut sent = Vec::new();
            protocol.wrap(message, &mut sent);
            return sent;
        }
    };
    [head.as_bytes(), message, tail.as_bytes()].concat()
}

/// What may come between messages.
fn others(protocol: Protocol) -> &'static [&'static [u8]] {
    match protocol {
        Protocol::Raw => &[],
        Protocol::Redis => {
            &[b":20\r\n", b"$4\r\nPONG\r\n", b"+OK\r\n", NESTED, b"*2\r\n:1\r\n*0\r\n"]
        }
        Protocol::Nats => &[b"PING\r\n", b"PONG\r\n", b"+OK\r\n", b"INFO {\"a\":\"b c\"} \r\n"],
        Protocol::Mqtt => &[b"\xd0\x00"],
    }
}

#[test]
fn a_client_says_what_each_server_wants_to_hear() {
    let nats = "CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":true,\"protocol\":1,\
                \"lang\":\"rust\",\"version\":\"1\",\"name\":\"7\"}\r\nSUB room 1\r\nPING\r\n";
    assert_eq!(Protocol::Raw.greeting(7), b"");
    assert_eq!(Protocol::Redis.greeting(7), b"HELLO 3\r\nSUBSCRIBE room\r\n");
    assert_eq!(Protocol::Nats.greeting(7), nats.as_bytes());
    assert_eq!(
        Protocol::Mqtt.greeting(7),
        b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x00\x00\x02c7\x82\x09\x00\x01\x00\x04room\x00"
    );
}

#[test]
fn a_message_is_sent_as_each_server_wants_it() {
    let expected: [&[u8]; 4] = [
        b"hello",
        b"*3\r\n$7\r\nPUBLISH\r\n$4\r\nroom\r\n$5\r\nhello\r\n",
        b"PUB room 5\r\nhello\r\n",
        b"\x30\x0b\x00\x04roomhello",
    ];
    for (protocol, expected) in ALL.into_iter().zip(expected) {
        let mut sent = b"before".to_vec();
        protocol.wrap(b"hello", &mut sent);
        assert_eq!(sent, [b"before", expected].concat(), "{protocol:?}");
    }
}

#[test]
fn an_answer_is_complete_with_its_last_byte_and_ends_there() {
    for protocol in ALL {
        let answer = answer(protocol);
        for cut in 0..answer.len() {
            assert_eq!(protocol.answer(&answer[..cut]), Ok(None), "{protocol:?}, {cut} bytes");
        }
        let more = [answer, &framed(protocol, MESSAGE)].concat();
        assert_eq!(protocol.answer(&more), Ok(Some(answer.len())), "{protocol:?}");
    }
}

#[test]
fn a_greeting_is_refused_in_the_servers_own_words() {
    let subscribed_not: &[u8] = b"\x20\x02\x00\x00\x90\x03\x00\x01\x80";
    let refusals: [(Protocol, &[u8], &str); 7] = [
        (Protocol::Redis, b"-NOPROTO sorry\r\n", "-NOPROTO sorry"),
        (Protocol::Redis, b"-ERR max number of clients reached\r\n", "-ERR max number of clients"),
        (Protocol::Redis, b"$1\r\n", "$1"),
        (Protocol::Nats, b"INFO {}\r\n-ERR 'Authorization Violation'\r\n", "-ERR 'Authorization"),
        (Protocol::Nats, b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1.1 400 Bad Request"),
        (Protocol::Mqtt, b"\x20\x02\x00\x05", "CONNACK with code 5"),
        (Protocol::Mqtt, subscribed_not, "SUBACK with code 128"),
    ];
    for (protocol, said, words) in refusals {
        let refused = protocol.answer(said).expect_err("a refusal");
        assert!(refused.starts_with(words), "{protocol:?}: {refused}");
    }
}

#[test]
fn a_message_is_heard_with_its_last_byte_and_not_before() {
    for protocol in ALL {
        let came = framed(protocol, MESSAGE);
        for cut in 0..came.len() {
            assert_eq!(protocol.next(&came[..cut], SIZE), Ok(None), "{protocol:?}, {cut} bytes");
        }
        let more = [&came[..], b"more"].concat();
        let heard = protocol.next(&more, SIZE).expect("no error").expect("a message");
        assert_eq!(protocol.next(&came, SIZE), Ok(Some(heard.clone())), "{protocol:?}");
        assert_eq!(heard.len, came.len(), "{protocol:?}");
        assert_eq!(&more[heard.message.expect("a range")], MESSAGE, "{protocol:?}");
    }
}

#[test]
fn what_is_no_message_is_skipped_with_its_last_byte() {
    for protocol in ALL {
        for &other in others(protocol) {
            for cut in 0..other.len() {
                assert_eq!(protocol.next(&other[..cut], SIZE), Ok(None), "{protocol:?}, {cut}");
            }
            let more = [other, &framed(protocol, MESSAGE)].concat();
            let skipped = Heard { len: other.len(), message: None };
            assert_eq!(protocol.next(&more, SIZE), Ok(Some(skipped)), "{protocol:?}");
        }
    }
}

#[test]
fn a_length_of_mqtt_takes_as_few_bytes_as_can_be_and_may_be_cut() {
    // The topic and its length are six bytes.
    let lengths: [(usize, &[u8]); 4] = [
        (121, b"\x7f"),
        (122, b"\x80\x01"),
        (16_378, b"\x80\x80\x01"),
        (2_097_146, b"\x80\x80\x80\x01"),
    ];
    for (size, length) in lengths {
        let came = framed(Protocol::Mqtt, &vec![b'm'; size]);
        assert_eq!(&came[1..][..length.len()], length, "{size} bytes");
        for cut in 0..10 {
            assert_eq!(Protocol::Mqtt.next(&came[..cut], size), Ok(None), "{size}, {cut}");
        }
    }
}

/// A stream of messages of all lengths that change how a frame is written, with everything else in
/// between, in pieces of any size.
#[test]
fn a_stream_in_pieces_is_heard_as_it_was_said() {
    for protocol in [Protocol::Redis, Protocol::Nats, Protocol::Mqtt] {
        let messages: Vec<Vec<u8>> =
            [0, 1, 9, 10, 99, 120, 121, 122, 1000, 16_377, 16_378, 70_000, 2_097_146]
                .into_iter()
                .map(|size| (0..size).map(|index| (index % 251) as u8).collect())
                .collect();
        let mut stream = Vec::new();
        for (index, message) in messages.iter().enumerate() {
            let others = others(protocol);
            stream.extend_from_slice(others[index % others.len()]);
            stream.extend(framed(protocol, message));
        }
        for piece in [1000, 4096, 65_537, stream.len()] {
            assert_eq!(heard_in_pieces(protocol, &stream, piece), messages, "{protocol:?}");
        }
    }
}

fn heard_in_pieces(protocol: Protocol, stream: &[u8], piece: usize) -> Vec<Vec<u8>> {
    let (mut messages, mut came) = (Vec::new(), Vec::new());
    for piece in stream.chunks(piece) {
        came.extend_from_slice(piece);
        let mut at = 0;
        while let Some(heard) = protocol.next(&came[at..], 0).expect("no error") {
            messages.extend(heard.message.map(|range| came[at..][range].to_vec()));
            at += heard.len;
        }
        came.drain(..at);
    }
    assert_eq!(came, b"", "{protocol:?}: left over");
    messages
}

#[test]
fn what_no_server_sends_is_an_error() {
    let nested = b"*1\r\n".repeat(1000);
    let strange: [(Protocol, &[u8]); 12] = [
        (Protocol::Redis, b"-ERR unknown command\r\n"),
        (Protocol::Redis, b"hello\r\n"),
        (Protocol::Redis, b"\r\n"),
        (Protocol::Redis, b"$99999999999\r\n"),
        (Protocol::Redis, b">3\r\n$7\r\nmessage\r\n$4\r\nroom\r\n$x\r\n"),
        (Protocol::Redis, &nested),
        (Protocol::Nats, b"-ERR 'Slow Consumer'\r\n"),
        (Protocol::Nats, b"MSG another 1 5\r\nhello\r\n"),
        (Protocol::Nats, b"MSG room 1 x\r\n"),
        (Protocol::Mqtt, b"\x32\x08\x00\x04room\x00\x01"),
        (Protocol::Mqtt, b"\x30\x03\x00\x04r"),
        (Protocol::Mqtt, b"\x30\xff\xff\xff\xff"),
    ];
    for (protocol, bytes) in strange {
        let heard = protocol.next(bytes, SIZE);
        let words = heard.expect_err("no such thing");
        assert!(words.len() > 3, "{protocol:?} {bytes:?}: {words}");
    }
}
