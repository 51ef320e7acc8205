//! A host that gives 64 MiB of address space and no more: a thousand clients, of whom ten never
//! read, and no allocation fails.

#![cfg(all(feature = "cli", target_os = "linux"))]

#[path = "harness/mod.rs"]
mod harness;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Output};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use harness::{LIMIT, Server, is_ended, noise, raise_descriptors};

/// RLIMIT_AS for the process, in KiB: 64 MiB.
const LIMITED: &str = "ulimit -v 65536";
const CLIENTS: usize = 1_000;
const NEVER_READ: usize = 10;
/// More than a queue and what the kernel takes for one who never reads.
const BYTES: usize = 768 << 10;
/// What those who never read let the kernel keep for them.
const SMALL: usize = 4 << 10;

/// One who is sent the whole log.
struct Reader {
    stream: TcpStream,
    taken: usize,
}

impl Reader {
    fn new(stream: TcpStream) -> Self {
        stream.set_nonblocking(true).expect("an option");
        Self { stream, taken: 0 }
    }

    /// Reads all there is, and holds it against the log.
    fn read(&mut self, log: &[u8], buffer: &mut [u8]) {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => panic!("the stream ends after {} bytes", self.taken),
                Ok(read) => {
                    let due = log.get(self.taken..self.taken + read);
                    assert!(due == Some(&buffer[..read]), "other bytes after {}", self.taken);
                    self.taken += read;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => panic!("lost after {} bytes: {error}", self.taken),
            }
        }
    }
}

/// A program that allocates so much, under the same limit.
fn allocate(size: &str) -> Output {
    let script = format!("{LIMITED}; exec dd if=/dev/zero of=/dev/null bs={size} count=1");
    Command::new("sh").args(["-c", &script]).output().expect("a shell")
}

/// Everybody is in when the last one is, since the backlog is in order: that one's byte is the
/// first of the log.
fn join(server: &Server) -> (Vec<TcpStream>, Vec<Reader>) {
    let never_read = (0..NEVER_READ).map(|_| server.connect_small(SMALL)).collect();
    let mut readers: Vec<TcpStream> = (NEVER_READ + 1..CLIENTS).map(|_| server.connect()).collect();
    readers.push(server.join());
    let mut readers: Vec<Reader> = readers.into_iter().map(Reader::new).collect();
    readers.last_mut().expect("many").taken = 1;
    (never_read, readers)
}

/// The first reader sends the log, less the byte that is there already, and all of them read it.
fn talk(readers: &mut [Reader], log: &[u8]) {
    let (mut sent, mut buffer, began) = (1, vec![0; 1 << 16], Instant::now());
    while readers.iter().any(|reader| reader.taken < log.len()) {
        assert!(began.elapsed() < LIMIT, "not everything arrived");
        while let Ok(taken @ 1..) = readers[0].stream.write(&log[sent..]) {
            sent += taken;
        }
        for ready in readable(readers) {
            readers[ready].read(log, &mut buffer);
        }
    }
}

/// Waits for input, and tells who has some.
fn readable(readers: &[Reader]) -> Vec<usize> {
    let input = |reader| PollFd::new(reader, PollFlags::IN);
    let mut files: Vec<_> = readers.iter().map(|reader| input(&reader.stream)).collect();
    poll(&mut files, Some(&Timespec { tv_sec: 1, tv_nsec: 0 })).expect("it polls");
    (0..files.len()).filter(|&index| !files[index].revents().is_empty()).collect()
}

#[test]
fn in_64_mib_a_thousand_clients_of_whom_ten_never_read_lose_nothing_and_no_allocation_fails() {
    let (fits, fails) = (allocate("16M"), allocate("128M"));
    assert!(fits.status.success(), "16 MiB fit: {fits:?}");
    assert!(!fails.status.success(), "the limit does not bite: {fails:?}");
    eprintln!("128 MiB: {}", String::from_utf8_lossy(&fails.stderr).trim());

    let possible = raise_descriptors();
    assert!(possible > CLIENTS + 50, "{possible} descriptors are too few");
    let server = Server::start_after(LIMITED, &["--max-memory", "32M", "--max-queue", "256k"]);
    let (never_read, mut readers) = join(&server);
    let log = [b".".to_vec(), noise(BYTES, 6)].concat();
    talk(&mut readers, &log);

    eprintln!("{} bytes of address space at the peak", server.memory("VmPeak"));
    assert_eq!(server.counter("clients") as usize, CLIENTS - NEVER_READ);
    let counters = server.stop();
    assert_eq!(counters["evicted"] as usize, NEVER_READ);
    assert_eq!(counters["drained"] as usize, CLIENTS - NEVER_READ);
    for Reader { stream, .. } in &mut readers {
        stream.set_nonblocking(false).expect("an option");
        assert!(is_ended(stream), "more than the log");
    }
    for mut stream in never_read {
        let end = stream.read_to_end(&mut Vec::new());
        assert!(end.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    }
}
