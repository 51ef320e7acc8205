//! The command line: arguments to settings, and the help text.

mod backtrace;
mod descriptors;
mod help;
pub(crate) mod host;
pub(crate) mod limits;
pub(crate) mod listeners;
pub(crate) mod logger;
mod report;
mod service;
pub(crate) mod signals;
pub(crate) mod statistics;
#[cfg(feature = "trace")]
pub(crate) mod tracing;
mod values;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use lexopt::Arg::{Long, Short, Value};
use pollcast::Config;
use pollcast::kernel::mio::SocketOptions;

use limits::Limits;

/// What to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Print this, and nothing else.
    Print(String),
    /// Serve.
    Serve(Box<Settings>),
    /// Run a trace again, and tell it in words if so.
    #[cfg(feature = "trace")]
    Replay(PathBuf, bool),
}

/// How to serve.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// Where to listen; never empty once parsed.
    pub(crate) listen: Vec<Listen>,
    /// The mode of each UNIX socket, if the command line says so.
    pub(crate) unix_mode: Option<u32>,
    /// How a TCP connection finds out that its peer is gone.
    pub(crate) sockets: SocketOptions,
    /// How it serves; `max_clients` is still the default's.
    pub(crate) config: Config,
    /// Most clients, if the command line says so.
    pub(crate) max_clients: Option<usize>,
    /// Where whoever connects gets the counters.
    pub(crate) statistics: Option<PathBuf>,
    /// How often a line of counters is logged.
    pub(crate) statistics_interval: Option<Duration>,
    /// What becomes of a trace.
    #[cfg(feature = "trace")]
    pub(crate) trace: tracing::TraceSettings,
    /// How much to log: 0 is the default, greater is more.
    pub(crate) verbosity: i32,
}

/// A place to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Listen {
    /// Each of these, as far as this machine has them; never empty.
    Each(Vec<SocketAddr>),
    /// This port on all interfaces, in both families.
    AnyFamily(u16),
    /// This path.
    Path(PathBuf),
}

/// Reads the arguments. Hosts are looked up last, when everything else is known to be right.
///
/// # Errors
/// One line that names what was wrong, and what would be right.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Command, String> {
    let mut places = Vec::new();
    let mut limits = Limits::default();
    let mut settings = Settings::default();
    while let Some(argument) = parser.next().map_err(|error| unexpected(&error))? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Print(help::text())),
            Short('V') | Long("version") => return Ok(Command::Print(help::VERSION.to_owned())),
            Short('v') | Long("verbose") => settings.verbosity += 1,
            Short('q') | Long("quiet") => settings.verbosity -= 1,
            Short('l') | Long("listen") => {
                places.push(("--listen", values::PLACE.take("--listen", &mut parser)?));
            }
            Value(value) => places.push(("ADDR", values::PLACE.parse("ADDR", &value)?)),
            Long("no-echo") => settings.config.echo = false,
            Long(name) => {
                let name = format!("--{name}");
                if !limits.set(&name, &mut parser)? {
                    set(&mut settings, &name, &mut parser)?;
                }
            }
            Short(letter) => return Err(unknown(&format!("-{letter}"))),
        }
    }
    #[cfg(feature = "trace")]
    if let Some((file, narrates)) = settings.trace.check()? {
        return Ok(Command::Replay(file, narrates));
    }
    limits.settle(&mut settings)?;
    settings.listen = look_up(&places)?;
    Ok(Command::Serve(Box::new(settings)))
}

/// The places as addresses and paths; the default, if there is none.
fn look_up(places: &[(&str, values::Place)]) -> Result<Vec<Listen>, String> {
    if places.is_empty() {
        return Ok(vec![Listen::Each(vec![(Ipv4Addr::LOCALHOST, 8080).into()])]);
    }
    places.iter().map(|(name, place)| place.look_up(name)).collect()
}

/// The options that take a value and do not depend on each other.
fn set(settings: &mut Settings, name: &str, parser: &mut lexopt::Parser) -> Result<(), String> {
    let config = &mut settings.config;
    match name {
        "--patience" => config.patience = values::PATIENCE.take(name, parser)?,
        "--idle-timeout" => config.idle_timeout = values::IDLE.take(name, parser)?,
        "--linger" => config.gather = values::LINGER.take(name, parser)?,
        "--drain-timeout" => config.drain_timeout = values::TIME.take(name, parser)?,
        "--max-clients-per-ip" => {
            config.max_clients_per_address = Some(values::COUNT.take(name, parser)?);
        }
        "--framing" => config.framing = values::FRAMING.take(name, parser)?,
        "--half-close" => config.half_close = values::HALF_CLOSE.take(name, parser)?,
        "--interest" => config.interest = values::INTEREST.take(name, parser)?,
        "--keepalive" => settings.sockets.keepalive = values::KEEPALIVE.take(name, parser)?,
        "--unix-mode" => settings.unix_mode = Some(values::MODE.take(name, parser)?),
        "--stats" => settings.statistics = Some(values::UNIX_PATH.take(name, parser)?),
        "--stats-interval" => {
            settings.statistics_interval = Some(values::INTERVAL.take(name, parser)?);
        }
        #[cfg(feature = "trace")]
        _ if settings.trace.set(name, parser)? => {}
        _ => return Err(unknown(name)),
    }
    Ok(())
}

/// Escaped, so that it stays on one line.
fn unknown(option: &str) -> String {
    format!("{}: there is no such option; see --help", option.escape_debug())
}

/// The only thing that lexopt itself objects to before it is asked for a value: one that was given
/// to an option which has none.
fn unexpected(error: &lexopt::Error) -> String {
    match error {
        lexopt::Error::UnexpectedValue { option, value } => {
            format!("{option} {value:?}: takes no value")
        }
        other => other.to_string().escape_debug().to_string(),
    }
}

#[cfg(test)]
mod tests;
