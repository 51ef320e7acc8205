//! A kernel that tells of each call that is made to it. It knows nothing of what becomes of that.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::time::Duration;

use pollcast::kernel::{Accepted, Event, Kernel, Shortage};

use crate::call::Call;

/// Passes each call on to a kernel, and tells `sink` of it once it is answered: in order, and
/// before the server does anything else. It allocates nothing and calls nobody else.
#[derive(Debug)]
pub struct Recorder<K, S> {
    kernel: K,
    sink: S,
}

impl<K, S> Recorder<K, S> {
    /// Records what is asked of `kernel`. The sink takes no `mut`, since some calls of a kernel do
    /// not either.
    pub fn new(kernel: K, sink: S) -> Self {
        Self { kernel, sink }
    }
}

impl<K, S> Kernel for Recorder<K, S>
where
    K: Kernel<Connection: AsFd>,
    S: Fn(&Call<'_>),
{
    type Connection = K::Connection;

    const SHORT_IS_END: bool = K::SHORT_IS_END;

    fn listeners(&self) -> usize {
        self.kernel.listeners()
    }

    fn wait(&mut self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        let result = self.kernel.wait(events, timeout);
        let answer = result.as_ref().map(|()| events.as_slice());
        (self.sink)(&Call::Wait { timeout, answer });
        result
    }

    fn accept(&mut self, listener: usize) -> io::Result<Accepted<K::Connection>> {
        let result = self.kernel.accept(listener);
        let told =
            |accepted: &Accepted<K::Connection>| (fd(&accepted.connection), accepted.address);
        (self.sink)(&Call::Accept { listener, answer: result.as_ref().map(told) });
        result
    }

    fn stop_listening(&mut self) {
        self.kernel.stop_listening();
        (self.sink)(&Call::StopListening);
    }

    fn add(
        &mut self,
        connection: &mut K::Connection,
        key: usize,
        writable: bool,
    ) -> io::Result<()> {
        let result = self.kernel.add(connection, key, writable);
        let answer = result.as_ref().copied();
        (self.sink)(&Call::Add { fd: fd(connection), key, writable, answer });
        result
    }

    fn arm(
        &mut self,
        connection: &mut K::Connection,
        key: usize,
        writable: bool,
    ) -> io::Result<()> {
        let result = self.kernel.arm(connection, key, writable);
        let answer = result.as_ref().copied();
        (self.sink)(&Call::Arm { fd: fd(connection), key, writable, answer });
        result
    }

    fn read(&mut self, connection: &mut K::Connection, into: &mut [u8]) -> io::Result<usize> {
        let result = self.kernel.read(connection, into);
        let answer = result.as_ref().copied();
        (self.sink)(&Call::Read { fd: fd(connection), asked: into.len(), answer });
        result
    }

    fn write(
        &mut self,
        connection: &mut K::Connection,
        slices: &[IoSlice<'_>],
    ) -> io::Result<usize> {
        let result = self.kernel.write(connection, slices);
        let answer = result.as_ref().copied();
        (self.sink)(&Call::Write { fd: fd(connection), slices, answer });
        result
    }

    fn finish(&mut self, connection: &mut K::Connection) -> io::Result<()> {
        let result = self.kernel.finish(connection);
        (self.sink)(&Call::Finish { fd: fd(connection), answer: result.as_ref().copied() });
        result
    }

    fn close(&mut self, connection: K::Connection) {
        let fd = fd(&connection);
        self.kernel.close(connection);
        (self.sink)(&Call::Close { fd });
    }

    fn abort(&mut self, connection: K::Connection) {
        let fd = fd(&connection);
        self.kernel.abort(connection);
        (self.sink)(&Call::Abort { fd });
    }

    fn address(&self, connection: &K::Connection) -> Option<SocketAddr> {
        let address = self.kernel.address(connection);
        (self.sink)(&Call::Address { fd: fd(connection), address });
        address
    }

    fn now(&self) -> Duration {
        let time = self.kernel.now();
        (self.sink)(&Call::Now { time });
        time
    }

    fn shortage(error: &io::Error) -> Option<Shortage> {
        K::shortage(error)
    }
}

fn fd(connection: &impl AsFd) -> RawFd {
    connection.as_fd().as_raw_fd()
}
