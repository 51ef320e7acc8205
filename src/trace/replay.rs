//! Replay: a recorded run again, without sockets. The kernel answers from the trace; what the loop
//! does with that is recorded anew, and compared with the trace, line by line and byte for byte.

mod answers;
mod comparison;
mod kernel;
mod observer;
mod reader;
mod script;

use std::cell::RefCell;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::rc::Rc;

use super::chrome::Chrome;
use super::{Trace, Traced};
use crate::kernel::Kernel;

pub(super) use comparison::Comparison;
use kernel::ReplayKernel;
use observer::ReplayObserver;
use reader::Reader;
use script::{Cue, Script};

/// What a replay found: the same run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// Turns that were made again.
    pub turns: u64,
    /// Events of the trace that were the same: turns, phases, calls, decisions, steps, amounts.
    pub events: u64,
    /// The trace stops in the middle of a turn, as that of a server that was killed does.
    pub is_cut: bool,
}

/// Why a trace was not run again to its end.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReplayError {
    /// It cannot be read.
    Io(io::Error),
    /// It is no trace that can be run again; in words, why.
    Unfit(String),
    /// The loop did something else than was recorded.
    Differs {
        /// In which line of the trace; the first one is 1.
        line: u64,
        /// What was recorded.
        recorded: String,
        /// What was done now.
        done: String,
    },
}

/// Runs a recorded run again, and tells `narration`, if there is one, the run in words.
///
/// # Errors
/// When the trace cannot be read, is not that of a whole run from its start, or shows something
/// else than what the loop does now.
pub fn replay(
    trace: impl Read + 'static,
    narration: Option<Box<dyn Write>>,
) -> Result<Outcome, ReplayError> {
    let lines: Box<dyn BufRead> = Box::new(BufReader::new(trace));
    let script = Script::of(Reader::open(lines)?);
    if script.setup().short_is_end {
        run::<true>(script, narration)
    } else {
        run::<false>(script, narration)
    }
}

type Shared = Rc<RefCell<Script>>;

fn run<const SHORT: bool>(
    script: Script,
    narration: Option<Box<dyn Write>>,
) -> Result<Outcome, ReplayError> {
    let setup = script.setup().clone();
    let script = Rc::new(RefCell::new(script));
    let mut trace = Trace::default();
    if let Some(narration) = narration {
        trace = trace.narrate_to(narration);
    }
    trace.0.borrow_mut().comparison = Some(Chrome::to(Comparison::with(Rc::clone(&script))));
    let kernel = ReplayKernel::<SHORT>::new(Rc::clone(&script), setup.listeners);
    let observer = ReplayObserver::new(Rc::clone(&script));
    let mut server = trace
        .server_with_slots(kernel, setup.config, observer, setup.slot)
        .map_err(|error| ReplayError::Unfit(format!("its configuration cannot work: {error}")))?;
    while !script.borrow_mut().is_over()? {
        again(&mut server, &script)?;
    }
    drop(server);
    trace.finish().map_err(ReplayError::Io)?;
    script.borrow_mut().outcome()
}

/// Does what the host did next.
fn again<const SHORT: bool>(
    server: &mut Traced<ReplayKernel<SHORT>, ReplayObserver>,
    script: &Shared,
) -> Result<(), ReplayError> {
    let cue = script.borrow_mut().host_cue()?;
    // A host may ask for the time before it does something, as Server::next_timeout does.
    while script.borrow_mut().has_surplus_time(&cue) {
        let _ = server.kernel().now();
    }
    match cue {
        Cue::Turn { timeout } => {
            // An error ends the recorded run too, or is one of the comparison.
            let _ = server.turn(timeout);
        }
        Cue::ShutDown => server.shut_down(),
        Cue::Says { client, bytes } => {
            script.borrow_mut().skip();
            let _ = match client {
                Some(client) => server.send_to(client, &bytes),
                None => server.broadcast(&bytes),
            };
        }
        Cue::Evicts { client } => {
            script.borrow_mut().skip();
            let _ = server.evict(client);
        }
    }
    Ok(())
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "it cannot be read: {error}"),
            Self::Unfit(why) => f.write_str(why),
            Self::Differs { line, recorded, done } => {
                write!(f, "line {line}: recorded was {recorded}, and now it is {done}")
            }
        }
    }
}

impl std::error::Error for ReplayError {}

impl From<io::Error> for ReplayError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
