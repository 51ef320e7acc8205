//! The command line: any arguments give settings or one line of error.

mod printed;

use std::ffi::{OsStr, OsString};
use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt;

use crate::product::cli::{self, Command, Settings, limits};

/// The arguments are what stands between zeros.
pub fn run(input: &[u8]) {
    let arguments = input.split(|&byte| byte == 0).map(|bytes| OsStr::from_bytes(bytes).to_owned());
    let arguments: Vec<OsString> = arguments.collect();
    if arguments.iter().any(|argument| is_looked_up(&argument.to_string_lossy())) {
        return;
    }
    match cli::parse(lexopt::Parser::from_args(&arguments)) {
        Ok(Command::Print(text)) => assert!(text.ends_with('\n'), "{text:?}"),
        Ok(Command::Replay(file, _)) => assert!(!file.as_os_str().is_empty()),
        Ok(Command::Serve(settings)) => settings_work(&settings),
        Err(problem) => is_one_line_about(&problem, &arguments),
    }
}

/// Whether a name service may be asked for a host: the argument ends in a port, and what stands in
/// front of that is neither an address nor an option with one. Nobody else is to be disturbed.
fn is_looked_up(argument: &str) -> bool {
    let Some((host, port)) = argument.rsplit_once(':') else { return false };
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
    if !is_port || argument.contains("unix:") {
        return false;
    }
    let short = |option: &str| option.bytes().all(|letter| b"vql".contains(&letter));
    let host = match host.split_once('=') {
        Some(("--listen" | "-l", host)) => host,
        Some(_) => return true,
        None => match host.strip_prefix('-').and_then(|option| option.split_once('l')) {
            Some((before, host)) if short(before) => host,
            _ => host,
        },
    };
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    !host.is_empty() && address.parse::<IpAddr>().is_err()
}

/// The server takes what the parser lets through, and it means what it says.
fn settings_work(settings: &Settings) {
    assert!(!settings.listen.is_empty(), "nowhere to listen");
    assert_eq!(settings.config.check(), Ok(()), "{settings:?}");
    assert_eq!(limits::with_clients(settings, settings.listen.len()).check(), Ok(()));
    let arguments = printed::arguments(settings);
    match cli::parse(lexopt::Parser::from_args(&arguments)) {
        Ok(Command::Serve(again)) => {
            assert_eq!(printed::meaning(&again), printed::meaning(settings), "{arguments:?}");
        }
        other => panic!("{settings:?}, printed back: {arguments:?}: {other:?}"),
    }
}

/// An error is one line, whatever stood in the arguments, and begins with the name of one of them.
fn is_one_line_about(problem: &str, arguments: &[OsString]) {
    let is_line =
        |letter: char| !letter.is_control() && !['\u{2028}', '\u{2029}'].contains(&letter);
    assert!(problem.chars().all(is_line), "{problem:?}");
    let unknown = problem.strip_suffix(": there is no such option; see --help");
    let name = unknown.unwrap_or_else(|| problem.split([' ', ':']).next().expect("a name"));
    let named = arguments.iter().any(|argument| {
        let argument = argument.to_string_lossy().escape_debug().to_string();
        let has_letter = |letter| argument.starts_with('-') && argument.contains(letter);
        match name.strip_prefix('-') {
            Some("-listen") => argument.starts_with(name) || has_letter("l"),
            Some(letter) if letter == "-" || !letter.starts_with('-') => has_letter(letter),
            _ => argument.starts_with(name),
        }
    });
    assert!(named || name == "ADDR", "{arguments:?}: names none of them: {problem}");
}
