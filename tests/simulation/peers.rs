//! The clients of a simulated run: what each sends, how it reads, and how it ends.

use crate::world::World;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// All there is.
    Eager,
    /// At most this much at a time.
    Slow(usize),
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It stays until the server ends the stream, and answers that.
    Stays,
    /// It stays, and never answers the end of the stream.
    Ignores,
    /// It ends its stream once it has sent everything, and reads on.
    HalfCloses,
    /// It closes at once when it has sent everything.
    Closes,
    /// It resets the connection when it has sent everything.
    Resets,
}

#[derive(Debug, Clone)]
pub struct Peer {
    pub socket: Option<usize>,
    pub to_send: Vec<u8>,
    pub sent: usize,
    pub reading: Reading,
    pub ending: Ending,
    pub is_done: bool,
}

/// Bytes of one peer that are on the way or unread at a time: what a window allows.
const WINDOW: usize = 4096;

impl Peer {
    pub fn new(to_send: Vec<u8>, reading: Reading, ending: Ending) -> Self {
        Self { socket: None, to_send, sent: 0, reading, ending, is_done: false }
    }

    /// One step: connects, or sends at most `most` bytes, reads, and ends when its time has come.
    pub fn act(&mut self, world: &mut World, most: usize) {
        let Some(id) = self.socket else {
            self.socket = world.connect();
            self.is_done |= self.socket.is_none();
            return;
        };
        if self.is_done {
            return;
        }
        if world.sockets[id].reset || world.sockets[id].closed {
            self.is_done = world.sockets[id].outbound.is_empty();
            self.read(world, id);
            return;
        }
        self.send(world, id, most);
        self.read(world, id);
        if self.sent == self.to_send.len() {
            self.end(world, id);
        }
    }

    /// In the end everybody reads, so that what can move does.
    pub fn calm_down(&mut self) {
        self.reading = Reading::Eager;
        self.to_send.truncate(self.sent);
    }

    fn send(&mut self, world: &mut World, id: usize, most: usize) {
        let socket = &mut world.sockets[id];
        let unread = socket.in_flight.len() + socket.inbound.len();
        let bytes = most.min(WINDOW.saturating_sub(unread)).min(self.to_send.len() - self.sent);
        socket.in_flight.extend(&self.to_send[self.sent..self.sent + bytes]);
        self.sent += bytes;
    }

    fn read(&mut self, world: &mut World, id: usize) {
        let most = match self.reading {
            Reading::Eager => usize::MAX,
            Reading::Slow(bytes) => bytes,
            Reading::Never => return,
        };
        if world.sockets[id].peer_reads(most) > 0 {
            world.oracle.progress += 1;
        }
    }

    fn end(&mut self, world: &mut World, id: usize) {
        let socket = &mut world.sockets[id];
        match self.ending {
            Ending::Stays => socket.end_in_flight |= socket.finished && socket.outbound.is_empty(),
            Ending::Ignores => {}
            Ending::HalfCloses => socket.end_in_flight = true,
            Ending::Closes => {
                if socket.outbound.is_empty() {
                    socket.end_in_flight = true;
                    socket.peer_gone = true;
                } else {
                    // To close with something unread resets (RFC 2525, section 2.17).
                    socket.arrive(usize::MAX);
                    socket.be_reset();
                }
                self.is_done = true;
            }
            Ending::Resets => {
                socket.be_reset();
                self.is_done = true;
            }
        }
    }
}
