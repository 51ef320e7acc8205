//! Options of TCP sockets, set on a listener: what it accepts inherits them (Linux copies the whole
//! socket, sk_clone_lock; accept(2) of the BSDs says the same).

use std::io;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

/// How a TCP connection finds out that its peer is gone. Sockets of the UNIX kind need none of it:
/// there the kernel knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketOptions {
    /// How long a connection may be silent before the kernel asks the peer whether it is still
    /// there (tcp(7), TCP_KEEPIDLE); `None`: it never asks. Default 60 seconds. The kernel counts
    /// whole seconds, from 1 to [`MAX_KEEPALIVE`](Self::MAX_KEEPALIVE); anything else is cut to
    /// that.
    ///
    /// It asks again each quarter of that time, at least a second apart, and for no longer than
    /// that time once more: a peer that is gone is found within twice the keepalive. If
    /// [`user_timeout`](Self::user_timeout) is set, Linux goes by that instead of counting
    /// (tcp_keepalive_timer): within the longer of the two times and a quarter of the keepalive.
    pub keepalive: Option<Duration>,
    /// How long what was sent may stay unacknowledged before the kernel gives the connection up
    /// (tcp(7), TCP_USER_TIMEOUT; Linux only); `None`: what the system does, a quarter of an hour
    /// as a rule. Default 60 seconds. The kernel counts milliseconds, up to 24 days.
    ///
    /// It also ends a connection whose peer is there, but has not read for so long: Linux counts
    /// probes of a window that stays closed like any other, though they are answered
    /// (tcp_probe_timer). A host that trusts every client, with
    /// [`Patience::Forever`](crate::Patience::Forever), must set `None`, and any other one no less
    /// than its patience.
    pub user_timeout: Option<Duration>,
}

/// Bytes per client that the kernel may hold *unsent*; what is in flight is not counted (tcp(7),
/// TCP_NOTSENT_LOWAT). Without it a client that never reads pins megabytes of kernel memory.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNSENT: u32 = 128 << 10;

/// The kernel reads it as a signed number (do_tcp_setsockopt), and takes no negative one.
#[cfg(any(target_os = "linux", target_os = "android"))]
const MAX_USER_TIMEOUT: Duration = Duration::from_millis(i32::MAX as u64);

impl SocketOptions {
    /// Greatest [`keepalive`](Self::keepalive): Linux takes no more (MAX_TCP_KEEPIDLE).
    pub const MAX_KEEPALIVE: Duration = Duration::from_secs(32_767);

    /// Sets all of them, and those that nobody may choose.
    pub(super) fn set(&self, socket: &SockRef<'_>) -> io::Result<()> {
        // What a turn read leaves in one write: there is nothing for Nagle's algorithm to gather.
        socket.set_tcp_nodelay(true)?;
        // An urgent byte is a byte of the stream (tcp(7)): telnet sends some.
        socket.set_out_of_band_inline(true)?;
        match self.keepalive {
            Some(idle) => socket.set_tcp_keepalive(&probes(idle))?,
            None => socket.set_keepalive(false)?,
        }
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            let timeout = self.user_timeout.map(|timeout| timeout.min(MAX_USER_TIMEOUT));
            socket.set_tcp_user_timeout(timeout)?;
            socket.set_tcp_notsent_lowat(UNSENT)?;
        }
        #[cfg(target_vendor = "apple")]
        socket.set_nosigpipe(true)?;
        Ok(())
    }
}

impl Default for SocketOptions {
    fn default() -> Self {
        let minute = Some(Duration::from_secs(60));
        Self { keepalive: minute, user_timeout: minute }
    }
}

/// As many probes as fit into the time of silence once more. With a user timeout Linux does not
/// count them (tcp_keepalive_timer).
fn probes(idle: Duration) -> TcpKeepalive {
    let idle = idle.as_secs().clamp(1, SocketOptions::MAX_KEEPALIVE.as_secs());
    let keepalive = TcpKeepalive::new().with_time(Duration::from_secs(idle));
    #[cfg(not(any(
        target_os = "openbsd",
        target_os = "redox",
        target_os = "solaris",
        target_os = "nto",
        target_os = "haiku"
    )))]
    let keepalive = {
        let interval = (idle / 4).max(1);
        keepalive
            .with_interval(Duration::from_secs(interval))
            .with_retries((idle / interval) as u32)
    };
    keepalive
}
