//! The binary: arguments, logger, signals, listeners, the loop, and an exit status.

#![forbid(unsafe_code)]

mod cli;

use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;

use log::{info, warn};
use mio::net::TcpListener;
use pollcast::kernel::mio::{MioKernel, listen};
use pollcast::observer::log::LogObserver;
use pollcast::{Config, Server};

use cli::logger::Logger;
use cli::signals::Signals;
use cli::{Command, Listen, Settings, descriptors, summary};

/// It could not start, or could not go on.
const STATUS_FAILURE: u8 = 1;
/// Something on the command line is wrong.
const STATUS_USAGE: u8 = 2;

fn main() -> ExitCode {
    match cli::parse(lexopt::Parser::from_env()) {
        Ok(Command::Print(text)) => {
            write_out(&text);
            ExitCode::SUCCESS
        }
        Ok(Command::Serve(settings)) => match serve(settings) {
            Ok(()) => ExitCode::SUCCESS,
            Err(problem) => fail(&problem, STATUS_FAILURE),
        },
        Err(problem) => fail(&problem, STATUS_USAGE),
    }
}

/// Runs until it is told to end, and then until everybody has everything.
fn serve(settings: Settings) -> Result<(), String> {
    let because = |what: &'static str| move |error: io::Error| format!("{what}: {error}");
    let logger = Logger::start(settings.verbosity);
    let signals = Signals::catch().map_err(because("cannot catch signals"))?;
    let kernel = open(&settings.listen)?;
    signals.wake(kernel.registry()).map_err(because("cannot watch for signals"))?;
    let addresses = kernel.addresses().map_err(because("cannot tell the address"))?;
    let config = limit_clients(settings.config, settings.max_clients, addresses.len());
    let mut server = Server::with_observer(kernel, config, LogObserver::default())
        .map_err(|error| format!("limits that cannot work: {error}"))?;
    announce(&addresses);
    while !server.is_finished() {
        server.turn(None).map_err(because("cannot wait for events"))?;
        if signals.end_is_asked() {
            server.shut_down();
        }
    }
    info!("{}", summary::line(server.stats(), logger.dropped_lines()));
    Ok(())
}

/// The most clients that were asked for, or else what the descriptor limit allows.
fn limit_clients(mut config: Config, asked: Option<usize>, listeners: usize) -> Config {
    let possible = descriptors::most_clients(listeners);
    config.max_clients = asked.unwrap_or(possible);
    if config.max_clients > possible {
        let asked = config.max_clients;
        warn!("--max-clients {asked}: descriptors allow {possible}; then the rest has to wait");
    }
    config
}

fn open(places: &[Listen]) -> Result<MioKernel, String> {
    let mut listeners = Vec::new();
    for place in places {
        match place {
            Listen::Each(addresses) => listeners.extend(bind_each(addresses)?),
            Listen::AnyFamily(port) => listeners.push(bind_any_family(*port)?),
        }
    }
    MioKernel::new(listeners).map_err(|error| format!("cannot listen: {error}"))
}

/// A name may stand for addresses that this machine does not have, as `localhost` does for `::1`
/// where there is no IPv6: one that can be bound is enough.
fn bind_each(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, String> {
    let (mut listeners, mut absent) = (Vec::new(), None);
    for &address in addresses {
        match listen(address) {
            Ok(listener) => listeners.push(listener),
            Err(error) if is_not_ours(&error) => absent = Some(cannot_listen(address, &error)),
            Err(error) => return Err(cannot_listen(address, &error)),
        }
    }
    match absent {
        Some(problem) if listeners.is_empty() => Err(problem),
        _ => Ok(listeners),
    }
}

/// One IPv6 socket takes both families. Where there is no IPv6, IPv4 alone: without the protocol
/// socket(2) fails, and without an address, not even that of the loopback, bind(2) may.
fn bind_any_family(port: u16) -> Result<TcpListener, String> {
    let both = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    let listener = match listen(both) {
        Err(error) if is_not_ours(&error) => listen((Ipv4Addr::UNSPECIFIED, port).into()),
        other => other,
    };
    listener.map_err(|error| cannot_listen(both, &error))
}

fn cannot_listen(address: SocketAddr, error: &io::Error) -> String {
    format!("cannot listen on {address}: {error}")
}

/// The family or the address is not one of this machine's.
fn is_not_ours(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EAFNOSUPPORT | libc::EADDRNOTAVAIL))
}

/// Says what it listens on: for port 0, the port that the system chose.
fn announce(addresses: &[SocketAddr]) {
    write_out(&addresses.iter().map(|at| format!("listening on {at}\n")).collect::<String>());
}

/// Writes to standard output. Nobody has to read it: an error changes nothing.
fn write_out(text: &str) {
    let mut output = io::stdout().lock();
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}

fn fail(problem: &str, status: u8) -> ExitCode {
    // In one write: lines of several processes on one terminal do not mix.
    let _ = io::stderr().write_all(format!("pollcast: {problem}\n").as_bytes());
    ExitCode::from(status)
}
