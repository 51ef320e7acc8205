//! What the arguments of a call say, out of strace's words and into those of a trace.

use crate::books::strace::{Call, split};

/// What is told of a call, each part with a comma behind it.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    pub(super) text: String,
    pub(super) client: Option<usize>,
}

impl Arguments {
    pub(super) fn put(&mut self, name: &str, value: &str) {
        self.text += &format!(r#""{name}":{value},"#);
    }

    pub(super) fn client(&mut self, client: usize) {
        self.client = Some(client);
        self.put("client", &client.to_string());
    }
}

pub(super) fn number(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// `{tv_sec=60, tv_nsec=0}`, or no limit.
pub(super) fn microseconds(time: &str) -> String {
    let field = |name| {
        let (_, rest) = time.split_once(name)?;
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        rest[..digits].parse::<u64>().ok()
    };
    match (field("tv_sec="), field("tv_nsec=")) {
        (Some(seconds), Some(rest)) => (seconds * 1_000_000 + rest / 1_000).to_string(),
        _ => "null".to_owned(),
    }
}

/// The address of who was let in.
pub(super) fn peer(address: &str) -> Option<String> {
    let between = |before, after| Some(address.split_once(before)?.1.split_once(after)?.0);
    let port = between("htons(", ")")?;
    match between("inet_addr(\"", "\"") {
        Some(host) => Some(format!("{}:{port}", text_of(host))),
        None => Some(format!("[{}]:{port}", text_of(between("AF_INET6, \"", "\"")?))),
    }
}

/// In hexadecimal, as `strace -xx` writes it, or as it is.
fn text_of(words: &str) -> String {
    let letter = |code| u8::from_str_radix(code, 16).map_or('?', char::from);
    match words.strip_prefix("\\x") {
        Some(codes) => codes.split("\\x").map(letter).collect(),
        None => words.to_owned(),
    }
}

/// How many parts a write has, and how many bytes.
pub(super) fn slices(call: &Call) -> (usize, u64) {
    let lengths = call.arguments.split("iov_len=").skip(1);
    let digits =
        |text: &str| text.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok();
    let lengths: Vec<u64> = lengths.filter_map(digits).collect();
    match lengths.is_empty() {
        true => (1, call.argument(2).parse().unwrap_or(0)),
        false => (lengths.len(), lengths.iter().sum()),
    }
}

/// `"2 in more"`, `"2 out"`, `"listener 0"`: the events of a list of strace's, in quotes. `more`:
/// a short read would not be the end.
pub(super) fn events(list: &str, name: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let list = list.trim_start_matches('[').trim_end_matches(']');
    let event = |event: &str| {
        let flags = event.split_once("events=")?.1.split_once(',')?.0;
        let data = event.split_once("u64=")?.1.trim_end_matches('}');
        let has = |flag| flags.split('|').any(|one| one == flag);
        let name = name(data).unwrap_or_else(|| "other".to_owned());
        let is_in = if has("EPOLLIN") && !name.starts_with("listener") { " in" } else { "" };
        let is_out = if has("EPOLLOUT") { " out" } else { "" };
        let ends = ["EPOLLRDHUP", "EPOLLHUP", "EPOLLERR", "EPOLLPRI"].into_iter().any(has);
        let more = if ends { " more" } else { "" };
        Some(format!("\"{name}{is_in}{is_out}{more}\""))
    };
    split(list).filter_map(event).collect()
}
