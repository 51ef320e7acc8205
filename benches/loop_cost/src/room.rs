//! The server with its clients, and a check that it did what was asked.

use pollcast::{Config, Server, TurnLimits};

use crate::kernel::NullKernel;
use crate::workload::Workload;

/// Enough for the slots of all clients, and for queues.
const MEMORY: usize = 256 << 20;

/// A server that has let everybody in.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) server: Server<NullKernel>,
    workload: Workload,
    clients: usize,
}

impl Room {
    pub(crate) fn gather(workload: Workload, clients: usize) -> Self {
        let default = TurnLimits::default();
        let unlimited =
            TurnLimits { accepts: clients, reads: clients, writes: usize::MAX, ..default };
        let config = Config {
            max_clients: clients,
            max_memory: MEMORY,
            echo: workload.echo,
            turn: if workload.one_turn { unlimited } else { default },
            ..Config::default()
        };
        let kernel = NullKernel::new(workload, clients);
        let mut server = Server::new(kernel, config).expect("limits that work");
        while server.client_count() < clients {
            server.turn(None).expect("it does not wait");
        }
        Self { server, workload, clients }
    }

    /// Makes turns until so many messages were read, and nothing is left to do. Tells how many
    /// deliveries that were.
    ///
    /// # Errors
    /// When it was not exactly what had to be done.
    pub(crate) fn converse(&mut self, messages: u64) -> Result<u64, String> {
        let before = *self.server.stats();
        while self.server.stats().messages_in < before.messages_in + messages
            || self.server.has_work()
        {
            self.server.turn(None).map_err(|error| error.to_string())?;
        }
        let stats = self.server.stats();
        let recipients = self.clients - usize::from(!self.workload.echo);
        let delivered = stats.messages_out - before.messages_out;
        let read = stats.messages_in - before.messages_in;
        if (read, delivered) != (messages, messages * recipients as u64) {
            return Err(format!("{read} messages of {messages}, {delivered} deliveries"));
        }
        let kernel = self.server.kernel();
        if (stats.writes, stats.bytes_out) != (kernel.writes, kernel.bytes) {
            return Err(format!("{stats:?} after {} bytes", kernel.bytes));
        }
        Ok(delivered)
    }
}
