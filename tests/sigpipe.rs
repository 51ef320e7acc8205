//! A host that did not ignore SIGPIPE, as one written in C does not, outlives every client.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use pollcast::kernel::mio::{MioKernel, listen};
use pollcast::{Config, HalfClose, Server, TurnLimits};

#[test]
fn writing_to_one_who_is_gone_raises_no_sigpipe() {
    // SAFETY: nothing else runs in this process yet that could rely on the signal being ignored,
    // which is how Rust starts it, and the default action needs no handler.
    let earlier = unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    assert_eq!(earlier, libc::SIG_IGN, "the signal would be raised anyway");
    let listener = listen("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let kernel = MioKernel::new(vec![listener]).expect("a poll");
    let address = kernel.addresses().expect("bound")[0].inet().expect("TCP");
    // A turn reads one line.
    let turn = TurnLimits { reads: 1, bytes: 5, ..TurnLimits::default() };
    let config = Config { half_close: HalfClose::Listen, turn, ..Config::default() };
    let mut server = Server::new(kernel, config).expect("limits that work");
    let mut talker = TcpStream::connect(address).expect("it listens");
    server.turn(None).expect("it waits");
    for gone in 1..=100 {
        let client = TcpStream::connect(address).expect("it listens");
        while server.stats().joined < gone + 1 {
            server.turn(None).expect("it waits");
        }
        // The end of its stream does not say that it no longer listens; the answer to the first
        // line does, and the second one meets that.
        drop(client);
        talker.write_all(b"line\nline\n").expect("it reads");
        let began = Instant::now();
        while server.stats().reset < gone {
            server.turn(Some(Duration::from_millis(1))).expect("it waits");
            assert!(began.elapsed() < Duration::from_secs(20), "{:?}", server.stats());
        }
    }
    let (writes, delivered) = (server.stats().writes, server.stats().bytes_out / 5);
    assert!(writes > delivered + 50, "{writes} writes, of which {delivered} were taken");
}
