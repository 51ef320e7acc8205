//! Calls in words.

use std::fmt;
use std::time::Duration;

use super::Narrator;
use super::interest::Change;
use crate::kernel::{Event, Source};
use crate::trace::errors;
use crate::trace::record::{Answer, Call, Record};

impl Narrator {
    pub(super) fn tell_call(&mut self, record: &Record<'_>, call: &Call<'_>) {
        let at = record.at;
        match call {
            Call::Wait { answer, .. } => self.tell_wait(record, answer),
            Call::Accept { listener, answer } => {
                let said = Said(answer.as_ref().map(|_| "a connection"));
                self.say(at, format_args!("accept(listener {listener}) = {said}"));
            }
            Call::StopListening => self.say(at, format_args!("the listeners are closed")),
            Call::Add { client, writable, answer } => {
                let said = Said(answer.as_ref().map(|()| "0"));
                self.say(at, format_args!("add(client {client}) = {said}"));
                self.tell_change(Change::Added { writable: *writable });
            }
            Call::Read { .. } | Call::Write { .. } | Call::Finish { .. } => {
                self.tell_transfer(at, call);
            }
            Call::Arm { client, writable, answer } => {
                let said = Said(answer.as_ref().map(|()| "0"));
                let what = if *writable { "input, room to write" } else { "input" };
                self.say(at, format_args!("arm(client {client}, {what}) = {said}"));
                self.tell_change(Change::Changed { writable: *writable });
            }
            Call::Close { client } => self.tell_close(at, *client, ""),
            Call::Abort { client } => self.tell_close(at, *client, ", with a reset"),
            Call::Address { client, at: address } => {
                let known = if address.is_some() { "known" } else { "ENOTCONN" };
                self.say(at, format_args!("getpeername(client {client}) = {known}"));
            }
        }
    }

    fn tell_transfer(&mut self, at: Duration, call: &Call<'_>) {
        match call {
            Call::Read { client, room, answer } => {
                let short = answer.as_ref().map_or("", |bytes| match bytes.len() {
                    0 => ", the end of the stream",
                    read => in_short(read, *room, ", short"),
                });
                let said = Said(answer.as_ref().map(|bytes| bytes.len()));
                self.say(at, format_args!("read(client {client}, {room}) = {said}{short}"));
            }
            Call::Write { client, offered, answer, .. } => {
                let no_room = ", short: the kernel has no more room";
                let short = answer.as_ref().map_or("", |taken| in_short(*taken, *offered, no_room));
                let said = Said(answer.as_ref());
                self.say(at, format_args!("write(client {client}, {offered}) = {said}{short}"));
            }
            Call::Finish { client, answer } => {
                let said = Said(answer.as_ref().map(|()| "0"));
                self.say(at, format_args!("shutdown(client {client}, WR) = {said}"));
            }
            _ => {}
        }
    }

    fn tell_wait(&mut self, record: &Record<'_>, answer: &Answer<'_, &[Event]>) {
        let (until, took) = (record.at + record.took, record.took);
        match answer {
            Err(error) => {
                self.say(until, format_args!("{} after {took:?}", errors::name(error)));
            }
            Ok([]) => self.say(until, format_args!("no event after {took:?}")),
            Ok(events) => {
                let plural = if events.len() == 1 { "event" } else { "events" };
                self.say(until, format_args!("{} {plural} after {took:?}", events.len()));
                for event in *events {
                    self.add(format_args!("{}", InWords(*event)));
                }
            }
        }
    }

    fn tell_change(&mut self, change: Change) {
        self.add(format_args!("epoll_ctl({})", change.for_epoll()));
        self.add(format_args!("kevent({})", change.for_kqueue()));
    }

    fn tell_close(&mut self, at: Duration, client: Option<usize>, how: &str) {
        self.say(at, format_args!("close({}){how}", Whom(client)));
        if client.is_some() {
            self.tell_change(Change::Removed);
        }
    }
}

/// What an answer says beside its number. Whether a short one is the end of what can be done now,
/// the next line says: that depends on the event, too.
fn in_short(done: usize, wanted: usize, short: &'static str) -> &'static str {
    if done < wanted { short } else { "" }
}

/// An answer, or the name of the error.
struct Said<'a, T>(Result<T, &'a &'a std::io::Error>);

impl<T: fmt::Display> fmt::Display for Said<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(answer) => write!(f, "{answer}"),
            Err(error) => f.write_str(&errors::name(error)),
        }
    }
}

struct Whom(Option<usize>);

impl fmt::Display for Whom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(client) => write!(f, "client {client}"),
            None => f.write_str("that connection"),
        }
    }
}

struct InWords(Event);

impl fmt::Display for InWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Event { source, readable, writable, read_on } = self.0;
        match source {
            Source::Listener(number) => return write!(f, "listener {number}: somebody connects"),
            Source::Stop => return write!(f, "somebody asks for the end"),
            Source::Client(key) => write!(f, "client {key}:")?,
        }
        match (readable, writable) {
            (true, true) => write!(f, " input, room to write")?,
            (true, false) => write!(f, " input")?,
            _ => write!(f, " room to write")?,
        }
        if read_on { write!(f, "; read on past a short read") } else { Ok(()) }
    }
}
