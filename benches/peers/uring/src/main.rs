//! A broadcast server on io_uring: what lies beyond epoll. One thread, one ring. A multishot accept
//! and a multishot receive for each client stay armed in the kernel, which puts what arrives into
//! buffers that it was given beforehand. What arrived in a turn goes to the end of one log; then
//! each client that has no send in flight gets one, of all that it lacks, and a single
//! io_uring_enter(2) submits these sends and waits for what completes. What arrives meanwhile goes
//! out in the next send.
//!
//! Class: one log, and it is held once: a client is a position in it. A client that never reads is
//! dropped when it is more than 1 MiB behind, so that is about what the log takes, for all of them.
//! What arrived beyond 128 KiB waits for the next turn, in the 4 MiB that the kernel has for it.
//!
//! Linux 6.1 or newer. Where the kernel does not allow it, a line says so, and the exit status is
//! 3. The limit of descriptors is left as it is.

mod buffers;
mod log;

use std::collections::VecDeque;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd};
use std::process::ExitCode;

use io_uring::types::{Fd, SubmitArgs, Timespec};
use io_uring::{IoUring, cqueue, opcode, squeue};
use slab::Slab;

use buffers::{Buffers, GROUP};
use log::Log;

const MOST_BEHIND: u64 = 1024 * 1024;
/// Well below that, and below what one send takes: who keeps up is not dropped for a lot said at
/// once.
const MOST_IN_A_TURN: u64 = 128 * 1024;
const SUBMISSIONS: u32 = 1024;
/// A turn may complete a send and several receives for each of 10,000 clients.
const COMPLETIONS: u32 = 32 * 1024;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let (Ok(address), None) = (address.parse(), arguments.next()) else {
        eprintln!("usage: peer-uring [ADDRESS]");
        return ExitCode::from(2);
    };
    let (ring, buffers) = match set_up() {
        Ok(ready) => ready,
        Err(error) => {
            eprintln!("peer-uring: the kernel does not allow io_uring: {error}");
            return ExitCode::from(3);
        }
    };
    let served = listen(address).and_then(|listener| Room::new(ring, buffers, listener).serve());
    let Err(error) = served;
    eprintln!("peer-uring: {error}");
    ExitCode::FAILURE
}

/// Completions are worked on when this thread asks for them, and do not interrupt it.
fn set_up() -> io::Result<(IoUring, Buffers)> {
    let ring = IoUring::builder()
        .setup_single_issuer()
        .setup_defer_taskrun()
        .setup_submit_all()
        .setup_cqsize(COMPLETIONS)
        .build(SUBMISSIONS)?;
    let buffers = Buffers::register(&ring.submitter())?;
    Ok((ring, buffers))
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    // SAFETY: it takes two numbers, and the first is an open descriptor.
    if unsafe { libc::listen(listener.as_raw_fd(), 4096) } < 0 {
        return Err(io::Error::last_os_error());
    }
    println!("listening on {}", listener.local_addr()?);
    Ok(listener)
}

struct Room {
    ring: IoUring,
    buffers: Buffers,
    log: Log,
    clients: Slab<Client>,
    listener: TcpListener,
    accepts: bool,
}

struct Client {
    stream: TcpStream,
    /// All before it was sent. While a send is in flight it is where that begins.
    position: u64,
    /// What the kernel still works on. Until both are done, slot and descriptor are kept.
    receives: bool,
    sends: bool,
    gone: bool,
}

/// What a completion is of: the number of the client, and one of these in the last two bits.
const ACCEPT: u64 = 0;
const RECEIVE: u64 = 1;
const SEND: u64 = 2;

impl Room {
    fn new(ring: IoUring, buffers: Buffers, listener: TcpListener) -> Self {
        let (log, clients) = (Log::default(), Slab::new());
        Self { ring, buffers, log, clients, listener, accepts: false }
    }

    fn serve(&mut self) -> io::Result<std::convert::Infallible> {
        self.accept()?;
        let mut completions = Vec::new();
        let mut arrived = VecDeque::new();
        loop {
            match self.enter(arrived.is_empty()) {
                Err(error) if !is_passing(&error) => return Err(error),
                _ => completions.extend(self.ring.completion()),
            }
            // First what was sent: nobody is behind for what only waits to be looked at.
            for completion in completions.drain(..) {
                match completion.user_data() & 3 {
                    SEND => self.complete(&completion)?,
                    _ => arrived.push_back(completion),
                }
            }
            let most = self.log.end() + MOST_IN_A_TURN;
            while self.log.end() < most {
                let Some(completion) = arrived.pop_front() else { break };
                self.complete(&completion)?;
            }
            self.send_to_all()?;
        }
    }

    /// Without anything to wait for it only looks: sends that were held up go on even so.
    fn enter(&self, waits: bool) -> io::Result<usize> {
        if waits {
            return self.ring.submit_and_wait(1);
        }
        let at_once = Timespec::new();
        self.ring.submitter().submit_with_args(1, &SubmitArgs::new().timespec(&at_once))
    }

