//! A trace for a browser (Chrome's trace format) of what strace told of a server: each call from
//! the time it listens, with what it means for a client. pollcast's own traces have the same shape.
//! No contents are in it.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use crate::books::strace::{Call, calls};
use crate::books::tally::is_wait;

mod arguments;

use arguments::{Arguments, events, microseconds, number, peer, slices};

/// Which process it is, where a trace of pollcast stands beside it as 1.
const PROCESS: u32 = 2;
/// The lane of what belongs to no client.
const LOOP: usize = 0;

pub(crate) fn convert(name: &str, from: &Path, to: &Path) -> Result<(), String> {
    let failed = |path: &Path, error| format!("{}: {error}", path.display());
    let text = fs::read_to_string(from).map_err(|error| failed(from, error))?;
    fs::write(to, trace(name, &text)?).map_err(|error| failed(to, error))
}

/// What a descriptor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Listener(usize),
    Client(usize),
}

#[derive(Debug, Default)]
struct Converter {
    /// In nanoseconds: when it began to listen.
    start: Option<u64>,
    open: HashMap<i64, Target>,
    /// What the kernel hands back with an event, by what it was told.
    polled: HashMap<String, Target>,
    listeners: usize,
    /// How many have come: a number is not used again.
    came: usize,
    clients: usize,
    lines: Vec<String>,
}

fn trace(name: &str, text: &str) -> Result<String, String> {
    let mut converter = Converter::default();
    converter.name("process_name", LOOP, name);
    converter.name("thread_name", LOOP, "loop");
    calls(text).iter().for_each(|call| converter.take(call));
    if converter.start.is_none() {
        return Err("nothing listens in this trace".to_owned());
    }
    Ok(format!("[\n{}\n]\n", converter.lines.join(",\n")))
}

impl Converter {
    fn take(&mut self, call: &Call) {
        let descriptor = number(call.argument(0));
        if call.name == "listen" && call.result == Ok(0) {
            self.open.insert(descriptor.unwrap_or(-1), Target::Listener(self.listeners));
            self.listeners += 1;
            self.start.get_or_insert(call.began);
        }
        if self.start.is_none() {
            return;
        }
        let target = descriptor.and_then(|descriptor| self.open.get(&descriptor)).copied();
        let mut arguments = Arguments::default();
        let name = match call.name.as_str() {
            "epoll_wait" | "epoll_pwait" => self.wait(call, &mut arguments),
            "futex" if is_wait(call) => {
                arguments.put("timeout", &microseconds(call.argument(3)));
                arguments.put("events", "[]");
                "wait"
            }
            "accept" | "accept4" => self.accept(call, target, &mut arguments),
            "epoll_ctl" => self.ask(call, &mut arguments),
            other => self.other(other, call, target, &mut arguments),
        };
        let lane = arguments.client.map_or(LOOP, |client| client + 1);
        self.call(name, lane, call, &arguments);
        self.settle(call, target);
    }

