//! The check itself is checked: against a server that does right, and some that do not.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::{Entrance, Room};
use crate::load::{Load, Outcome, Until};
use crate::protocol::Protocol;

const SIZE: usize = 64;
const CLIENTS: usize = 3;
const MESSAGES: u64 = 40;

/// Changes what one client gets, message by message.
type Fault = fn(number: usize, bytes: &mut Vec<u8>);

/// A server with a thread for each client and one lock for all of them.
fn serve(fault: Fault) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        let accept = |_| listener.accept().expect("a client").0;
        let clients: Vec<TcpStream> = (0..CLIENTS).map(accept).collect();
        let readers: Vec<_> =
            clients.iter().map(|client| client.try_clone().expect("a descriptor")).collect();
        let all = Arc::new(Mutex::new((0, clients)));
        for mut reader in readers {
            let all = Arc::clone(&all);
            thread::spawn(move || {
                let mut bytes = [0; SIZE];
                while reader.read_exact(&mut bytes).is_ok() {
                    let (number, clients) = &mut *all.lock().expect("nobody panicked");
                    *number += 1;
                    let mut first = bytes.to_vec();
                    fault(*number, &mut first);
                    let _ = clients[0].write_all(&first);
                    clients[1..].iter_mut().for_each(|client| {
                        let _ = client.write_all(&bytes);
                    });
                }
            });
        }
    });
    address
}

fn run(fault: Fault) -> Result<(Room, Outcome), String> {
    run_with(2, fault)
}

fn run_with(talkers: usize, fault: Fault) -> Result<(Room, Outcome), String> {
    let entrance = Entrance {
        address: serve(fault),
        protocol: Protocol::Raw,
        echoes: true,
        pause: Duration::ZERO,
    };
    let mut room = Room::open(entrance, CLIENTS, talkers, SIZE)?;
    room.greet()?;
    let until = Until { time: Duration::from_secs(10), messages: talkers as u64 * MESSAGES };
    let outcome = Load::Window(4).make(&mut room, until)?;
    Ok((room, outcome))
}

#[test]
fn all_that_was_sent_is_counted_and_in_order() {
    let (room, outcome) = run(|_, _| {}).expect("nothing is wrong");
    assert_eq!(outcome.deliveries, 2 * MESSAGES * CLIENTS as u64);
    assert_eq!(outcome.messages, 2 * MESSAGES);
    assert_eq!(room.reordered(), 0);
}

#[test]
fn a_message_that_is_lost_is_an_error() {
    let lose: Fault = |number, bytes| {
        if number == 20 {
            bytes.clear();
        }
    };
    let error = run(lose).err().expect("one is lost");
    assert!(error.contains("lost: 1 deliveries"), "{error}");
}

#[test]
fn a_message_that_is_doubled_is_an_error() {
    let double: Fault = |number, bytes| {
        if number == 20 {
            bytes.extend_from_within(..);
        }
    };
    let error = run(double).err().expect("one is doubled");
    assert!(error.contains("came twice"), "{error}");
}

#[test]
fn a_byte_that_is_garbled_lost_or_added_is_an_error() {
    let faults: [Fault; 3] = [
        |number, bytes| bytes[60] ^= u8::from(number == 20),
        |number, bytes| bytes.truncate(if number == 20 { SIZE - 1 } else { SIZE }),
        |number, bytes| bytes.resize(if number == 20 { SIZE + 1 } else { SIZE }, 0),
    ];
    for (place, fault) in faults.into_iter().enumerate() {
        let error = run(fault).err().expect("one is garbled");
        assert!(error.contains("garbled"), "{place}: {error}");
    }
}

#[test]
fn who_sees_another_order_has_another_conversation() {
    // What the first client gets is held back once, and comes with the next.
    static HELD: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    let swap: Fault = |number, bytes| {
        let mut held = HELD.lock().expect("nobody panicked");
        match number {
            20 => held.append(bytes),
            21 => bytes.append(&mut held),
            _ => {}
        }
    };
    let (room, _) = run_with(1, swap).expect("nothing is lost");
    let conversations: Vec<u64> = room.listeners().map(|ledger| ledger.conversation()).collect();
    assert_eq!(conversations.len(), 2);
    assert_ne!(conversations[0], conversations[1]);
    assert_eq!(room.reordered(), 1);
}
