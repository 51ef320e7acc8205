//! The choices among ways to serve.

use std::time::Duration;

/// How long a client whose queue is full may make the room wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// At most this long at a time; zero evicts a client as soon as its queue is full.
    Limit(Duration),
    /// Without end. This trusts every client: one that never reads stops the room for good.
    Forever,
}

/// What the log is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Bytes as they come: two clients that write at once may meet within a line.
    Raw,
    /// Whole lines, each ended by a line feed: one never mixes with another's. A line without an
    /// end waits with its sender; one that its sender ends by ending its stream gets a line feed,
    /// and one that was not ended when its sender was lost, or the server shut down, is dropped.
    Line,
}

/// What it means that a client ends its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HalfClose {
    /// It leaves: it gets everything up to its own last byte, and then the end.
    Leave,
    /// It says no more, and goes on listening.
    Listen,
}

/// When memory for traffic is taken from the allocator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocation {
    /// Blocks when somebody falls behind, of which eight are kept for the next one: a room where
    /// nobody is behind takes none of them.
    AsNeeded,
    /// All of it when the server is made. After that the server allocates nothing and frees
    /// nothing, whatever clients do.
    ///
    /// That holds where the [kernel](crate::kernel::Kernel) and the
    /// [observer](crate::observer::Observer) do neither: [`MioKernel`](crate::kernel::mio) does not
    /// on epoll and kqueue; on poll(2) mio allocates for each registration. A listener that was
    /// made on a path frees it when it is closed. Memory that was allocated need not be resident:
    /// a host that wants the pages too locks them (mlockall(2)).
    AtStart,
}

/// How the kernel is told what is of interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    /// Room to write while something waits to be written: two calls each time that a client falls
    /// behind, and no event that is of no use.
    Toggle,
    /// Both directions, once and for all, as the runtime of Go does it (`netpollopen`): no call
    /// ever, and events that say what nobody asked.
    Once,
}
