//! How many clients each address has.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Counts clients by where they come from.
#[derive(Debug)]
pub(crate) struct Addresses {
    most: usize,
    clients: HashMap<Network, u32>,
    /// Where the client with this key comes from, if that is known.
    origins: Vec<Option<Network>>,
}

/// What counts as one address: an IPv4 address, or an IPv6 network of 64 bits, since whoever has
/// one address of it has them all (RFC 6177).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Network {
    V4(Ipv4Addr),
    V6([u8; 8]),
}

impl Addresses {
    /// At most `most` clients from each; memory for so many clients in all. Twice as many places
    /// as can be taken: then the table never grows to clear away what was removed.
    pub(crate) fn new(most: usize, clients: usize) -> Self {
        let origins = Vec::with_capacity(clients);
        Self { most, clients: HashMap::with_capacity(2 * clients), origins }
    }

    /// Bytes of memory for each client: an origin, and up to five places of the table, of which a
    /// power of two is there and seven eighths are used, with a mark each.
    pub(crate) const fn memory_per_client() -> usize {
        size_of::<Option<Network>>() + 5 * (size_of::<(Network, u32)>() + 1)
    }

    /// Whether one more from there is one too many.
    pub(crate) fn is_crowded(&self, address: Option<SocketAddr>) -> bool {
        let network = address.map(Network::of);
        let clients = network.and_then(|network| self.clients.get(&network));
        clients.is_some_and(|&clients| clients as usize >= self.most)
    }

    /// Counts a client.
    pub(crate) fn join(&mut self, key: usize, address: Option<SocketAddr>) {
        if self.origins.len() <= key {
            self.origins.resize(key + 1, None);
        }
        self.origins[key] = address.map(Network::of);
        if let Some(network) = self.origins[key] {
            *self.clients.entry(network).or_default() += 1;
        }
    }

    /// Counts it no longer.
    pub(crate) fn leave(&mut self, key: usize) {
        let Some(network) = self.origins[key].take() else { return };
        if let Some(clients) = self.clients.get_mut(&network) {
            *clients -= 1;
            if *clients == 0 {
                self.clients.remove(&network);
            }
        }
    }

    /// How many clients are counted, for the audit.
    pub(crate) fn count(&self) -> usize {
        self.clients.values().map(|&clients| clients as usize).sum()
    }
}

impl Network {
    fn of(address: SocketAddr) -> Self {
        match address.ip().to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => {
                let [network @ .., _, _, _, _, _, _, _, _] = address.octets();
                Self::V6(network)
            }
        }
    }
}

#[cfg(test)]
mod tests;
