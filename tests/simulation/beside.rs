//! What is around a server that may not allocate may do it: the kernel below it, whatever it is.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::time::Duration;

use pollcast::kernel::{Accepted, Event, Kernel, Shortage};

use crate::strict::freely;

/// A kernel whose calls may allocate.
#[derive(Debug)]
pub struct Beside<K>(pub K);

impl<K: Kernel> Kernel for Beside<K> {
    type Connection = K::Connection;

    const SHORT_IS_END: bool = K::SHORT_IS_END;

    fn listeners(&self) -> usize {
        self.0.listeners()
    }

    fn wait(&mut self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        let _free = freely();
        self.0.wait(events, timeout)
    }

    fn accept(&mut self, listener: usize) -> io::Result<Accepted<K::Connection>> {
        let _free = freely();
        self.0.accept(listener)
    }

    fn stop_listening(&mut self) {
        let _free = freely();
        self.0.stop_listening();
    }

    fn add(&mut self, it: &mut K::Connection, key: usize, writable: bool) -> io::Result<()> {
        let _free = freely();
        self.0.add(it, key, writable)
    }

    fn arm(&mut self, it: &mut K::Connection, key: usize, writable: bool) -> io::Result<()> {
        let _free = freely();
        self.0.arm(it, key, writable)
    }

    fn read(&mut self, it: &mut K::Connection, into: &mut [u8]) -> io::Result<usize> {
        let _free = freely();
        self.0.read(it, into)
    }

    fn write(&mut self, it: &mut K::Connection, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let _free = freely();
        self.0.write(it, slices)
    }

    fn finish(&mut self, it: &mut K::Connection) -> io::Result<()> {
        let _free = freely();
        self.0.finish(it)
    }

    fn close(&mut self, it: K::Connection) {
        let _free = freely();
        self.0.close(it);
    }

    fn abort(&mut self, it: K::Connection) {
        let _free = freely();
        self.0.abort(it);
    }

    fn address(&self, it: &K::Connection) -> Option<SocketAddr> {
        let _free = freely();
        self.0.address(it)
    }

    fn now(&self) -> Duration {
        self.0.now()
    }

    fn shortage(error: &io::Error) -> Option<Shortage> {
        K::shortage(error)
    }
}
