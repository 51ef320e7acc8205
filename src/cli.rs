//! The command line: arguments to settings, and the help text.

pub(crate) mod descriptors;
pub(crate) mod logger;
pub(crate) mod signals;
pub(crate) mod summary;
mod values;

use std::ffi::OsString;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listen {
    /// One address.
    At(SocketAddr),
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
SIGTERM, SIGINT and SIGHUP drain: what has arrived is delivered; a second one ends at once.
";

/// Reads the arguments.
///
/// # Errors
/// One line that names what was wrong, and what would be right.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Command, String> {
    let mut listen = Vec::new();
    let mut settings =
        Settings { listen: Vec::new(), config: Config::default(), max_clients: None, verbosity: 0 };
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Print(HELP.to_owned())),
            Short('V') | Long("version") => {
                return Ok(Command::Print(format!("pollcast {}\n", env!("CARGO_PKG_VERSION"))));
            }
            Short('v') | Long("verbose") => settings.verbosity += 1,
            Short('q') | Long("quiet") => settings.verbosity -= 1,
            Short('l') | Long("listen") => {
                let text = text_of("--listen", parser.value())?;
                listen.extend(values::listen("--listen", &text)?);
            }
            Value(value) => {
                let text = text_of("ADDR", Ok(value))?;
                listen.extend(values::listen("ADDR", &text)?);
            }
            Long(name) => {
                let name = format!("--{name}");
                set(&mut settings, &name, &mut parser)?;
            }
            Short(letter) => return Err(unknown(&format!("-{letter}"))),
        }
    }
    if listen.is_empty() {
        listen.push(Listen::At((Ipv4Addr::LOCALHOST, 8080).into()));
    }
    settings.listen = listen;
    Ok(Command::Serve(settings))
}

/// The options that take a value.
fn set(settings: &mut Settings, name: &str, parser: &mut lexopt::Parser) -> Result<(), String> {
    let known = ["--max-queue", "--patience", "--max-clients", "--drain-timeout"];
    if !known.contains(&name) {
        return Err(unknown(name));
    }
    let text = text_of(name, parser.value())?;
    match name {
        "--max-queue" => settings.config.max_queue = values::queue_size(name, &text)?,
        "--patience" => settings.config.patience = values::patience(name, &text)?,
        "--max-clients" => settings.max_clients = Some(values::count(name, &text)?),
        _ => settings.config.drain_timeout = values::time(name, &text)?,
    }
    Ok(())
}

fn text_of(name: &str, value: Result<OsString, lexopt::Error>) -> Result<String, String> {
    let value = value.map_err(|_| format!("{name} takes a value; see --help"))?;
    value.into_string().map_err(|value| format!("{name} {}: not UTF-8", value.to_string_lossy()))
}

fn unknown(option: &str) -> String {
    format!("{option}: there is no such option; see --help")
}
