//! Clients that do not do their part, and what the others get meanwhile.

use std::time::{Duration, Instant};

use super::Scenario;
use crate::bad_clients::{BadClients, Habit};
use crate::comparison::{Comparison, Reason};
use crate::contender::Contender;
use crate::link::Link;
use crate::load;
use crate::measure::breach;
use crate::placement::Placement;
use crate::process::memory_available;
use crate::record::Moment;
use crate::room::Room;
use crate::server::Server;

/// Clients that do their part; one of them talks.
const GOOD: usize = 50;
/// Bytes of a message: what the Go server reads at once.
const SIZE: usize = 1024;
/// In bytes this is less than the least segment: no message is cut in two on its way to the server.
const WINDOW: u64 = 16;
/// The bad ones come after this, and all ends after that.
const QUIET: Duration = Duration::from_secs(1);
const TIME: Duration = Duration::from_secs(8);
const MOMENT: Duration = Duration::from_millis(100);
/// How long the room waits for input at most, so that bad clients get their turn.
const STEP: Duration = Duration::from_millis(2);
/// Most memory that is given to a server, in KiB, and never more than half of what there is.
const CEILING: u64 = 6 << 20;

const PATIENCE: [&str; 3] = ["0", "1s", "forever"];

pub(crate) fn ask(scenario: Scenario, comparison: &Comparison) -> Result<(), String> {
    let (habit, counts): (Habit, &[usize]) = match scenario {
        Scenario::Slow => (Habit::ReadSlowly, &[1]),
        Scenario::Attack => (Habit::StallAndReturn, &[3]),
        _ => (Habit::NeverRead, &[1, 10]),
    };
    for contender in &comparison.contenders {
        let variants: Vec<(Contender, &str)> = match contender.name.as_str() {
            "pollcast" => {
                let patient = |patience| contender.clone().with(&["--patience", patience]);
                PATIENCE.map(|patience| (patient(patience), patience)).to_vec()
            }
            // It does not look at what a write says, nor at who has come.
            "floor" => Vec::new(),
            _ => vec![(contender.clone(), "")],
        };
        for (contender, patience) in &variants {
            for &bad in counts {
                observe(scenario, comparison, contender, patience, habit, bad)?;
            }
        }
    }
    Ok(())
}

/// Writes down what becomes of one server.
fn observe(
    scenario: Scenario,
    comparison: &Comparison,
    contender: &Contender,
    patience: &str,
    habit: Habit,
    bad: usize,
) -> Result<(), String> {
    eprintln!("  {} {patience}: {bad} bad", contender.name);
    let mut moments = Vec::new();
    let outcome = watch(comparison, contender, habit, bad, &mut moments);
    for moment in &mut moments {
        scenario.name().clone_into(&mut moment.scenario);
        contender.name.clone_into(&mut moment.contender);
        patience.clone_into(&mut moment.patience);
        moment.bad = bad;
    }
    comparison.add(&moments)?;
    match outcome {
        Ok(()) => Ok(()),
        Err(reason) => {
            let shape = format!("{bad} bad clients {patience}");
            comparison.miss(scenario.name(), shape, contender, reason)
        }
    }
}

fn watch(
    comparison: &Comparison,
    contender: &Contender,
    habit: Habit,
    bad: usize,
    moments: &mut Vec<Moment>,
) -> Result<(), Reason> {
    let place = comparison.place(Link::Loopback, Placement::Apart);
    let server = Server::start(&place, contender, 20 * (GOOD + bad))?;
    let process = server.process();
    let mut room = Room::open(server.entrance(), GOOD, 1, SIZE)?;
    room.greet()?;
    let mut bad_ones = BadClients::new(server.entrance(), habit);
    let ceiling = CEILING.min(memory_available()? / 2);
    let (start, mut delivered) = (Instant::now(), room.delivered());
    while start.elapsed() < TIME {
        let next = MOMENT * (moments.len() as u32 + 1);
        while start.elapsed() < next {
            load::fill(&mut room, WINDOW, u64::MAX)?;
            room.step(STEP)?;
            bad_ones.act()?;
        }
        let memory_kib = process.status("VmRSS")?;
        moments.push(Moment {
            at_ms: start.elapsed().as_millis() as u64,
            deliveries: room.delivered() - delivered,
            reordered: room.reordered(),
            evicted: bad_ones.evicted(),
            memory_kib,
            peak_kib: process.status("VmHWM")?,
            ..Moment::default()
        });
        delivered = room.delivered();
        if bad_ones.is_empty() && start.elapsed() >= QUIET {
            bad_ones.come(bad)?;
        }
        if memory_kib > ceiling {
            let reason = format!("it was ended when it held {memory_kib} KiB");
            return Err(Reason::Expected(reason));
        }
    }
    // Whoever is behind lost nothing: once the bad ones are gone, everything comes.
    drop(bad_ones);
    room.settle()?;
    breach(contender, &room).map_or(Ok(()), |reason| Err(Reason::Failure(reason)))
}
