//! The server nested in a loop of the host's own: in epoll(7), in poll(2) and in mio. On mio's
//! poll(2) backend it has no descriptor, and is nested by its deadlines.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use pollcast::kernel::mio::{MioKernel, listen};
use pollcast::{Config, Server};

/// Longer than anything that works can take.
const LIMIT: Duration = Duration::from_secs(20);

/// A loop of a host's: waits for the server until the timeout has passed.
trait Outer {
    fn wait(&mut self, server: &Server<MioKernel>, timeout: Option<Duration>);
}

/// A server in such a loop, and how often it woke.
struct Nest {
    server: Server<MioKernel>,
    address: SocketAddr,
    outer: Box<dyn Outer>,
    wakes: usize,
}

impl Nest {
    fn new(make: fn(&Server<MioKernel>) -> Box<dyn Outer>, config: Config) -> Self {
        let listener = listen("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        let kernel = MioKernel::new(vec![listener]).expect("a poll");
        let address = kernel.addresses().expect("bound")[0].inet().expect("TCP");
        let server = Server::new(kernel, config).expect("limits that work");
        let outer = make(&server);
        Self { server, address, outer, wakes: 0 }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(LIMIT)).expect("a timeout");
        stream
    }

    /// What a host does: waits, for no longer than the server says, and makes one turn.
    #[track_caller]
    fn until(&mut self, holds: impl Fn(&Server<MioKernel>) -> bool) {
        let began = Instant::now();
        while !holds(&self.server) {
            assert!(began.elapsed() < LIMIT, "it never came to it: {:?}", self.server.stats());
            let timeout = self.server.next_timeout().unwrap_or(LIMIT);
            self.outer.wait(&self.server, Some(timeout));
            self.wakes += 1;
            self.server.turn(Some(Duration::ZERO)).expect("it waits");
        }
    }
}

/// Each loop that there is on this backend.
fn nests(config: &Config) -> impl Iterator<Item = Nest> {
    outer::LOOPS.iter().map(|(name, make)| {
        println!("{name}");
        Nest::new(*make, config.clone())
    })
}

#[test]
fn clients_come_talk_and_go_while_the_host_waits_in_its_own_loop() {
    for mut nest in nests(&Config::default()) {
        let mut clients = [nest.connect(), nest.connect()];
        nest.until(|server| server.client_count() == 2);
        clients[0].write_all(b"hello").expect("it reads");
        nest.until(|server| server.stats().bytes_out == 10);
        for client in &mut clients {
            let mut heard = [0; 5];
            client.read_exact(&mut heard).expect("it was said");
            assert_eq!(&heard, b"hello");
        }
        drop(clients);
        nest.until(|server| server.client_count() == 0);
        assert_eq!(nest.server.next_timeout(), None, "nothing is left to do");
    }
}

#[test]
fn more_clients_than_a_turn_hears_of_are_all_heard_although_nothing_more_happens() {
    const CLIENTS: usize = 600;
    for mut nest in nests(&Config::default()) {
        let mut clients: Vec<TcpStream> = (0..CLIENTS).map(|_| nest.connect()).collect();
        nest.until(|server| server.client_count() == CLIENTS);
        for client in &mut clients {
            client.write_all(b"x").expect("it reads");
        }
        nest.until(|server| server.stats().bytes_out == (CLIENTS * CLIENTS) as u64);
    }
}

#[test]
fn what_the_host_says_leaves_at_once_though_nothing_happens() {
    for mut nest in nests(&Config::default()) {
        let mut client = nest.connect();
        nest.until(|server| server.client_count() == 1);
        nest.server.broadcast(b"from the host").expect("there is room");
        assert_eq!(nest.server.next_timeout(), Some(Duration::ZERO));
        nest.until(|server| server.stats().bytes_out == 13);
        let mut heard = [0; 13];
        client.read_exact(&mut heard).expect("it was said");
        assert_eq!(&heard, b"from the host");
    }
}

#[test]
fn a_deadline_of_the_server_wakes_the_host_and_only_a_few_times() {
    let idle = Duration::from_millis(200);
    let config = Config { idle_timeout: Some(idle), ..Config::default() };
    for mut nest in nests(&config) {
        let mut client = nest.connect();
        nest.until(|server| server.client_count() == 1);
        let (began, wakes) = (Instant::now(), nest.wakes);
        nest.until(|server| server.stats().idle == 1 || server.client_count() == 0);
        assert!(began.elapsed() > idle / 2, "{:?}", began.elapsed());
        assert_eq!(client.read(&mut [0]).expect("an orderly end"), 0);
        // Two deadlines, its end and that of lingering, and whatever the kernel tells twice.
        let most = if outer::HAS_DESCRIPTOR { 10 } else { 100 };
        assert!(nest.wakes - wakes < most, "{} wakes", nest.wakes - wakes);
    }
}

