//! One interest, as epoll_ctl(2) is told of it and as kevent(2) is: what mio 1.2 passes on each
//! system (selector/epoll.rs, `interests_to_epoll`; selector/kqueue.rs, `register`, `reregister`,
//! `deregister`).

/// What becomes of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Added { writable: bool },
    Changed { writable: bool },
    Removed,
}

impl Change {
    /// The operation and the events of epoll_ctl(2). Input comes with the end of the stream
    /// (EPOLLRDHUP) and with urgent marks (EPOLLPRI).
    pub(super) fn for_epoll(self) -> &'static str {
        match self {
            Self::Added { writable: false } => "EPOLL_CTL_ADD, IN|PRI|RDHUP|ET",
            Self::Added { writable: true } => "EPOLL_CTL_ADD, IN|PRI|RDHUP|OUT|ET",
            Self::Changed { writable: false } => "EPOLL_CTL_MOD, IN|PRI|RDHUP|ET",
            Self::Changed { writable: true } => "EPOLL_CTL_MOD, IN|PRI|RDHUP|OUT|ET",
            Self::Removed => "EPOLL_CTL_DEL",
        }
    }

    /// The list of changes of kevent(2): one for each filter.
    pub(super) fn for_kqueue(self) -> &'static str {
        match self {
            Self::Added { writable: false } => "READ ADD|CLEAR|RECEIPT",
            Self::Added { writable: true } | Self::Changed { writable: true } => {
                "WRITE ADD|CLEAR|RECEIPT, READ ADD|CLEAR|RECEIPT"
            }
            Self::Changed { writable: false } => {
                "WRITE DELETE|CLEAR|RECEIPT, READ ADD|CLEAR|RECEIPT"
            }
            Self::Removed => "WRITE DELETE|RECEIPT, READ DELETE|RECEIPT",
        }
    }
}
