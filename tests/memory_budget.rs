//! With `max_memory` an allocator that counts never sees more than that, whatever clients do; and a
//! server that allocates at the start neither allocates nor frees anything after that.

#[path = "harness/descriptors.rs"]
mod descriptors;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pollcast::kernel::mio::{MioKernel, listen};
use pollcast::{Allocation, Config, Framing, Patience, Server};

use descriptors::raise_descriptors;

/// The system's allocator, counting what is held and the most that ever was. To grow is to hold
/// both, the old and the new: `realloc` is the trait's own.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
/// Allocations, and what was freed, in all.
static CALLS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The thread of the test: what the harness allocates beside it is its own affair.
    static IS_COUNTED: Cell<bool> = const { Cell::new(false) };
}

// SAFETY: every call goes to the system's allocator unchanged; counting touches no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if IS_COUNTED.get() {
            CALLS.fetch_add(1, Ordering::Relaxed);
            let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
            PEAK.fetch_max(held, Ordering::Relaxed);
        }
        // SAFETY: the caller keeps the contract of `alloc`, and it is the same one.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if IS_COUNTED.get() {
            CALLS.fetch_add(1, Ordering::Relaxed);
            HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        }
        // SAFETY: the pointer came from `alloc` above, that is from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const BUDGET: usize = 256 << 10;

/// What mio's poll(2) backend keeps for each descriptor is its own, and not in the budget.
const UNCOUNTED: usize = if cfg!(mio_unsupported_force_poll_poll) { 512 } else { 0 };

/// A server and its clients, in one thread.
struct Room {
    server: Server<MioKernel>,
    address: SocketAddr,
    clients: Vec<TcpStream>,
    /// What is held beside the budget, and by the clients.
    base: usize,
    /// Lines of 64 bytes.
    chunk: Vec<u8>,
}

fn kernel() -> MioKernel {
    let listener = listen("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    MioKernel::new(vec![listener]).expect("a poll")
}

impl Room {
    fn new(config: Config) -> Self {
        raise_descriptors();
        let kernel = kernel();
        let address = kernel.addresses().expect("bound")[0].inet().expect("TCP");
        let clients = Vec::with_capacity(2_000);
        let mut server = Server::new(kernel, config).expect("limits that work");
        server.turn(Some(Duration::ZERO)).expect("it waits");
        let base = HELD.load(Ordering::Relaxed) - server.memory();
        let chunk = format!("{}\n", "x".repeat(63)).repeat(256).into_bytes();
        let mut room = Self { server, address, clients, base, chunk };
        room.base += room.chunk.len();
        PEAK.store(HELD.load(Ordering::Relaxed), Ordering::Relaxed);
        room
    }

    fn join(&mut self, clients: usize) {
        let expected = self.server.client_count() + clients;
        for _ in 0..clients {
            let client = TcpStream::connect(self.address).expect("it listens");
            client.set_nonblocking(true).expect("an option");
            self.clients.push(client);
            self.turns(2);
        }
        self.until("they are in", |server| server.client_count() == expected);
    }

    fn turns(&mut self, turns: usize) {
        for _ in 0..turns {
            self.turn(Duration::ZERO);
        }
    }

    /// mio's poll(2) backend allocates for each descriptor.
    fn turn(&mut self, timeout: Duration) {
        let before = CALLS.load(Ordering::Relaxed);
        self.server.turn(Some(timeout)).expect("it waits");
        let calls = CALLS.load(Ordering::Relaxed) - before;
        let may_call = self.server.config().allocation == Allocation::AsNeeded
            || cfg!(mio_unsupported_force_poll_poll);
        assert!(calls == 0 || may_call, "{calls} calls of the allocator in a turn");
        self.check();
    }

    fn until(&mut self, what: &str, holds: impl Fn(&Server<MioKernel>) -> bool) {
        let began = Instant::now();
        while !holds(&self.server) {
            assert!(began.elapsed() < Duration::from_secs(10), "it never came to it: {what}");
            self.turn(Duration::from_millis(1));
        }
    }

    /// Never more than the budget; and what the server says that it holds is no less than it does.
    fn check(&self) {
        let registered = UNCOUNTED * self.clients.len();
        let held = HELD.load(Ordering::Relaxed).saturating_sub(self.base + registered);
        let peak = PEAK.load(Ordering::Relaxed).saturating_sub(self.base + registered);
        assert!(self.server.memory() <= BUDGET, "{} bytes by its own count", self.server.memory());
        assert!(held <= self.server.memory(), "{held} bytes, and it says {}", self.server.memory());
        assert!(peak <= BUDGET, "{peak} bytes at the peak");
    }

    fn send(&mut self, client: usize, bytes: usize) {
        match self.clients[client].write(&self.chunk[..bytes]) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => {}
            _ => {}
        }
    }

    fn swallow(&mut self, client: usize) {
        let mut sink = [0; 4096];
        while matches!(self.clients[client].read(&mut sink), Ok(1..)) {}
    }
}

