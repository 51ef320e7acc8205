//! A UNIX socket on which whoever connects gets the counters as one line of JSON.

use std::io::{self, ErrorKind, IoSlice};
use std::path::Path;
use std::time::Duration;

use mio::{Interest, Registry};
use pollcast::kernel::mio::{Address, Listener, MioKernel};

use super::listeners::cannot_listen;

/// The socket; its path is removed with it.
#[derive(Debug)]
pub(crate) struct StatisticsSocket(Listener);

/// Long enough to cost nothing, short enough to go unnoticed.
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// Who connects is answered at once and closed, so few are there at a time; more wait.
const ANSWERS: usize = 16;

impl StatisticsSocket {
    /// Listens on this path, by the same rules as for clients.
    ///
    /// # Errors
    /// One line that names the path, and what is wrong with it.
    pub(crate) fn open(path: &Path, mode: Option<u32>) -> Result<Self, String> {
        let cannot = |error| cannot_listen(&Address::Unix(path.to_owned()), &error);
        Listener::unix(path, mode).map(Self).map_err(cannot)
    }

    /// Lets a connection end a wait of the kernel.
    ///
    /// # Errors
    /// When it cannot be registered.
    pub(crate) fn wake(&mut self, registry: &Registry) -> io::Result<()> {
        registry.register(self.0.source(), MioKernel::HOST_TOKEN, Interest::READABLE)
    }

    /// Answers those who have connected. When some may be left, tells after how long to answer on:
    /// no event will tell of them again.
    pub(crate) fn answer(&mut self, json: impl Fn() -> String) -> Option<Duration> {
        for _ in 0..ANSWERS {
            match self.0.accept() {
                // The buffer of a new connection takes it whole. Whoever is gone gets nothing.
                Ok(accepted) => {
                    let line = json() + "\n";
                    let _ = accepted.connection.send(&[IoSlice::new(line.as_bytes())]);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Out of descriptors: they wait until there is one.
                Err(_) => return Some(RETRY_AFTER),
            }
        }
        Some(Duration::ZERO)
    }
}
