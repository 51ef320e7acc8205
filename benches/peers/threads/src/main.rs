//! A broadcast server with a thread for each client, which blocks in read(2). What it read it puts
//! into the room's inbox; if nobody is broadcasting, it does so itself, until the inbox is empty,
//! and else whoever is takes it along: what came meanwhile goes out in one write for each client.
//! So a message wakes one thread, and not one for each receiver, as with a writing thread for each
//! client behind a channel. Such a thread is there only for clients that are behind: it blocks in
//! write(2), and ends when the client has caught up.
//!
//! Class: one log, since one at a time broadcasts. A client that never reads is dropped when more
//! than 1 MiB waits for it, with what its thread is writing. Readers wait while more than 256 KiB
//! are in the inbox, so senders feel it.
//!
//! Stacks are 64 KiB; 10,000 clients take 10,000 threads, which the system has to allow (cgroup
//! pids.max, kernel.threads-max). The limit of descriptors is left as it is.

use std::io::{self, Read, Write};
use std::mem;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::SendFlags;

const STACK: usize = 64 * 1024;
const MOST_BEHIND: usize = 1024 * 1024;
const MOST_IN_INBOX: usize = 256 * 1024;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let (Ok(address), None) = (address.parse(), arguments.next()) else {
        eprintln!("usage: peer-threads [ADDRESS]");
        return ExitCode::from(2);
    };
    let Err(error) = serve(address);
    eprintln!("peer-threads: {error}");
    ExitCode::FAILURE
}

fn serve(address: SocketAddr) -> io::Result<std::convert::Infallible> {
    let listener = TcpListener::bind(address)?;
    rustix::net::listen(&listener, 4096)?;
    println!("listening on {}", listener.local_addr()?);
    let room = Arc::new(Room::default());
    loop {
        match listener.accept() {
            Ok((stream, _)) => start(&room, stream),
            // Out of descriptors, mostly: wait until somebody has left.
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// It joins here, and not in its thread: who was accepted earlier gets what it says. If there can
/// be no thread for it, the connection is closed.
fn start(room: &Arc<Room>, stream: TcpStream) {
    _ = stream.set_nodelay(true);
    let client = Arc::new(Client { stream, backlog: Mutex::default() });
    lock(&room.clients).push(client.clone());
    let (its_room, itself) = (room.clone(), client.clone());
    let started = thread::Builder::new().stack_size(STACK).spawn(move || {
        its_room.hear(&itself);
        its_room.leave(&itself);
    });
    if started.is_err() {
        room.leave(&client);
    }
}

#[derive(Default)]
struct Room {
    clients: Mutex<Vec<Arc<Client>>>,
    inbox: Mutex<Inbox>,
    /// Told when the inbox was emptied.
    emptied: Condvar,
}

/// What was said and has not been broadcast, in the order of the log.
#[derive(Default)]
struct Inbox {
    said: Vec<u8>,
    /// Whether somebody is broadcasting, and will look here again.
    attended: bool,
}

impl Room {
    fn leave(&self, client: &Arc<Client>) {
        lock(&self.clients).retain(|other| !Arc::ptr_eq(other, client));
    }

    /// Returns when the client is gone.
    fn hear(&self, client: &Client) {
        let mut buffer = [0; 16 * 1024];
        loop {
            match (&client.stream).read(&mut buffer) {
                Ok(0) => return,
                Ok(length) => self.say(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }

    fn say(&self, said: &[u8]) {
        let mut inbox = lock(&self.inbox);
        while inbox.said.len() > MOST_IN_INBOX {
            inbox = self.emptied.wait(inbox).unwrap_or_else(PoisonError::into_inner);
        }
        inbox.said.extend_from_slice(said);
        if inbox.attended {
            return;
        }
        inbox.attended = true;
        drop(inbox);
        // Whoever has something to say too is heard first: what is gathered takes one write.
        thread::yield_now();
        inbox = lock(&self.inbox);
        let mut batch = Vec::new();
        while !inbox.said.is_empty() {
            // The two change places, so that neither is allocated anew.
            mem::swap(&mut inbox.said, &mut batch);
            drop(inbox);
            self.emptied.notify_all();
            lock(&self.clients).retain(|client| client.send(&batch).is_ok());
            batch.clear();
            inbox = lock(&self.inbox);
        }
        inbox.attended = false;
    }
}

struct Client {
    stream: TcpStream,
    backlog: Mutex<Backlog>,
}

/// What waits for a client that is behind. While `writes` is set a thread of its own writes it, and
/// nobody else may write.
#[derive(Default)]
struct Backlog {
    bytes: Vec<u8>,
    writes: bool,
    /// How much its thread has taken and is writing.
    writing: usize,
}

impl Client {
    /// An error means that the client is gone; its threads are told by the shutdown.
    fn send(self: &Arc<Self>, batch: &[u8]) -> io::Result<()> {
        self.try_send(batch).inspect_err(|_| self.end())
    }

    fn try_send(self: &Arc<Self>, batch: &[u8]) -> io::Result<()> {
        let mut backlog = lock(&self.backlog);
        let written = if backlog.writes { 0 } else { self.send_at_once(batch)? };
        if written == batch.len() {
            return Ok(());
        }
        backlog.bytes.extend_from_slice(&batch[written..]);
        if backlog.writing + backlog.bytes.len() > MOST_BEHIND {
            return Err(io::Error::other("it does not read"));
        }
        if !backlog.writes {
            backlog.writes = true;
            let client = self.clone();
            thread::Builder::new().stack_size(STACK).spawn(move || client.catch_up())?;
        }
        Ok(())
    }

    /// The socket blocks, since a thread reads from it; only this call must not.
    fn send_at_once(&self, batch: &[u8]) -> io::Result<usize> {
        match rustix::net::send(&self.stream, batch, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            written => Ok(written?),
        }
    }

    fn catch_up(&self) {
        loop {
            let mut backlog = lock(&self.backlog);
            backlog.writing = backlog.bytes.len();
            if backlog.bytes.is_empty() {
                backlog.writes = false;
                return;
            }
            let bytes = mem::take(&mut backlog.bytes);
            drop(backlog);
            if (&self.stream).write_all(&bytes).is_err() {
                return self.end();
            }
        }
    }

    fn end(&self) {
        _ = self.stream.shutdown(Shutdown::Both);
    }
}

/// Nothing here panics with a lock held; if it did, the others could go on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
