//! What breaks the twin while it serves: one who does not read, no descriptors, one who floods.

use std::io::Write;
use std::net::TcpStream;
use std::thread;

use rustix::process::Signal;

use crate::harness::{LIMIT, Over, Server, alone, is_ended, noise, take, together, wait_until};
use crate::{before_the_question, end_of, twin, twin_after};

/// Lets one talk for so many megabytes, and hear itself, while another one does not read. Tells how
/// much memory the server had at its peak.
fn peak_with_one_who_never_reads(server: &Server, megabytes: usize) -> usize {
    let mut talker = server.join();
    let mut stalled = server.connect_small(4096);
    // It is in: while the other one talks, the twin would not let it in.
    stalled.write_all(b".").expect("it reads");
    take(&mut stalled, 1);
    take(&mut talker, 1);
    let piece = noise(1 << 20, 1);
    thread::scope(|scope| {
        let mut voice = talker.try_clone().expect("a clone");
        let piece = &piece;
        scope.spawn(move || (0..megabytes).for_each(|_| voice.write_all(piece).expect("it reads")));
        (0..megabytes).for_each(|_| assert!(take(&mut talker, piece.len()) == *piece));
    });
    server.memory("VmHWM")
}

#[test]
fn a_client_that_never_reads_makes_the_twin_grow_and_pollcast_holds_its_bound() {
    let _alone = alone();
    // Four megabytes may be in the kernel (tcp_wmem); all else is in the queue.
    let peak = peak_with_one_who_never_reads(&twin(), 40);
    eprintln!("the twin, 40 MiB past one who never reads: {peak} bytes at the peak");
    assert!(peak > 32 << 20, "the twin did not grow: {peak} bytes");
    let pollcast = Server::start(&["--patience", "200ms"]);
    let peak = peak_with_one_who_never_reads(&pollcast, 40);
    eprintln!("pollcast: {peak} bytes at the peak");
    assert!(peak < 8_000_000, "{peak} bytes");
    wait_until("it is told", LIMIT, || pollcast.logged("evicted: slow consumer") == 1);
}

/// Two who talk, and more who come than there are descriptors for.
fn crowded(server: Server) -> (Server, Vec<TcpStream>, Vec<TcpStream>) {
    let members = server.gather(2);
    // Those whom the kernel has let in before the server ended.
    let crowd = (0..100).map_while(|_| TcpStream::connect(server.address).ok()).collect();
    (server, members, crowd)
}

#[test]
fn one_client_more_than_descriptors_ends_the_twin_and_pollcast_lets_it_in_later() {
    let _together = together();
    let (mut server, mut members, _crowd) = crowded(twin_after("ulimit -n 64"));
    assert_eq!(server.wait().code(), Some(1));
    wait_until("it says why", LIMIT, || server.logged("Too many open files") == 1);
    assert!(is_ended(&mut members[0]), "the conversation of all is over");

    // By itself it would refuse who comes after the last descriptor but a few.
    let pollcast = Server::start_with_descriptors(64, &["--max-clients", "1000"]);
    let (server, mut members, mut crowd) = crowded(pollcast);
    wait_until("accepting pauses", LIMIT, || server.logged("accepting paused") > 0);
    members[0].write_all(b"still here").expect("it reads");
    for member in &mut members {
        assert_eq!(take(member, 10), b"still here");
    }
    // All but the last one leave, and it gets in, though nobody new comes.
    let mut last = crowd.pop().expect("it connected");
    drop(crowd);
    last.set_read_timeout(Some(LIMIT)).expect("a timeout");
    last.write_all(b"at last").expect("connected");
    assert_eq!(take(&mut last, 7), b"at last");
    assert_eq!(take(&mut members[1], 7), b"at last");
}

/// The server is stopped until one who floods and one who asks have both written. Tells how much of
/// the flood everybody hears before the question.
fn flood_before_the_question(server: &Server) -> usize {
    // Who only listens makes a message take longer to pass on than to say.
    let clients = server.gather(18);
    let [mut flooder, mut asker] = [&clients[0], &clients[1]];
    let over = Over::default();
    thread::scope(|scope| {
        server.stand_still();
        flooder.write_all(&[b'x'; 16 << 10]).expect("there is room in the kernel");
        asker.write_all(b"?").expect("there is room in the kernel");
        let _end = over.at_the_end([flooder]);
        for (client, bytes) in [(flooder, 16 << 10), (asker, 1)] {
            let own = client.local_addr().expect("connected");
            wait_until("it is there to be read", LIMIT, || {
                end_of(server, own).is_some_and(|(_, waiting)| waiting == bytes)
            });
        }
        scope.spawn(|| {
            let (mut flooder, mut pieces) = (&clients[0], 0..64);
            server.signal(Signal::CONT);
            while pieces.next().is_some() && flooder.write_all(&[b'x'; 64 << 10]).is_ok() {}
        });
        before_the_question(asker)
    })
}

#[test]
fn one_who_floods_keeps_the_twin_from_all_others_and_pollcast_reads_everybody_in_turn() {
    let _alone = alone();
    // A turn of pollcast takes 128 KiB at most from all, and reads everybody once.
    let most = 512 << 10;
    for _ in 0..3 {
        let before = flood_before_the_question(&Server::start(&[]));
        assert!(before <= most, "pollcast: {before} bytes of the flood come first");
    }
    // It reads one client until nothing is left: whether the flood ends first is a race, of which
    // one try in twenty is enough to show it.
    let mut tries = (0..20).map(|_| flood_before_the_question(&twin()));
    let before = tries.find(|&before| before > 2 * most);
    eprintln!("the twin: {before:?} bytes of the flood come before one byte of another");
    assert!(before.is_some(), "the twin is fair");
}

/// One says a line in two parts, and another one a line between them. Tells what is heard. Where
/// parts are heard, the other one waits for the first.
fn two_lines_at_once(server: &Server, parts_are_heard: bool) -> String {
    let (mut first, mut other) = (server.connect(), server.connect());
    // Both are in.
    first.write_all(b"1\n").expect("it reads");
    take(&mut first, 2);
    other.write_all(b"2\n").expect("it reads");
    take(&mut first, 2);
    first.write_all(b"a line ").expect("it reads");
    let mut heard = take(&mut first, if parts_are_heard { 7 } else { 0 });
    other.write_all(b"other\n").expect("it reads");
    heard.extend(take(&mut first, 6));
    first.write_all(b"of one\n").expect("it reads");
    heard.extend(take(&mut first, 20 - heard.len()));
    String::from_utf8(heard).expect("text")
}

#[test]
fn two_who_talk_at_once_mix_their_lines_at_the_twin_and_pollcast_keeps_lines_whole() {
    let _together = together();
    assert_eq!(two_lines_at_once(&twin(), true), "a line other\nof one\n");
    let pollcast = Server::start(&["--framing", "line"]);
    assert_eq!(two_lines_at_once(&pollcast, false), "other\na line of one\n");
}
