//! UNIX sockets that have a path: how one is bound, taken over from who is gone, and removed.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::mem::offset_of;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf, absolute};

use socket2::{Domain, SockAddr, Socket, Type};

/// A path that was bound here. It is removed when this is dropped, unless another socket stands
/// there by then. Drop it before the socket: while that is open, no other gets its inode number.
#[derive(Debug)]
pub(super) struct UnixPath {
    path: PathBuf,
    made: Inode,
}

/// Device and inode.
type Inode = (u64, u64);

/// Bytes of a path: sockaddr_un(3type) has room for a zero behind them.
const LONGEST: usize = size_of::<libc::sockaddr_un>() - offset_of!(libc::sockaddr_un, sun_path) - 1;

/// A bound socket that does not listen yet, and its path.
///
/// # Errors
/// `InvalidInput` for what cannot be the path of a socket; `AddrInUse` with a reason when something
/// that is not to be taken over stands there; what bind(2) and chmod(2) say.
pub(super) fn bind(path: &Path, mode: Option<u32>) -> io::Result<(Socket, UnixPath)> {
    let address = address(path)?;
    let mut socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    if let Some(mode) = mode {
        socket = restrict(socket, mode)?;
    }
    // A host may change its working directory before it ends.
    let path = absolute(path)?;
    match socket.bind(&address) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            remove_stale(&path, &address)?;
            socket.bind(&address)?;
        }
        bound => bound?,
    }
    let found = fs::symlink_metadata(&path)?;
    let path = UnixPath { path, made: inode(&found) };
    if let Some(mode) = mode.filter(|mode| found.mode() & 0o777 != *mode) {
        fs::set_permissions(&path.path, Permissions::from_mode(mode))?;
    }
    Ok((socket, path))
}

impl Drop for UnixPath {
    fn drop(&mut self) {
        let found = fs::symlink_metadata(&self.path);
        if found.is_ok_and(|found| inode(&found) == self.made) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// An empty path would be an address that the kernel chooses, one that begins with a zero a name
/// without a file (unix(7)); a zero further on would cut the path short.
fn address(path: &Path) -> io::Result<SockAddr> {
    let bytes = path.as_os_str().as_bytes();
    let wrong = |problem: String| Err(io::Error::new(ErrorKind::InvalidInput, problem));
    if bytes.len() > LONGEST {
        let bytes = bytes.len();
        return wrong(format!("a path of {bytes} bytes, and a socket's has at most {LONGEST}"));
    }
    if bytes.is_empty() || bytes.contains(&0) {
        return wrong("a path that is empty or contains a zero".to_owned());
    }
    SockAddr::unix(path)
}

/// The mode of the socket limits that of the file which bind makes for it, and the umask limits it
/// further (unix_bind_bsd): it is never wider than asked. Linux does it so; elsewhere the mode
/// means nothing before there is a file, and changing it fails or is lost.
fn restrict(socket: Socket, mode: u32) -> io::Result<Socket> {
    if mode > 0o777 {
        return Err(io::Error::new(ErrorKind::InvalidInput, "a mode is at most 777"));
    }
    let file = File::from(OwnedFd::from(socket));
    let _ = file.set_permissions(Permissions::from_mode(mode));
    Ok(Socket::from(OwnedFd::from(file)))
}

/// Removes a socket that nobody serves any more: a process that was killed leaves one behind.
///
/// Two that start at the same moment on the same path may both find the first one's socket between
/// its bind and its listen, where it refuses too; the later one gets the path.
fn remove_stale(path: &Path, address: &SockAddr) -> io::Result<()> {
    let in_use = |problem: String| Err(io::Error::new(ErrorKind::AddrInUse, problem));
    let Some(found) = look_at(path)? else { return Ok(()) };
    if !found.file_type().is_socket() {
        return in_use("no socket, and is left alone".to_owned());
    }
    let caller = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // Its backlog may be full.
    caller.set_nonblocking(true)?;
    match caller.connect(address) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Ok(()) => return in_use("in use by a server".to_owned()),
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            return in_use("in use by a server".to_owned());
        }
        Err(error) => return in_use(format!("a socket that may be in use: {error}")),
    }
    // Somebody else may have taken it over meanwhile.
    match look_at(path)? {
        Some(still) if inode(&still) == inode(&found) => fs::remove_file(path),
        _ => Ok(()),
    }
}

/// What stands there, if anything: not what a link there leads to.
fn look_at(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}

fn inode(found: &Metadata) -> Inode {
    (found.dev(), found.ino())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
