//! What the server holds for clients, by capacity. What it may hold is divided in `budget`.

use super::Server;
use crate::blocks::Blocks;
use crate::client::Client;
use crate::config::Config;
use crate::deadlines::Deadlines;
use crate::kernel::Kernel;
use crate::observer::Observer;
use crate::patience::Waiting;

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

    /// Bytes of memory for each client that there may be: its slot, with the mark of the slab, and
    /// its places in the lists.
    pub(super) fn slot(config: &Config) -> usize {
        let lists = 5 * size_of::<u32>();
        let times = Deadlines::memory_per_client() + Waiting::memory_per_client();
        let address = config.slot_address();
        size_of::<Client<K::Connection>>() + size_of::<usize>() + lists + times + address
    }
}