    fn complete(&mut self, completion: &cqueue::Entry) -> io::Result<()> {
        let key = (completion.user_data() >> 2) as usize;
        let more = cqueue::more(completion.flags());
        match completion.user_data() & 3 {
            ACCEPT => return self.accepted(completion.result(), more),
            RECEIVE => self.received(key, completion, more)?,
            _ => self.sent(key, completion.result()),
        }
        let Client { gone, receives, sends, .. } = self.clients[key];
        if gone && !receives && !sends {
            self.clients.remove(key);
            // There is a descriptor again, if that was what accepting lacked.
            return self.accept();
        }
        Ok(())
    }

    fn accept(&mut self) -> io::Result<()> {
        if self.accepts {
            return Ok(());
        }
        self.accepts = true;
        let accept = opcode::AcceptMulti::new(Fd(self.listener.as_raw_fd()));
        self.push(&accept.flags(libc::SOCK_CLOEXEC).build().user_data(ACCEPT))
    }

    fn accepted(&mut self, result: i32, more: bool) -> io::Result<()> {
        self.accepts = more;
        if result >= 0 {
            // SAFETY: the kernel has just made this descriptor, and nobody else knows it.
            let stream = unsafe { TcpStream::from_raw_fd(result) };
            _ = stream.set_nodelay(true);
            let position = self.log.end();
            let client = Client { stream, position, receives: false, sends: false, gone: false };
            let key = self.clients.insert(client);
            self.receive(key)?;
        }
        // Without descriptors it waits until somebody has left.
        let lacks = [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM];
        if lacks.contains(&-result) && !self.clients.is_empty() { Ok(()) } else { self.accept() }
    }

    fn receive(&mut self, key: usize) -> io::Result<()> {
        let client = &mut self.clients[key];
        client.receives = true;
        let receive = opcode::RecvMulti::new(Fd(client.stream.as_raw_fd()), GROUP).build();
        self.push(&receive.user_data((key as u64) << 2 | RECEIVE))
    }

    fn received(&mut self, key: usize, completion: &cqueue::Entry, more: bool) -> io::Result<()> {
        let result = completion.result();
        if let Some(buffer) = cqueue::buffer_select(completion.flags()) {
            self.log.append(self.buffers.get(buffer, result.max(0) as usize));
            self.buffers.give_back(buffer);
        }
        self.clients[key].receives = more;
        // Buffers may run out in a turn; they are there again in the next one.
        let ended = result == 0 || result < 0 && result != -libc::ENOBUFS;
        match (ended, more) {
            (true, _) => self.clients[key].end(),
            (false, true) => {}
            (false, false) => self.receive(key)?,
        }
        Ok(())
    }

    /// The only place where sends begin: once in a turn, after all that has arrived.
    fn send_to_all(&mut self) -> io::Result<()> {
        let end = self.log.end();
        let mut first_needed = end;
        for (key, client) in &mut self.clients {
            if end - client.position > MOST_BEHIND {
                client.end();
            }
            if !client.sends && !client.gone && client.position < end {
                client.sends = true;
                let bytes = self.log.at(client.position);
                let descriptor = Fd(client.stream.as_raw_fd());
                let send = opcode::Send::new(descriptor, bytes.as_ptr(), bytes.len() as u32);
                let send = send.flags(libc::MSG_NOSIGNAL).build();
                push(&mut self.ring, &send.user_data((key as u64) << 2 | SEND))?;
            }
            if client.sends {
                first_needed = first_needed.min(client.position);
            }
        }
        self.log.forget(first_needed);
        Ok(())
    }

    fn sent(&mut self, key: usize, result: i32) {
        let client = &mut self.clients[key];
        client.sends = false;
        match result {
            0.. => client.position += result as u64,
            _ if [libc::EAGAIN, libc::EINTR].contains(&-result) => {}
            _ => client.end(),
        }
    }

    fn push(&mut self, entry: &squeue::Entry) -> io::Result<()> {
        push(&mut self.ring, entry)
    }
}

impl Client {
    /// The shutdown makes the kernel complete what it still works on.
    fn end(&mut self) {
        if !self.gone {
            self.gone = true;
            _ = self.stream.shutdown(Shutdown::Both);
        }
    }
}

fn push(ring: &mut IoUring, entry: &squeue::Entry) -> io::Result<()> {
    loop {
        // SAFETY: descriptors are open until their last completion. Accepts and receives point to
        // no memory of ours; what a send points to stays in the log until the send is done, since
        // `forget` keeps all from the first position of a send in flight.
        if unsafe { ring.submission().push(entry) }.is_ok() {
            return Ok(());
        }
        match ring.submit() {
            Err(error) if !is_passing(&error) => return Err(error),
            _ => {}
        }
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EINTR | libc::EAGAIN | libc::EBUSY | libc::ETIME))
}
