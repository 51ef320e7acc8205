//! Where a server listens, as C says it.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::error::{Error, Failure};
use super::options::Options;
use super::pointer;
use crate::kernel::mio::{Listener, SocketOptions};

/// Listens everywhere, or nowhere.
///
/// # Safety
/// `listen` is null, or has as many strings as the options say.
pub(super) unsafe fn open(
    options: &Options,
    sockets: &SocketOptions,
) -> Result<Vec<Listener>, Failure> {
    if options.listen_count == 0 || options.listen_count > 1024 {
        return Err(Failure::option("listen_count", "1 to 1024"));
    }
    if options.unix_mode > 0o777 {
        return Err(Failure::option("unix_mode", "a mode up to 0777"));
    }
    let mode = Some(options.unix_mode).filter(|&mode| mode != 0);
    // SAFETY: the caller says that there are so many.
    let places = unsafe { pointer::array(options.listen, options.listen_count, "listen") }?;
    let bind = |&place| {
        // SAFETY: the caller says that they are strings.
        let place = unsafe { pointer::string(place, "a place in listen") }?;
        bind(place, mode, sockets)
    };
    places.iter().map(bind).collect()
}

fn bind(place: &[u8], mode: Option<u32>, sockets: &SocketOptions) -> Result<Listener, Failure> {
    let shown = place.escape_ascii();
    let bound = if let Some(path) = place.strip_prefix(b"unix:") {
        Listener::unix(Path::new(OsStr::from_bytes(path)), mode)
    } else {
        let address = std::str::from_utf8(place).ok().and_then(|text| text.parse().ok());
        let address: SocketAddr = address.ok_or_else(|| {
            let takes = "an address and a port, as in 127.0.0.1:8080 or [::1]:8080, or unix:/path";
            Failure::option(&format!("listen \"{shown}\":"), takes)
        })?;
        Listener::tcp(address, sockets)
    };
    let place = place.escape_ascii();
    bound.map_err(|error| Failure::new(Error::System, format!("cannot listen on {place}: {error}")))
}
