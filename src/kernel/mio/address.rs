//! Where listeners can be reached.

use std::fmt;
use std::net::SocketAddr;
use std::os::unix::net as unix;
use std::path::{Path, PathBuf};

/// Where a listener can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// An IP address and a TCP port.
    Inet(SocketAddr),
    /// A path in the file system, as it was given; a name without a file (unix(7), abstract) stands
    /// behind an `@`.
    Unix(PathBuf),
}

impl Address {
    /// The IP address and port, if it is one.
    #[must_use]
    pub fn inet(&self) -> Option<SocketAddr> {
        match self {
            Self::Inet(address) => Some(*address),
            Self::Unix(_) => None,
        }
    }

    pub(super) fn unix(address: &unix::SocketAddr) -> Self {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            #[cfg(target_os = "android")]
            use std::os::android::net::SocketAddrExt;
            #[cfg(target_os = "linux")]
            use std::os::linux::net::SocketAddrExt;
            if let Some(name) = address.as_abstract_name() {
                return Self::Unix(format!("@{}", name.escape_ascii()).into());
            }
        }
        Self::Unix(address.as_pathname().unwrap_or(Path::new("")).to_owned())
    }
}

/// As the command line takes it: `127.0.0.1:8080`, `[::1]:8080`, `unix:/run/pollcast`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}
