//! Where it listens: sockets that a service manager passed, or else places of the command line.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use pollcast::kernel::mio::{Address, Listener, MioKernel, SocketOptions};

use super::{Listen, Settings, service};

/// A kernel that listens, and nothing that was bound is left behind if it cannot.
///
/// # Errors
/// One line that names the place, and what is wrong with it.
pub(crate) fn open(settings: &Settings) -> Result<MioKernel, String> {
    let mut listeners = service::passed(&settings.sockets)?;
    if listeners.is_empty() {
        for place in &settings.listen {
            listeners.extend(bind(place, settings)?);
        }
    }
    MioKernel::new(listeners).map_err(|error| format!("cannot listen: {error}"))
}

fn bind(place: &Listen, settings: &Settings) -> Result<Vec<Listener>, String> {
    match place {
        Listen::Each(addresses) => bind_each(addresses, &settings.sockets),
        Listen::AnyFamily(port) => Ok(vec![bind_any_family(*port, &settings.sockets)?]),
        Listen::Path(path) => {
            let listener = Listener::unix(path, settings.unix_mode);
            let cannot = |error| cannot_listen(&Address::Unix(path.clone()), &error);
            Ok(vec![listener.map_err(cannot)?])
        }
    }
}

/// A name may stand for addresses that this machine does not have, as `localhost` does for `::1`
/// where there is no IPv6: one that can be bound is enough.
fn bind_each(addresses: &[SocketAddr], options: &SocketOptions) -> Result<Vec<Listener>, String> {
    let (mut listeners, mut absent) = (Vec::new(), None);
    for &address in addresses {
        let cannot = |error| cannot_listen(&Address::Inet(address), &error);
        match Listener::tcp(address, options) {
            Ok(listener) => listeners.push(listener),
            Err(error) if is_not_ours(&error) => absent = Some(cannot(error)),
            Err(error) => return Err(cannot(error)),
        }
    }
    match absent {
        Some(problem) if listeners.is_empty() => Err(problem),
        _ => Ok(listeners),
    }
}

/// One IPv6 socket takes both families. Where there is no IPv6, IPv4 alone: without the protocol
/// socket(2) fails, and without an address, not even that of the loopback, bind(2) may.
fn bind_any_family(port: u16, options: &SocketOptions) -> Result<Listener, String> {
    let both = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    let listener = match Listener::tcp(both, options) {
        Err(error) if is_not_ours(&error) => {
            Listener::tcp((Ipv4Addr::UNSPECIFIED, port).into(), options)
        }
        other => other,
    };
    listener.map_err(|error| cannot_listen(&Address::Inet(both), &error))
}

/// One line for a place where it cannot listen.
pub(super) fn cannot_listen(address: &Address, error: &io::Error) -> String {
    format!("cannot listen on {address}: {error}")
}

/// The family or the address is not one of this machine's.
fn is_not_ours(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EAFNOSUPPORT | libc::EADDRNOTAVAIL))
}

#[cfg(test)]
mod tests;
