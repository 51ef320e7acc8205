//! What the server holds for clients, by capacity. What it may hold is divided in `budget`.

use super::Server;
use crate::blocks::Blocks;
use crate::budget::{self, Budget};
use crate::config::{Allocation, Config};
use crate::kernel::Kernel;
use crate::observer::Observer;

impl<K: Kernel, O: Observer> Server<K, O> {
    /// Bytes of memory that count towards [`max_memory`](Config::max_memory), by capacity: slots,
    /// the share of unfinished lines, the table of blocks, blocks.
    pub fn memory(&self) -> usize {
        let slots = self.config.max_clients * self.budget.slot;
        let tables = Blocks::table(self.budget.blocks) + self.lines.memory();
        slots + tables + self.blocks.memory()
    }

    /// Bytes of memory that traffic holds beside the slots: shared blocks, used or kept for the
    /// next burst, and unfinished lines.
    pub fn traffic_memory(&self) -> usize {
        self.blocks.memory() + self.lines.used()
    }

    /// The store of blocks, with the memory of all of them if that is taken at the start.
    pub(super) fn store(config: &Config, budget: &Budget) -> Blocks {
        let names_authors = !config.echo;
        let mut blocks = Blocks::new(budget.block_size, budget.blocks, budget.apart, names_authors);
        if config.allocation == Allocation::AtStart {
            blocks.allocate(budget.blocks);
        }
        blocks
    }

    /// Bytes of memory for each client that there may be.
    pub(super) fn slot(config: &Config) -> usize {
        budget::slot::<K::Connection>(config.max_clients_per_address.is_some())
    }
}
