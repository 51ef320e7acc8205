//! Values of options: sizes, times, counts, modes and places. Each error is one line that names the
//! option, the value, and what would be right.

mod amounts;

use std::ffi::{OsStr, OsString};
use std::net::ToSocketAddrs;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use pollcast::kernel::mio::SocketOptions;
use pollcast::{Config, Framing, HalfClose, Interest, Patience};

use super::Listen;
use amounts::{duration, number, size};

/// What a value has to be: in words, and as a reader that knows it when it sees it.
pub(super) struct Kind<T> {
    takes: &'static str,
    read: fn(&str) -> Option<T>,
}

/// Bytes, within what a queue may be.
pub(super) const QUEUE_SIZE: Kind<usize> = Kind {
    takes: "a size from 4k to 1G, as in 512k or 1M",
    read: |text| size(text).filter(|size| (Config::MIN_QUEUE..=Config::MAX_QUEUE).contains(size)),
};

/// Bytes of a line; what may be depends on the queue.
pub(super) const LINE_SIZE: Kind<usize> = Kind {
    takes: "a size of at least 1, as in 512 or 16k",
    read: |text| size(text).filter(|&size| size > 0),
};

/// Bytes of memory.
pub(super) const MEMORY_SIZE: Kind<usize> = Kind {
    takes: if usize::BITS > 40 {
        "a size from 64k to 1024G, as in 256k or 64M"
    } else {
        "a size from 64k to 2G, as in 256k or 64M"
    },
    read: |text| {
        let most = Config::MIN_MEMORY..=Config::MAX_MEMORY;
        size(text).filter(|size| most.contains(size))
    },
};

/// What the log is made of.
pub(super) const FRAMING: Kind<Framing> = Kind {
    takes: "raw or line",
    read: |text| match text {
        "raw" => Some(Framing::Raw),
        "line" => Some(Framing::Line),
        _ => None,
    },
};

/// What the end of a stream means.
pub(super) const HALF_CLOSE: Kind<HalfClose> = Kind {
    takes: "leave or listen",
    read: |text| match text {
        "leave" => Some(HalfClose::Leave),
        "listen" => Some(HalfClose::Listen),
        _ => None,
    },
};

/// How the kernel is told what is of interest.
pub(super) const INTEREST: Kind<Interest> = Kind {
    takes: "toggle or once",
    read: |text| match text {
        "toggle" => Some(Interest::Toggle),
        "once" => Some(Interest::Once),
        _ => None,
    },
};

/// A time limit, or none.
pub(super) const PATIENCE: Kind<Patience> = Kind {
    takes: "0, a time up to 8784h, as in 500ms or 1s, or forever",
    read: |text| match text {
        "forever" => Some(Patience::Forever),
        _ => duration(text).map(Patience::Limit),
    },
};

/// A time with its unit, or 0.
pub(super) const TIME: Kind<Duration> =
    Kind { takes: "0 or a time up to 8784h, as in 500ms, 5s, 1m or 1h", read: duration };

/// How long input may wait for more.
pub(super) const LINGER: Kind<Duration> = Kind {
    takes: "0 or a time up to 1s, as in 1ms or 20ms",
    read: |text| duration(text).filter(|&time| time <= Config::MAX_GATHER),
};

/// How long a client may send nothing, or that it may for ever.
pub(super) const IDLE: Kind<Option<Duration>> = Kind {
    takes: "a time from 1ms to 8784h, as in 90s or 10m, or off",
    read: |text| match text {
        "off" => Some(None),
        _ => duration(text).filter(|time| !time.is_zero()).map(Some),
    },
};

/// A time between two lines.
pub(super) const INTERVAL: Kind<Duration> = Kind {
    takes: "a time from 1ms to 8784h, as in 10s or 1h",
    read: |text| duration(text).filter(|time| !time.is_zero()),
};

/// A file to write to, or to read.
#[cfg(feature = "trace")]
pub(super) const FILE: Kind<PathBuf> =
    Kind { takes: "the path of a file", read: |text| (!text.is_empty()).then(|| text.into()) };

/// Bytes of memory for the last part of a trace.
#[cfg(feature = "trace")]
pub(super) const RING_SIZE: Kind<usize> = Kind {
    takes: "a size from 64k to 1G, as in 256k or 4M",
    read: |text| size(text).filter(|size| (64 << 10..=1 << 30).contains(size)),
};

