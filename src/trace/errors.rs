//! Errors by name: numbers differ from one system to the next, names do not.

use std::borrow::Cow;
use std::io::{self, ErrorKind};

macro_rules! numbers {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name)),*] };
}

macro_rules! kinds {
    ($($name:ident)*) => { &[$((stringify!($name), ErrorKind::$name)),*] };
}

/// What the calls of the loop are known to say.
const NUMBERS: &[(&str, i32)] = numbers! {
    EAGAIN EINTR EPIPE ECONNRESET EMFILE ENFILE ENOBUFS ENOMEM ECONNABORTED ENOTCONN ETIMEDOUT
    EHOSTUNREACH ENETUNREACH EHOSTDOWN ENETDOWN ECONNREFUSED EPROTO EPERM EACCES EBADF EINVAL
    EEXIST ENOENT ENOSPC EIO ENOTSOCK EOPNOTSUPP EFAULT EMSGSIZE EALREADY EISCONN
};

/// Errors without a number: kernels other than the system's may give them.
const KINDS: &[(&str, ErrorKind)] = kinds! {
    WouldBlock Interrupted ConnectionAborted ConnectionReset BrokenPipe NotConnected NotFound
    OutOfMemory TimedOut PermissionDenied NetworkDown InvalidInput AddrInUse AlreadyExists
};

/// The name of an error: of its number, or else of its kind.
pub(super) fn name(error: &io::Error) -> Cow<'static, str> {
    if let Some(number) = error.raw_os_error() {
        let known = NUMBERS.iter().find(|(_, known)| *known == number);
        return known.map_or_else(|| format!("errno {number}").into(), |(name, _)| (*name).into());
    }
    let known = KINDS.iter().find(|(_, known)| *known == error.kind());
    known.map_or("Other".into(), |(name, _)| (*name).into())
}

/// The error of that name.
pub(super) fn named(name: &str) -> io::Error {
    if let Some((_, number)) = NUMBERS.iter().find(|(known, _)| *known == name) {
        return io::Error::from_raw_os_error(*number);
    }
    if let Some(number) = name.strip_prefix("errno ").and_then(|number| number.parse().ok()) {
        return io::Error::from_raw_os_error(number);
    }
    let known = KINDS.iter().find(|(known, _)| *known == name);
    known.map_or(ErrorKind::Other, |(_, kind)| *kind).into()
}

#[cfg(test)]
mod tests;
