//! Decisions and steps, with their reasons in words.

use std::fmt::Display;
use std::time::Duration;

use super::super::errors;
use super::super::line::{Kind, Line, Microseconds, Quoted};
use super::super::why;
use super::{LOOP, lane};
use crate::observer::{Decision, ReadEnd, Step};

/// Begins the line of a decision, with all its arguments. `clock` is the server's time.
pub(super) fn write_decision(
    line: &mut Line,
    at: Duration,
    clock: Duration,
    decision: &Decision<'_>,
) {
    let until = |time: Duration| Microseconds(time.saturating_sub(clock));
    let mut about = |client: Option<usize>, name: &str| begin(line, "decision", at, client, name);
    match *decision {
        Decision::Joined { client, .. } => about(Some(client), "joined"),
        Decision::Refused { .. } => about(None, "refused"),
        Decision::AcceptFailed { error } => {
            about(None, "accept_failed");
            line.put("errno", Quoted(errors::name(error)));
        }
        Decision::AcceptPaused { error, until: time } => {
            about(None, "accept_paused");
            line.put("errno", Quoted(errors::name(error)));
            line.put("for", until(time));
        }
        Decision::Starved { client, until: time } => {
            about(Some(client), "starved");
            line.put("for", until(time));
        }
        Decision::Armed { client, writable, queued } => {
            about(Some(client), "armed");
            line.put("writable", writable);
            line.put("queued", queued);
        }
        Decision::Full { client, queued, allowed } => {
            about(Some(client), "full");
            line.put("queued", queued);
            line.put("allowed", allowed.map(Microseconds));
        }
        Decision::Recovered { client, queued } => {
            about(Some(client), "recovered");
            line.put("queued", queued);
        }
        Decision::Waited { client, held, took, next, .. } => {
            about(Some(client), "waited");
            line.put("held", Microseconds(held));
            line.put("took", took);
            line.put("next", next);
        }
        Decision::Leaving { client, queued } => {
            about(Some(client), "leaving");
            line.put("queued", queued);
        }
        Decision::Lingering { client } => about(Some(client), "lingering"),
        Decision::Left { client, dropped, .. } => {
            about(Some(client), "left");
            line.put("dropped", dropped);
        }
        Decision::Draining { clients, until: time } => {
            about(None, "draining");
            line.put("clients", clients);
            line.put("for", until(time));
        }
    }
    reason(line, why::of_decision(decision));
}

/// Begins the line of a step, with all its arguments.
pub(super) fn write_step(line: &mut Line, at: Duration, step: &Step<'_>) {
    let mut about = |client: Option<usize>, name: &str| begin(line, "step", at, client, name);
    match *step {
        Step::Waits { timeout, .. } => {
            about(None, "waits");
            line.put("timeout", timeout.map(Microseconds));
        }
        Step::Holds { .. } => about(None, "holds"),
        Step::Read { client, end } => {
            about(Some(client), "read_end");
            line.put("end", Quoted(end_name(end)));
        }
        Step::FansOut { .. } | Step::PutsOff { .. } => write_fan_out(line, at, step),
        Step::HostSays { client, bytes } => {
            about(client, "host_says");
            line.put("bytes", bytes.len());
        }
        Step::HostEvicts { client } => about(Some(client), "host_evicts"),
        // These are told as amounts.
        Step::Queued { .. } | Step::Turned { .. } => {}
    }
    reason(line, why::of_step(step));
}

fn write_fan_out(line: &mut Line, at: Duration, step: &Step<'_>) {
    match *step {
        Step::FansOut { bytes, messages, clients } => {
            begin(line, "step", at, None, "fans_out");
            line.put("bytes", bytes);
            line.put("messages", messages);
            line.put("clients", clients);
        }
        Step::PutsOff { clients } => {
            begin(line, "step", at, None, "puts_off");
            line.put("clients", clients);
        }
        _ => {}
    }
}

fn begin(line: &mut Line, category: &str, at: Duration, client: Option<usize>, name: &str) {
    line.begin(Kind::Instant, category, client.map_or(LOOP, lane), name);
    line.at(at);
    if let Some(client) = client {
        line.put("client", client);
    }
}

fn reason(line: &mut Line, why: Option<impl Display>) {
    if let Some(why) = why {
        line.put("why", Quoted(why));
    }
}

fn end_name(end: ReadEnd) -> &'static str {
    match end {
        ReadEnd::More => "more",
        ReadEnd::Dry => "dry",
        ReadEnd::Ended => "ended",
        ReadEnd::Starved => "starved",
        ReadEnd::Lost(_) => "lost",
    }
}
