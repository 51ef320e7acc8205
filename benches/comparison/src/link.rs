//! What lies between the clients and a server.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::Command;

/// What lies between the clients and a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// The loopback device: what a receiver's TCP does for a segment is done, and billed, in the
    /// sender's write.
    Loopback,
    /// A pair of virtual Ethernet devices: the server in a network of its own, as behind a cable.
    Veth,
}

const SPACE: &str = "pollcast-comparison";
const OUTSIDE: [u8; 4] = [10, 213, 77, 1];
const INSIDE: [u8; 4] = [10, 213, 77, 2];

impl Link {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Veth => "veth",
        }
    }

    /// Where a server listens, on a port that the system chooses.
    pub(crate) fn address(self) -> SocketAddr {
        let host = match self {
            Self::Loopback => Ipv4Addr::LOCALHOST,
            Self::Veth => Ipv4Addr::from(INSIDE),
        };
        SocketAddr::new(IpAddr::V4(host), 0)
    }

    /// The words before a command that make it run on the server's side.
    pub(crate) fn words(self) -> &'static [&'static str] {
        match self {
            Self::Loopback => &[],
            Self::Veth => &["ip", "netns", "exec", SPACE],
        }
    }
}

/// The server's network, for as long as it is held.
#[derive(Debug)]
pub(crate) struct Cable(());

impl Cable {
    /// # Errors
    /// It takes root, `ip` of iproute2, and a kernel that allows network namespaces.
    pub(crate) fn lay() -> Result<Self, String> {
        // What an earlier one left behind.
        let _ = ip(&format!("netns del {SPACE}"));
        ip(&format!("netns add {SPACE}"))?;
        let cable = Self(());
        let [outside, inside] = [OUTSIDE, INSIDE].map(Ipv4Addr::from);
        ip(&format!("link add pollcast0 type veth peer name pollcast1 netns {SPACE}"))?;
        ip(&format!("addr add {outside}/30 dev pollcast0"))?;
        ip("link set pollcast0 up")?;
        ip(&format!("-n {SPACE} addr add {inside}/30 dev pollcast1"))?;
        ip(&format!("-n {SPACE} link set pollcast1 up"))?;
        ip(&format!("-n {SPACE} link set lo up"))?;
        Ok(cable)
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        let _ = ip(&format!("netns del {SPACE}"));
    }
}

fn ip(words: &str) -> Result<(), String> {
    let output = Command::new("ip").args(words.split(' ')).output();
    let output = output.map_err(|error| format!("ip (of iproute2): {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("ip {words}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