fn limits() -> Config {
    let small = Config::for_memory(BUDGET).expect("enough");
    Config { patience: Patience::Limit(Duration::from_millis(20)), ..small }
}

/// What the allocator gives at the start is what the configuration says, but for eight bytes of
/// each slot, for the mark of the slab, where the compiler finds a better place for it, and for how
/// full the table of addresses gets.
fn footprints() {
    let at_start = |bytes| Config::for_memory(bytes).expect("enough");
    let counted = Config { max_clients_per_address: Some(2), ..at_start(1 << 20) };
    let counted = Config { max_clients: counted.most_clients(), ..counted };
    for config in [
        at_start(Config::MIN_MEMORY),
        at_start(BUDGET),
        Config { echo: false, ..at_start(1 << 20) },
        Config { framing: Framing::Line, ..at_start(1 << 20) },
        counted,
    ] {
        let (kernel, before) = (kernel(), HELD.load(Ordering::Relaxed));
        let server = Server::new(kernel, config.clone()).expect("limits that work");
        let held = HELD.load(Ordering::Relaxed) - before;
        let (footprint, clients) = (config.footprint().expect("enough"), config.max_clients);
        println!("{held} bytes, and the footprint is {footprint}");
        assert!(held <= footprint + 8, "{held} bytes, and it says {footprint}");
        let unused = clients * config.max_clients_per_address.map_or(8, |_| 8 + 60);
        assert!(held + unused >= footprint, "{held} bytes, and it says {footprint}");
        assert!(server.memory() < footprint, "the budget is a part of it");
    }
}

/// Ten never read, whoever else there is talks in pieces of all sizes, and some come and leave with
/// everything unread.
fn flood(config: Config) {
    let mut room = Room::new(config);
    room.join(60);
    let mut random = fastrand::Rng::with_seed(7);
    for round in 0..6_000 {
        room.until("the room goes on", |server| server.waits_for().is_none());
        let sender = random.usize(10..60);
        room.send(sender, [1, 3, 64, 16 << 10][random.usize(..4)]);
        room.swallow(random.usize(10..60));
        room.turns(2);
        if round % 100 == 99 {
            let leaver = room.clients.len();
            let before = room.server.stats().joined;
            let client = TcpStream::connect(room.address).expect("it listens");
            client.set_nonblocking(true).expect("an option");
            room.clients.push(client);
            room.until("one more has joined", |server| server.stats().joined > before);
            room.send(leaver, 100);
            room.clients[leaver].shutdown(Shutdown::Write).expect("open");
        }
    }
    let stats = *room.server.stats();
    println!("{} bytes in, {} evicted, {} waits", stats.bytes_in, stats.evicted, stats.waits);
    assert!(stats.bytes_in > 1 << 20, "{} bytes", stats.bytes_in);
    assert!(stats.evicted >= 5 && stats.waits >= 5, "{stats:?}");
}

#[test]
fn floods_stalls_and_a_thousand_unfinished_lines_stay_within_256_kib() {
    // Nothing that was allocated before is freed from here on.
    IS_COUNTED.set(true);
    footprints();
    assert_eq!(limits().allocation, Allocation::AtStart);
    if cfg!(mio_unsupported_force_poll_poll) {
        println!("mio's poll(2) backend allocates: that nothing does is not looked at here");
    }
    flood(limits());
    flood(Config { allocation: Allocation::AsNeeded, ..limits() });
    flood(Config { echo: false, ..limits() });
    flood(Config { framing: Framing::Line, ..limits() });

    let mut room = Room::new(Config { framing: Framing::Line, ..limits() });
    // A slot is larger on the poll(2) backend.
    let clients = if UNCOUNTED == 0 { 1_000 } else { 900 };
    room.join(clients);
    for grows in 0..10 {
        for client in 0..clients {
            room.send(client, 10 + grows);
        }
        room.turns(20);
    }
    let stats = *room.server.stats();
    assert!(stats.over_budget > 100, "{} were one too many", stats.over_budget);
    let stayed = room.server.client_count();
    assert!(stayed > 100, "{stayed} stayed");
    assert_eq!(stats.over_budget as usize + stayed, clients, "and nobody left for another reason");
    println!("{stayed} of {clients} unfinished lines fit; {} bytes are held", room.server.memory());
}
