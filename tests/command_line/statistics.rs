//! The counters: on a socket, at a signal, at an interval.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::harness::{LIMIT, Server, take, wait_until};
use crate::process::{Folder, Process, command, join, run, unix, with_descriptors};

fn counters(path: &Path) -> serde_json::Value {
    let socket = UnixStream::connect(path).expect("it listens");
    socket.set_read_timeout(Some(LIMIT)).expect("a timeout");
    answer(socket)
}

fn answer(mut socket: UnixStream) -> serde_json::Value {
    let mut text = String::new();
    socket.read_to_string(&mut text).expect("text, and an end");
    assert!(text.ends_with('\n') && text.lines().count() == 1, "one line: {text:?}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn whoever_connects_to_the_socket_of_stats_gets_the_counters_as_one_line_of_json() {
    let folder = Folder::new("stats");
    let path = folder.path("stats");
    let place = unix(&path);
    let arguments = ["--stats", &place, "--unix-mode", "600", "127.0.0.1:0"];
    let mut server = Process::start(&mut command(arguments));
    let address = server.address();
    assert_eq!(fs::metadata(&path).expect("a socket").mode() & 0o777, 0o600);
    assert_eq!(counters(&path)["clients"], 0);
    let mut clients = [join(address), join(address)];
    clients[0].write_all(b"hello").expect("it reads");
    assert_eq!(take(&mut clients[1], 5), b"hello");
    let now = counters(&path);
    assert_eq!((&now["clients"], &now["joined"]), (&2.into(), &2.into()));
    assert_eq!((&now["bytes_in"], &now["bytes_out"]), (&7.into(), &13.into()));
    assert_eq!((&now["messages_in"], &now["messages_out"]), (&3.into(), &5.into()));
    assert_eq!(now["writes_per_message"], 1.0);
    assert_eq!(now["worst_waits"], serde_json::json!([]));
    // Many at a time, some of whom do not wait for an answer.
    let many: Vec<UnixStream> =
        (0..50).map(|_| UnixStream::connect(&path).expect("a backlog")).collect();
    drop(many);
    for _ in 0..50 {
        assert_eq!(counters(&path)["joined"], 2);
    }
    server.signal(Signal::TERM);
    drop(clients);
    assert!(server.end().status.success());
    assert!(!path.exists(), "its path is removed");
}

#[test]
fn a_wait_of_the_room_names_who_caused_it() {
    let folder = Folder::new("waits");
    let path = folder.path("stats");
    let place = unix(&path);
    let arguments = ["--stats", &place, "--max-queue", "64k", "--patience", "100ms"];
    let mut server = Process::start(command(arguments).arg("127.0.0.1:0"));
    let address = server.address();
    let mut talker = join(address);
    let stalled = join(address);
    let stalled_address = stalled.local_addr().expect("connected").to_string();
    assert_eq!(take(&mut talker, 1), b".");
    wait_until("the stalled one is evicted", LIMIT, || {
        talker.write_all(&[b'x'; 10_000]).expect("it reads");
        take(&mut talker, 10_000);
        counters(&path)["evicted"] == 1
    });
    let now = counters(&path);
    let worst = &now["worst_waits"][0];
    assert_eq!(worst["address"], stalled_address.as_str(), "{now}");
    let held = worst["held"].as_f64().expect("seconds");
    assert!((0.09..1.0).contains(&held), "{worst}");
    assert_eq!(Some(held), now["waited"].as_f64(), "the only one");
}

#[test]
fn after_a_question_it_rests_until_the_next_one() {
    let folder = Folder::new("rests");
    let path = folder.path("stats");
    let place = unix(&path);
    let mut server = Process::start(&mut command(["--stats", &place, "127.0.0.1:0"]));
    let client = join(server.address());
    let turns = || counters(&path)["turns"].as_u64().expect("a number");
    let before = turns();
    client.set_read_timeout(Some(Duration::from_millis(450))).expect("a timeout");
    (&client).read(&mut [0]).expect_err("nobody says anything");
    let taken = turns() - before;
    assert!(taken < 4, "{taken} turns for two questions");
}

/// There are as many clients as the process may have descriptors: a question waits for one.
#[test]
fn while_descriptors_are_short_it_rests_and_whoever_asks_is_answered_once_there_is_one() {
    let folder = Folder::new("short");
    let path = folder.path("stats");
    let place = unix(&path);
    let arguments = ["--stats", &place, "--max-clients", "1000", "127.0.0.1:0"];
    let mut server = Process::start(&mut with_descriptors(40, 40, &arguments));
    let address = server.address();
    let files = format!("/proc/{}/fd", server.child.id());
    // One that it inherits may have a greater number.
    let is_free = |number: &usize| !Path::new(&files).join(number.to_string()).exists();
    let free = (0..40).filter(is_free).count();
    let mut clients: Vec<_> = (0..free).map(|_| join(address)).collect();
    let before = Instant::now();
    let mut asking = UnixStream::connect(&path).expect("it listens");
    asking.set_read_timeout(Some(Duration::from_millis(250))).expect("a timeout");
    asking.read(&mut [0]).expect_err("no descriptor for an answer");
    clients.pop();
    asking.set_read_timeout(Some(LIMIT)).expect("a timeout");
    let now = answer(asking);
    assert_eq!(now["joined"], free);
    let turns = now["turns"].as_u64().expect("a number") as usize;
    let most = 10 * clients.len() + before.elapsed().as_millis() as usize / 20;
    assert!(turns < most, "{turns} turns, and {most} would be many");
}

#[test]
fn a_path_of_stats_that_is_in_use_is_one_line_and_exit_status_1() {
    let folder = Folder::new("stats-used");
    let path = folder.path("file");
    fs::write(&path, "mine").expect("a file");
    let ended = run(["--stats", &unix(&path), "127.0.0.1:0"]);
    assert_eq!((ended.status.code(), ended.errors.lines().count()), (Some(1), 1), "{ended:?}");
    assert!(ended.errors.contains("no socket, and is left alone"), "{ended:?}");
    assert_eq!(fs::read_to_string(&path).expect("still there"), "mine");
}

#[test]
fn sigusr1_asks_for_a_line_of_counters_at_any_time_and_again_and_again() {
    let server = Server::start(&[]);
    let _client = server.join();
    for asked in 1..=5 {
        assert_eq!(server.counter("joined"), 1.0);
        assert_eq!(server.logged("info: stats: "), asked);
    }
    assert_eq!(server.logged("summary"), 0);
}

#[test]
fn a_line_of_counters_is_logged_at_each_interval_and_otherwise_it_rests() {
    let began = Instant::now();
    let server = Server::start(&["--stats-interval", "100ms"]);
    wait_until("three lines are logged", LIMIT, || server.logged("info: stats: ") >= 3);
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(300), "three lines in {took:?}");
    let counters = server.stop();
    assert!(counters["turns"] < 30.0, "{} turns for a few lines", counters["turns"]);
}
