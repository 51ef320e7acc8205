//! Clients of the server, and what they send and take.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use super::{LIMIT, Over, Server};

impl Server {
    pub fn connect(&self) -> TcpStream {
        prepare(TcpStream::connect(self.address).expect("it accepts"))
    }

    /// A client with little kernel memory of its own: who does not read it is noticed early.
    pub fn connect_small(&self, receive_buffer: usize) -> TcpStream {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.set_recv_buffer_size(receive_buffer).expect("an option");
        socket.connect(&self.address.into()).expect("it accepts");
        prepare(socket.into())
    }

    /// Clients that are all members: each has seen a byte of all who came after it.
    pub fn gather(&self, clients: usize) -> Vec<TcpStream> {
        let mut streams: Vec<TcpStream> = (0..clients).map(|_| self.join()).collect();
        for (index, stream) in streams.iter_mut().enumerate() {
            take(stream, clients - index - 1);
        }
        streams
    }

    /// A client that is a member: its own byte came back.
    pub fn join(&self) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(b".").expect("it reads");
        take(&mut stream, 1);
        stream
    }
}

fn prepare(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(LIMIT)).expect("a timeout");
    stream.set_write_timeout(Some(LIMIT)).expect("a timeout");
    stream.set_nodelay(true).expect("an option");
    stream
}

/// The next bytes of a stream.
#[track_caller]
pub fn take(stream: &mut impl Read, bytes: usize) -> Vec<u8> {
    let mut taken = vec![0; bytes];
    if let Err(error) = stream.read_exact(&mut taken) {
        panic!("as many as {bytes} bytes were sent, but: {error}");
    }
    taken
}

/// Whether the next thing is the end of the stream, or a reset.
pub fn is_ended(stream: &mut impl Read) -> bool {
    match stream.read(&mut [0]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
    }
}

/// Sends a byte that nobody else sends, and reads until it is back. Tells how long that took.
#[track_caller]
pub fn is_answered(mut stream: &TcpStream) -> Duration {
    let began = Instant::now();
    stream.write_all(b"?").expect("it reads");
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = stream.read(&mut buffer).expect("it serves");
        assert!(read > 0, "the stream has ended");
        assert!(began.elapsed() < LIMIT, "no answer among all that came within {LIMIT:?}");
        if buffer[..read].contains(&b'?') {
            return began.elapsed();
        }
    }
}

/// Reads all there is until the test is over, or the stream is. `took` hears of each read.
pub fn swallow(mut stream: &TcpStream, over: &Over, mut took: impl FnMut(usize)) {
    let mut buffer = vec![0; 1 << 18];
    while !over.is_reached() {
        match stream.read(&mut buffer) {
            Ok(read @ 1..) => took(read),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => return,
        }
    }
}

/// Bytes that do not repeat within any window that matters.
pub fn noise(bytes: usize, seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    std::iter::repeat_with(|| random.u8(..)).take(bytes).collect()
}
