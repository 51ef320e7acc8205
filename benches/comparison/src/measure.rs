//! One run: a contender is started, warmed up, and given one load.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use crate::comparison::Reason;
use crate::contender::{Class, Contender};
use crate::load::{Load, Outcome, Until};
use crate::process::{Process, cpu_between};
use crate::record::Run;
use crate::report;
use crate::room::Room;
use crate::segments;
use crate::server::{CANNOT_RUN, Place, Server};

/// Until a server that has nothing to do sleeps, and its account is complete.
const SETTLING: Duration = Duration::from_millis(10);

/// What the clients of a run do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) clients: usize,
    /// How many of them talk.
    pub(crate) talkers: usize,
    /// Bytes of a message.
    pub(crate) size: usize,
    pub(crate) load: Load,
}

/// How long a run takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) warm_up: Duration,
    /// The part that counts.
    pub(crate) timed: Duration,
}

/// Processor time of a server and of this thread, so far.
struct Meters {
    server: crate::process::CpuTimes,
    generator: u64,
}

impl Shape {
    /// As the report calls it, where there is no figure.
    pub(crate) fn words(&self, place: &Place<'_>) -> String {
        report::shape_words(&self.describe(place, ""))
    }

    /// Why a contender that failed has no figure. Whoever promises no order may cut a message that
    /// it does not read at once into pieces that overtake each other.
    pub(crate) fn explain(&self, contender: &Contender, reason: String) -> Reason {
        let is_cut = contender.class == Class::Bytes && reason.contains("garbled");
        if is_cut || reason.starts_with(CANNOT_RUN) {
            Reason::Design(reason)
        } else {
            Reason::Failure(reason)
        }
    }

    /// Why a contender cannot take it, if it cannot.
    pub(crate) fn exceeds(&self, contender: &Contender) -> Option<String> {
        let too_many = contender.most.filter(|&(most, _)| self.clients > most);
        if let Some((most, reason)) = too_many {
            return Some(format!("at most {most} clients: {reason}"));
        }
        let most = contender.most_talkers;
        (self.talkers > most).then(|| format!("at most {most} can talk"))
    }

    /// Starts the contender, warms it up, and takes the figures of the load.
    pub(crate) fn run(
        &self,
        place: &Place<'_>,
        contender: &Contender,
        times: Times,
    ) -> Result<Run, String> {
        let Self { clients, talkers, size, load } = *self;
        let server = Server::start(place, contender, clients)?;
        let (process, entrance) = (server.process(), server.entrance());
        let mut room = Room::open(entrance, clients, talkers, size)?;
        room.greet()?;
        load.make(&mut room, Until { time: times.warm_up, messages: u64::MAX >> 1 })?;
        thread::sleep(SETTLING);
        room.latency_mut().forget();
        let segments_before = segments::sent(place.link, entrance.address);
        let before = Meters::read(process)?;
        let outcome = load.make(&mut room, Until { time: times.timed, messages: u64::MAX >> 1 })?;
        thread::sleep(SETTLING);
        let after = Meters::read(process)?;
        let segments = segments::sent(place.link, entrance.address);
        let segments = segments.and_then(|now| Ok(now - segments_before?));
        let mut run = Run { segments: segments.ok(), ..self.describe(place, &contender.name) };
        run.server_cpu_ns = cpu_between(&before.server, &after.server)?;
        run.generator_cpu_ns = after.generator - before.generator;
        run.memory_kib = process.status("VmRSS")?;
        run.peak_kib = process.status("VmHWM")?;
        judge(contender, &mut room, outcome, run)
    }

    /// A record of this load that has no figures yet.
    fn describe(&self, place: &Place<'_>, contender: &str) -> Run {
        let (window, rate) = match self.load {
            Load::Window(window) => (window, 0),
            Load::Rate(rate) => (0, rate),
        };
        Run {
            link: place.link.name().to_owned(),
            contender: contender.to_owned(),
            clients: self.clients,
            talkers: self.talkers,
            size: self.size,
            window,
            rate,
            ..Run::default()
        }
    }
}

/// Whether the contender kept what it promises; the room has checked that nothing is lost.
fn judge(
    contender: &Contender,
    room: &mut Room,
    outcome: Outcome,
    mut run: Run,
) -> Result<Run, String> {
    run.messages = outcome.messages;
    run.deliveries = outcome.deliveries;
    run.elapsed_ns = outcome.time.as_nanos() as u64;
    room.latency_mut().describe(&mut run);
    run.reordered = room.reordered();
    let conversations: BTreeSet<u64> = room.listeners().map(|one| one.conversation()).collect();
    run.conversations = conversations.len();
    let broken = match contender.class {
        Class::Bytes => false,
        Class::Order => run.reordered > 0,
        Class::OneLog => run.reordered > 0 || run.conversations > 1,
    };
    if broken {
        let (name, class) = (&contender.name, contender.class.name());
        let Run { reordered, conversations, .. } = run;
        return Err(format!(
            "{name} is not of class {class}: {reordered} reordered, {conversations} conversations"
        ));
    }
    Ok(run)
}

impl Meters {
    fn read(process: Process) -> Result<Self, String> {
        let generator = Process(std::process::id()).cpu_times()?.values().sum();
        Ok(Self { server: process.cpu_times()?, generator })
    }
}
