//! Signals that end the server: the first one asks for a drain; a second SIGTERM or SIGINT ends it
//! at once.
//!
//! SIGHUP does no more than ask for a drain. It comes together with others, from a terminal that
//! closes or from a service manager, and of two that are pending the kernel delivers SIGHUP first.

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mio::unix::SourceFd;
use mio::{Interest, Registry};
use pollcast::kernel::mio::MioKernel;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

/// The signals, caught.
#[derive(Debug)]
pub(crate) struct Signals {
    asked: Arc<AtomicBool>,
    /// Becomes readable when a signal arrives, so that a wait ends.
    alarm: UnixStream,
}

/// Exit status after the second signal.
const STATUS_INTERRUPTED: i32 = 1;

impl Signals {
    /// Catches SIGTERM, SIGINT and SIGHUP from now on.
    ///
    /// # Errors
    /// When there is no descriptor for the alarm.
    pub(crate) fn catch() -> io::Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        let by_hand = Arc::new(AtomicBool::new(false));
        let (alarm, trigger) = UnixStream::pair()?;
        for signal in [SIGTERM, SIGINT] {
            // In this order: the flag that the first one sets makes the second one end it all.
            let is_second = Arc::clone(&by_hand);
            flag::register_conditional_shutdown(signal, STATUS_INTERRUPTED, is_second)?;
            flag::register(signal, Arc::clone(&by_hand))?;
        }
        for signal in [SIGTERM, SIGINT, SIGHUP] {
            flag::register(signal, Arc::clone(&asked))?;
            low_level::pipe::register(signal, trigger.try_clone()?)?;
        }
        Ok(Self { asked, alarm })
    }

    /// Lets a signal end a wait of the kernel. The alarm is never read: one signal is one edge, a
    /// level that has not been told yet included, and after the second there is no wait.
    ///
    /// # Errors
    /// When the alarm cannot be registered.
    pub(crate) fn wake(&self, registry: &Registry) -> io::Result<()> {
        let alarm = self.alarm.as_raw_fd();
        registry.register(&mut SourceFd(&alarm), MioKernel::HOST_TOKEN, Interest::READABLE)
    }

    /// Whether a signal has arrived.
    pub(crate) fn end_is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}
