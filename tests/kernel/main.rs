//! The real kernel on real sockets: options, paths, streams, and what a wait tells.

#![cfg(target_os = "linux")]

mod events;
#[path = "../harness/limit.rs"]
mod limit;
mod options;
mod passed;
mod paths;
mod streams;

use std::fs;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use pollcast::kernel::Kernel;
use pollcast::kernel::mio::{Listener, MioKernel, SocketOptions, Stream};

use limit::LIMIT;

const SECOND: Duration = Duration::from_secs(1);

/// The next connection, waited for.
fn accept(kernel: &mut MioKernel) -> Stream {
    let began = Instant::now();
    loop {
        match kernel.accept(0) {
            Ok(accepted) => return accepted.connection,
            Err(error) => assert!(began.elapsed() < LIMIT, "{error}"),
        }
    }
}

/// A kernel with so many listeners on ports that the system chose.
fn kernel_with(listeners: usize, options: &SocketOptions) -> MioKernel {
    let at = "127.0.0.1:0".parse().expect("an address");
    let listeners = (0..listeners).map(|_| Listener::tcp(at, options).expect("a free port"));
    MioKernel::new(listeners.collect()).expect("a poll")
}

/// A client of this listener, in its backlog.
fn connect(kernel: &MioKernel, listener: usize) -> TcpStream {
    let address = kernel.addresses().expect("bound")[listener].inet().expect("TCP");
    let peer = TcpStream::connect(address).expect("it listens");
    peer.set_read_timeout(Some(LIMIT)).expect("a timeout");
    peer
}

/// Two ends of a TCP connection.
fn tcp_pair() -> (MioKernel, Stream, TcpStream) {
    let mut kernel = kernel_with(1, &SocketOptions::default());
    let peer = connect(&kernel, 0);
    let stream = accept(&mut kernel);
    (kernel, stream, peer)
}

/// A place for a socket that is free, and short enough.
fn free_path(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("pollcast-{name}-{}", std::process::id()));
    let _ = fs::remove_file(&path);
    path
}

/// Two ends of a connection over a UNIX socket.
fn unix_pair(name: &str) -> (MioKernel, Stream, UnixStream) {
    let path = free_path(name);
    let listener = Listener::unix(&path, Some(0o600)).expect("a free path");
    let mut kernel = MioKernel::new(vec![listener]).expect("a poll");
    let peer = UnixStream::connect(path).expect("it listens");
    let stream = accept(&mut kernel);
    (kernel, stream, peer)
}
