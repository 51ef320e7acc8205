//! One conversation with a host of each kind: it runs the server in a loop of its own, speaks, is
//! typed to, withholds, puts out, counts, and ends in order.
//!
//! Alone it drives the host in Rust, `docs/hosts/host.rs`. With POLLCAST_HOST it drives that
//! command instead: `.ci/c-interface` gives it the hosts in C and Python.

#[path = "conversation/host.rs"]
mod host;

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use rustix::process::Signal;
use socket2::SockRef;

use host::{Host, Visitor};

#[test]
fn everybody_hears_who_talks_and_what_the_host_says_at_the_same_place() {
    let mut host = Host::start();
    let (mut anna, mut ben) = (host.visit(0), host.visit(1));
    anna.say("hello\n");
    Visitor::all_hear([&mut anna, &mut ben], "hello\n");
    host.is_typed("good evening\n");
    Visitor::all_hear([&mut anna, &mut ben], "good evening\n");
    ben.say("and to you\n");
    Visitor::all_hear([&mut anna, &mut ben], "and to you\n");
    host.ends_in_order();
}

#[test]
fn what_the_host_withholds_nobody_hears_and_its_counters_tell() {
    let mut host = Host::start();
    let (mut anna, mut ben) = (host.visit(0), host.visit(1));
    ben.say("the secret is 42\n");
    host.tells("2 clients, ", " 17 withheld");
    anna.say("nothing was heard\n");
    Visitor::all_hear([&mut anna, &mut ben], "nothing was heard\n");
    host.ends_in_order();
}

#[test]
fn whom_the_host_puts_out_is_reset_and_the_others_talk_on() {
    let mut host = Host::start();
    let (mut anna, mut ben) = (host.visit(0), host.visit(1));
    host.is_typed("/out 1\n");
    let end = ben.stream.read(&mut [0]).expect_err("no orderly end");
    assert_eq!(end.kind(), std::io::ErrorKind::ConnectionReset);
    // Nobody is there: not a fault of the host.
    host.is_typed("/out 1\n/out 99\n");
    anna.say("alone\n");
    anna.hears("alone\n");
    host.ends_in_order();
}

#[test]
fn a_command_that_names_nobody_puts_nobody_out_and_is_said_like_anything_else() {
    let mut host = Host::start();
    let (mut anna, mut ben) = (host.visit(0), host.visit(1));
    // A number stands where the command ends, in what was typed before it and behind it.
    for typed in ["nothing1\n", "/out \n1\n", "/out 18446744073709551616\n", "/out 1 x\n"] {
        host.is_typed(typed);
        Visitor::all_hear([&mut anna, &mut ben], typed);
    }
    host.ends_in_order();
}

#[test]
fn a_typed_line_that_is_too_long_is_dropped_as_a_whole_and_the_next_one_is_heard() {
    let mut host = Host::start();
    let mut anna = host.visit(0);
    let long = format!("{}/out 0\n", "x".repeat(70_000));
    host.is_typed(&long);
    host.is_typed("after that\n");
    anna.hears("after that\n");
    host.ends_in_order();
}

#[test]
fn lines_that_are_typed_faster_than_they_are_said_are_heard_in_their_order() {
    let mut host = Host::start();
    let (mut anna, mut ben) = (host.visit(0), host.visit(1));
    let line = |number| format!("{number:-<99}\n");
    let lines: String = (0..4_000).map(line).collect();
    // More than pipes and queues hold: these two must read meanwhile.
    let mut typing = host.typing();
    let (typed, expected) = (lines.clone(), lines);
    let typist = std::thread::spawn(move || typing.write_all(typed.as_bytes()).expect("it reads"));
    Visitor::all_hear([&mut anna, &mut ben], &expected);
    typist.join().expect("all was typed");
    host.ends_in_order();
}

#[test]
fn clients_who_vanish_while_they_are_spoken_to_do_not_end_the_host() {
    let mut host = Host::start();
    let mut anna = host.visit(0);
    for round in 0..20 {
        let gone = host.visit_anyhow();
        if round % 2 == 0 {
            SockRef::from(&gone.stream).set_linger(Some(Duration::ZERO)).expect("an option");
        }
        // What it was sent is unread in part: this resets the connection.
        drop(gone);
        for line in ["is anybody there?\n", "still?\n"] {
            anna.say(line);
            anna.hears(line);
        }
    }
    host.tells("1 clients, ", " withheld");
    host.ends_in_order();
}

#[test]
fn last_words_are_heard_and_then_the_end() {
    let mut host = Host::start();
    let (mut anna, mut ben) = (host.visit(0), host.visit(1));
    anna.say("last words\n");
    host.signal(Signal::INT);
    Visitor::all_hear([&mut anna, &mut ben], "last words\n");
    for visitor in [&mut anna, &mut ben] {
        assert_eq!(visitor.stream.read(&mut [0]).expect("an orderly end"), 0);
        visitor.stream.shutdown(Shutdown::Write).expect("connected");
    }
    host.is_finished();
}

#[test]
fn an_end_of_what_is_typed_is_not_the_end_of_the_host_and_costs_nothing() {
    let mut host = Host::start();
    let mut anna = host.visit(0);
    host.is_typed("goodbye\n");
    host.closes_typing();
    anna.hears("goodbye\n");
    let before = host.processor_time();
    host.tells("1 clients, ", " withheld");
    host.tells("1 clients, ", " withheld");
    let took = host.processor_time() - before;
    // Half a second at the least: a loop that spins takes nearly all of it.
    assert!(took < Duration::from_millis(250), "{took:?} of processor time for nothing");
    anna.say("talking on\n");
    anna.hears("talking on\n");
    host.ends_in_order();
}
