//! Settings printed back as arguments that mean the same.

use std::fmt::Display;
use std::time::Duration;

use pollcast::{Config, Framing, HalfClose, Interest, Patience};

use crate::product::cli::{Listen, Settings};

/// All that the command line decides, in words that can be compared.
pub(super) fn meaning(settings: &Settings) -> String {
    // The default number of clients depends on whether memory was named; what was asked for stands
    // in a field of its own.
    let config = Config { max_clients: 0, ..settings.config.clone() };
    let Settings { listen, unix_mode, sockets, max_clients, statistics, .. } = settings;
    let others = (settings.statistics_interval, settings.verbosity);
    format!(
        "{config:?} {listen:?} {unix_mode:?} {sockets:?} {max_clients:?} {statistics:?} {others:?}"
    )
}

/// Every option with its value, as far as it can be said.
pub(super) fn arguments(settings: &Settings) -> Vec<String> {
    let mut arguments = sizes(settings);
    let mut add = |name: &str, value: Option<String>| {
        arguments.extend(value.map(|value| format!("--{name}={value}")));
    };
    let Settings { config, sockets, .. } = settings;
    let patience = match config.patience {
        Patience::Limit(time) => milliseconds(time),
        Patience::Forever => "forever".to_owned(),
    };
    let half_close = match config.half_close {
        HalfClose::Leave => "leave",
        HalfClose::Listen => "listen",
    };
    let interest = match config.interest {
        Interest::Toggle => "toggle",
        Interest::Once => "once",
    };
    add("patience", Some(patience));
    add("half-close", Some(half_close.to_owned()));
    add("interest", Some(interest.to_owned()));
    add("idle-timeout", Some(config.idle_timeout.map_or("off".to_owned(), milliseconds)));
    add("keepalive", Some(sockets.keepalive.map_or("off".to_owned(), milliseconds)));
    add("drain-timeout", Some(milliseconds(config.drain_timeout)));
    add("linger", Some(milliseconds(config.gather)));
    add("stats-interval", settings.statistics_interval.map(milliseconds));
    add("max-clients", text(settings.max_clients));
    add("max-clients-per-ip", text(config.max_clients_per_address));
    add("unix-mode", settings.unix_mode.map(|mode| format!("{mode:o}")));
    add("stats", settings.statistics.as_ref().map(|path| format!("unix:{}", path.display())));
    for place in settings.listen.iter().flat_map(places) {
        add("listen", Some(place));
    }
    arguments.extend((!config.echo).then(|| "--no-echo".to_owned()));
    let letter = if settings.verbosity > 0 { "-v" } else { "-q" };
    let times = settings.verbosity.unsigned_abs() as usize;
    arguments.extend(vec![letter.to_owned(); times]);
    arguments
}

/// Limits that depend on each other: one that the others imply stays out.
fn sizes(settings: &Settings) -> Vec<String> {
    let config = &settings.config;
    let implied = Config::default().max_memory.max(8 * config.max_queue);
    let framing = match config.framing {
        Framing::Raw => "raw".to_owned(),
        Framing::Line => format!("line --max-line={}", config.max_line),
    };
    let memory =
        (config.max_memory != implied).then(|| format!(" --max-memory={}", config.max_memory));
    let sizes = format!(
        "--framing={framing} --max-queue={}{}",
        config.max_queue,
        memory.unwrap_or_default()
    );
    sizes.split(' ').map(str::to_owned).collect()
}

fn milliseconds(time: Duration) -> String {
    format!("{}ms", time.as_millis())
}

fn text(value: Option<impl Display>) -> Option<String> {
    value.map(|value| value.to_string())
}

fn places(listen: &Listen) -> Vec<String> {
    match listen {
        Listen::Each(addresses) => addresses.iter().map(ToString::to_string).collect(),
        Listen::AnyFamily(port) => vec![format!(":{port}")],
        Listen::Path(path) => vec![format!("unix:{}", path.display())],
    }
}
