//! The trace: a server that shows itself, call by call and with its reasons.
//!
//! A [recording kernel](Recording) stands before the kernel and sees every call; a
//! [tracer](Tracer) stands before the observer and hears every decision. Both write to one
//! [`Trace`]: as a Chrome trace, which Perfetto, chrome://tracing and speedscope open; the last
//! part of one, in a ring; or in words. A trace has the sizes of what clients said, never the
//! words, and it can be [run again](replay()).
//!
//! A server without a trace has none of this in its types, and does not pay for it.
//!
//! ```
//! use pollcast::kernel::mio::{MioKernel, listen};
//! use pollcast::trace::Trace;
//! use pollcast::Config;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let kernel = MioKernel::new(vec![listen("127.0.0.1:0".parse()?)?])?;
//! let file = std::env::temp_dir().join(format!("example-{}.json", std::process::id()));
//! let trace = Trace::default().write_to(std::fs::File::create(&file)?);
//! let mut server = trace.server(kernel, Config::default(), ())?;
//!
//! server.turn(Some(std::time::Duration::ZERO))?;
//! drop(server);
//! trace.finish()?;
//! let outcome = pollcast::trace::replay(std::fs::File::open(&file)?, None)?;
//! assert_eq!(outcome.turns, 1);
//! # std::fs::remove_file(&file)?;
//! # Ok(())
//! # }
//! ```

mod chrome;
mod errors;
mod gauges;
mod line;
mod narrator;
mod output;
mod record;
mod recording;
mod replay;
mod ring;
mod state;
mod tracer;
mod why;

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use crate::budget;
use crate::config::{Config, ConfigError};
use crate::kernel::Kernel;
use crate::observer::Observer;
use crate::server::Server;

use chrome::Chrome;
use narrator::Narrator;
use output::Stream;
use record::Setup;
use ring::Ring;
use state::State;

pub use recording::{Recorded, Recording};
pub use replay::{Outcome, ReplayError, replay};
pub use tracer::Tracer;

/// Where one server is recorded: nowhere, until it is told where to. A clone is the same trace.
#[derive(Debug, Clone, Default)]
pub struct Trace(Rc<RefCell<State>>);

/// A server that is recorded.
pub type Traced<K, O> = Server<Recording<K>, Tracer<O>>;

impl Trace {
    /// Writes all of it to `writer`, as it happens: at the latest before a wait. 64 KiB of memory
    /// are held for it. A write that blocks holds up the server.
    #[must_use]
    pub fn write_to(self, writer: impl Write + 'static) -> Self {
        self.0.borrow_mut().stream = Some(Chrome::to(Stream::to(Box::new(writer))));
        self
    }

    /// Keeps the last part of it, in so many bytes of memory, which are allocated here; and a line
    /// for each key that a client had.
    #[must_use]
    pub fn keep_last(self, bytes: usize) -> Self {
        self.0.borrow_mut().ring = Some(Chrome::to(Ring::of(bytes)));
        self
    }

    /// Tells `writer` all of it in words, a line for each call, as it happens. A write that blocks
    /// holds up the server.
    #[must_use]
    pub fn narrate_to(self, writer: impl Write + 'static) -> Self {
        self.0.borrow_mut().narrator = Some(Narrator::to(Box::new(writer)));
        self
    }

    /// A server that is recorded from its start. It decides as one that is not: that its
    /// connections take a few bytes more is not counted.
    ///
    /// # Errors
    /// When a limit of the configuration cannot work.
    pub fn server<K: Kernel, O: Observer>(
        &self,
        kernel: K,
        config: Config,
        observer: O,
    ) -> Result<Traced<K, O>, ConfigError> {
        let slot = budget::slot::<K::Connection>(config.max_clients_per_address.is_some());
        self.server_with_slots(kernel, config, observer, slot)
    }

    /// The same for one whose slots would take so many bytes if it was not recorded.
    fn server_with_slots<K: Kernel, O: Observer>(
        &self,
        kernel: K,
        config: Config,
        observer: O,
        slot: usize,
    ) -> Result<Traced<K, O>, ConfigError> {
        let (short_is_end, listeners) = (K::SHORT_IS_END, kernel.listeners());
        let setup = Setup { short_is_end, listeners, slot, config };
        let kernel = Recording::new(kernel, Rc::clone(&self.0));
        let observer = Tracer::new(observer, Rc::clone(&self.0));
        let server = Server::with_slots(kernel, setup.config.clone(), observer, slot)?;
        self.0.borrow_mut().begin(&setup);
        Ok(server)
    }

    /// Writes what is [kept](Self::keep_last) as a trace; it stays. Nothing, if nothing is.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_last(&self, writer: &mut dyn Write) -> io::Result<()> {
        self.0.borrow().ring.as_ref().map_or(Ok(()), |ring| ring.output.write_to(writer))
    }

    /// The first error of a writer, once: from there on what it was given is lost.
    pub fn take_error(&self) -> Option<io::Error> {
        let state = &mut *self.0.borrow_mut();
        let stream = state.stream.as_mut().and_then(|stream| stream.output.take_error());
        stream.or_else(|| state.narrator.as_mut().and_then(Narrator::take_error))
    }

    /// Ends what is written. Nothing more may happen.
    ///
    /// # Errors
    /// The first that a writer said, from where on what it was given was lost.
    pub fn finish(&self) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        if let Some(stream) = &mut state.stream {
            stream.output.finish();
        }
        state.rest();
        drop(state);
        self.take_error().map_or(Ok(()), Err)
    }
}
