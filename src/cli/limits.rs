//! Limits that depend on each other, as far as the command line gives them. What it leaves out is
//! cut down to what it gives.

use log::warn;
use pollcast::{Config, Framing, Patience};

use super::{Settings, descriptors, values};

/// Slots are allocated at the start, at five gigabytes for so many: where descriptors are without
/// limit, as in some containers, this is the limit.
const MOST_CLIENTS: usize = 1 << 25;

/// The configuration with as many clients as were asked for, or else as descriptors and memory
/// allow beside so many listeners.
pub(crate) fn with_clients(settings: &Settings, listeners: usize) -> Config {
    let mut config = settings.config.clone();
    let possible = descriptors::most_clients(listeners).min(MOST_CLIENTS);
    let Some(asked) = settings.max_clients else {
        config.max_clients = possible.min(config.most_clients());
        return config;
    };
    if asked > possible {
        warn!("--max-clients {asked}: descriptors allow {possible}; then the rest has to wait");
    }
    // There are never more than there are descriptors, the reserve included.
    config.max_clients = asked.min(possible + descriptors::RESERVE);
    if config.max_clients > config.most_clients() {
        // So many were asked for, and no limit of memory was: twice what slots take.
        config.max_memory = config.max_clients.saturating_mul(512).min(Config::MAX_MEMORY);
    }
    config
}

/// Those that were given.
#[derive(Debug, Default)]
pub(super) struct Limits {
    queue: Option<usize>,
    line: Option<usize>,
    memory: Option<usize>,
    clients: Option<usize>,
}

impl Limits {
    /// Takes the value of an option. False when that is none of these.
    ///
    /// # Errors
    /// One line that names what was wrong, and what would be right.
    pub(super) fn set(&mut self, name: &str, parser: &mut lexopt::Parser) -> Result<bool, String> {
        match name {
            "--max-queue" => self.queue = Some(values::QUEUE_SIZE.take(name, parser)?),
            "--max-line" => self.line = Some(values::LINE_SIZE.take(name, parser)?),
            "--max-memory" => self.memory = Some(values::MEMORY_SIZE.take(name, parser)?),
            "--max-clients" => self.clients = Some(values::COUNT.take(name, parser)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Puts them into the settings.
    ///
    /// # Errors
    /// One line about two limits that do not go together.
    pub(super) fn settle(&self, settings: &mut Settings) -> Result<(), String> {
        let config = &mut settings.config;
        let Config { max_memory, max_queue, max_line, .. } = self.sizes()?;
        if self.line.is_some() && config.framing == Framing::Raw {
            return Err("--max-line: goes with --framing line".to_owned());
        }
        (config.max_memory, config.max_queue, config.max_line) = (max_memory, max_queue, max_line);
        settings.max_clients = self.clients;
        let most = config.most_clients();
        let is_too_many = self.clients.is_some_and(|clients| clients > most);
        if self.memory.is_some() && is_too_many && most > 0 {
            return Err(format!("--max-clients: takes at most {most} with this --max-memory"));
        }
        config.max_clients = most.clamp(1, config.max_clients);
        settings.sockets.user_timeout = match config.patience {
            // What was sent may stay unacknowledged as long as a client may be silent. But the
            // kernel also ends a connection that has not been read from for so long, which is for
            // patience to decide: it never comes first, nor at all where every client is trusted.
            Patience::Limit(patience) => settings.sockets.keepalive.map(|time| time.max(patience)),
            Patience::Forever => None,
        };
        config.check().map_err(|error| {
            format!("--{}: takes {}", error.name.replace('_', "-"), error.takes.replace('_', "-"))
        })
    }

    /// Memory, and the longest queue and line in it.
    fn sizes(&self) -> Result<Config, String> {
        let mut config = match self.memory {
            Some(memory) => Config::for_memory(memory)
                .map_err(|error| format!("--max-memory: takes {}", error.takes))?,
            None => Config::default(),
        };
        config.max_queue = self.queue.unwrap_or(config.max_queue);
        if self.memory.is_none() {
            let memory = config.max_memory.max(config.max_queue.saturating_mul(8));
            config.max_memory = memory.min(Config::MAX_MEMORY);
        }
        let longest = config.longest_line();
        config.max_line = self.line.unwrap_or(config.max_line.min(longest));
        if config.max_line > longest {
            return Err(format!("--max-line: takes at most {longest} with this --max-queue"));
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests;
