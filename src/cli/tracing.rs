//! What the command line asks of the trace: where a run is written, told in words, or run again.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use log::{info, warn};
use pollcast::trace::{Trace, replay};

use super::values;

/// What was asked for.
#[derive(Debug, Default)]
pub(crate) struct TraceSettings {
    /// Where the trace is written.
    file: Option<PathBuf>,
    /// How much of it is kept, if not all.
    ring: Option<usize>,
    /// SIGUSR2 asks for what is kept.
    write_asked: Arc<AtomicBool>,
    narrates: bool,
    /// A trace that is run again, in place of a server.
    replays: Option<PathBuf>,
}

impl TraceSettings {
    /// Takes the value of an option. False when that is none of these.
    ///
    /// # Errors
    /// One line that names what was wrong, and what would be right.
    pub(super) fn set(&mut self, name: &str, parser: &mut lexopt::Parser) -> Result<bool, String> {
        match name {
            "--trace" => self.file = Some(values::FILE.take(name, parser)?),
            "--trace-ring" => self.ring = Some(values::RING_SIZE.take(name, parser)?),
            "--replay" => self.replays = Some(values::FILE.take(name, parser)?),
            "--narrate" => self.narrates = true,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What SIGUSR2 is to set, if it is to be caught.
    pub(crate) fn write_flag(&self) -> Option<Arc<AtomicBool>> {
        self.ring.map(|_| Arc::clone(&self.write_asked))
    }

    /// Whether they go together; and a trace that is to be run again in place of a server, if one
    /// is, and whether it is to be told in words.
    ///
    /// # Errors
    /// One line that names what is missing, or too much.
    pub(super) fn check(&self) -> Result<Option<(PathBuf, bool)>, String> {
        if self.ring.is_some() && self.file.is_none() {
            return Err("--trace-ring: takes --trace FILE too, where it is written".to_owned());
        }
        if self.replays.is_some() && self.file.is_some() {
            return Err("--replay: goes without --trace, since it would write the same".to_owned());
        }
        Ok(self.replays.clone().map(|file| (file, self.narrates)))
    }
}

/// A trace under way.
#[derive(Debug)]
pub(crate) struct Tracing {
    pub(crate) trace: Trace,
    /// Where the last part of it is written, and whether SIGUSR2 asks for that.
    last_part: Option<(PathBuf, Arc<AtomicBool>)>,
}

impl Tracing {
    /// Begins what was asked for; nothing, if nothing was.
    ///
    /// # Errors
    /// One line that names the file that cannot be written.
    pub(crate) fn begin(settings: &TraceSettings) -> Result<Option<Self>, String> {
        if settings.file.is_none() && !settings.narrates {
            return Ok(None);
        }
        let (mut trace, mut last_part) = (Trace::default(), None);
        if settings.narrates {
            trace = trace.narrate_to(io::stdout());
        }
        if let Some(path) = &settings.file {
            // Also with a ring: what cannot be written is to be known now.
            let file = File::create(path).map_err(cannot_write(path))?;
            trace = match settings.ring {
                None => trace.write_to(file),
                Some(bytes) => {
                    last_part = Some((path.clone(), Arc::clone(&settings.write_asked)));
                    trace.keep_last(bytes)
                }
            };
        }
        Ok(Some(Self { trace, last_part }))
    }

    /// Between two turns: writes what a signal asked for, and says once what could not be written.
    pub(crate) fn heed(&self) {
        if let Some((path, asked)) = &self.last_part {
            if asked.swap(false, Ordering::Relaxed) {
                self.write_last(path);
            }
        }
        if let Some(error) = self.trace.take_error() {
            warn!("the trace ends here, the server goes on: {error}");
        }
    }

    /// At the end of the server.
    pub(crate) fn end(&self) {
        if let Some((path, _)) = &self.last_part {
            self.write_last(path);
        }
        if let Err(error) = self.trace.finish() {
            warn!("the trace is not complete: {error}");
        }
    }

    fn write_last(&self, path: &Path) {
        let written = File::create(path).and_then(|file| {
            let mut writer = io::BufWriter::new(file);
            self.trace.write_last(&mut writer)
        });
        match written {
            Ok(()) => info!("the last part of the trace is in {}", path.display()),
            Err(error) => warn!("{}", cannot_write(path)(error)),
        }
    }
}

/// Runs a trace again, and says what came of it.
///
/// # Errors
/// One line that says what is wrong with it, or where the run differs.
pub(crate) fn run_again(path: &Path, narrates: bool) -> Result<String, String> {
    let about = |problem: &dyn std::fmt::Display| format!("--replay {path:?}: {problem}");
    let file = File::open(path).map_err(|error| about(&error))?;
    let narration: Option<Box<dyn io::Write>> =
        if narrates { Some(Box::new(io::stdout())) } else { None };
    let outcome = replay(file, narration).map_err(|error| about(&error))?;
    let cut = if outcome.is_cut { ", up to where the trace was cut" } else { "" };
    Ok(format!("the same: {} turns, {} events{cut}\n", outcome.turns, outcome.events))
}

fn cannot_write(path: &Path) -> impl Fn(io::Error) -> String + '_ {
    move |error| format!("--trace {path:?}: takes a file that can be written: {error}")
}
