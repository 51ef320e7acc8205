//! A broadcast server on tokio. A task reads from each client; one task, the broadcaster, takes
//! what all of them have read since it last looked, gathers it, and writes it to every client at
//! once, with `try_write`. Only what a socket does not take goes to a task of its own, which lives
//! until that client has caught up. So a message wakes two tasks, and not one for each receiver, as
//! with a `broadcast` channel and a writing task for each client: that costs more for each
//! delivery, and was tried.
//!
//! Class: one log, since there is one broadcaster. A client that never reads is dropped when more
//! than 1 MiB waits for it; the bytes that wait are shared. Senders are held up by the bounded
//! channel while the broadcaster is busy. One thread for each processor that it may use.
//! The limit of descriptors is left as it is.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice};
use std::iter;
use std::net::{Shutdown, SocketAddr};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Buf, Bytes};
use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{Receiver, Sender, channel};

const READ_SIZE: usize = 16 * 1024;
const MOST_BEHIND: usize = 1024 * 1024;
const MOST_EVENTS: usize = 256;
/// Well below what may wait for a client: one that keeps up is not dropped for a lot said at once.
const MOST_GATHERED: usize = 256 * 1024;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let (Ok(address), None) = (address.parse(), arguments.next()) else {
        eprintln!("usage: peer-tokio [ADDRESS]");
        return ExitCode::from(2);
    };
    // A task of the runtime, and not its outermost future: that has a thread of its own.
    let served = runtime().and_then(|runtime| {
        runtime.block_on(async { tokio::spawn(serve(address)).await.map_err(io::Error::other)? })
    });
    let Err(error) = served else { return ExitCode::SUCCESS };
    eprintln!("peer-tokio: {error}");
    ExitCode::FAILURE
}

/// With one processor, threads would only wake each other.
fn runtime() -> io::Result<Runtime> {
    let alone = std::thread::available_parallelism().is_ok_and(|processors| processors.get() == 1);
    let mut builder =
        if alone { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    builder.enable_all().build()
}

enum Event {
    Joined(Arc<Client>),
    Said(Bytes),
    Left(Arc<Client>),
}

async fn serve(address: SocketAddr) -> io::Result<()> {
    let listener = listen(address)?;
    println!("listening on {}", listener.local_addr()?);
    let (events, inbox) = channel(MOST_EVENTS);
    tokio::spawn(broadcast(inbox));
    loop {
        match listener.accept().await {
            Ok((stream, _)) => join(stream, &events).await,
            // Out of descriptors, mostly: wait until somebody has left.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(4096)
}

/// It joins before its task is there: who was accepted earlier gets what it says.
async fn join(stream: TcpStream, events: &Sender<Event>) {
    _ = stream.set_nodelay(true);
    let client = Arc::new(Client { stream, backlog: Mutex::default() });
    if events.send(Event::Joined(client.clone())).await.is_ok() {
        tokio::spawn(read(client, events.clone()));
    }
}

async fn read(client: Arc<Client>, events: Sender<Event>) {
    while let Ok(said) = client.read().await {
        if said.is_empty() || events.send(Event::Said(said)).await.is_err() {
            break;
        }
    }
    _ = events.send(Event::Left(client)).await;
}

async fn broadcast(mut inbox: Receiver<Event>) {
    let mut clients: Vec<Arc<Client>> = Vec::new();
    let mut said: Vec<Bytes> = Vec::new();
    while let Some(first) = inbox.recv().await {
        // Whoever has something to say too is heard first: what is gathered takes one write.
        tokio::task::yield_now().await;
        let others = iter::from_fn(|| inbox.try_recv().ok()).take(MOST_EVENTS);
        let mut heard = 0;
        for event in iter::once(first).chain(others) {
            match event {
                Event::Joined(client) => clients.push(client),
                Event::Said(bytes) => {
                    heard += bytes.len();
                    said.push(bytes);
                }
                Event::Left(client) => clients.retain(|other| !Arc::ptr_eq(other, &client)),
            }
            if heard >= MOST_GATHERED {
                break;
            }
        }
        let gathered = gather(&mut said);
        if !gathered.is_empty() {
            clients.retain(|client| client.send(&gathered).is_ok());
        }
    }
}

fn gather(said: &mut Vec<Bytes>) -> Bytes {
    let gathered = match &said[..] {
        [alone] => alone.clone(),
        several => several.concat().into(),
    };
    said.clear();
    gathered
}

struct Client {
    stream: TcpStream,
    backlog: Mutex<Backlog>,
}

/// What waits for a client that is behind. While `writes` is set a task writes it, and nobody else
/// may write.
#[derive(Default)]
struct Backlog {
    pieces: VecDeque<Bytes>,
    bytes: usize,
    writes: bool,
}

impl Client {
    /// The buffer is there only while there is something to read: a client that is idle has none.
    async fn read(&self) -> io::Result<Bytes> {
        loop {
            self.stream.readable().await?;
            let mut buffer = Vec::with_capacity(READ_SIZE);
            match self.stream.try_read_buf(&mut buffer) {
                Ok(_) => return Ok(Bytes::copy_from_slice(&buffer)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// An error means that the client is gone; its reader is told by the shutdown.
    fn send(self: &Arc<Self>, said: &Bytes) -> io::Result<()> {
        self.try_send(said).inspect_err(|_| self.end())
    }

    fn try_send(self: &Arc<Self>, said: &Bytes) -> io::Result<()> {
        let mut backlog = self.backlog();
        let written = if backlog.writes { 0 } else { or_nothing(self.stream.try_write(said))? };
        if written == said.len() {
            return Ok(());
        }
        backlog.bytes += said.len() - written;
        backlog.pieces.push_back(said.slice(written..));
        if backlog.bytes > MOST_BEHIND {
            return Err(io::Error::other("it does not read"));
        }
        if !backlog.writes {
            backlog.writes = true;
            tokio::spawn(self.clone().catch_up());
        }
        Ok(())
    }

    async fn catch_up(self: Arc<Self>) {
        while let Ok(()) = self.stream.writable().await {
            let mut backlog = self.backlog();
            let mut slices = [IoSlice::new(&[]); 64];
            let pieces = backlog.pieces.iter().zip(&mut slices);
            let count = pieces.map(|(piece, slice)| *slice = IoSlice::new(piece)).count();
            let Ok(written) = or_nothing(self.stream.try_write_vectored(&slices[..count])) else {
                break;
            };
            backlog.take(written);
            if backlog.pieces.is_empty() {
                backlog.writes = false;
                return;
            }
        }
        self.end();
    }

    fn backlog(&self) -> MutexGuard<'_, Backlog> {
        self.backlog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) {
        _ = SockRef::from(&self.stream).shutdown(Shutdown::Both);
    }
}

impl Backlog {
    fn take(&mut self, mut written: usize) {
        self.bytes -= written;
        while let Some(piece) = self.pieces.front_mut() {
            if piece.len() > written {
                return piece.advance(written);
            }
            written -= piece.len();
            self.pieces.pop_front();
        }
    }
}

fn or_nothing(written: io::Result<usize>) -> io::Result<usize> {
    match written {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        written => written,
    }
}
