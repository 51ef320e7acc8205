//! The simulated kernel: the server's calls, answered by the world.

use std::cell::{RefCell, RefMut};
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use libc::{ECONNRESET, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPIPE};
use pollcast::kernel::{Accepted, Event, Kernel, Shortage};

use crate::socket::Mode;
use crate::world::World;

/// Shares the world with the peers. `SHORT` is what epoll promises of a short answer, and poll(2)
/// and kqueue do not.
#[derive(Debug)]
pub struct SimKernel<const SHORT: bool>(pub Rc<RefCell<World>>);

/// A connection of the server: the number of its socket.
#[derive(Debug)]
pub struct Connection(pub usize);

/// Waits that may follow one another with a timeout of zero and without any call that got on.
/// A fan-out that goes on for clients that are all behind makes one such turn.
pub const SPINS: usize = 2;

/// More calls than the limits of any turn allow.
const CALLS: usize = 10_000;

impl<const SHORT: bool> SimKernel<SHORT> {
    fn call(&self) -> RefMut<'_, World> {
        let mut world = self.0.borrow_mut();
        world.now += Duration::from_micros(1);
        world.calls += 1;
        assert!(world.calls < CALLS, "a turn without end: {CALLS} calls");
        world
    }
}

impl<const SHORT: bool> Kernel for SimKernel<SHORT> {
    type Connection = Connection;

    const SHORT_IS_END: bool = SHORT;

    fn listeners(&self) -> usize {
        1
    }

    fn wait(&mut self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        let world = &mut *self.call();
        world.calls = 0;
        events.clear();
        world.note_timeout(timeout);
        if world.strikes(|faults| faults.interrupted) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        for id in 0..world.sockets.len() {
            world.deliver_some(id);
        }
        world.collect(events, true);
        if events.is_empty() && timeout != Some(Duration::ZERO) {
            world.sleep(events, timeout);
        }
        world.add_noise(events);
        world.told += events.len() as u64;
        world.say("wait", (timeout, &events));
        Ok(())
    }

