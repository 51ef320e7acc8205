//! What a host does between turns: it says something to everybody or to one, puts somebody out, and
//! waits in a loop of its own.

use std::fmt;
use std::os::fd::{AsFd, BorrowedFd};

use super::Server;
use crate::config::Framing;
use crate::kernel::Kernel;
use crate::observer::{Observer, Reason, Step};

/// Why the server did not take what a host had to say. Nothing of it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SayError {
    /// There is no room for it at present: the room waits for somebody, or a fan-out goes on, or
    /// much was said already.
    Later,
    /// It is longer than [`Config::longest_line`](crate::Config::longest_line), or empty.
    Length,
    /// The log is one of whole lines, and this does not end with a line feed.
    NoLine,
    /// There is no such client, or it receives nothing more.
    Gone,
}

impl<K: Kernel, O: Observer> Server<K, O> {
    /// Says something to everybody, as part of the log: it is in one piece at the same place in
    /// every client's stream, in front of what the next turn reads. Whoever joins in that turn
    /// hears it too. The next turn does not wait.
    ///
    /// Between two turns, at most [`longest_line`](crate::Config::longest_line) bytes can be said
    /// in all: so what a host says keeps no client from being read. Where nobody is, it is lost.
    ///
    /// # Errors
    /// Why it was not taken. [`Later`](SayError::Later) lasts no longer than patience, whatever
    /// clients do.
    pub fn broadcast(&mut self, bytes: &[u8]) -> Result<(), SayError> {
        self.check_length(bytes)?;
        if self.roster.is_empty() {
            return Ok(());
        }
        if self.fan_out.is_under_way() || self.waiting.waits() {
            return Err(SayError::Later);
        }
        self.longest = self.longest_lag();
        let said = self.fan_out.len + bytes.len();
        let room = self.room_for_more().saturating_sub(self.budget.sender_cost);
        if said > self.config.longest_line() || bytes.len() > room {
            return Err(SayError::Later);
        }
        self.buffer[self.fan_out.len..said].copy_from_slice(bytes);
        self.fan_out.len = said;
        self.fan_out.messages += self.count_messages(bytes);
        if !self.config.echo {
            self.fan_out.name_host();
        }
        self.stats.bytes_by_host += bytes.len() as u64;
        self.step(&Step::HostSays { client: None, bytes });
        Ok(())
    }

    /// Tells one client something that nobody else hears. It is no part of the log: it stands in
    /// one piece between two parts of it, behind everything that the client was given or that waits
    /// for it, and before what is said later. The next turn does not wait.
    ///
    /// # Errors
    /// Why it was not taken. With [`Later`](SayError::Later) there is too much of the kind already
    /// that clients have not taken: at most 64 blocks, of 16 KiB and less, and at least what the
    /// longest line takes; and for one client a quarter of that. It may last for as long as they do
    /// not read, since that holds up nobody: leave out what there was to say, or put them out.
    pub fn send_to(&mut self, client: usize, bytes: &[u8]) -> Result<(), SayError> {
        self.check_length(bytes)?;
        if !self.clients.get(client).is_some_and(|client| client.is_open()) {
            return Err(SayError::Gone);
        }
        let needed = bytes.len().div_ceil(self.budget.block_size) + self.budget.blocks_per_batch;
        let is_crowded = self.blocks.in_use() + needed > self.budget.blocks;
        let held = self.clients[client].outbox.blocks_apart(&self.blocks);
        if is_crowded || !self.blocks.has_room_apart(bytes.len(), held) {
            return Err(SayError::Later);
        }
        let outbox = &mut self.clients[client].outbox;
        let had_everything = outbox.is_empty();
        outbox.push_apart(bytes, &mut self.blocks);
        let queued = outbox.len();
        self.stats.bytes_by_host += bytes.len() as u64;
        self.step(&Step::HostSays { client: Some(client), bytes });
        self.step(&Step::Queued { client, queued });
        self.watch(client);
        // An event will tell when one who is behind takes more.
        if had_everything {
            self.mark_writable(client);
        }
        Ok(())
    }

    /// Puts a client out: what waits for it is dropped, and the connection is reset in the next
    /// turn, which does not wait.
    ///
    /// # Errors
    /// [`Gone`](SayError::Gone): there is no such client, or it is on its way out for another
    /// reason.
    pub fn evict(&mut self, client: usize) -> Result<(), SayError> {
        if self.clients.get(client).is_none_or(|client| client.is_dead()) {
            return Err(SayError::Gone);
        }
        self.step(&Step::HostEvicts { client });
        self.refresh_clock();
        self.kill(client, Reason::ByHost);
        self.ends.are_put_off = true;
        Ok(())
    }

    fn check_length(&self, bytes: &[u8]) -> Result<(), SayError> {
        if bytes.is_empty() || bytes.len() > self.config.longest_line() {
            return Err(SayError::Length);
        }
        if self.config.framing == Framing::Line && !bytes.ends_with(b"\n") {
            return Err(SayError::NoLine);
        }
        Ok(())
    }

    fn count_messages(&self, bytes: &[u8]) -> u64 {
        match self.config.framing {
            Framing::Raw => 1,
            Framing::Line => bytes.iter().filter(|&&byte| byte == b'\n').count() as u64,
        }
    }
}

/// Where a host waits for the server, beside whatever else it waits for: it is readable when the
/// kernel has something to tell. Then, and when [`next_timeout`](Server::next_timeout) has passed,
/// it is time for a [turn](Server::turn) that does not wait.
///
/// To be waited for as a level, as poll(2) and epoll(7) do unless told otherwise: a turn takes
/// [256 events](crate::kernel::EVENTS) at most, and what is left gives no new edge. Who waits for
/// edges, as mio does, registers it anew before each wait.
impl<K: Kernel + AsFd, O: Observer> AsFd for Server<K, O> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.kernel.as_fd()
    }
}

impl fmt::Display for SayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Later => "there is no room for it at present",
            Self::Length => "it is empty, or longer than a line may be",
            Self::NoLine => "it does not end with a line feed, and the log is one of lines",
            Self::Gone => "there is no such client, or it receives nothing more",
        })
    }
}

impl std::error::Error for SayError {}
