//! The errors that the manual pages of Linux list for each call, also those that cannot occur here.

use libc::{
    EACCES, EAGAIN, EALREADY, EBADF, ECONNABORTED, ECONNREFUSED, ECONNRESET, EDESTADDRREQ, EEXIST,
    EFAULT, EHOSTDOWN, EHOSTUNREACH, EINTR, EINVAL, EIO, EISCONN, EISDIR, ELOOP, EMFILE, EMSGSIZE,
    ENETDOWN, ENETUNREACH, ENFILE, ENOBUFS, ENOENT, ENOMEM, ENOPROTOOPT, ENOSPC, ENOTCONN,
    ENOTSOCK, EOPNOTSUPP, EPERM, EPIPE, EPROTO, EPROTONOSUPPORT, ESOCKTNOSUPPORT, ETIMEDOUT,
};

/// The calls of a kernel that can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Wait,
    Accept,
    Add,
    Arm,
    Read,
    Write,
    Finish,
    Address,
}

/// epoll_wait(2) and, for want of memory, poll(2).
const WAIT: &[i32] = &[EINTR, EBADF, EFAULT, EINVAL, ENOMEM];

/// accept(2), with the errors of the network that were already pending on the new socket.
const ACCEPT: &[i32] = &[
    EAGAIN,
    EINTR,
    ECONNABORTED,
    EMFILE,
    ENFILE,
    ENOBUFS,
    ENOMEM,
    EPROTO,
    EPERM,
    EBADF,
    EFAULT,
    EINVAL,
    ENOTSOCK,
    EOPNOTSUPP,
    ENETDOWN,
    ENOPROTOOPT,
    EHOSTDOWN,
    ENONET,
    EHOSTUNREACH,
    ENETUNREACH,
    ENOSR,
    ESOCKTNOSUPPORT,
    EPROTONOSUPPORT,
    ETIMEDOUT,
];

/// epoll_ctl(2).
const CONTROL: &[i32] = &[ENOMEM, ENOSPC, EBADF, EEXIST, EINVAL, ELOOP, ENOENT, EPERM];

/// read(2), recv(2), tcp(7) and ip(7), and what the network adds.
const READ: &[i32] = &[
    EAGAIN,
    EINTR,
    ECONNRESET,
    ENOMEM,
    ENOBUFS,
    ETIMEDOUT,
    EHOSTUNREACH,
    ENETUNREACH,
    ENOTCONN,
    ECONNREFUSED,
    EPIPE,
    EBADF,
    EFAULT,
    EINVAL,
    EIO,
    EISDIR,
    ENOTSOCK,
];

/// send(2) and tcp(7), and what the network adds; zero stands for a call that takes nothing.
const WRITE: &[i32] = &[
    0,
    EAGAIN,
    EINTR,
    ECONNRESET,
    ENOMEM,
    ENOBUFS,
    EPIPE,
    ETIMEDOUT,
    EHOSTUNREACH,
    ENETUNREACH,
    EACCES,
    EALREADY,
    EBADF,
    EDESTADDRREQ,
    EFAULT,
    EINVAL,
    EISCONN,
    EMSGSIZE,
    ENOTCONN,
    ENOTSOCK,
    EOPNOTSUPP,
];

/// shutdown(2).
const FINISH: &[i32] = &[ENOTCONN, EBADF, EINVAL, ENOTSOCK];

/// getpeername(2): whatever it says, there is no address.
const ADDRESS: &[i32] = &[ENOTCONN];

#[cfg(any(target_os = "linux", target_os = "android"))]
use libc::{ENONET, ENOSR};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use {libc::EHOSTDOWN as ENONET, libc::ENOBUFS as ENOSR};

impl Call {
    pub const ALL: [Self; 8] = [
        Self::Wait,
        Self::Accept,
        Self::Add,
        Self::Arm,
        Self::Read,
        Self::Write,
        Self::Finish,
        Self::Address,
    ];

    pub fn errors(self) -> &'static [i32] {
        match self {
            Self::Wait => WAIT,
            Self::Accept => ACCEPT,
            Self::Add | Self::Arm => CONTROL,
            Self::Read => READ,
            Self::Write => WRITE,
            Self::Finish => FINISH,
            Self::Address => ADDRESS,
        }
    }

    /// Whether this error is the end of the connection that it came from, and of nothing else.
    pub fn is_end(self, error: i32) -> bool {
        match self {
            Self::Add | Self::Arm | Self::Finish => true,
            Self::Read | Self::Write => ![EAGAIN, EINTR, ENOMEM, ENOBUFS].contains(&error),
            Self::Wait | Self::Accept | Self::Address => false,
        }
    }
}
