//! A handle by which any thread may ask a server for its end.

use std::io;
use std::sync::Arc;

use mio::Waker;

/// Asks a server to shut down. It may be cloned, sent to other threads, and outlive the server.
#[derive(Debug, Clone)]
pub struct StopHandle(Arc<Waker>);

impl StopHandle {
    pub(super) fn new(waker: Waker) -> Self {
        Self(Arc::new(waker))
    }

    /// Asks: the turn that waits, or the next one, [shuts down](crate::Server::shut_down). To ask
    /// again changes nothing, nor does it to ask a server that is gone.
    ///
    /// # Errors
    /// What write(2) says of an eventfd, or kevent(2) of a user event. Neither is known to fail.
    pub fn stop(&self) -> io::Result<()> {
        self.0.wake()
    }
}
