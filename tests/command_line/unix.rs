//! UNIX sockets: who may connect, what is taken over, what is left alone, and what is left behind.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{FileTypeExt, MetadataExt, symlink};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use crate::harness::{LIMIT, take, wait_until};
use crate::process::{Ended, Folder, Process, command, join, join_unix, prepared, run, unix};

#[track_caller]
fn assert_is_refused(ended: &Ended, says: &str) {
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert_eq!(ended.errors.lines().count(), 1, "{ended:?}");
    assert!(ended.errors.contains(says), "{says:?} is not said: {ended:?}");
    assert_eq!(ended.output, "", "it said that it listens");
}

#[test]
fn clients_over_unix_and_tcp_hear_each_other() {
    let folder = Folder::new("hear");
    let path = folder.path("socket");
    let mut server = Process::start(&mut command([unix(&path), "127.0.0.1:0".to_owned()]));
    assert_eq!(server.place(), unix(&path));
    let mut over_unix = join_unix(&path);
    let mut over_tcp = join(server.address());
    assert_eq!(take(&mut over_unix, 1), b".", "who was in before hears who joins");
    over_unix.write_all(b"from unix").expect("it reads");
    assert_eq!(take(&mut over_tcp, 9), b"from unix");
    assert_eq!(take(&mut over_unix, 9), b"from unix");
    over_tcp.write_all(b"from tcp").expect("it reads");
    assert_eq!(take(&mut over_unix, 8), b"from tcp");
    server.signal(Signal::TERM);
    drop((over_unix, over_tcp));
    assert!(server.end().status.success());
}

#[test]
fn what_was_sent_over_unix_before_the_end_is_delivered_and_then_the_end() {
    let folder = Folder::new("ends");
    let path = folder.path("socket");
    let mut server = Process::start(&mut command([unix(&path)]));
    server.place();
    let mut other = join_unix(&path);
    let mut leaver = join_unix(&path);
    let sent = [b'x'; 100_000];
    let mut writer = leaver.try_clone().expect("a clone");
    let written = std::thread::spawn(move || {
        writer.write_all(&sent).expect("it reads");
        writer.shutdown(std::net::Shutdown::Write).expect("connected");
    });
    assert_eq!(take(&mut leaver, sent.len()), sent);
    assert_eq!(std::io::copy(&mut leaver, &mut std::io::sink()).expect("an end"), 0);
    assert_eq!(take(&mut other, 1 + sent.len())[1..], sent);
    written.join().expect("it has sent all");
    server.signal(Signal::TERM);
    drop(other);
    assert!(server.end().errors.contains(" left=2 "));
}

#[test]
fn the_mode_is_the_one_that_was_asked_for_or_what_the_umask_leaves() {
    let folder = Folder::new("mode");
    let path = folder.path("socket");
    for (umask, options, mode) in [
        ("077", &["--unix-mode", "666"][..], 0o666),
        ("000", &["--unix-mode=640"], 0o640),
        ("022", &["--unix-mode", "0"], 0),
        ("027", &[], 0o750),
        ("000", &[], 0o777),
    ] {
        let arguments = options.iter().map(|&option| option.to_owned()).chain([unix(&path)]);
        let mut server = Process::start(&mut prepared(&format!("umask {umask}"), arguments));
        server.place();
        let found = fs::symlink_metadata(&path).expect("bound");
        assert!(found.file_type().is_socket());
        assert_eq!(found.mode() & 0o7777, mode, "umask {umask}, {options:?}");
        server.signal(Signal::TERM);
        server.end();
    }
}

#[test]
fn after_a_kill_the_same_path_and_the_same_port_are_served_again_at_once() {
    let folder = Folder::new("kill");
    let path = folder.path("socket");
    let mut first = Process::start(&mut command([unix(&path), "127.0.0.1:0".to_owned()]));
    first.place();
    let address = first.address();
    let _clients = (join_unix(&path), join(address));
    first.signal(Signal::KILL);
    first.end();
    assert!(path.exists(), "nobody could remove it");
    let mut second = Process::start(&mut command([unix(&path), address.to_string()]));
    assert_eq!(second.place(), unix(&path));
    assert_eq!(second.address(), address);
    join_unix(&path);
    join(address);
}

#[test]
fn the_path_is_gone_after_the_end_and_after_a_start_that_failed() {
    let folder = Folder::new("gone");
    let path = folder.path("socket");
    let mut server = Process::start(&mut command([unix(&path)]));
    server.place();
    server.signal(Signal::TERM);
    assert!(server.end().status.success());
    assert!(!path.exists());
    // The first place could be bound, the second one not.
    assert_is_refused(&run([unix(&path), "203.0.113.1:0".to_owned()]), "203.0.113.1:0");
    assert!(!path.exists());
}

