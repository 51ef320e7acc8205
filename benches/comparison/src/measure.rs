//! One run: a contender that was started is warmed up, and given one load.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use crate::comparison::Reason;
use crate::contender::{Class, Contender};
use crate::load::{Load, Until};
use crate::process::Process;
use crate::record::Run;
use crate::report;
use crate::room::Room;
use crate::segments;
use crate::server::{Place, Server};

/// Until a server that has nothing to do sleeps, and its account is complete.
const SETTLING: Duration = Duration::from_millis(10);

/// More than the sixteen (TCP_MAX_QUICKACKS) that a pause is followed by.
const QUICK_ACKNOWLEDGEMENTS: u64 = 20;
/// With ten thousand receivers so many messages take too long: some of them stay dear.
const WARM_UP_LIMIT: Duration = Duration::from_secs(1);

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

/// A contender that runs, with its clients.
pub(crate) struct Running<'a> {
    shape: &'a Shape,
    place: &'a Place<'a>,
    contender: &'a Contender,
    server: Server,
    room: Room,
}

/// Nanoseconds of processor time of a server and of this process, so far.
struct Meters {
    server: u64,
    generator: u64,
}

impl Shape {
    /// A closed loop: so many in flight for each talker.
    pub(crate) const fn closed(clients: usize, talkers: usize, size: usize, window: u64) -> Self {
        Self { clients, talkers, size, load: Load::Window(window) }
    }

    /// As the report calls it, where there is no figure.
    pub(crate) fn words(&self, place: &Place<'_>) -> String {
        report::shape_words(&self.describe(place, ""))
    }

    /// Why a contender that failed has no figure. Whoever promises no order may cut a message that
    /// it does not read at once into pieces that overtake each other.
    pub(crate) fn explain(&self, contender: &Contender, reason: String) -> Reason {
        let is_cut = contender.class == Class::Bytes && reason.contains("garbled");
        if is_cut { Reason::Expected(reason) } else { reason.into() }
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

    /// Starts the contender, and takes the figures of one run.
    pub(crate) fn run(
        &self,
        place: &Place<'_>,
        contender: &Contender,
        times: Times,
    ) -> Result<Run, String> {
        Running::start(self, place, contender)?.measure(times)
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

impl<'a> Running<'a> {
    /// Starts the contender, and lets everybody in.
    pub(crate) fn start(
        shape: &'a Shape,
        place: &'a Place<'a>,
        contender: &'a Contender,
    ) -> Result<Self, String> {
        let Shape { clients, talkers, size, .. } = *shape;
        let server = Server::start(place, contender, clients)?;
        let mut room = Room::open(server.entrance(), clients, talkers, size)?;
        room.greet()?;
        Ok(Self { shape, place, contender, server, room })
    }

    /// Warms it up, and takes the figures of the load.
    pub(crate) fn measure(&mut self, times: Times) -> Result<Run, String> {
        let (load, process) = (self.shape.load, self.server.process());
        let until = |time| Until { time, messages: u64::MAX >> 1 };
        // Before the warming up: to ask for so many sockets takes time, in which all would sleep.
        let (segments_before, delivered) = (self.segments(), self.room.delivered());
        self.leave_quick_acknowledgement()?;
        load.make(&mut self.room, until(times.warm_up))?;
        thread::sleep(SETTLING);
        self.room.forget_times();
        let reordered = self.room.reordered();
        let before = Meters::read(process)?;
        let outcome = load.make(&mut self.room, until(times.timed))?;
        thread::sleep(SETTLING);
        let after = Meters::read(process)?;
        let segments = self.segments().and_then(|now| Ok(now - segments_before?));
        let mut run = Run {
            messages: outcome.messages,
            deliveries: outcome.deliveries,
            elapsed_ns: outcome.time.as_nanos() as u64,
            segments: segments.ok(),
            segment_deliveries: self.room.delivered() - delivered,
            server_cpu_ns: after.server - before.server,
            generator_cpu_ns: after.generator - before.generator,
            memory_kib: process.status("VmRSS")?,
            peak_kib: process.status("VmHWM")?,
            reordered: self.room.reordered() - reordered,
            conversations: conversations(&self.room),
            ..self.shape.describe(self.place, &self.contender.name)
        };
        self.room.describe_times(&mut run);
        breach(self.contender, &self.room).map_or(Ok(run), Err)
    }

    /// Sends until receivers no longer acknowledge each segment at once, as they do with the first
    /// ones of a connection and after each pause of 200 ms (tcp_event_data_recv, tcp_incr_quickack):
    /// that makes a delivery half as dear again, and would bill to a server how long it slept.
    fn leave_quick_acknowledgement(&mut self) -> Result<(), String> {
        let Load::Window(window) = self.shape.load else { return Ok(()) };
        let messages = QUICK_ACKNOWLEDGEMENTS * window * self.shape.talkers as u64;
        let until = Until { time: WARM_UP_LIMIT, messages };
        self.shape.load.make(&mut self.room, until).map(drop)
    }

    fn segments(&self) -> Result<u64, String> {
        segments::sent(self.place.link, self.server.entrance().address)
    }
}

/// How many different conversations those who only listen have heard.
fn conversations(room: &Room) -> usize {
    room.listeners().map(|one| one.conversation()).collect::<BTreeSet<u64>>().len()
}

/// What a contender did not keep of what it promises; the room has checked that nothing is lost.
pub(crate) fn breach(contender: &Contender, room: &Room) -> Option<String> {
    let (reordered, conversations) = (room.reordered(), conversations(room));
    let is_kept = match contender.class {
        Class::Bytes => true,
        Class::Order => reordered == 0,
        Class::OneLog => reordered == 0 && conversations <= 1,
    };
    let (name, class) = (&contender.name, contender.class.name());
    (!is_kept).then(|| {
        format!(
            "{name} is not of class {class}: {reordered} reordered, {conversations} conversations"
        )
    })
}

impl Meters {
    fn read(process: Process) -> Result<Self, String> {
        let generator = Process(std::process::id()).cpu_ns()?;
        Ok(Self { server: process.cpu_ns()?, generator })
    }
}

#[cfg(test)]
mod tests {
    use super::Shape;
    use crate::comparison::Reason;
    use crate::contender::{Class, Contender};
    use crate::server::CANNOT_RUN;

    #[test]
    fn who_cannot_run_here_or_cuts_messages_by_design_has_not_failed() {
        let ours = Contender::ours("a", "", "a".into());
        let cuts = Contender { class: Class::Bytes, ..ours.clone() };
        let shape = Shape::closed(2, 1, 64, 1);
        let is_failure = |contender, reason: &str| {
            matches!(shape.explain(contender, reason.to_owned()), Reason::Failure(_))
        };
        assert!(is_failure(&ours, "client 1: garbled") && is_failure(&cuts, "lost: 3"));
        assert!(!is_failure(&cuts, "client 1: garbled"));
        assert!(!is_failure(&ours, &format!("{CANNOT_RUN}: uring: it is forbidden")));
    }
}