    fn accept(&mut self, _: usize) -> io::Result<Accepted<Connection>> {
        let world = &mut *self.call();
        if world.strikes(|faults| faults.interrupted) {
            world.idle_spins = 0;
            return Err(io::ErrorKind::Interrupted.into());
        }
        if let Some(error) = world.accept_error.take() {
            return Err(error.into());
        }
        if world.backlog.is_empty() {
            world.note_block(usize::MAX, false);
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if world.held() >= world.descriptors || world.strikes(|faults| faults.descriptors) {
            return Err(io::Error::from_raw_os_error(EMFILE));
        }
        let id = world.backlog.pop_front().expect("looked");
        world.idle_spins = 0;
        if world.strikes(|faults| faults.aborted) {
            world.sockets[id].be_reset();
            world.sockets[id].closed = true;
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        world.oracle.accepted(id);
        let connection = Connection(id);
        let address = self.address(&connection);
        Ok(Accepted { connection, address })
    }

    fn stop_listening(&mut self) {
        let world = &mut *self.call();
        world.listening = false;
        // Everybody is looked at once more.
        world.oracle.blocked.clear();
        for id in std::mem::take(&mut world.backlog) {
            world.sockets[id].be_reset();
            world.sockets[id].closed = true;
        }
    }

    fn add(&mut self, connection: &mut Connection, key: usize, writable: bool) -> io::Result<()> {
        let world = &mut *self.call();
        if world.strikes(|faults| faults.add_fails) {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        world.sockets[connection.0].register(key, writable);
        world.oracle.added(connection.0, key, writable);
        Ok(())
    }

    fn arm(&mut self, connection: &mut Connection, key: usize, writable: bool) -> io::Result<()> {
        let world = &mut *self.call();
        let mode = world.mode;
        world.counted.arms += 1;
        world.oracle.arming(connection.0, key, writable);
        if world.strikes(|faults| faults.arm_fails)
            || !world.sockets[connection.0].arm(mode, writable)
        {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(())
    }

    fn read(&mut self, connection: &mut Connection, into: &mut [u8]) -> io::Result<usize> {
        let world = &mut *self.call();
        let id = connection.0;
        world.counted.reads += 1;
        world.made[0] += 1;
        world.disturb(id)?;
        if world.strikes(|faults| faults.short) {
            world.deliver_some(id);
        }
        world.oracle.reading(id, into.len());
        let mode = world.mode;
        let mut bytes = into.len().min(world.sockets[id].readable_bytes());
        if mode == Mode::Poll && bytes > 0 && world.strikes(|faults| faults.short) {
            bytes = world.choices.amount(bytes);
        }
        let socket = &mut world.sockets[id];
        if bytes == 0 {
            if socket.reset {
                return Err(io::Error::from_raw_os_error(ECONNRESET));
            }
            if socket.ended {
                if !socket.finished {
                    world.oracle.ended(id);
                }
                world.note_block(id, true);
                return Ok(0);
            }
            return Err(world.block(id, true));
        }
        socket.take_input(&mut into[..bytes]);
        world.idle_spins = 0;
        let finished = world.sockets[id].finished;
        let counted = &mut world.counted;
        let counter = if finished { &mut counted.bytes_discarded } else { &mut counted.bytes_in };
        *counter += bytes as u64;
        world.say("read", (id, into.len(), bytes));
        world.oracle.read(id, &into[..bytes], finished);
        Ok(bytes)
    }

    fn write(&mut self, connection: &mut Connection, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let world = &mut *self.call();
        let id = connection.0;
        world.counted.writes += 1;
        world.made[1] += 1;
        world.disturb(id)?;
        let wanted = slices.iter().map(|slice| slice.len()).sum();
        assert!(wanted > 0, "socket {id}: a write of nothing");
        if world.sockets[id].reset {
            world.note_block(id, false);
            return Err(io::Error::from_raw_os_error(EPIPE));
        }
        assert!(!world.sockets[id].finished, "socket {id}: a write behind its end of stream");
        let taken = world.room_for(id, wanted);
        if taken == 0 {
            return Err(world.block(id, false));
        }
        world.idle_spins = 0;
        let bytes = slices.iter().map(|slice| &slice[..]).collect::<Vec<_>>().concat();
        world.counted.bytes_out += taken as u64;
        world.say("write", (id, wanted, taken));
        world.oracle.written(id, &bytes, taken);
        let socket = &mut world.sockets[id];
        if socket.peer_gone {
            socket.be_reset();
        } else {
            socket.outbound.extend(&bytes[..taken]);
        }
        Ok(taken)
    }

    fn finish(&mut self, connection: &mut Connection) -> io::Result<()> {
        let world = &mut *self.call();
        world.made[2] += 1;
        // It is looked at once more, from now on to discard.
        world.oracle.blocked.remove(&(connection.0, true));
        let mode = world.mode;
        let socket = &mut world.sockets[connection.0];
        assert!(!socket.finished, "socket {}: its stream was ended twice", connection.0);
        if socket.finish(mode) { Ok(()) } else { Err(io::ErrorKind::NotConnected.into()) }
    }

    fn close(&mut self, connection: Connection) {
        let world = &mut *self.call();
        world.idle_spins = 0;
        world.made[2] += 1;
        let socket = &mut world.sockets[connection.0];
        socket.closed = true;
        socket.key = None;
        let unread = !socket.inbound.is_empty();
        world.oracle.closed(connection.0, unread);
    }

    fn abort(&mut self, connection: Connection) {
        let id = connection.0;
        self.close(connection);
        let world = &mut *self.0.borrow_mut();
        world.sockets[id].outbound.clear();
        world.sockets[id].be_reset();
        world.oracle.aborted(id);
    }

    fn now(&self) -> Duration {
        self.0.borrow().now
    }

    fn address(&self, connection: &Connection) -> Option<SocketAddr> {
        Some(([10, 0, 0, connection.0 as u8 % 2], connection.0 as u16).into())
    }

    fn shortage(error: &io::Error) -> Option<Shortage> {
        match error.raw_os_error()? {
            EMFILE | ENFILE => Some(Shortage::Descriptors),
            ENOBUFS | ENOMEM => Some(Shortage::Memory),
            _ => None,
        }
    }
}
