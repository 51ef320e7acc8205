//! The command line: arguments to settings, and the help text.

pub(crate) mod descriptors;
pub(crate) mod logger;
pub(crate) mod signals;
pub(crate) mod summary;
mod values;

use std::net::{Ipv4Addr, SocketAddr};

use lexopt::Arg::{Long, Short, Value};
use pollcast::Config;

/// What to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Print this, and nothing else.
    Print(String),
    /// Serve.
    Serve(Settings),
}

/// How to serve.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Where to listen; never empty.
    pub(crate) listen: Vec<Listen>,
    /// Limits; `max_clients` is still the default's.
    pub(crate) config: Config,
    /// Most clients, if the command line says so.
    pub(crate) max_clients: Option<usize>,
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
}

const HELP: &str = "\
Copies every byte that a client sends to every client, the sender included.

Usage: pollcast [OPTIONS] [ADDR]...

  ADDR, -l, --listen ADDR    HOST:PORT, [V6]:PORT, or :PORT (all interfaces, both families);
                             may be repeated; default 127.0.0.1:8080
      --max-queue SIZE       most that may wait for one client; default 1M
      --patience TIME        how long a slow consumer may hold up the room: 0, 500ms,
                             1s (default), forever
      --max-clients N        most clients; default: what the descriptor limit allows
      --drain-timeout TIME   how long leaving may take, for a client and for the whole
                             server; default 5s
  -v, --verbose              log more; -vv logs every decision and phase
  -q, --quiet                log errors only; -qq logs nothing. RUST_LOG, if set, wins
  -h, --help                 print this
  -V, --version              print the version

Sizes take k, M and G (1024-based; KiB, MiB and GiB too). Times need a unit (ms, s, m, h),
except 0. What it listens on is printed on standard output, the log on standard error.
SIGTERM, SIGINT and SIGHUP drain: what has arrived is delivered. A second SIGTERM or SIGINT ends
it at once.
";

/// Reads the arguments. Hosts are looked up last, when everything else is known to be right.
///
/// # Errors
/// One line that names what was wrong, and what would be right.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Command, String> {
    let mut places = Vec::new();
    let mut settings =
        Settings { listen: Vec::new(), config: Config::default(), max_clients: None, verbosity: 0 };
    while let Some(argument) = parser.next().map_err(|error| unexpected(&error))? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Print(HELP.to_owned())),
            Short('V') | Long("version") => {
                return Ok(Command::Print(format!("pollcast {}\n", env!("CARGO_PKG_VERSION"))));
            }
            Short('v') | Long("verbose") => settings.verbosity += 1,
            Short('q') | Long("quiet") => settings.verbosity -= 1,
            Short('l') | Long("listen") => {
                places.push(("--listen", values::PLACE.take("--listen", &mut parser)?));
            }
            Value(value) => places.push(("ADDR", values::PLACE.parse("ADDR", &value)?)),
            Long(name) => {
                let name = format!("--{name}");
                set(&mut settings, &name, &mut parser)?;
            }
            Short(letter) => return Err(unknown(&format!("-{letter}"))),
        }
    }
    for (name, place) in places {
        settings.listen.push(place.look_up(name)?);
    }
    if settings.listen.is_empty() {
        settings.listen.push(Listen::Each(vec![(Ipv4Addr::LOCALHOST, 8080).into()]));
    }
    Ok(Command::Serve(settings))
}

/// The options that take a value.
fn set(settings: &mut Settings, name: &str, parser: &mut lexopt::Parser) -> Result<(), String> {
    let config = &mut settings.config;
    match name {
        "--max-queue" => config.max_queue = values::QUEUE_SIZE.take(name, parser)?,
        "--patience" => config.patience = values::PATIENCE.take(name, parser)?,
        "--max-clients" => settings.max_clients = Some(values::COUNT.take(name, parser)?),
        "--drain-timeout" => config.drain_timeout = values::TIME.take(name, parser)?,
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
