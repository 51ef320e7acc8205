//! UNIX sockets that have a path.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use pollcast::kernel::Kernel;
use pollcast::kernel::mio::{Address, Listener, MioKernel};

use socket2::{Domain, SockAddr, Socket, Type};

use crate::free_path;

#[test]
fn a_path_goes_when_listening_ends_unless_it_is_somebody_elses_by_then() {
    let path = free_path("goes");
    let mut kernels: Vec<MioKernel> = Vec::new();
    for _ in 0..2 {
        let listener = Listener::unix(&path, None).expect("a free path");
        kernels.push(MioKernel::new(vec![listener]).expect("a poll"));
        assert_eq!(kernels[0].addresses().expect("bound"), [Address::Unix(path.clone())]);
        if kernels.len() == 1 {
            fs::remove_file(&path).expect("it is there");
        }
    }
    kernels[0].stop_listening();
    UnixStream::connect(&path).expect("the second one's path stays");
    kernels[1].stop_listening();
    assert!(!path.exists(), "it stays although nobody listens");
}

/// Why a listener on this path cannot be.
fn refusal(path: &Path, mode: Option<u32>) -> (ErrorKind, String) {
    let error = Listener::unix(path, mode).expect_err("it cannot be");
    (error.kind(), error.to_string())
}

#[test]
fn what_cannot_be_the_path_of_a_socket_is_refused_before_anything_is_made() {
    let of_length = |bytes: usize| PathBuf::from("/".to_owned() + &"x".repeat(bytes - 1));
    for path in [of_length(108), of_length(500)] {
        let (kind, says) = refusal(&path, None);
        assert_eq!(kind, ErrorKind::InvalidInput);
        assert!(says.contains("at most 107"), "{says}");
    }
    for path in [&b""[..], b"\0abstract", b"/tmp/cut\0short"] {
        let (kind, says) = refusal(Path::new(OsStr::from_bytes(path)), None);
        assert_eq!(kind, ErrorKind::InvalidInput);
        assert!(says.contains("empty or contains a zero"), "{says}");
    }
    for mode in [0o1000, 0o1777, u32::MAX] {
        assert_eq!(refusal(&free_path("mode"), Some(mode)).0, ErrorKind::InvalidInput);
    }
    assert!(!free_path("mode").exists());
}

#[test]
fn the_longest_path_that_the_kernel_takes_is_served() {
    let room = 107 - free_path("").as_os_str().len();
    let path = free_path(&"x".repeat(room));
    let _listener = Listener::unix(&path, None).expect("a free path");
    UnixStream::connect(&path).expect("it listens");
}

#[test]
fn a_server_that_is_too_busy_to_accept_is_a_server() {
    let path = free_path("busy");
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None).expect("a socket");
    socket.bind(&SockAddr::unix(&path).expect("a path")).expect("a free path");
    socket.listen(0).expect("bound");
    let _waiting = UnixStream::connect(&path).expect("room for one");
    let (kind, says) = refusal(&path, None);
    assert_eq!((kind, says.as_str()), (ErrorKind::AddrInUse, "in use by a server"));
    fs::remove_file(&path).expect("it is left alone");
}

#[test]
fn a_mode_of_at_most_777_is_the_mode_of_the_file() {
    let path = free_path("modes");
    for mode in [0, 0o600, 0o777] {
        let _listener = Listener::unix(&path, Some(mode)).expect("a free path");
        let found = fs::symlink_metadata(&path).expect("bound");
        assert_eq!(found.permissions().mode() & 0o7777, mode);
    }
}

#[test]
fn what_stands_on_a_path_is_left_alone_unless_it_is_a_socket_that_nobody_serves() {
    let path = free_path("stands");
    fs::write(&path, "mine").expect("a file");
    let (kind, says) = refusal(&path, None);
    assert_eq!((kind, says.as_str()), (ErrorKind::AddrInUse, "no socket, and is left alone"));
    assert_eq!(fs::read_to_string(&path).expect("still there"), "mine");
    fs::remove_file(&path).expect("a file");

    let served = UnixListener::bind(&path).expect("a free path");
    let (kind, says) = refusal(&path, None);
    assert_eq!((kind, says.as_str()), (ErrorKind::AddrInUse, "in use by a server"));
    UnixStream::connect(&path).expect("it is served on");
    drop(served);
    // Nobody serves it any more.
    drop(Listener::unix(&path, None).expect("it is taken over"));
    assert!(!path.exists());

    let _used = UnixDatagram::bind(&path).expect("a free path");
    let (kind, says) = refusal(&path, None);
    assert!(kind == ErrorKind::AddrInUse && says.contains("may be in use"), "{says}");
    assert!(path.exists());
    fs::remove_file(&path).expect("it is there");
}
