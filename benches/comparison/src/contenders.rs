//! All who can be compared, as far as their programs are there.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use crate::contender::{Class, Contender};
use crate::protocol::Protocol;
use crate::record::Missing;

/// Who is compared with all others.
pub(crate) const SUBJECT: &str = "pollcast";

/// Those who were found, pollcast first, and those who were not.
#[derive(Debug)]
pub(crate) struct Contenders {
    pub(crate) all: Vec<Contender>,
    pub(crate) missing: Vec<Missing>,
}

/// select(2) counts descriptors below FD_SETSIZE only.
const SELECT: Option<(usize, &str)> = Some((1_000, "select(2) knows descriptors below 1024 only"));

/// ncat aborts at descriptor 1024, and its backlog has ten places.
const NCAT: Option<(usize, &str)> = Some((900, "ncat aborts at descriptor 1024"));

/// It keeps nothing, and logs errors alone. By default it drops in silence what is more than a
/// thousand packets in a client's queue, and so would lose messages of a hundred who all talk.
const MOSQUITTO: &str = "listener {port} {host}\nallow_anonymous true\nmax_connections -1\n\
                         set_tcp_nodelay true\npersistence false\nlog_type error\n\
                         max_queued_messages 0\n";
const NATS: &str = "listen: \"{host}:{port}\"\nmax_connections: 15000\nping_interval: \"1h\"\n";

impl Contenders {
    /// pollcast is given; peers are where `.ci/peers` puts them; the others are on the path.
    pub(crate) fn find(pollcast: &Path, peers: &Path) -> Self {
        let mut found = Self { all: Vec::new(), missing: Vec::new() };
        let versions = fs::read_to_string(peers.join("versions.txt")).unwrap_or_default();
        let design = "one thread, epoll, a shared log, one write for each receiver and turn";
        let pollcast = Contender::ours(SUBJECT, design, pollcast.to_owned());
        for contender in [pollcast].into_iter().chain(ours(peers)).chain(others()) {
            let is_there = contender.program.exists();
            if is_there {
                let version = version_of(&versions, &contender.name);
                found.all.push(Contender { version, ..contender });
            } else {
                let program = contender.program.display();
                let reason = format!("{program} is not there: .ci/peers --install");
                let contender = contender.name;
                let is_expected = contender != SUBJECT;
                let missing = Missing { contender, reason, is_expected, ..Missing::default() };
                found.missing.push(missing);
            }
        }
        found
    }

    /// Only pollcast, and those with one of these names.
    pub(crate) fn keep(&mut self, names: &[String]) {
        let is_kept = |name: &String| name == SUBJECT || names.contains(name);
        self.all.retain(|contender| is_kept(&contender.name));
        self.missing.retain(|missing| is_kept(&missing.contender));
    }
}

/// # Errors
/// A name that nobody has.
pub(crate) fn check_names(names: &[String]) -> Result<(), String> {
    let all: Vec<Contender> = ours(Path::new("")).into_iter().chain(others()).collect();
    let is_known = |name: &&String| all.iter().any(|contender| contender.name == **name);
    match names.iter().find(|name| !is_known(name)) {
        None => Ok(()),
        Some(name) => {
            let known: Vec<&str> = all.iter().map(|contender| &*contender.name).collect();
            Err(format!("--only: nobody is called {name}; it takes {}", known.join(", ")))
        }
    }
}

fn ours(peers: &Path) -> Vec<Contender> {
    let peer = |name: &str, design| Contender::ours(name, design, peers.join(name));
    let mut floor = peer("floor", "one blocking read, a blocking write to each; no loop, no queue");
    floor.arguments.push("{clients}".to_owned());
    floor.most_talkers = 1;
    let mut go = peer("go", "a goroutine for each message and receiver");
    go.class = Class::Bytes;
    let mut select = peer("select", "C, select(2), a buffer for each client");
    select.most = SELECT;
    vec![
        floor,
        go,
        peer("go-fixed", "Go, one hub, a writer and a bounded queue for each client"),
        peer("tokio", "Rust, tokio: a task reads for each client, one broadcasts and gathers"),
        peer("threads", "Rust, std: a thread for each client; whoever reads broadcasts for all"),
        peer("mio-naive", "Rust, mio, a copy for each queue, a write for each message"),
        select,
        peer("uring", "Rust, io_uring: all sends of a turn in one system call"),
    ]
}

