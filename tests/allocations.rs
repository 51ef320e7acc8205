//! No allocation in a turn, once warm, while nobody is behind.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pollcast::kernel::mio::{MioKernel, listen};
use pollcast::{Config, Server};

/// The system's allocator, counting.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged; counting touches no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`, and it is the same one.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `alloc` above, that is from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// One round: each client says something, and everybody hears everything.
fn converse(server: &mut Server<MioKernel>, clients: &mut [TcpStream], buffer: &mut [u8]) {
    for client in clients.iter_mut() {
        client.write_all(b"sixteen bytes...").expect("it reads");
    }
    let expected = server.stats().bytes_out + 16 * (clients.len() * clients.len()) as u64;
    while server.stats().bytes_out < expected {
        server.turn(Some(Duration::from_secs(5))).expect("it waits");
    }
    for client in clients.iter_mut() {
        client.read_exact(buffer).expect("it delivers");
    }
}

#[test]
fn a_warm_server_allocates_nothing_while_nobody_is_behind() {
    let kernel = MioKernel::new(vec![
        listen("127.0.0.1:0".parse().expect("an address")).expect("a free port"),
    ])
    .expect("a poll");
    let address = kernel.addresses().expect("bound")[0].inet().expect("TCP");
    let mut server = Server::new(kernel, Config::default()).expect("limits that work");
    let mut clients: Vec<TcpStream> = (0..20)
        .map(|_| {
            let client = TcpStream::connect(address).expect("it listens");
            server.turn(Some(Duration::from_secs(5))).expect("it waits");
            client
        })
        .collect();
    assert_eq!(server.client_count(), 20);
    let mut buffer = vec![0; 16 * clients.len()];
    for _ in 0..50 {
        converse(&mut server, &mut clients, &mut buffer);
    }
    let (turns, before) = (server.stats().turns, ALLOCATIONS.load(Ordering::Relaxed));
    for _ in 0..500 {
        converse(&mut server, &mut clients, &mut buffer);
    }
    let allocated = ALLOCATIONS.load(Ordering::Relaxed) - before;
    let turns = server.stats().turns - turns;
    assert!(turns >= 500, "{turns} turns");
    assert_eq!(allocated, 0, "allocations in {turns} turns");
}
