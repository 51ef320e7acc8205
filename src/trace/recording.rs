//! A kernel that hands every call on to another one, and tells the trace what was asked and said.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::rc::Rc;
use std::time::Duration;

use super::record::Call;
use super::state::State;
use crate::kernel::{Accepted, Event, Kernel, Shortage};

/// A kernel of which every call is recorded. It answers as the one that it stands before; only its
/// connections take a few bytes more, since they know their key.
#[derive(Debug)]
pub struct Recording<K> {
    kernel: K,
    state: Rc<RefCell<State>>,
}

/// A connection, and the key under which it was added, once it was.
#[derive(Debug)]
pub struct Recorded<C> {
    connection: C,
    key: u32,
}

const NO_KEY: u32 = u32::MAX;

impl<K> Recording<K> {
    pub(super) fn new(kernel: K, state: Rc<RefCell<State>>) -> Self {
        Self { kernel, state }
    }

    /// The kernel that is recorded.
    pub fn inner(&self) -> &K {
        &self.kernel
    }
}

impl<K> Borrow<K> for Recording<K> {
    fn borrow(&self) -> &K {
        &self.kernel
    }
}

impl<K: AsFd> AsFd for Recording<K> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.kernel.as_fd()
    }
}

impl<C> Recorded<C> {
    fn key(&self) -> usize {
        self.key as usize
    }

    fn known_key(&self) -> Option<usize> {
        (self.key != NO_KEY).then_some(self.key())
    }
}

impl<K: Kernel> Recording<K> {
    /// Makes a call between two looks at the clock, and tells of it.
    fn call<T>(
        &mut self,
        make: impl FnOnce(&mut K) -> T,
        tell: impl for<'a> FnOnce(&'a T) -> Call<'a>,
    ) -> T {
        let at = self.kernel.now();
        let answer = make(&mut self.kernel);
        let until = self.kernel.now();
        self.state.borrow_mut().call(at, until, &tell(&answer));
        answer
    }
}

impl<K: Kernel> Kernel for Recording<K> {
    type Connection = Recorded<K::Connection>;

    const SHORT_IS_END: bool = K::SHORT_IS_END;

    fn listeners(&self) -> usize {
        self.kernel.listeners()
    }

    fn wait(&mut self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        if timeout != Some(Duration::ZERO) {
            self.state.borrow_mut().rest();
        }
        let at = self.kernel.now();
        let answer = self.kernel.wait(events, timeout);
        let until = self.kernel.now();
        let said = answer.as_ref().map(|()| events.as_slice());
        self.state.borrow_mut().call(at, until, &Call::Wait { timeout, answer: said });
        answer
    }

    fn accept(&mut self, listener: usize) -> io::Result<Accepted<Self::Connection>> {
        let answer = self.call(
            |kernel| kernel.accept(listener),
            |answer| {
                let answer = answer.as_ref().map(|accepted| accepted.address);
                Call::Accept { listener, answer }
            },
        );
        answer.map(|Accepted { connection, address }| Accepted {
            connection: Recorded { connection, key: NO_KEY },
            address,
        })
    }

    fn stop_listening(&mut self) {
        self.call(K::stop_listening, |()| Call::StopListening);
    }

    fn add(
        &mut self,
        connection: &mut Self::Connection,
        key: usize,
        writable: bool,
    ) -> io::Result<()> {
        let answer = self.call(
            |kernel| kernel.add(&mut connection.connection, key, writable),
            |answer| Call::Add { client: key, writable, answer: answer.as_ref().copied() },
        );
        if answer.is_ok() {
            connection.key = key as u32;
        }
        answer
    }

    fn arm(
        &mut self,
        connection: &mut Self::Connection,
        key: usize,
        writable: bool,
    ) -> io::Result<()> {
        self.call(
            |kernel| kernel.arm(&mut connection.connection, key, writable),
            |answer| Call::Arm { client: key, writable, answer: answer.as_ref().copied() },
        )
    }

    fn read(&mut self, connection: &mut Self::Connection, into: &mut [u8]) -> io::Result<usize> {
        let at = self.kernel.now();
        let answer = self.kernel.read(&mut connection.connection, into);
        let until = self.kernel.now();
        let (client, room) = (connection.key(), into.len());
        let said = answer.as_ref().map(|&read| into.get(..read).unwrap_or_default());
        self.state.borrow_mut().call(at, until, &Call::Read { client, room, answer: said });
        answer
    }

    fn write(
        &mut self,
        connection: &mut Self::Connection,
        slices: &[IoSlice<'_>],
    ) -> io::Result<usize> {
        let client = connection.key();
        let offered = slices.iter().map(|slice| slice.len()).sum();
        self.call(
            |kernel| kernel.write(&mut connection.connection, slices),
            |answer| {
                let answer = answer.as_ref().copied();
                Call::Write { client, slices: slices.len(), offered, answer }
            },
        )
    }

    fn finish(&mut self, connection: &mut Self::Connection) -> io::Result<()> {
        let client = connection.key();
        self.call(
            |kernel| kernel.finish(&mut connection.connection),
            |answer| Call::Finish { client, answer: answer.as_ref().copied() },
        )
    }

    fn close(&mut self, connection: Self::Connection) {
        let client = connection.known_key();
        self.call(|kernel| kernel.close(connection.connection), |()| Call::Close { client });
    }

    fn abort(&mut self, connection: Self::Connection) {
        let client = connection.known_key();
        self.call(|kernel| kernel.abort(connection.connection), |()| Call::Abort { client });
    }

    fn address(&self, connection: &Self::Connection) -> Option<SocketAddr> {
        let at = self.kernel.now();
        let address = self.kernel.address(&connection.connection);
        let until = self.kernel.now();
        let call = Call::Address { client: connection.key(), at: address };
        self.state.borrow_mut().call(at, until, &call);
        address
    }

    fn now(&self) -> Duration {
        let now = self.kernel.now();
        self.state.borrow_mut().ask(now);
        now
    }

    fn shortage(error: &io::Error) -> Option<Shortage> {
        K::shortage(error)
    }
}
