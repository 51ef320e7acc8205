//! The binary: arguments, logger, signals, listeners, the loop, and an exit status.

// One name that the linker sees is excused, in cli/backtrace.rs.
#![deny(unsafe_code)]

mod cli;

use std::borrow::Borrow;
use std::io::{self, Write};
use std::process::ExitCode;

use pollcast::Server;
use pollcast::config::ConfigError;
use pollcast::kernel::Kernel;
use pollcast::kernel::mio::{Address, MioKernel};
use pollcast::observer::Observer;
use pollcast::observer::log::LogObserver;

use cli::host::Host;
use cli::logger::Logger;
use cli::signals::Signals;
use cli::statistics::StatisticsSocket;
#[cfg(feature = "trace")]
use cli::tracing::{self, Tracing};
use cli::{Command, Settings, limits, listeners};

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
        Ok(Command::Serve(settings)) => match serve(&settings) {
            Ok(()) => ExitCode::SUCCESS,
            Err(problem) => fail(&problem, STATUS_FAILURE),
        },
        #[cfg(feature = "trace")]
        Ok(Command::Replay(file, narrates)) => match tracing::run_again(&file, narrates) {
            Ok(outcome) => {
                write_out(&outcome);
                ExitCode::SUCCESS
            }
            Err(problem) => fail(&problem, STATUS_FAILURE),
        },
        Err(problem) => fail(&problem, STATUS_USAGE),
    }
}

/// Runs until it is told to end, and then until everybody has everything.
fn serve(settings: &Settings) -> Result<(), String> {
    let because = |what: &'static str| move |error: io::Error| format!("{what}: {error}");
    let logger = Logger::start(settings.verbosity);
    #[cfg(feature = "trace")]
    let on_sigusr2 = settings.trace.write_flag();
    #[cfg(not(feature = "trace"))]
    let on_sigusr2 = None;
    let signals = Signals::catch(on_sigusr2).map_err(because("cannot catch signals"))?;
    let kernel = listeners::open(settings)?;
    let addresses = kernel.addresses().map_err(because("cannot tell the address"))?;
    let statistics = settings.statistics.as_deref();
    let statistics = statistics.map(|path| StatisticsSocket::open(path, settings.unix_mode));
    let config = limits::with_clients(settings, addresses.len());
    let around =
        Around { settings, addresses, logger, signals, statistics: statistics.transpose()? };
    #[cfg(feature = "trace")]
    if let Some(tracing) = Tracing::begin(&settings.trace)? {
        let server = tracing.trace.server(kernel, config, LogObserver::default());
        let mut host = around.host(server)?;
        host.heed_trace(tracing);
        return host.run().map_err(because("cannot wait for events"));
    }
    let server = Server::with_observer(kernel, config, LogObserver::default());
    around.host(server)?.run().map_err(because("cannot wait for events"))
}

/// What a server is not, and its host has.
struct Around<'a> {
    settings: &'a Settings,
    addresses: Vec<Address>,
    logger: Logger,
    signals: Signals,
    statistics: Option<StatisticsSocket>,
}

impl Around<'_> {
    /// A host of this server, which listens and says so.
    fn host<K, O>(self, server: Result<Server<K, O>, ConfigError>) -> Result<Host<K, O>, String>
    where
        K: Kernel + Borrow<MioKernel>,
        O: Observer + Borrow<LogObserver>,
    {
        let server = server.map_err(|error| format!("limits that cannot work: {error}"))?;
        let mut host = Host::new(server, self.logger, self.signals, self.statistics)?;
        if let Some(interval) = self.settings.statistics_interval {
            host.log_counters_every(interval);
        }
        announce(&self.addresses);
        Ok(host)
    }
}

/// Says what it listens on: for port 0, the port that the system chose.
fn announce(addresses: &[Address]) {
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
