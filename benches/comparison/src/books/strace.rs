//! What `strace -f` writes, call by call: with the time in seconds in front, and how long each took
//! behind (`--absolute-timestamps=format:unix,precision:ns --syscall-times=ns`).

use std::collections::HashMap;

/// How strace is asked, so that this is understood. Contents are in hexadecimal: no quote, comma or
/// parenthesis in them. Lists are told up to 64 elements.
pub(crate) const WORDS: [&str; 8] = [
    "strace",
    "-D",
    "-f",
    "-xx",
    "--string-limit=64",
    "--absolute-timestamps=format:unix,precision:ns",
    "--syscall-times=ns",
    "-o",
];

/// A call that has returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) thread: u32,
    /// In nanoseconds: when it began, by the time of day.
    pub(crate) began: u64,
    /// In nanoseconds.
    pub(crate) took: u64,
    pub(crate) name: String,
    /// What stands between the parentheses, as strace writes it.
    pub(crate) arguments: String,
    pub(crate) result: Result<i64, String>,
}

impl Call {
    pub(crate) fn returned(&self) -> u64 {
        self.began + self.took
    }

    /// An argument by its place; what stands in brackets is one.
    pub(crate) fn argument(&self, place: usize) -> &str {
        split(&self.arguments).nth(place).unwrap_or("").trim()
    }
}

/// The parts between the commas that stand in no bracket.
pub(crate) fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    text.split(move |letter| {
        match letter {
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0
    })
}

/// All calls, in the order in which they returned. One that never did, a signal and an end are none.
pub(crate) fn calls(text: &str) -> Vec<Call> {
    let mut begun = HashMap::new();
    text.lines().filter_map(|line| call(line, &mut begun)).collect()
}

/// Whether the server's end is told, with which strace ends.
pub(crate) fn is_complete(text: &str, process: u32) -> bool {
    let of_process = |line: &&str| line.split_whitespace().next() == Some(&process.to_string());
    text.ends_with('\n') && text.lines().filter(of_process).any(|line| line.contains(" +++ "))
}

/// By the thread: when a call began, and what was told of it then.
type Begun = HashMap<u32, (u64, String)>;

fn call(line: &str, begun: &mut Begun) -> Option<Call> {
    let (thread, rest) = line.split_once(' ')?;
    let (time, rest) = rest.trim_start().split_once(' ')?;
    let (thread, time) = (thread.parse().ok()?, nanoseconds(time)?);
    if let Some(start) = rest.strip_suffix(" <unfinished ...>") {
        begun.insert(thread, (time, start.to_owned()));
        return None;
    }
    let (began, whole) = match rest.strip_prefix("<... ") {
        Some(rest) => {
            let (_, end) = rest.split_once(" resumed>")?;
            let (began, start) = begun.remove(&thread)?;
            (began, format!("{start}{end}"))
        }
        None => (time, rest.to_owned()),
    };
    let (name, rest) = whole.split_once('(')?;
    let (rest, took) = rest.strip_suffix('>')?.rsplit_once(" <")?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    let arguments = arguments.trim_end().strip_suffix(')')?.to_owned();
    let result = result_of(result)?;
    let took = nanoseconds(took)?;
    Some(Call { thread, began, took, name: name.to_owned(), arguments, result })
}

/// `-1 EAGAIN (...)` is an error; what stands behind a number is its meaning.
fn result_of(text: &str) -> Option<Result<i64, String>> {
    let mut words = text.split_whitespace();
    let (number, error) = (words.next()?, words.next());
    match (number, error) {
        // One that is the kernel's own, and has no name.
        ("-1", Some("(errno")) => {
            Some(Err(format!("errno {}", words.next()?.trim_end_matches(')'))))
        }
        ("-1" | "?", Some(error)) => Some(Err(error.to_owned())),
        _ => {
            let number = number.strip_prefix("0x").map_or_else(
                || number.parse().ok(),
                |digits| u64::from_str_radix(digits, 16).ok().map(|number| number as i64),
            );
            number.map(Ok)
        }
    }
}

/// Of seconds with nine decimals, exactly.
fn nanoseconds(seconds: &str) -> Option<u64> {
    let (whole, part) = seconds.split_once('.')?;
    let whole: u64 = whole.parse().ok()?;
    (part.len() == 9).then_some(whole * 1_000_000_000 + part.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests;
