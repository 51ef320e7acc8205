use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use super::{Domain, LONGEST, SockAddr, Socket, Type, look_at, remove_stale, restrict};

/// Between bind and chmod nobody may get in: whatever the umask is, it only narrows this.
#[test]
fn the_file_of_a_restricted_socket_is_not_wider_when_bind_makes_it() {
    let path = std::env::temp_dir().join(format!("pollcast-restricted-{}", std::process::id()));
    for mode in [0o600, 0o400, 0] {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None).expect("a socket");
        let socket = restrict(socket, mode).expect("a mode");
        let bound = socket.bind(&SockAddr::unix(&path).expect("a path"));
        let found = fs::symlink_metadata(&path).map(|found| found.permissions().mode() & 0o777);
        let _ = fs::remove_file(&path);
        bound.expect("it is free");
        assert_eq!(found.expect("bound") & !mode, 0, "asked for {mode:o}");
    }
}

/// unix(7): 108 bytes, the last one a zero.
#[test]
fn a_path_is_as_long_as_the_kernel_takes_it() {
    assert_eq!(LONGEST, 107);
}

fn free_path(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("pollcast-{name}-{}", std::process::id()));
    let _ = fs::remove_file(&path);
    path
}

/// Whoever it was may go at any moment.
#[test]
fn a_path_that_became_free_meanwhile_is_no_error() {
    let (path, gone) = (free_path("meanwhile"), free_path("gone"));
    let address = SockAddr::unix(&gone).expect("a path");
    remove_stale(&gone, &address).expect("nothing stands there");
    drop(UnixListener::bind(&path).expect("a free path"));
    // It was there when it was looked at, and gone when it was called.
    remove_stale(&path, &address).expect("nothing stands there any more");
    assert!(path.exists(), "another one is removed");
    fs::remove_file(&path).expect("it is there");
}

#[test]
fn what_cannot_be_looked_at_is_not_taken_for_nothing() {
    look_at(Path::new("/dev/null/socket")).expect_err("no folder");
    assert!(look_at(&free_path("nothing")).expect("a folder").is_none());
}
