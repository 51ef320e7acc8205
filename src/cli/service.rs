//! What a service manager passes and is told: sockets that listen already (sd_listen_fds(3)), and
//! news of the service (sd_notify(3)).

use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use pollcast::kernel::mio::{Listener, SocketOptions};

/// News for a service manager.
#[derive(Debug, Clone, Copy)]
pub(crate) enum News {
    /// It listens.
    Ready,
    /// The drain has begun.
    Stopping,
}

/// A manager with no room for news is waited for so long: the kernel queues ten datagrams
/// (net.unix.max_dgram_qlen), and many services may start at the same time.
const PATIENCE: Duration = Duration::from_secs(1);

/// The sockets that a service manager passed, all of them; none if there is no manager. They are
/// taken from the process: ask once.
///
/// # Errors
/// One line that says which of them is no listener.
pub(crate) fn passed(options: &SocketOptions) -> Result<Vec<Listener>, String> {
    let because = |error| format!("LISTEN_PID, LISTEN_FDS: {error}");
    let sockets = sd_listen_fds::get().map_err(because)?;
    let all = sockets.len();
    let mut listeners = Vec::new();
    for (number, (_, socket)) in sockets.into_iter().enumerate() {
        let listener = Listener::inherited(socket.into_std(), options).map_err(|error| {
            let which = format!("socket {} of {all} that the service manager passed", number + 1);
            format!("cannot listen on {which}: {error}")
        })?;
        listeners.push(listener);
    }
    Ok(listeners)
}

/// Tells a service manager, if there is one that wants to know.
///
/// # Errors
/// When it cannot be told; the service goes on all the same.
pub(crate) fn tell(news: News) -> io::Result<()> {
    let Some(manager) = env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty()) else {
        return Ok(());
    };
    let text = match news {
        News::Ready => "READY=1",
        News::Stopping => "STOPPING=1",
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.send_to_addr(text.as_bytes(), &address(&manager)?).map(drop)
}

/// A path, or behind an `@` a name without a file, which Linux alone knows.
fn address(name: &OsStr) -> io::Result<SocketAddr> {
    match name.as_bytes().strip_prefix(b"@") {
        #[cfg(target_os = "linux")]
        Some(name) => <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(name),
        _ => SocketAddr::from_pathname(name),
    }
}