fn others() -> Vec<Contender> {
    let other = |name: &str, program: &str, design, protocol, arguments: &[&str]| Contender {
        protocol,
        speaks: false,
        arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
        ..Contender::ours(name, design, on_path(program))
    };
    let redis = "--bind {host} --port {port} --maxclients 15000 --appendonly no --save";
    let mut redis: Vec<&str> = redis.split(' ').collect();
    // Its default, made explicit: who is so far behind is dropped.
    redis.extend(["", "--client-output-buffer-limit", "pubsub 32mb 8mb 60"]);
    let redis = other("redis", "redis-server", "C, pub/sub, epoll", Protocol::Redis, &redis);
    let config = ["-c", "{config}"];
    let design = "Go, pub/sub, two goroutines for each client";
    let mut nats = other("nats", "nats-server", design, Protocol::Nats, &config);
    (nats.config, nats.class) = (Some(NATS), Class::Order);
    let design = "C, MQTT at QoS 0, epoll";
    let mut mosquitto = other("mosquitto", "mosquitto", design, Protocol::Mqtt, &config);
    mosquitto.config = Some(MOSQUITTO);
    let arguments = ["--broker", "-l", "{host}", "{port}", "-m", "{clients}"];
    let mut ncat = other("ncat", "ncat", "C, select(2), no echo", Protocol::Raw, &arguments);
    (ncat.echoes, ncat.most) = (false, NCAT);
    ncat.pause = Duration::from_micros(500);
    vec![redis, nats, mosquitto, ncat]
}

/// Where a program is; its name alone if it is nowhere.
fn on_path(program: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
    folders.push("/usr/sbin".into());
    let places = folders.into_iter().map(|folder| folder.join(program));
    places.into_iter().find(|place| place.is_file()).unwrap_or_else(|| program.into())
}

/// What a file of lines of a name, a tabulator and a text says of a name.
fn version_of(versions: &str, name: &str) -> String {
    let mut lines = versions.lines().filter_map(|line| line.split_once('\t'));
    lines.rfind(|(key, _)| *key == name).map_or_else(String::new, |(_, text)| text.into())
}

#[cfg(test)]
mod tests {
    use super::{Contenders, check_names, version_of};

    #[test]
    fn who_is_not_there_is_missing_with_a_way_out() {
        let nowhere = std::path::Path::new("/nowhere");
        let found = Contenders::find(&nowhere.join("pollcast"), nowhere);
        let go = found.missing.iter().find(|missing| missing.contender == "go");
        assert!(go.expect("it is missing").reason.contains(".ci/peers"));
        assert!(found.all.iter().all(|contender| !contender.program.starts_with(nowhere)));
    }

    #[test]
    fn a_name_that_nobody_has_is_an_error() {
        let nowhere = std::path::Path::new("/nowhere");
        let mut found = Contenders::find(&nowhere.join("pollcast"), nowhere);
        let error = check_names(&["go".into(), "gopher".into()]).expect_err("nobody");
        assert!(error.contains("gopher"), "{error}");
        check_names(&["go".into(), "redis".into()]).expect("they are known, there or not");
        found.keep(&["go".into()]);
        assert_eq!((found.all.len(), found.missing.len()), (0, 2), "go and pollcast");
    }

    #[test]
    fn the_newest_version_of_a_name_counts() {
        let versions = "go\t1.26\ngo-fixed\t1.25\ngo\t1.27, flags\n";
        assert_eq!(version_of(versions, "go"), "1.27, flags");
        assert_eq!(version_of(versions, "uring"), "");
    }
}
