//! How the memory that traffic may take is divided, once, before there is any.
//!
//! Slots are allocated at the start, so they never move or double. Unfinished lines get an eighth,
//! where there are lines, and no more than all of them can take. The rest is for blocks. What all
//! open clients wait for is one stretch of the log, no longer than the longest queue may be; so the
//! room needs the blocks of one queue and of one batch, however many clients it has, and a few for
//! what the host tells single clients; whatever there is beyond them is for those who leave with a
//! stretch of their own.

use crate::addresses::Addresses;
use crate::blocks::{AUTHOR_COST, Blocks};
use crate::client::Client;
use crate::config::{Allocation, Config, ConfigError, Framing};
use crate::deadlines::Deadlines;
use crate::framing::Lines;
use crate::kernel::mio::Stream;
use crate::kernel::{EVENTS, Event};
use crate::patience::Waiting;

/// What each part may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    /// Bytes of memory for each client that there may be.
    pub(crate) slot: usize,
    /// Bytes in a block.
    pub(crate) block_size: usize,
    /// Blocks, for open clients and for those who leave.
    pub(crate) blocks: usize,
    /// Blocks that the next batch may take.
    pub(crate) blocks_per_batch: usize,
    /// Blocks, of all, that may stand apart from the log.
    pub(crate) apart: usize,
    /// Bytes of unfinished lines.
    pub(crate) lines: usize,
    /// Bytes in the read buffer.
    pub(crate) buffer: usize,
    /// What a client that sends takes of the batch's room, beside its bytes.
    pub(crate) sender_cost: usize,
    /// Names of authors that a batch may have: none where nobody asks who sent what.
    pub(crate) names: usize,
}

/// What names the author of a part of the batch in the read buffer: a key, and where it ends.
pub(crate) type Name = (u32, u32);

/// More blocks than this are never of use, and their table alone would be hundreds of megabytes.
const MOST_BLOCKS: usize = 1 << 22;

/// More blocks than this never stand apart: what a host tells single clients is little.
const MOST_APART: usize = 64;

/// Bytes of memory for each client that there may be, with connections of this type: its slot, with
/// the mark of the slab, and its places in the lists.
pub(crate) const fn slot<C>(counts_addresses: bool) -> usize {
    let lists = 5 * size_of::<u32>();
    let times = Deadlines::memory_per_client() + Waiting::memory_per_client();
    let address = if counts_addresses { Addresses::memory_per_client() } else { 0 };
    size_of::<Client<C>>() + size_of::<usize>() + lists + times + address
}

impl Config {
    /// The default, cut down to what fits into so many bytes of [memory](Self::max_memory), with
    /// lines or without, with echo or without: up to five eighths of it are for clients. Where
    /// clients are counted by address a slot is larger: then set
    /// [`max_clients`](Self::max_clients) to [`most_clients`](Self::most_clients) again.
    ///
    /// A server of this configuration allocates all of it [at the start](Allocation::AtStart), and
    /// nothing after that.
    ///
    /// # Errors
    /// When that is too little for one client and the least queue.
    pub fn for_memory(bytes: usize) -> Result<Self, ConfigError> {
        let default = Self::default();
        let clients = (bytes / 8 * 5 / slot::<Stream>(false)).min(u32::MAX as usize);
        // A quarter is left when slots and lines have theirs, and the blocks of a queue and a
        // batch, with the names of authors, take three and a half queues.
        let queue = (bytes / 16).min(default.max_queue) / 512 * 512;
        if !(Self::MIN_MEMORY..=Self::MAX_MEMORY).contains(&bytes) {
            return Err(ConfigError { name: "max_memory", takes: Self::MEMORY_TAKES });
        }
        let config = Self {
            max_memory: bytes,
            allocation: Allocation::AtStart,
            max_clients: clients,
            max_queue: queue,
            max_line: default.max_line.min(queue / 8),
            ..default
        };
        config.check().map(|()| config)
    }

