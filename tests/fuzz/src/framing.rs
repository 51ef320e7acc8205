//! Whole lines out of pieces, as the server makes them: one client sends the input in pieces as the
//! input says, and what another one hears must be its whole lines. No simulator: a kernel that does
//! nothing else, so that a run takes little.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::time::Duration;

use pollcast::kernel::{Accepted, Event, Kernel, Shortage, Source};
use pollcast::{Config, Framing, Server, TurnLimits};

/// The first four bytes say how long a line may be, how much more than two lines a turn may read,
/// how many reads it may make, and how many of the bytes that follow are lengths of pieces.
pub fn run(input: &[u8]) {
    let Some((&[line, more, reads, pieces], rest)) = input.split_first_chunk() else { return };
    let (lengths, bytes) = rest.split_at(usize::from(pieces % 16).min(rest.len()));
    let max_line = 1 + usize::from(line);
    let config = Config {
        framing: Framing::Line,
        max_line,
        max_queue: Config::MIN_QUEUE,
        max_clients: 2,
        turn: TurnLimits {
            bytes: 2 * max_line + 1 + usize::from(more),
            reads: [1, 2, 3, 1024][usize::from(reads / 2 % 4)],
            ..TurnLimits::default()
        },
        ..Config::default()
    };
    let heard = if reads % 2 == 0 {
        heard::<true>(config, lengths, bytes)
    } else {
        heard::<false>(config, lengths, bytes)
    };
    let (whole, is_too_long) = whole_lines(bytes, max_line);
    assert_eq!(heard.0.escape_ascii().to_string(), whole.escape_ascii().to_string());
    assert_eq!(heard.1, is_too_long, "whether a line was too long");
}

/// The model: lines up to the first that is too long, and an end for the last one.
fn whole_lines(bytes: &[u8], longest: usize) -> (Vec<u8>, bool) {
    let mut lines = bytes.split(|&byte| byte == b'\n').peekable();
    let mut whole = Vec::new();
    while let Some(line) = lines.next_if(|line| line.len() <= longest) {
        whole.extend(line);
        whole.extend((lines.peek().is_some() || !line.is_empty()).then_some(b'\n'));
    }
    (whole, lines.peek().is_some())
}

/// What the listener hears, and whether the sender was evicted for its line.
fn heard<const SHORT: bool>(config: Config, lengths: &[u8], bytes: &[u8]) -> (Vec<u8>, bool) {
    let kernel = Pieces::<SHORT> { lengths, bytes, ..Pieces::default() };
    let mut server = Server::new(kernel, config).expect("limits that work");
    // A piece takes a turn, and so does a read where a turn makes one.
    for _ in 0..2 * bytes.len() + 10 {
        server.turn(None).expect("no client ends the server");
        server.audit().expect("what must hold after each turn");
        if server.kernel().has_left {
            return (server.kernel().heard.clone(), server.stats().lines_too_long == 1);
        }
    }
    panic!("the sender is not done after so many turns: {:?}", server.stats());
}

/// A kernel with two connections: number 0 sends, number 1 listens and takes everything.
#[derive(Debug, Default)]
struct Pieces<'a, const SHORT: bool> {
    accepted: usize,
    /// Lengths of the pieces, again and again, less one; without any there is one piece.
    lengths: &'a [u8],
    told: usize,
    /// What is left of the piece that has arrived, and what has yet to be sent.
    arrived: &'a [u8],
    bytes: &'a [u8],
    has_ended: bool,
    has_left: bool,
    heard: Vec<u8>,
    now: Duration,
}

impl<const SHORT: bool> Pieces<'_, SHORT> {
    /// The next piece arrives, or the end of the stream.
    fn arrive(&mut self) -> Event {
        let length = match self.lengths {
            [] => self.bytes.len(),
            lengths => 1 + usize::from(lengths[self.told % lengths.len()]),
        };
        self.told += 1;
        (self.arrived, self.bytes) = self.bytes.split_at(length.min(self.bytes.len()));
        self.has_ended = self.arrived.is_empty();
        let source = Source::Client(0);
        Event { source, readable: true, writable: false, read_on: self.has_ended }
    }
}

impl<const SHORT: bool> Kernel for Pieces<'_, SHORT> {
    type Connection = usize;

    const SHORT_IS_END: bool = SHORT;

    fn listeners(&self) -> usize {
        1
    }

    fn wait(&mut self, events: &mut Vec<Event>, _: Option<Duration>) -> io::Result<()> {
        self.now += Duration::from_micros(1);
        events.clear();
        if self.accepted == 0 {
            let source = Source::Listener(0);
            events.push(Event { source, readable: true, writable: false, read_on: false });
        } else if self.arrived.is_empty() && !self.has_ended {
            events.push(self.arrive());
        }
        Ok(())
    }

    fn accept(&mut self, _: usize) -> io::Result<Accepted<usize>> {
        if self.accepted == 2 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.accepted += 1;
        Ok(Accepted { connection: self.accepted - 1, address: None })
    }

    fn stop_listening(&mut self) {}

    fn add(&mut self, connection: &mut usize, key: usize, _: bool) -> io::Result<()> {
        assert_eq!(*connection, key, "events are told under the number of the connection");
        Ok(())
    }

    fn arm(&mut self, _: &mut usize, _: usize, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn read(&mut self, connection: &mut usize, into: &mut [u8]) -> io::Result<usize> {
        assert_eq!(*connection, 0, "nobody else has anything to say");
        if self.arrived.is_empty() && !self.has_ended {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let bytes = into.len().min(self.arrived.len());
        let (now, later) = self.arrived.split_at(bytes);
        into[..bytes].copy_from_slice(now);
        self.arrived = later;
        Ok(bytes)
    }

    fn write(&mut self, connection: &mut usize, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        if *connection == 1 {
            self.heard.extend(slices.iter().flat_map(|slice| slice.iter()));
        }
        Ok(slices.iter().map(|slice| slice.len()).sum())
    }

    fn finish(&mut self, _: &mut usize) -> io::Result<()> {
        Ok(())
    }

    fn close(&mut self, connection: usize) {
        assert_eq!(connection, 0, "the listener stays");
        self.has_left = true;
    }

    fn abort(&mut self, connection: usize) {
        self.close(connection);
    }

    fn now(&self) -> Duration {
        self.now
    }

    fn address(&self, _: &usize) -> Option<SocketAddr> {
        None
    }

    fn shortage(_: &io::Error) -> Option<Shortage> {
        None
    }
}
