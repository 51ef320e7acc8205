//! What is chosen by a number: in options, in what callbacks return, and in what they are told.

use std::ffi::c_int;

use super::error::Failure;
use crate::{config, observer};

/// What the log is made of.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Bytes as they come: two clients that write at once may meet within a line.
    Raw = 0,
    /// Whole lines, each ended by a line feed: one never mixes with another's.
    Line = 1,
}

/// What it means that a client ends its stream.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HalfClose {
    /// It leaves: it gets everything up to its own last byte, and then the end.
    Leave = 0,
    /// It says no more, and goes on listening.
    Listen = 1,
}

/// What `admits` answers: whether somebody is let in.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// As a client.
    Admit = 0,
    /// The connection is closed at once.
    Refuse = 1,
}

/// What `passes` answers: what becomes of bytes that a client has sent.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// Everybody gets them.
    Pass = 0,
    /// Nobody does, and the log does not know of them.
    Withhold = 1,
    /// Nobody does, and their sender is put out.
    Evict = 2,
}

/// Why a client left. More reasons may follow: take an unknown one for some reason.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It ended its stream and got everything up to that.
    Left = 1,
    /// The connection was lost.
    Reset = 2,
    /// Its queue was full for longer than patience allows.
    SlowConsumer = 3,
    /// It left, and did not take what was queued for it in time.
    DrainTimeout = 4,
    /// There was no memory for what waited for it, or for a line that it had begun.
    OverBudget = 5,
    /// It sent nothing for longer than it may.
    Idle = 6,
    /// It sent a line that is longer than it may be.
    LineTooLong = 7,
    /// The server was shut down, and it got everything.
    Drained = 8,
    /// The host put it out.
    ByHost = 9,
}

pub(super) fn framing(number: c_int) -> Result<config::Framing, Failure> {
    match number {
        0 => Ok(config::Framing::Raw),
        1 => Ok(config::Framing::Line),
        _ => Err(Failure::option("framing", "a pollcast_framing, 0 or 1")),
    }
}

pub(super) fn half_close(number: c_int) -> Result<config::HalfClose, Failure> {
    match number {
        0 => Ok(config::HalfClose::Leave),
        1 => Ok(config::HalfClose::Listen),
        _ => Err(Failure::option("half_close", "a pollcast_half_close, 0 or 1")),
    }
}

pub(super) fn admission(number: c_int) -> Option<observer::Admission> {
    match number {
        0 => Some(observer::Admission::Admit),
        1 => Some(observer::Admission::Refuse),
        _ => None,
    }
}

pub(super) fn passage(number: c_int) -> Option<observer::Passage> {
    match number {
        0 => Some(observer::Passage::Pass),
        1 => Some(observer::Passage::Withhold),
        2 => Some(observer::Passage::Evict),
        _ => None,
    }
}

impl From<observer::Reason> for Reason {
    fn from(reason: observer::Reason) -> Self {
        match reason {
            observer::Reason::Left => Self::Left,
            observer::Reason::Reset => Self::Reset,
            observer::Reason::SlowConsumer => Self::SlowConsumer,
            observer::Reason::DrainTimeout => Self::DrainTimeout,
            observer::Reason::OverBudget => Self::OverBudget,
            observer::Reason::Idle => Self::Idle,
            observer::Reason::LineTooLong => Self::LineTooLong,
            observer::Reason::Drained => Self::Drained,
            observer::Reason::ByHost => Self::ByHost,
        }
    }
}

/// A reason in words, with a zero at the end.
pub(super) fn describe(reason: c_int) -> &'static str {
    const KNOWN: [(Reason, &str); 9] = [
        (Reason::Left, "it left\0"),
        (Reason::Reset, "the connection was lost\0"),
        (Reason::SlowConsumer, "a slow consumer: its queue was full\0"),
        (Reason::DrainTimeout, "it did not take in time what was queued for it\0"),
        (Reason::OverBudget, "there was no memory for what waited\0"),
        (Reason::Idle, "it sent nothing\0"),
        (Reason::LineTooLong, "it sent a line that is too long\0"),
        (Reason::Drained, "the server was shut down\0"),
        (Reason::ByHost, "the host put it out\0"),
    ];
    let found = KNOWN.iter().find(|(known, _)| *known as c_int == reason);
    found.map_or("no reason of this library\0", |(_, text)| text)
}
