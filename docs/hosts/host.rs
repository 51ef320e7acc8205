//! A host in Rust: a loop of its own on poll(2), with a pollcast server nested in it.
//!
//! What is typed is said to everybody, and "/out N" puts client N out. Newcomers are greeted, what
//! speaks of a secret is withheld, and twice a second there is a line of counters. SIGINT and
//! SIGTERM end it in order.
//!
//! ```text
//! host [ADDRESS:PORT]
//! ```

use std::error::Error;
use std::io::{self, Stdin};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use pollcast::kernel::mio::{MioKernel, listen};
use pollcast::observer::{Decision, Observer, Passage};
use pollcast::{Config, Framing, SayError, Server};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::pipe;

const TICK: Duration = Duration::from_millis(500);

/// How often a server is looked after that has no descriptor to wait for.
const BLIND: Duration = Duration::from_millis(10);

/// What the server tells and asks in the middle of a turn, when it cannot be called.
#[derive(Debug, Default)]
struct Doorkeeper {
    /// Those who joined since they were last greeted.
    newcomers: Vec<usize>,
}

impl Observer for Doorkeeper {
    fn decided(&mut self, _: Duration, decision: &Decision<'_>) {
        if let Decision::Joined { client, .. } = decision {
            self.newcomers.push(*client);
        }
    }

    fn passes(&mut self, _: Duration, _: usize, bytes: &[u8]) -> Passage {
        let speaks_of_it = bytes.windows(6).any(|word| word == b"secret");
        if speaks_of_it { Passage::Withhold } else { Passage::Pass }
    }
}

struct Host {
    server: Server<MioKernel, Doorkeeper>,
    input: Stdin,
    is_typing: bool,
    /// What was typed and not yet said.
    typed: Vec<u8>,
    signals: UnixStream,
    tick: Instant,
}

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1);
    let address = address.as_deref().unwrap_or("127.0.0.1:8080").parse()?;
    let kernel = MioKernel::new(vec![listen(address)?])?;
    let place = kernel.addresses()?.remove(0);
    let config = Config { framing: Framing::Line, ..Config::default() };
    let (signals, signalled) = UnixStream::pair()?;
    pipe::register(SIGINT, signalled.try_clone()?)?;
    pipe::register(SIGTERM, signalled)?;
    let mut host = Host {
        server: Server::with_observer(kernel, config, Doorkeeper::default())?,
        input: io::stdin(),
        is_typing: true,
        typed: Vec::new(),
        signals,
        tick: Instant::now() + TICK,
    };
    println!("listening on {place}");
    while !host.server.is_finished() {
        host.wait_and_hear()?;
        host.server.turn(Some(Duration::ZERO))?;
        host.greet();
        host.say()?;
    }
    println!("finished");
    Ok(())
}

impl Host {
    /// Waits for whatever comes first, and hears what is not the server's.
    fn wait_and_hear(&mut self) -> io::Result<()> {
        let server = self.server.kernel().descriptor();
        let ticks = self.tick.saturating_duration_since(Instant::now());
        let blind = server.is_none().then_some(BLIND);
        let pause = [self.server.next_timeout(), blind].into_iter().flatten().fold(ticks, Ord::min);
        // Input that is not read would be told again and again: nor is its end looked for twice.
        let hears = self.is_typing && !self.typed.contains(&b'\n');
        let mut sources = vec![PollFd::new(&self.signals, PollFlags::IN)];
        sources.extend(server.map(|server| PollFd::from_borrowed_fd(server, PollFlags::IN)));
        if hears {
            sources.push(PollFd::new(&self.input, PollFlags::IN));
        }
        match poll(&mut sources, Some(&rounded_up(pause))) {
            Err(rustix::io::Errno::INTR) => return Ok(()),
            other => drop(other?),
        }
        let told: Vec<bool> = sources.iter().map(|it| !it.revents().is_empty()).collect();
        if told[0] {
            rustix::io::read(&self.signals, &mut [0; 16])?;
            self.server.shut_down();
        }
        if hears && told[told.len() - 1] {
            self.hear_typing()?;
        }
        self.tell_counters();
        Ok(())
    }

    fn hear_typing(&mut self) -> io::Result<()> {
        let mut bytes = [0; 4096];
        let length = rustix::io::read(&self.input, &mut bytes)?;
        self.typed.extend(&bytes[..length]);
        self.is_typing = length > 0;
        Ok(())
    }

    fn tell_counters(&mut self) {
        if self.tick <= Instant::now() {
            self.tick += TICK;
            let (clients, stats) = (self.server.client_count(), self.server.stats());
            let (delivered, withheld) = (stats.bytes_out, stats.bytes_withheld);
            println!("{clients} clients, {delivered} bytes delivered, {withheld} withheld");
        }
    }

    fn greet(&mut self) {
        for client in std::mem::take(&mut self.server.observer_mut().newcomers) {
            // A greeting for which there is no room is left out, and some are gone already.
            let _ = self.server.send_to(client, format!("welcome, client {client}\n").as_bytes());
        }
    }

    /// Says the lines that were typed. One for which there is no room waits, and those behind it;
    /// one that is longer than what may be said at once is dropped.
    fn say(&mut self) -> Result<(), SayError> {
        while let Some(end) = self.typed.iter().position(|&byte| byte == b'\n') {
            let line = &self.typed[..=end];
            let command =
                std::str::from_utf8(line).ok().and_then(|line| line.strip_prefix("/out "));
            let client = command.and_then(|number| number.trim().parse().ok());
            let said = match client {
                Some(client) => self.server.evict(client),
                None => self.server.broadcast(line),
            };
            match said {
                Err(SayError::Later) => return Ok(()),
                Err(SayError::Gone | SayError::Length) | Ok(()) => drop(self.typed.drain(..=end)),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// To wake before a deadline would be to spin until it.
fn rounded_up(time: Duration) -> Timespec {
    let milliseconds = time.as_micros().div_ceil(1_000) as i64;
    Timespec { tv_sec: milliseconds / 1_000, tv_nsec: milliseconds % 1_000 * 1_000_000 }
}
