//! The last part of a trace.

use std::io::Write;

use rustix::process::Signal;

use crate::harness::{LIMIT, Server, take, wait_until};
use crate::recorded::TraceFile;

#[test]
fn a_ring_keeps_the_last_part_and_writes_it_when_a_signal_asks_and_at_the_end() {
    let file = TraceFile::new();
    let server = Server::start(&["--trace", file.path(), "--trace-ring", "64k"]);
    let mut clients = server.gather(2);
    assert_eq!(file.text(), "", "nothing is written before somebody asks");
    let mut chat = |bytes: usize, times: usize| {
        for _ in 0..times {
            clients[0].write_all(&vec![b'x'; bytes]).expect("it reads");
            clients.iter_mut().for_each(|client| drop(take(client, bytes)));
        }
    };
    chat(7, 200);
    server.signal(Signal::USR2);
    wait_until("it is written", LIMIT, || file.text().ends_with("]\n"));
    let events = file.events();
    let has = |name: &str| events.iter().any(|event| event["name"] == name);
    assert!(has("setup") && has("write") && !has("joined"), "the start is gone, its setup is not");
    let dropped = events.iter().find(|event| event["name"] == "dropped").expect("it says so");
    assert!(dropped["args"]["lines"].as_u64() > Some(100), "{dropped}");
    assert!(file.text().len() < (64 << 10) + 2_000, "{} bytes", file.text().len());

    chat(9, 3);
    server.stop();
    let offered = |event: &serde_json::Value| event["args"]["offered"].as_u64();
    let last = file.events().iter().filter_map(offered).next_back();
    assert_eq!(last, Some(9), "the end is there");
    let replayed = file.replayed();
    let problem = String::from_utf8_lossy(&replayed.stderr).into_owned();
    assert!(problem.contains("the last part of a trace"), "{problem}");
    assert_eq!(replayed.status.code(), Some(1));
}
