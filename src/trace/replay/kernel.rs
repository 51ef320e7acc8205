//! A kernel that answers from a trace.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::time::Duration;

use super::Shared;
use super::answers::Call;
use crate::kernel::mio::MioKernel;
use crate::kernel::{Accepted, Event, Kernel, Shortage};

pub(super) struct ReplayKernel<const SHORT: bool> {
    script: Shared,
    listeners: usize,
}

impl<const SHORT: bool> ReplayKernel<SHORT> {
    pub(super) fn new(script: Shared, listeners: usize) -> Self {
        Self { script, listeners }
    }

    /// What was said to this call. Behind the end of the trace, and where another call was
    /// recorded, every call fails.
    fn answer(&self, name: &str) -> io::Result<Call> {
        let call = self.script.borrow_mut().call(name);
        call.ok_or_else(|| io::Error::other("it was not recorded"))
    }

    fn done(&self, name: &str) -> io::Result<()> {
        self.answer(name)?.done()
    }
}

impl<const SHORT: bool> Kernel for ReplayKernel<SHORT> {
    type Connection = ();

    const SHORT_IS_END: bool = SHORT;

    fn listeners(&self) -> usize {
        self.listeners
    }

    fn wait(&mut self, events: &mut Vec<Event>, _: Option<Duration>) -> io::Result<()> {
        events.clear();
        let call = self.answer("wait")?;
        call.done()?;
        call.events(events);
        Ok(())
    }

    fn accept(&mut self, _: usize) -> io::Result<Accepted<()>> {
        let call = self.answer("accept")?;
        call.done()?;
        Ok(Accepted { connection: (), address: call.address("from") })
    }

    fn stop_listening(&mut self) {
        let _ = self.answer("stop_listening");
    }

    fn add(&mut self, _: &mut (), _: usize, _: bool) -> io::Result<()> {
        self.done("add")
    }

    fn arm(&mut self, _: &mut (), _: usize, _: bool) -> io::Result<()> {
        self.done("arm")
    }

    fn read(&mut self, _: &mut (), into: &mut [u8]) -> io::Result<usize> {
        let call = self.answer("read")?;
        let framing = self.script.borrow().setup().config.framing;
        call.read(into, framing)
    }

    fn write(&mut self, _: &mut (), slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let offered: usize = slices.iter().map(|slice| slice.len()).sum();
        // What is offered is compared; but a lie about what was taken must not go unnoticed.
        self.answer("write")?.bytes().map(|bytes| bytes.min(offered))
    }

    fn finish(&mut self, (): &mut ()) -> io::Result<()> {
        self.done("finish")
    }

    fn close(&mut self, (): ()) {
        let _ = self.answer("close");
    }

    fn abort(&mut self, (): ()) {
        let _ = self.answer("abort");
    }

    fn address(&self, (): &()) -> Option<SocketAddr> {
        self.answer("address").ok()?.address("at")
    }

    fn now(&self) -> Duration {
        self.script.borrow_mut().now()
    }

    fn shortage(error: &io::Error) -> Option<Shortage> {
        MioKernel::shortage(error)
    }
}
