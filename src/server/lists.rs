//! The lists of clients that the phases work off. Each stands in each of them once at most, and
//! knows whether it does.

use super::Server;
use crate::kernel::Kernel;
use crate::observer::Observer;

impl<K: Kernel, O: Observer> Server<K, O> {
    /// Puts a client on the watch list.
    pub(super) fn watch(&mut self, key: usize) {
        let client = &mut self.clients[key];
        if !client.in_watch {
            client.in_watch = true;
            self.watch.push(key as u32);
        }
    }

    /// Puts a client on the list of those to read from.
    pub(super) fn mark_ready(&mut self, key: usize) {
        let client = &mut self.clients[key];
        if !client.in_ready {
            client.in_ready = true;
            self.ready.push_back(key as u32);
        }
    }

    /// Puts a client on the list of those to flush.
    pub(super) fn mark_writable(&mut self, key: usize) {
        let client = &mut self.clients[key];
        if !client.in_writable {
            client.in_writable = true;
            self.writable.push_back(key as u32);
        }
    }
}
