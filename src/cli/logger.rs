//! A logger that never blocks the loop: a line that standard error does not take at once is dropped
//! and counted.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use env_logger::{Builder, Env, Target};
use log::LevelFilter;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::write;
use rustix::stdio::stderr;

/// The logger of the process.
#[derive(Debug)]
pub(crate) struct Logger {
    dropped: Arc<AtomicU64>,
}

/// Standard error, without waiting.
///
/// O_NONBLOCK would do that too, but it belongs to the open file, which is shared with the shell
/// and with whoever else writes there.
struct Impatient {
    dropped: Arc<AtomicU64>,
}

/// A pipe that poll(2) calls writable takes this much without blocking (PIPE_BUF, pipe(7)).
const LONGEST_LINE: usize = 4096;

impl Logger {
    /// Starts logging lines as `level: text`; a time is added by whoever collects them, journald or
    /// ts(1). RUST_LOG, if set, wins over the verbosity.
    pub(crate) fn start(verbosity: i32) -> Self {
        let dropped = Arc::new(AtomicU64::new(0));
        let target = Impatient { dropped: Arc::clone(&dropped) };
        Builder::new()
            .filter_level(level(verbosity))
            .parse_env(Env::default())
            .target(Target::Pipe(Box::new(target)))
            .format(|line, record| {
                let level = record.level().as_str().to_ascii_lowercase();
                writeln!(line, "{level}: {}", record.args())
            })
            .init();
        Self { dropped }
    }

    /// Lines that were dropped so far.
    pub(crate) fn dropped_lines(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

fn level(verbosity: i32) -> LevelFilter {
    match verbosity {
        ..=-2 => LevelFilter::Off,
        -1 => LevelFilter::Error,
        0 => LevelFilter::Info,
        1 => LevelFilter::Debug,
        2.. => LevelFilter::Trace,
    }
}

/// env_logger hands over each line whole.
impl Write for Impatient {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let part = &line[..line.len().min(LONGEST_LINE)];
        if !(takes_a_line() && write(stderr(), part).is_ok()) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn takes_a_line() -> bool {
    let error = stderr();
    let mut files = [PollFd::new(&error, PollFlags::OUT)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut files, Some(&at_once)).is_ok() && files[0].revents().contains(PollFlags::OUT)
}
