//! How many clients the descriptor limit allows.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are neither for clients nor for listeners: standard streams, the poll, signals,
/// and one to accept and refuse a client with.
pub(super) const RESERVE: usize = 31;

/// Raises the limit of open files as far as the system lets it (RLIMIT_NOFILE, getrlimit(2)), and
/// tells how many clients that allows beside so many listeners: at least one.
pub(crate) fn most_clients(listeners: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
        // Where the system caps it lower than it says, what there is has to do.
        let _ = setrlimit(Resource::Nofile, raised);
    }
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::from(u32::MAX));
    let clients = files.saturating_sub((RESERVE + listeners) as u64).clamp(1, u64::from(u32::MAX));
    usize::try_from(clients).unwrap_or(usize::MAX)
}