/// The path of a UNIX socket.
pub(super) const UNIX_PATH: Kind<PathBuf> = Kind {
    takes: "unix:PATH",
    read: |text| match place(text)? {
        Place::Path(path) => Some(path),
        Place::Port(..) => None,
    },
};

/// How long a connection may be silent before the kernel asks its peer, or never to ask.
pub(super) const KEEPALIVE: Kind<Option<Duration>> = Kind {
    takes: "a time from 1s to 32767s, as in 60s or 2m, or off",
    read: |text| match text {
        "off" => Some(None),
        _ => duration(text).filter(|time| SILENCE.contains(time)).map(Some),
    },
};

/// The kernel counts it in seconds.
const SILENCE: RangeInclusive<Duration> = Duration::from_secs(1)..=SocketOptions::MAX_KEEPALIVE;

/// Who may do what with a file.
pub(super) const MODE: Kind<u32> = Kind {
    takes: "an octal mode from 0 to 777, as in 660",
    read: |text| {
        let is_octal = text.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
        let mode = is_octal.then(|| u32::from_str_radix(text, 8).ok())?;
        mode.filter(|&mode| mode <= 0o777)
    },
};

/// A number of at least one.
pub(super) const COUNT: Kind<usize> = Kind {
    takes: "a number from 1 to 4294967295",
    read: |text| {
        let count = u32::try_from(number(text)?).ok()?;
        usize::try_from(count).ok().filter(|&count| count > 0)
    },
};

/// A place to listen on, its host not looked up yet.
pub(super) const PLACE: Kind<Place> = Kind {
    takes: "HOST:PORT, [V6]:PORT or :PORT, with a port from 0 to 65535, or unix:PATH",
    read: place,
};

/// Where to listen.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A host, or nothing for all interfaces, and a port.
    Port(String, u16),
    /// A path of a UNIX socket.
    Path(PathBuf),
}

impl<T> Kind<T> {
    /// Reads the value that follows this option.
    pub(super) fn take(&self, name: &str, parser: &mut lexopt::Parser) -> Result<T, String> {
        self.parse(name, &following(name, parser, self.takes)?)
    }

    /// Reads this value.
    pub(super) fn parse(&self, name: &str, value: &OsStr) -> Result<T, String> {
        let known = value.to_str().and_then(self.read);
        known.ok_or_else(|| wrong(name, value, self.takes))
    }
}

/// The value that follows this option. Not a part of [`Kind`], so that there is one for all types.
fn following(name: &str, parser: &mut lexopt::Parser, takes: &str) -> Result<OsString, String> {
    parser.value().map_err(|_| format!("{name}: takes {takes}"))
}

/// Quoted and escaped, so that it stays on one line.
fn wrong(name: &str, value: &OsStr, takes: &str) -> String {
    format!("{name} {value:?}: takes {takes}")
}

impl Place {
    /// Every address that it stands for, each once: /etc/hosts may name one twice.
    pub(super) fn look_up(&self, name: &str) -> Result<Listen, String> {
        let (host, port) = match self {
            Self::Path(path) => return Ok(Listen::Path(path.clone())),
            Self::Port(host, port) if host.is_empty() => return Ok(Listen::AnyFamily(*port)),
            Self::Port(host, port) => (host, port),
        };
        let addresses = (host.as_str(), *port).to_socket_addrs().map_err(|error| {
            format!("{name} {host:?}: takes a host that can be found, which it is not: {error}")
        })?;
        let mut found = Vec::new();
        for address in addresses {
            if !found.contains(&address) {
                found.push(address);
            }
        }
        Ok(Listen::Each(found))
    }
}

fn place(text: &str) -> Option<Place> {
    // First, since a path may well look like a host with a port.
    if let Some(path) = text.strip_prefix("unix:") {
        // Where it listens is one line of output.
        let is_path = !path.is_empty() && !path.contains(char::is_control);
        return is_path.then(|| Place::Path(path.into()));
    }
    let (host, port) = text.rsplit_once(':')?;
    let port = u16::try_from(number(port)?).ok()?;
    // Colons and brackets go together: neither `::1:80` nor `[name]:80` says what it means.
    let bracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let host = match bracketed {
        Some(address) => Some(address).filter(|address| address.contains(':')),
        None => Some(host).filter(|host| !host.contains([':', '[', ']'])),
    }?;
    Some(Place::Port(host.to_owned(), port))
}

#[cfg(test)]
mod tests;
