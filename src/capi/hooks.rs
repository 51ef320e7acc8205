//! What C is told and asked in the middle of a turn.

use std::ffi::{CString, c_char, c_int};
use std::net::SocketAddr;
use std::ptr;
use std::time::Duration;

use super::choices::{self, Reason};
use super::error::{Error, Failure};
use super::options::Options;
use crate::observer::{Admission, Decision, Observer, Passage};

/// Callbacks, and what they get back, as the options gave them.
#[derive(Debug)]
pub(super) struct Hooks {
    options: Options,
    /// An answer that is none.
    wrong: Option<Failure>,
}

// SAFETY: nobody looks at what the pointers in the options point to, once the server is made. The
// header says that callbacks are called by whichever thread makes the turn, with the context: who
// moves a server to another thread says that they bear it.
unsafe impl Send for Hooks {}

impl Hooks {
    pub(super) fn new(options: Options) -> Self {
        Self { options, wrong: None }
    }

    /// Whether all that was answered since the last time was an answer.
    pub(super) fn check_answers(&mut self) -> Result<(), Failure> {
        self.wrong.take().map_or(Ok(()), Err)
    }

    fn note_wrong(&mut self, name: &str, answer: c_int, takes: &str) {
        let text = format!("{name} answered {answer}: takes {takes}");
        self.wrong = Some(Failure::new(Error::Answer, text));
    }
}

impl Observer for Hooks {
    fn decided(&mut self, _: Duration, decision: &Decision<'_>) {
        match *decision {
            Decision::Joined { client, address } => {
                if let Some(joined) = self.options.joined {
                    let address = Text::new(address);
                    // SAFETY: what the options gave is a function of this type, for as long as the
                    // server lives. The text lives until it returns.
                    unsafe { joined(self.options.context, client as u64, address.pointer()) }
                }
            }
            Decision::Left { client, reason, .. } => {
                if let Some(left) = self.options.left {
                    let reason = Reason::from(reason) as c_int;
                    // SAFETY: as above.
                    unsafe { left(self.options.context, client as u64, reason) }
                }
            }
            _ => {}
        }
    }

    fn admits(&mut self, _: Duration, address: Option<SocketAddr>) -> Admission {
        let Some(admits) = self.options.admits else { return Admission::Admit };
        let address = Text::new(address);
        // SAFETY: as above.
        let answer = unsafe { admits(self.options.context, address.pointer()) };
        choices::admission(answer).unwrap_or_else(|| {
            self.note_wrong("admits", answer, "a pollcast_admission, 0 or 1; it was refused");
            Admission::Refuse
        })
    }

    fn passes(&mut self, _: Duration, client: usize, bytes: &[u8]) -> Passage {
        let Some(passes) = self.options.passes else { return Passage::Pass };
        // SAFETY: as above, and the bytes are there until it returns.
        let answer =
            unsafe { passes(self.options.context, client as u64, bytes.as_ptr(), bytes.len()) };
        choices::passage(answer).unwrap_or_else(|| {
            self.note_wrong("passes", answer, "a pollcast_passage, 0 to 2; it was withheld");
            Passage::Withhold
        })
    }
}

/// An address as C reads it; none for one who has none.
struct Text(Option<CString>);

impl Text {
    fn new(address: Option<SocketAddr>) -> Self {
        Self(address.and_then(|address| CString::new(address.to_string()).ok()))
    }

    fn pointer(&self) -> *const c_char {
        self.0.as_ref().map_or(ptr::null(), |text| text.as_ptr())
    }
}
