//! A logger that never blocks the loop: a line that standard error does not take at once is dropped
//! and counted.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
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
    /// If it is a terminal: the same one, opened once more.
    terminal: Option<File>,
}

/// A pipe that poll(2) calls writable takes this much without blocking (PIPE_BUF, pipe(7)).
const LONGEST_LINE: usize = 4096;

impl Logger {
    /// Starts logging lines as `level: text`; a time is added by whoever collects them, journald or
    /// ts(1). RUST_LOG, if set, wins over the verbosity.
    pub(crate) fn start(verbosity: i32) -> Self {
        let dropped = Arc::new(AtomicU64::new(0));
        let target = Impatient { dropped: Arc::clone(&dropped), terminal: reopen_terminal() };
        // Of this crate alone: mio has lines of its own at `trace`.
        let default = format!("pollcast={}", level(verbosity));
        Builder::from_env(Env::default().default_filter_or(default))
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

/// A terminal that poll(2) calls writable has room for one byte, not for a line: when nobody reads
/// its other end, as in a stalled remote login, a write would block all the same. Opened anew, it
/// may be non-blocking without harm to others.
///
/// `None` for what is no terminal, and where it cannot be opened (another user's, after su(1)).
fn reopen_terminal() -> Option<File> {
    if !io::stderr().is_terminal() {
        return None;
    }
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
    OpenOptions::new().write(true).custom_flags(flags).open("/dev/stderr").ok()
}

impl Impatient {
    /// Whether the whole line was taken. A terminal that is nearly full may take a part of one.
    fn offer(&self, line: &[u8]) -> bool {
        let inherited = stderr();
        let output = self.terminal.as_ref().map_or(inherited, AsFd::as_fd);
        line.len() <= LONGEST_LINE
            && is_writable(output)
            && write(output, line).is_ok_and(|taken| taken == line.len())
    }
}

/// env_logger hands over each line whole.
impl Write for Impatient {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if !self.offer(line) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn is_writable(output: BorrowedFd<'_>) -> bool {
    let mut files = [PollFd::new(&output, PollFlags::OUT)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut files, Some(&at_once)).is_ok() && files[0].revents().contains(PollFlags::OUT)
}
