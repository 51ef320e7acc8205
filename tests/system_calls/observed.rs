//! What strace saw, in the words of the expectation: without pointers and contents, and with the
//! events as the server is told of them.

use std::fs;
use std::path::Path;

use pollcast::kernel::{Event, Source};

use crate::call::Events;
use crate::host::{BEGIN, END};

/// The calls of the thread that made the two marks, between them. There is a file for each thread
/// (`strace -ff`), so no call of another one stands between them.
pub fn calls(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    let texts = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("strace."))
        .map(|entry| fs::read_to_string(entry.path()).expect("text"));
    let mut marked: Vec<String> = texts.filter(|text| text.contains(BEGIN)).collect();
    assert_eq!(marked.len(), 1, "threads that began to serve");
    let text = marked.remove(0);
    let mut lines = text.lines().skip_while(|line| !line.contains(BEGIN)).skip(1);
    let calls = lines.by_ref().take_while(|line| !line.contains(END)).map(canonical).collect();
    assert!(lines.next().is_some(), "nothing follows the end, so there was none");
    calls
}

/// A line of strace as it is compared; one that is not understood stays as it is, and is a
/// difference.
pub fn canonical(line: &str) -> String {
    let parsed = line.rsplit_once(" = ").and_then(|(call, result)| {
        let (name, arguments) = call.trim_end().strip_suffix(')')?.split_once('(')?;
        // An error is followed by its text.
        let result = result.split(" (").next()?;
        written(name, &split(arguments), result)
    });
    parsed.unwrap_or_else(|| line.to_owned())
}

fn written(name: &str, arguments: &[&str], result: &str) -> Option<String> {
    Some(match (name, arguments) {
        // Where the kernel has no epoll_wait, the C library asks for epoll_pwait without a mask.
        ("epoll_wait", [epoll, list, most, timeout])
        | ("epoll_pwait", [epoll, list, most, timeout, "NULL", _]) => {
            let list = if result.starts_with('-') { String::new() } else { events(list)? };
            format!("epoll_wait({epoll}, {most}, {timeout}) = {result}{list}")
        }
        ("epoll_ctl", [epoll, "EPOLL_CTL_DEL", fd, _]) => {
            format!("epoll_ctl({epoll}, EPOLL_CTL_DEL, {fd}) = {result}")
        }
        ("epoll_ctl", [epoll, operation, fd, event]) => {
            let (bits, key) = (field(event, "events=")?, field(event, "u64=")?);
            format!("epoll_ctl({epoll}, {operation}, {fd}, {bits}, {key}) = {result}")
        }
        ("accept4", [fd, address, _, flags]) => {
            let address = if result.starts_with('-') { None } else { inet(address) };
            let address = address.map_or(String::new(), |address| format!(" {address}"));
            format!("accept4({fd}, {flags}) = {result}{address}")
        }
        ("getpeername", [fd, address, _]) => {
            let address = if result.starts_with('-') { None } else { inet(address) };
            let address = address.map_or(String::new(), |address| format!(" {address}"));
            format!("getpeername({fd}) = {result}{address}")
        }
        ("recvfrom", [fd, _, asked, "0", "NULL", "NULL"]) => {
            format!("recvfrom({fd}, {asked}) = {result}")
        }
        ("sendto", [fd, _, offered, flags, "NULL", "0"]) => {
            format!("sendto({fd}, {offered}, {flags}) = {result}")
        }
        ("sendmsg", [fd, message, flags]) => {
            let plain = "msg_name=NULL, msg_namelen=0, msg_iov=";
            message.strip_prefix('{')?.strip_prefix(plain)?;
            message.contains("msg_controllen=0, msg_flags=0").then_some(())?;
            let lengths = message.split("iov_len=").skip(1).map(digits).collect::<Vec<_>>();
            format!("sendmsg({fd}, [{}], {flags}) = {result}", lengths.join(", "))
        }
        ("statx", ["AT_FDCWD", path, ..]) => format!("statx({path}) = {result}"),
        ("unlinkat", ["AT_FDCWD", path, "0"]) => format!("unlink({path}) = {result}"),
        _ => format!("{name}({}) = {result}", arguments.join(", ")),
    })
}

/// Arguments: what stands between commas that are in no bracket and in no text.
fn split(arguments: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut in_text) = (Vec::new(), 0, 0, false);
    for (at, letter) in arguments.char_indices() {
        match letter {
            '"' => in_text = !in_text,
            _ if in_text => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(arguments[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(arguments[start..].trim());
    parts
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let rest = text.split_once(name)?.1;
    Some(&rest[..rest.find([',', '}']).unwrap_or(rest.len())])
}

fn digits(text: &str) -> &str {
    &text[..text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len())]
}

/// `{sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}`
fn inet(address: &str) -> Option<String> {
    let port = digits(address.split_once("htons(")?.1);
    let host = address.split_once("inet_addr(\"")?.1.split('"').next()?;
    Some(format!("{host}:{port}"))
}

/// `[{events=EPOLLIN, data={u32=0, u64=0}}]` as what [`MioKernel`] makes of it, told a second time.
///
/// [`MioKernel`]: pollcast::kernel::mio::MioKernel
fn events(list: &str) -> Option<String> {
    let list = list.strip_prefix('[')?.strip_suffix(']')?;
    let parts = split(list).into_iter().filter(|part| !part.is_empty());
    let events: Option<Vec<Event>> = parts.map(event).collect();
    Some(format!(" {}", Events(&events?)))
}

fn event(text: &str) -> Option<Event> {
    let bits: Vec<&str> = field(text, "events=")?.split('|').collect();
    let has = |bit: &str| bits.contains(&bit);
    let token: usize = field(text, "u64=")?.parse().ok()?;
    let (ended, failed) = (has("EPOLLHUP") || has("EPOLLIN") && has("EPOLLRDHUP"), has("EPOLLERR"));
    Some(Event {
        source: match usize::MAX - 1 - token {
            number if number < 1024 => Source::Listener(number),
            _ => Source::Client(token),
        },
        readable: has("EPOLLIN") || has("EPOLLPRI") || ended || failed,
        writable: has("EPOLLOUT") || has("EPOLLHUP") || failed,
        read_on: ended || failed || has("EPOLLPRI"),
    })
}
