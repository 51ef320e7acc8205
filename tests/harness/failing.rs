//! A kernel of which the n-th call fails: a decorator over the simulated one and the real one.
//!
//! A call that fails is not made. After an EAGAIN that the kernel below knows nothing of, an event
//! follows, as it would: somebody had to be in the way of the call, and goes.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use pollcast::kernel::{Accepted, Event, Kernel, Shortage, Source};

use super::errors::Call;

/// Which call fails, and what came of it.
#[derive(Debug, Default)]
pub struct Plan {
    /// The number of the call, from one. Zero: none.
    nth: usize,
    /// Only calls of this kind are counted for it.
    only: Option<Call>,
    /// And only those about this connection.
    pub about: Option<usize>,
    counted: usize,
    /// Which of the errors of that call, modulo their number.
    which: usize,
    /// How many calls of its kind fail in a row, from there on.
    left: usize,
    /// All calls so far.
    pub calls: Vec<Call>,
    /// Each failure: the call, the error, and the number of the connection, if it was about one.
    /// Connections are numbered from zero in the order in which they were accepted.
    pub failures: Vec<(Call, i32, Option<usize>)>,
    accepted: usize,
    owed: Vec<Event>,
}

/// A connection of the kernel below, its number, and its key.
#[derive(Debug)]
pub struct Numbered<C> {
    connection: C,
    number: usize,
    key: usize,
}

#[derive(Debug)]
pub struct Failing<K> {
    below: K,
    plan: Rc<RefCell<Plan>>,
    /// Is told of each failure.
    heard: fn(&K, Call),
}

impl Plan {
    /// `times` calls fail, from the `nth` on: the `nth` of all, or of `only` this kind.
    pub fn new(only: Option<Call>, nth: usize, which: usize, times: usize) -> Rc<RefCell<Self>> {
        Rc::new(RefCell::new(Self { nth, only, which, left: times, ..Self::default() }))
    }

    /// The error of this call, if it is to fail.
    fn strike(&mut self, call: Call, connection: Option<usize>) -> Option<i32> {
        self.calls.push(call);
        if self.about.is_some() && self.about != connection {
            return None;
        }
        let is_counted = self.only.is_none_or(|only| only == call);
        self.counted += usize::from(is_counted);
        let begun = self.failures.first().map(|&(call, error, _)| (call, error));
        let errors = call.errors();
        let begins =
            (is_counted && self.counted == self.nth).then(|| errors[self.which % errors.len()]);
        let error = begins.or(begun.filter(|&(failing, _)| failing == call).map(|(_, it)| it))?;
        self.left = self.left.checked_sub(1)?;
        self.failures.push((call, error, connection));
        Some(error)
    }
}

impl<K: Kernel> Failing<K> {
    pub fn new(below: K, plan: &Rc<RefCell<Plan>>, heard: fn(&K, Call)) -> Self {
        Self { below, plan: Rc::clone(plan), heard }
    }

    fn strike(&self, call: Call, connection: Option<usize>) -> Option<i32> {
        let error = self.plan.borrow_mut().strike(call, connection)?;
        (self.heard)(&self.below, call);
        Some(error)
    }

    fn may_fail(&self, call: Call, connection: Option<usize>) -> io::Result<()> {
        self.strike(call, connection).map_or(Ok(()), |error| Err(as_error(error)))
    }

    /// The same for a call that an event announced.
    fn may_block(&self, call: Call, connection: Option<usize>, event: Event) -> io::Result<()> {
        let outcome = self.may_fail(call, connection);
        if outcome.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
            self.plan.borrow_mut().owed.push(event);
        }
        outcome
    }
}

fn as_error(error: i32) -> io::Error {
    io::Error::from_raw_os_error(error)
}

impl<K: Kernel> Kernel for Failing<K> {
    type Connection = Numbered<K::Connection>;

    const SHORT_IS_END: bool = K::SHORT_IS_END;

    fn listeners(&self) -> usize {
        self.below.listeners()
    }

    fn wait(&mut self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        self.may_fail(Call::Wait, None)?;
        let owes = !self.plan.borrow().owed.is_empty();
        self.below.wait(events, if owes { Some(Duration::ZERO) } else { timeout })?;
        events.append(&mut self.plan.borrow_mut().owed);
        Ok(())
    }

    fn accept(&mut self, listener: usize) -> io::Result<Accepted<Self::Connection>> {
        let source = Source::Listener(listener);
        let event = Event { source, readable: true, writable: false, read_on: false };
        self.may_block(Call::Accept, None, event)?;
        let Accepted { connection, address } = self.below.accept(listener)?;
        let mut plan = self.plan.borrow_mut();
        let number = plan.accepted;
        plan.accepted += 1;
        Ok(Accepted { connection: Numbered { connection, number, key: usize::MAX }, address })
    }

    fn stop_listening(&mut self) {
        self.below.stop_listening();
    }

    fn add(&mut self, it: &mut Self::Connection, key: usize, writable: bool) -> io::Result<()> {
        self.may_fail(Call::Add, Some(it.number))?;
        it.key = key;
        self.below.add(&mut it.connection, key, writable)
    }

    fn arm(&mut self, it: &mut Self::Connection, key: usize, writable: bool) -> io::Result<()> {
        self.may_fail(Call::Arm, Some(it.number))?;
        self.below.arm(&mut it.connection, key, writable)
    }

    fn read(&mut self, it: &mut Self::Connection, into: &mut [u8]) -> io::Result<usize> {
        let source = Source::Client(it.key);
        let event = Event { source, readable: true, writable: false, read_on: true };
        self.may_block(Call::Read, Some(it.number), event)?;
        self.below.read(&mut it.connection, into)
    }

    fn write(&mut self, it: &mut Self::Connection, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let source = Source::Client(it.key);
        let event = Event { source, readable: false, writable: true, read_on: false };
        match self.may_block(Call::Write, Some(it.number), event) {
            // Taking nothing is no error, and the manual does not rule it out.
            Err(error) if error.raw_os_error() == Some(0) => Ok(0),
            Err(error) => Err(error),
            Ok(()) => self.below.write(&mut it.connection, slices),
        }
    }

    fn finish(&mut self, it: &mut Self::Connection) -> io::Result<()> {
        self.may_fail(Call::Finish, Some(it.number))?;
        self.below.finish(&mut it.connection)
    }

    fn close(&mut self, it: Self::Connection) {
        self.below.close(it.connection);
    }

    fn abort(&mut self, it: Self::Connection) {
        self.below.abort(it.connection);
    }

    fn address(&self, it: &Self::Connection) -> Option<SocketAddr> {
        if self.strike(Call::Address, Some(it.number)).is_some() {
            return None;
        }
        self.below.address(&it.connection)
    }

    fn now(&self) -> Duration {
        self.below.now()
    }

    fn shortage(error: &io::Error) -> Option<Shortage> {
        K::shortage(error)
    }
}
