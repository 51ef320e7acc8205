//! What it says of itself.

pub(super) const VERSION: &str = concat!("pollcast ", env!("CARGO_PKG_VERSION"), "\n");

pub(super) fn text() -> String {
    [TEXT, TRACE, REST].concat()
}

const TEXT: &str = "\
Copies every byte that a client sends to every client, the sender included.

Usage: pollcast [OPTIONS] [ADDR]...

  ADDR, -l, --listen ADDR    HOST:PORT, [V6]:PORT, :PORT (all interfaces, both families), or
                             unix:PATH; may be repeated; default 127.0.0.1:8080. Sockets that
                             a service manager passes (LISTEN_FDS) are used instead
      --unix-mode MODE       mode of each unix:PATH in octal, as in 660; default: what the
                             umask leaves
      --framing raw|line     raw: as the bytes come (default); line: a line never mixes with
                             another client's
      --max-line SIZE        longest line, with --framing line; default 16k
      --no-echo              leave the sender out
      --max-queue SIZE       most that may wait for one client; default 1M
      --max-memory SIZE      most that traffic may make the server hold; default 64M, or eight
                             times --max-queue if that is more
      --patience TIME        how long a slow consumer may hold up the room: 0, 500ms,
                             1s (default), forever
      --max-clients N        most clients; default: what descriptors and --max-memory allow
      --max-clients-per-ip N   most from one IPv4 address or IPv6 /64 network; default: no limit
                             (behind a proxy all clients share one address)
      --idle-timeout TIME    how long a client may send nothing, or off (default)
      --keepalive TIME       how long a TCP client may be silent before the kernel asks it
                             whether it is still there, or off; default 60s
      --drain-timeout TIME   how long leaving may take, for a client and for the whole
                             server; default 5s
      --linger TIME          how long input may wait for more, so that it leaves in one write;
                             0 (default) to 1s
      --half-close leave|listen   what a client's end of stream means: it leaves once it has
                             everything (default), or goes on listening
      --interest toggle|once   how the kernel is asked for room to write: while something
                             waits (default), or always
      --stats unix:PATH      whoever connects gets the counters as one line of JSON
      --stats-interval TIME  a line of counters in the log every so often; SIGUSR1 asks for
                             one at any time
";

#[cfg(not(feature = "trace"))]
const TRACE: &str = "";

#[cfg(feature = "trace")]
const TRACE: &str = "\
      --narrate              tell on standard output what the loop does: each call, what the
                             kernel said, what comes next and why
      --trace FILE           write all of that as a Chrome trace, which Perfetto opens
      --trace-ring SIZE      keep only the last part of it, and write it at the end, or when
                             SIGUSR2 asks
      --replay FILE          run a trace again without sockets, and compare every decision
";

const REST: &str = "\
  -v, --verbose              log more; -vv logs every decision and phase
  -q, --quiet                log errors only; -qq logs nothing. RUST_LOG, if set, wins
  -h, --help                 print this
  -V, --version              print the version

Sizes take k, M and G (1024-based; KiB, MiB and GiB too). Times need a unit (ms, s, m, h),
except 0. What it listens on is printed on standard output, the log on standard error.
SIGTERM, SIGINT and SIGHUP drain: what has arrived is delivered. A second SIGTERM or SIGINT ends
it at once.
";