    fn wait(&self, call: &Call, arguments: &mut Arguments) -> &'static str {
        let timeout = number(call.argument(3)).filter(|&timeout| timeout >= 0);
        let timeout = timeout.map_or("null".to_owned(), |timeout| (timeout * 1_000).to_string());
        arguments.put("timeout", &timeout);
        if call.result.is_ok() {
            let name = |target: &Target| match target {
                Target::Listener(listener) => format!("listener {listener}"),
                Target::Client(client) => client.to_string(),
            };
            let events = events(call.argument(1), |data| self.polled.get(data).map(name));
            arguments.put("events", &format!("[{}]", events.join(",")));
        }
        "wait"
    }

    fn accept(
        &self,
        call: &Call,
        target: Option<Target>,
        arguments: &mut Arguments,
    ) -> &'static str {
        if let Some(Target::Listener(listener)) = target {
            arguments.put("listener", &listener.to_string());
        }
        let from = call.result.is_ok().then(|| peer(call.argument(1))).flatten();
        if call.result.is_ok() {
            arguments.put("from", &from.map_or("null".to_owned(), |from| format!("{from:?}")));
        }
        "accept"
    }

    /// epoll_ctl(2), which also tells what will be handed back for whom.
    fn ask(&mut self, call: &Call, arguments: &mut Arguments) -> &'static str {
        let target = number(call.argument(2)).and_then(|descriptor| self.open.get(&descriptor));
        let asked = call.argument(3);
        if let (Some(&target), Some((_, data))) = (target, asked.split_once("u64=")) {
            self.polled.insert(data.trim_end_matches('}').to_owned(), target);
        }
        let Some(&Target::Client(client)) = target else { return "epoll_ctl" };
        arguments.client(client);
        let name = match call.argument(1) {
            "EPOLL_CTL_ADD" => "add",
            "EPOLL_CTL_MOD" => "arm",
            _ => return "epoll_ctl",
        };
        arguments.put("writable", if asked.contains("EPOLLOUT") { "true" } else { "false" });
        name
    }

    fn other<'a>(
        &self,
        name: &'a str,
        call: &Call,
        target: Option<Target>,
        arguments: &mut Arguments,
    ) -> &'a str {
        let Some(Target::Client(client)) = target else { return name };
        arguments.client(client);
        let (name, bytes) = match name {
            "read" | "recv" | "recvfrom" => {
                arguments.put("room", call.argument(2));
                ("read", true)
            }
            "write" | "send" | "sendto" | "writev" | "sendmsg" => {
                let (slices, offered) = slices(call);
                arguments.put("slices", &slices.to_string());
                arguments.put("offered", &offered.to_string());
                ("write", true)
            }
            "shutdown" => ("finish", false),
            other => (other, false),
        };
        if let (true, Ok(taken)) = (bytes, &call.result) {
            arguments.put("bytes", &taken.to_string());
        }
        name
    }

    /// Who has come, and who has gone.
    fn settle(&mut self, call: &Call, target: Option<Target>) {
        match (call.name.as_str(), &call.result, target) {
            ("accept" | "accept4", &Ok(descriptor), _) => {
                self.open.insert(descriptor, Target::Client(self.came));
                self.name("thread_name", self.came + 1, &format!("client {}", self.came));
                self.came += 1;
                self.clients += 1;
            }
            ("close", _, Some(target)) => {
                self.open.retain(|_, open| *open != target);
                self.clients -= usize::from(matches!(target, Target::Client(_)));
            }
            _ => return,
        }
        let (time, clients) = (self.time(call.returned()), self.clients);
        self.lines.push(format!(
            r#"{{"name":"clients","ph":"C","pid":{PROCESS},"tid":{LOOP},"ts":{time},"args":{{"count":{clients}}}}}"#
        ));
    }

    fn call(&mut self, name: &str, lane: usize, call: &Call, arguments: &Arguments) {
        let (began, took) = (self.time(call.began), decimals(call.took));
        let error = match &call.result {
            Err(error) => format!(r#","errno":"{error}""#),
            Ok(_) => String::new(),
        };
        let (told, thread, by) = (&arguments.text, call.thread, &call.name);
        let told = format!(r#"{{{told}"syscall":"{by}","thread":{thread}{error}}}"#);
        self.lines.push(format!(
            r#"{{"name":"{name}","ph":"X","pid":{PROCESS},"tid":{lane},"ts":{began},"dur":{took},"cat":"call","args":{told}}}"#
        ));
    }

    fn name(&mut self, kind: &str, lane: usize, name: &str) {
        self.lines.push(format!(
            r#"{{"name":"{kind}","ph":"M","pid":{PROCESS},"tid":{lane},"args":{{"name":{name:?}}}}}"#
        ));
    }

    fn time(&self, at: u64) -> String {
        decimals(at.saturating_sub(self.start.unwrap_or(at)))
    }
}

/// Nanoseconds as microseconds.
fn decimals(nanoseconds: u64) -> String {
    format!("{}.{:03}", nanoseconds / 1_000, nanoseconds % 1_000)
}

#[cfg(test)]
mod tests;