#[test]
fn a_successor_takes_the_path_while_the_first_one_drains_and_keeps_it() {
    let folder = Folder::new("successor");
    let path = folder.path("socket");
    let limits = ["--patience", "forever", "--drain-timeout", "1h"].map(str::to_owned);
    let mut first = Process::start(&mut command(limits.into_iter().chain([unix(&path)])));
    first.place();
    let mut staying = join_unix(&path);
    // It reads nothing: once the room waits for it, nothing of what it sends is taken any more, and
    // the drain goes on until it is gone.
    staying.set_write_timeout(Some(Duration::from_millis(500))).expect("a timeout");
    while staying.write(&[b'x'; 64 << 10]).is_ok() {}
    first.signal(Signal::TERM);
    wait_until("the path is free", LIMIT, || !path.exists());
    let mut second = Process::start(&mut command([unix(&path)]));
    second.place();
    assert!(first.child.try_wait().expect("a child").is_none(), "it drains no longer");
    drop(staying);
    let errors = first.end().errors;
    assert!(errors.contains("draining"), "{errors}");
    join_unix(&path);
}

#[test]
fn a_path_that_another_server_made_meanwhile_stays_when_the_first_one_ends() {
    let folder = Folder::new("meanwhile");
    let path = folder.path("socket");
    let mut first = Process::start(&mut command([unix(&path)]));
    first.place();
    fs::remove_file(&path).expect("it is there");
    let mut second = Process::start(&mut command([unix(&path)]));
    second.place();
    first.signal(Signal::TERM);
    assert!(first.end().status.success());
    join_unix(&path);
    second.signal(Signal::TERM);
    assert!(second.end().status.success());
    assert!(!path.exists());
}

#[test]
fn what_is_no_socket_is_left_alone() {
    let folder = Folder::new("alone");
    let (file, directory) = (folder.path("file"), folder.path("directory"));
    let (link, dangling) = (folder.path("link"), folder.path("dangling"));
    let text = "somebody's only copy";
    fs::write(&file, text).expect("a file");
    fs::create_dir(&directory).expect("a folder");
    // Not even if what it leads to is a socket that nobody serves.
    drop(UnixListener::bind(folder.path("stale")).expect("a free path"));
    symlink(folder.path("stale"), &link).expect("a link");
    symlink(folder.path("nothing"), &dangling).expect("a link");
    for path in [&file, &directory, &link, &dangling] {
        let says = format!("{}: no socket, and is left alone", unix(path));
        assert_is_refused(&run([unix(path)]), &says);
        assert!(fs::symlink_metadata(path).is_ok(), "{path:?} is gone");
    }
    assert_eq!(fs::read_to_string(&file).expect("still there"), text);
    assert!(folder.path("stale").exists() && !folder.path("nothing").exists());
}

#[test]
fn a_path_that_is_served_is_refused_and_served_on() {
    let folder = Folder::new("served");
    let path = folder.path("socket");
    let mut server = Process::start(&mut command([unix(&path)]));
    server.place();
    let says = format!("{}: in use by a server", unix(&path));
    assert_is_refused(&run([unix(&path)]), &says);
    // Twice on one command line is no different.
    let twice = folder.path("twice");
    assert_is_refused(&run([unix(&twice), unix(&twice)]), "in use by a server");
    join_unix(&path);
}

#[test]
fn a_server_that_is_too_busy_to_accept_is_a_server() {
    let folder = Folder::new("busy");
    let path = folder.path("socket");
    let socket = socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None);
    let socket = socket.expect("a socket");
    socket.bind(&socket2::SockAddr::unix(&path).expect("a path")).expect("a free path");
    socket.listen(0).expect("bound");
    let _waiting = UnixStream::connect(&path).expect("room for one");
    assert_is_refused(&run([unix(&path)]), "in use by a server");
    assert!(path.exists());
}

#[test]
fn a_datagram_socket_in_use_is_left_alone() {
    let folder = Folder::new("datagram");
    let path = folder.path("socket");
    let _used = UnixDatagram::bind(&path).expect("a free path");
    assert_is_refused(&run([unix(&path)]), "may be in use");
    assert!(path.exists());
}

#[test]
fn a_path_that_cannot_be_is_one_line_and_exit_status_1() {
    let folder = Folder::new("cannot");
    let long = folder.path(&"x".repeat(120));
    assert_is_refused(&run([unix(&long)]), "at most 107");
    let nowhere = folder.path("no such folder/socket");
    let says = format!("cannot listen on {}: No such file", unix(&nowhere));
    assert_is_refused(&run([unix(&nowhere)]), &says);
}

#[test]
fn the_longest_path_that_the_kernel_takes_is_served_and_so_is_a_relative_one() {
    let folder = Folder::new("longest");
    let room = 107 - folder.path("").as_os_str().len();
    let longest = folder.path(&"x".repeat(room));
    let mut server = Process::start(
        command([unix(&longest), "unix:relative".to_owned()]).current_dir(folder.path("")),
    );
    assert_eq!(server.place(), unix(&longest));
    assert_eq!(server.place(), unix(Path::new("relative")));
    join_unix(&longest);
    join_unix(&folder.path("relative"));
    server.signal(Signal::TERM);
    assert!(server.end().status.success());
    assert!(!longest.exists() && !folder.path("relative").exists());
}
