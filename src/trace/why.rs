//! Reasons in words, the same in a trace and in a narration.

use std::fmt::{self, Display};

use crate::observer::{Decision, Hold, ReadEnd, Step, Timeout};

/// A reason that is put into words when somebody reads it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Why {
    Text(&'static str),
    /// About a client: what comes before its key, and after it.
    Client(&'static str, usize, &'static str),
}

impl Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Client(before, client, after) => write!(f, "{before}{client}{after}"),
        }
    }
}

pub(super) fn of_decision(decision: &Decision<'_>) -> Option<Why> {
    let text = match decision {
        Decision::Joined { .. } | Decision::AcceptFailed { .. } => return None,
        Decision::Refused { refusal, .. } => refusal.as_str(),
        Decision::AcceptPaused { .. } => {
            "accepting again at once would fail again, and no event says when it would not"
        }
        Decision::Starved { .. } => {
            "the kernel has no memory for it, and no event says when it has"
        }
        Decision::Armed { writable: true, .. } => {
            "its queue holds something: room to write is news"
        }
        Decision::Armed { writable: false, .. } => {
            "its queue is empty: room to write is of no use any more"
        }
        Decision::Full { .. } => "its queue reached three quarters of its limit: the room waits",
        Decision::Recovered { .. } => "its queue fell to one half of its limit",
        Decision::Waited { next: Some(next), .. } => {
            return Some(Why::Client("the room waits on, for client ", *next, ""));
        }
        Decision::Waited { next: None, .. } => "nobody is full any more: the room goes on",
        Decision::Leaving { .. } => "it gets what is queued for it, and nothing more",
        Decision::Lingering { .. } => {
            "it has everything and was told the end; closing with its input unread would reset it"
        }
        Decision::Left { reason, .. } => reason.as_str(),
        Decision::Draining { .. } => "the end was asked for: what has arrived is delivered first",
    };
    Some(Why::Text(text))
}

pub(super) fn of_step(step: &Step<'_>) -> Option<Why> {
    let text = match *step {
        Step::Waits { because, .. } => return Some(of_timeout(because)),
        Step::Holds { because: Hold::Room(client) } => {
            return Some(Why::Client("the room waits for client ", client, ", which is full"));
        }
        Step::Holds { because: Hold::FanOut } => {
            "a fan-out is under way: no slot may change, and what comes next must not overtake it"
        }
        Step::Holds { because: Hold::Gathering } => "more may come that leaves in the same write",
        Step::Read { end, .. } => of_read_end(end),
        Step::PutsOff { .. } => "the turn has made all the writes it may: the rest in the next one",
        Step::FansOut { .. } | Step::Queued { .. } | Step::Turned { .. } => return None,
        Step::HostSays { .. } | Step::HostEvicts { .. } => return None,
    };
    Some(Why::Text(text))
}

fn of_timeout(because: Timeout) -> Why {
    Why::Text(match because {
        Timeout::Work => "there is work left that may be done now",
        Timeout::Host => "the host wants the loop back",
        Timeout::Retry => "what the kernel was short of is tried again then",
        Timeout::Drain => "a stage of the drain ends then",
        Timeout::Patience => "the patience with a client that is full is up then",
        Timeout::Gather => "the input that was left unread is read then",
        Timeout::Client(client) => {
            return Why::Client("the time of client ", client, " is up then");
        }
        Timeout::Never => "nothing is to be done, and there is no deadline",
    })
}

fn of_read_end(end: ReadEnd) -> &'static str {
    match end {
        ReadEnd::More => "there may be more: it stays on the ready list, since its edge was told",
        ReadEnd::Dry => "that was all: an event will tell when there is more",
        ReadEnd::Ended => "it has ended its stream",
        ReadEnd::Starved => "the kernel has no memory for reading: it is tried again later",
        ReadEnd::Lost(reason) => reason.as_str(),
    }
}
