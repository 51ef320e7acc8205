//! What the server holds for clients, by capacity. What it may hold is divided in `budget`.

use super::Server;
use crate::blocks::Blocks;
use crate::budget;
use crate::config::Config;
use crate::kernel::Kernel;
use crate::observer::Observer;

impl<K: Kernel, O: Observer> Server<K, O> {
    /// Bytes of memory that count towards [`max_memory`](Config::max_memory), by capacity: slots,
    /// the table of blocks, blocks, unfinished lines.
    pub fn memory(&self) -> usize {
        let slots = self.config.max_clients * Self::slot(&self.config);
        slots + Blocks::table(self.budget.blocks) + self.traffic_memory()
    }

    /// Bytes of memory that traffic holds beside the slots, used or kept for the next burst: shared
    /// blocks and unfinished lines.
    pub fn traffic_memory(&self) -> usize {
        self.blocks.memory() + self.lines.memory()
    }

    /// Bytes of memory for each client that there may be.
    pub(super) fn slot(config: &Config) -> usize {
        budget::slot::<K::Connection>(config.max_clients_per_address.is_some())
    }
}