    /// Says which limit cannot work, if any.
    ///
    /// # Errors
    /// The first field that is out of its range; or `max_memory`, when it is not enough for the
    /// others.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.check_ranges()?;
        Budget::divide(self, self.slot()).map(drop)
    }

    /// Most bytes that a server takes from the allocator by these limits, whatever clients do: the
    /// budget, and what is there before any client is. With [`Allocation::AtStart`] all of it is
    /// there from the start. docs/MEMORY.md has the formula.
    ///
    /// Not in it: [`Server`](crate::Server) itself, which stands where the host keeps it; eight
    /// bytes for each listener; and what the kernel implementation has of its own.
    ///
    /// # Errors
    /// What [`check`](Self::check) says.
    pub fn footprint(&self) -> Result<usize, ConfigError> {
        self.check_ranges()?;
        let budget = Budget::divide(self, self.slot())?;
        let slots = self.max_clients * self.slot();
        let blocks = budget.blocks * Blocks::cost(budget.block_size, !self.echo);
        let names = budget.names * size_of::<Name>();
        let fixed = EVENTS * size_of::<Event>() + Blocks::memory_of_parts(budget.apart);
        Ok(slots + budget.lines + blocks + budget.buffer + names + fixed)
    }

    /// Most clients for which [`max_memory`](Self::max_memory) has room beside what the other
    /// limits need: at most five eighths of it are slots.
    #[must_use]
    pub fn most_clients(&self) -> usize {
        let left = Budget::left_for_slots(self).min(self.max_memory / 8 * 5);
        (left / self.slot()).min(u32::MAX as usize)
    }

    /// Bytes that a client takes on the real kernel.
    fn slot(&self) -> usize {
        slot::<Stream>(self.max_clients_per_address.is_some())
    }
}

impl Budget {
    /// Divides what `config` allows. A slot takes `slot` bytes, lists included.
    ///
    /// # Errors
    /// When `max_memory` is too little for the other limits: names it.
    pub(crate) fn divide(config: &Config, slot: usize) -> Result<Self, ConfigError> {
        let least = Self::least(config);
        let slots = config.max_clients.saturating_mul(slot);
        let left = config.max_memory.saturating_sub(slots).saturating_sub(least.lines);
        let blocks = left / Blocks::cost(least.block_size, !config.echo);
        if blocks < least.blocks {
            let takes = "enough for max_clients, for max_queue three times, and for lines";
            return Err(ConfigError { name: "max_memory", takes });
        }
        let blocks = blocks.min(MOST_BLOCKS.max(least.blocks));
        let apart = (least.apart + blocks - least.blocks).min(MOST_APART.max(least.apart));
        Ok(Self { slot, blocks, apart, ..least })
    }

    /// Bytes that are left for slots when everything else has the least that it needs.
    pub(crate) fn left_for_slots(config: &Config) -> usize {
        let least = Self::least(config);
        // Nobody has checked the limits yet: none may overflow.
        let blocks = least.blocks.saturating_mul(Blocks::cost(least.block_size, !config.echo));
        config.max_memory.saturating_sub(least.lines).saturating_sub(blocks)
    }

    /// What the limits decide without the slots; of blocks, the least.
    fn least(config: &Config) -> Self {
        let lines = match config.framing {
            Framing::Raw => 0,
            Framing::Line => {
                let each = Lines::memory_for(config.max_line);
                (config.max_memory / 8).min(config.max_clients.saturating_mul(each))
            }
        };
        let block_size = Self::block_size(config.max_queue);
        let buffer = config.turn.bytes.min(config.max_queue);
        let sender_cost = if config.echo { 0 } else { AUTHOR_COST };
        // A batch may be of single bytes, each with the name of its author.
        let most = config.turn.reads.min(config.max_clients);
        let room_for_names = most.min(buffer).saturating_mul(sender_cost);
        // The host may be one more author.
        let names = if config.echo { 0 } else { most + 1 };
        let batch = buffer.saturating_add(room_for_names).min(config.max_queue);
        let blocks_per_batch = batch.div_ceil(block_size) + 1;
        // The longest thing that a host may say to one.
        let apart = config.longest_line().div_ceil(block_size).max(1);
        // A stretch need not start with a block, and the newest block stays when it is empty.
        let blocks = config.max_queue.div_ceil(block_size) + 2 + blocks_per_batch + apart;
        Self {
            slot: 0,
            block_size,
            blocks,
            blocks_per_batch,
            apart,
            lines,
            buffer,
            sender_cost,
            names,
        }
    }

    /// Bytes in one shared block: 16 KiB, and less where a queue is small, so that a queue always
    /// spans several blocks and what one slow client pins stays close to what waits for it. A
    /// multiple of what the name of an author costs, so that it is charged exactly.
    fn block_size(max_queue: usize) -> usize {
        (max_queue / 8).clamp(512, 16 << 10) / AUTHOR_COST * AUTHOR_COST
    }
}

#[cfg(test)]
mod tests;
