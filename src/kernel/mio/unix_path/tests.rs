use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{Domain, LONGEST, SockAddr, Socket, Type, restrict};

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
