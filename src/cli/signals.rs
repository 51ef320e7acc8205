//! Signals that end the server, where the first one asks for a drain and a second SIGTERM or SIGINT
//! ends it at once; and SIGUSR1, which asks for a line of counters.
//!
//! SIGHUP does no more than ask for a drain. It comes together with others, from a terminal that
//! closes or from a service manager, and of two that are pending the kernel delivers SIGHUP first.

use std::io::{self, Read};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mio::net::UnixStream;
use mio::{Interest, Registry};
use pollcast::kernel::mio::MioKernel;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::{flag, low_level};

/// The signals, caught.
#[derive(Debug)]
pub(crate) struct Signals {
    end_asked: Arc<AtomicBool>,
    counters_asked: Arc<AtomicBool>,
    /// Becomes readable when a signal arrives, so that a wait ends.
    alarm: UnixStream,
}

/// Exit status after the second signal.
const STATUS_INTERRUPTED: i32 = 1;

impl Signals {
    /// Catches SIGTERM, SIGINT, SIGHUP and SIGUSR1 from now on, and SIGUSR2 if there is a flag that
    /// it is to set.
    ///
    /// # Errors
    /// When there is no descriptor for the alarm.
    pub(crate) fn catch(on_sigusr2: Option<Arc<AtomicBool>>) -> io::Result<Self> {
        let end_asked = Arc::new(AtomicBool::new(false));
        let counters_asked = Arc::new(AtomicBool::new(false));
        let by_hand = Arc::new(AtomicBool::new(false));
        let (alarm, trigger) = StdUnixStream::pair()?;
        for signal in [SIGTERM, SIGINT] {
            // In this order: the flag that the first one sets makes the second one end it all.
            let is_second = Arc::clone(&by_hand);
            flag::register_conditional_shutdown(signal, STATUS_INTERRUPTED, is_second)?;
            flag::register(signal, Arc::clone(&by_hand))?;
        }
        flag::register(SIGUSR1, Arc::clone(&counters_asked))?;
        for signal in [SIGTERM, SIGINT, SIGHUP] {
            flag::register(signal, Arc::clone(&end_asked))?;
        }
        for signal in [SIGTERM, SIGINT, SIGHUP, SIGUSR1] {
            low_level::pipe::register(signal, trigger.try_clone()?)?;
        }
        if let Some(asked) = on_sigusr2 {
            flag::register(SIGUSR2, asked)?;
            low_level::pipe::register(SIGUSR2, trigger)?;
        }
        alarm.set_nonblocking(true)?;
        Ok(Self { end_asked, counters_asked, alarm: UnixStream::from_std(alarm) })
    }

    /// Lets a signal end a wait of the kernel.
    ///
    /// # Errors
    /// When the alarm cannot be registered.
    pub(crate) fn wake(&mut self, registry: &Registry) -> io::Result<()> {
        registry.register(&mut self.alarm, MioKernel::HOST_TOKEN, Interest::READABLE)
    }

    /// Hears the alarm, so that the next signal sounds it again. The flags say which one it was.
    pub(crate) fn hear(&mut self) {
        while matches!(self.alarm.read(&mut [0; 64]), Ok(1..)) {}
    }

    /// Whether a signal has asked for the end.
    pub(crate) fn end_is_asked(&self) -> bool {
        self.end_asked.load(Ordering::Relaxed)
    }

    /// Whether SIGUSR1 has arrived since this was last asked.
    pub(crate) fn counters_are_asked(&self) -> bool {
        self.counters_asked.swap(false, Ordering::Relaxed)
    }
}
