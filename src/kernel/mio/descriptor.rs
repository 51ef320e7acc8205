//! The descriptor of the poll itself, for hosts that wait in a loop of their own.

use std::os::fd::BorrowedFd;

use super::MioKernel;

/// Readable while there are events that no wait has told yet (epoll(7) and kqueue(2) say so). mio's
/// poll(2) backend has none.
#[cfg(all(
    not(mio_unsupported_force_poll_poll),
    any(
        target_os = "linux",
        target_os = "android",
        target_os = "freebsd",
        target_os = "netbsd",
        target_os = "openbsd",
        target_os = "dragonfly",
        target_vendor = "apple"
    )
))]
mod of_the_poll {
    use std::os::fd::{AsFd, BorrowedFd};

    use super::MioKernel;

    impl AsFd for MioKernel {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.poll.registry().as_fd()
        }
    }

    pub(super) const DESCRIPTOR: fn(&MioKernel) -> Option<BorrowedFd<'_>> =
        |kernel| Some(kernel.as_fd());
}

#[cfg(not(all(
    not(mio_unsupported_force_poll_poll),
    any(
        target_os = "linux",
        target_os = "android",
        target_os = "freebsd",
        target_os = "netbsd",
        target_os = "openbsd",
        target_os = "dragonfly",
        target_vendor = "apple"
    )
)))]
mod of_the_poll {
    use std::os::fd::BorrowedFd;

    use super::MioKernel;

    pub(super) const DESCRIPTOR: fn(&MioKernel) -> Option<BorrowedFd<'_>> = |_| None;
}

impl MioKernel {
    /// The descriptor of the poll, where it has one: then the kernel is [`AsFd`] too.
    ///
    /// [`AsFd`]: std::os::fd::AsFd
    #[must_use]
    pub fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        (of_the_poll::DESCRIPTOR)(self)
    }
}