#[test]
fn another_thread_that_asks_for_the_end_wakes_the_host() {
    for mut nest in nests(&Config::default()) {
        let stop = nest.server.kernel().stop_handle().expect("a descriptor");
        let asker = thread::spawn(move || stop.stop().expect("it is asked"));
        nest.until(Server::is_finished);
        asker.join().expect("it asked");
    }
}

#[cfg(not(mio_unsupported_force_poll_poll))]
mod outer {
    use std::os::fd::{AsFd, AsRawFd};
    use std::time::Duration;

    use mio::unix::SourceFd;
    use mio::{Events, Interest, Poll, Token};
    use pollcast::Server;
    use pollcast::kernel::mio::MioKernel;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::Outer;

    type Make = fn(&Server<MioKernel>) -> Box<dyn Outer>;

    pub(super) const HAS_DESCRIPTOR: bool = true;

    pub(super) const LOOPS: &[(&str, Make)] = &[
        #[cfg(any(target_os = "linux", target_os = "android"))]
        ("nested in epoll(7)", |server| Box::new(super::in_epoll::InEpoll::new(server))),
        ("nested in poll(2)", |_| Box::new(InPoll)),
        ("nested in mio", |_| Box::new(InMio(Poll::new().expect("a poll"), false))),
    ];

    struct InPoll;

    /// And whether the server is registered.
    struct InMio(Poll, bool);

    /// To wake before a deadline would be to spin until it.
    pub(super) fn rounded_up(time: Duration) -> Timespec {
        let milliseconds = time.as_nanos().div_ceil(1_000_000) as i64;
        Timespec { tv_sec: milliseconds / 1_000, tv_nsec: milliseconds % 1_000 * 1_000_000 }
    }

    impl Outer for InPoll {
        fn wait(&mut self, server: &Server<MioKernel>, timeout: Option<Duration>) {
            let mut sources = [PollFd::new(server, PollFlags::IN)];
            poll(&mut sources, timeout.map(rounded_up).as_ref()).expect("it waits");
        }
    }

    impl Outer for InMio {
        fn wait(&mut self, server: &Server<MioKernel>, timeout: Option<Duration>) {
            let (descriptor, registry) = (server.as_fd().as_raw_fd(), self.0.registry());
            let mut source = SourceFd(&descriptor);
            // mio waits for edges, and events that are left after a turn are none: to register anew
            // looks at what is there.
            let registered = if std::mem::replace(&mut self.1, true) {
                registry.reregister(&mut source, Token(0), Interest::READABLE)
            } else {
                registry.register(&mut source, Token(0), Interest::READABLE)
            };
            registered.expect("it nests");
            self.0.poll(&mut Events::with_capacity(4), timeout).expect("it waits");
        }
    }
}

#[cfg(all(not(mio_unsupported_force_poll_poll), any(target_os = "linux", target_os = "android")))]
mod in_epoll {
    use std::os::fd::OwnedFd;
    use std::time::Duration;

    use pollcast::Server;
    use pollcast::kernel::mio::MioKernel;
    use rustix::event::epoll;

    use super::Outer;
    use super::outer::rounded_up;

    pub(super) struct InEpoll(OwnedFd);

    impl InEpoll {
        pub(super) fn new(server: &Server<MioKernel>) -> Self {
            let outer = epoll::create(epoll::CreateFlags::CLOEXEC).expect("a descriptor");
            let data = epoll::EventData::new_u64(0);
            let inner = server.kernel().descriptor().expect("it has one");
            epoll::add(&outer, inner, data, epoll::EventFlags::IN).expect("it nests");
            Self(outer)
        }
    }

    impl Outer for InEpoll {
        fn wait(&mut self, _: &Server<MioKernel>, timeout: Option<Duration>) {
            let mut events = Vec::with_capacity(4);
            let timeout = timeout.map(rounded_up);
            let buffer = rustix::buffer::spare_capacity(&mut events);
            epoll::wait(&self.0, buffer, timeout.as_ref()).expect("it waits");
        }
    }
}

#[cfg(mio_unsupported_force_poll_poll)]
mod outer {
    use std::time::Duration;

    use pollcast::Server;
    use pollcast::kernel::mio::MioKernel;

    use super::Outer;

    type Make = fn(&Server<MioKernel>) -> Box<dyn Outer>;

    pub(super) const HAS_DESCRIPTOR: bool = false;

    pub(super) const LOOPS: &[(&str, Make)] = &[(
        "mio's poll(2) backend has no descriptor: nested by deadlines, and looked after often",
        |server| {
            assert!(server.kernel().descriptor().is_none());
            Box::new(ByDeadlines)
        },
    )];

    struct ByDeadlines;

    impl Outer for ByDeadlines {
        fn wait(&mut self, _: &Server<MioKernel>, timeout: Option<Duration>) {
            let often = Duration::from_millis(10);
            std::thread::sleep(timeout.map_or(often, |timeout| timeout.min(often)));
        }
    }
}
