//! Number 3: processor time for each delivered message, in alternated short runs; number 4, write
//! calls, comes from the same runs.

use std::thread;
use std::time::Duration;

use crate::placement::Placement;
use crate::process::cpu_between;
use crate::room::{Load, Room};
use crate::server::{Design, Places, Server};
use crate::statistics::Spread;

/// Bytes of a message. It divides what the Go server reads at once, so none is cut in two by that.
pub(crate) const SIZE: usize = 64;
pub(crate) const CLIENTS: usize = 100;

/// What the clients do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) talkers: usize,
    /// Messages in flight for each of them.
    pub(crate) window: u64,
}

/// With the last one nothing can be sent together with anything else.
pub(crate) const SHAPES: [Shape; 3] = [
    Shape { name: "10 talk, 1 in flight each", talkers: 10, window: 1 },
    Shape { name: "10 talk, 16 in flight each", talkers: 10, window: 16 },
    Shape { name: "1 talks, 1 in flight", talkers: 1, window: 1 },
];

const WARM_UP: Duration = Duration::from_millis(100);
/// Until a server that has nothing to do sleeps, and its account is complete.
const SETTLING: Duration = Duration::from_millis(10);

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// Of four runs each.
    pub(crate) rounds: usize,
    /// The timed part of a run.
    pub(crate) time: Duration,
}

/// One run of one server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) design: Design,
    pub(crate) cpu_nanoseconds: u64,
    pub(crate) deliveries: u64,
    pub(crate) time: Duration,
    /// Write calls for each delivery.
    pub(crate) writes: f64,
}

/// All runs under one load, in pairs.
#[derive(Debug)]
pub(crate) struct Series {
    /// Two of each server in each round.
    runs: Vec<Run>,
}

impl Series {
    /// Each round is a run of the one, of the other, of the one, of the other; who is the first
    /// changes. So there are two pairs in a round, and one of each server with itself.
    pub(crate) fn measure(
        places: &Places,
        placement: Placement,
        Shape { talkers, window, .. }: Shape,
        Effort { rounds, time }: Effort,
    ) -> Result<Self, String> {
        let load = Load { talkers, window, messages: u64::MAX >> 1, time };
        let mut runs = Vec::new();
        for round in 0..rounds {
            for place in 0..4 {
                let design = Design::BOTH[(round + place) % 2];
                let run = Run::make(places, placement, design, &load);
                runs.push(run.map_err(|error| format!("{}: {error}", design.name()))?);
            }
        }
        places.processors.become_clients(Placement::Free)?;
        Ok(Self { runs })
    }

    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// A figure of all runs of one server.
    pub(crate) fn of(&self, design: Design, figure: fn(&Run) -> f64) -> Spread {
        Spread::of(&self.all(design, figure))
    }

    /// That of Go relative to that of pollcast in the same pair.
    pub(crate) fn ratio(&self, figure: fn(&Run) -> f64) -> Spread {
        let [go, pollcast] = Design::BOTH.map(|design| self.all(design, figure));
        Spread::of_ratios(&go.into_iter().zip(pollcast).collect::<Vec<_>>())
    }

    /// That of a server relative to its own other run in the same round.
    pub(crate) fn with_itself(&self, design: Design, figure: fn(&Run) -> f64) -> Spread {
        let figures = self.all(design, figure);
        Spread::of_ratios(&figures.chunks_exact(2).map(|two| (two[0], two[1])).collect::<Vec<_>>())
    }

    /// Whether each server is the same as itself: else the difference between the two is noise.
    pub(crate) fn is_conclusive(&self, figure: fn(&Run) -> f64) -> bool {
        Design::BOTH.into_iter().all(|design| self.with_itself(design, figure).is_one())
    }

    fn all(&self, design: Design, figure: fn(&Run) -> f64) -> Vec<f64> {
        self.runs.iter().filter(|run| run.design == design).map(figure).collect()
    }
}

impl Run {
    /// Nanoseconds of processor time for each delivered message.
    pub(crate) fn cost(&self) -> f64 {
        self.cpu_nanoseconds as f64 / self.deliveries as f64
    }

    /// Delivered messages a second, by the clock on the wall.
    pub(crate) fn speed(&self) -> f64 {
        self.deliveries as f64 / self.time.as_secs_f64()
    }

    /// How many processors it kept busy.
    pub(crate) fn processors(&self) -> f64 {
        self.cpu_nanoseconds as f64 / self.time.as_nanos() as f64
    }

    /// Starts a server, warms it up, and takes the figures of one load.
    fn make(
        places: &Places,
        placement: Placement,
        design: Design,
        load: &Load,
    ) -> Result<Self, String> {
        places.processors.become_server(placement)?;
        let server = Server::start(places, design)?;
        places.processors.become_clients(placement)?;
        let process = server.process();
        let mut room = Room::open(server.address(), CLIENTS, 0, SIZE)?;
        room.greet()?;
        room.run(&Load { time: WARM_UP, ..*load })?;
        thread::sleep(SETTLING);
        let (cpu_before, calls_before) = (process.cpu_times()?, process.write_calls());
        let outcome = room.run(load)?;
        thread::sleep(SETTLING);
        let (cpu_after, calls_after) = (process.cpu_times()?, process.write_calls());
        drop(room);
        let writes = match design {
            Design::Go => (calls_after? - calls_before?) as f64 / outcome.deliveries as f64,
            // Of the whole run, warming up included: it is the same load.
            Design::Pollcast => server.end()?.writes_for(SIZE),
        };
        let cpu_nanoseconds = cpu_between(&cpu_before, &cpu_after)?;
        let (deliveries, time) = (outcome.deliveries, outcome.time);
        Ok(Self { design, cpu_nanoseconds, deliveries, time, writes })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Run, Series};
    use crate::server::Design;

    fn series(costs: &[u64]) -> Series {
        let run = |(place, &cpu_nanoseconds): (usize, &u64)| {
            // As in the rounds: Go first, then pollcast first.
            let design = Design::BOTH[(place / 4 + place) % 2];
            let (deliveries, time, writes) = (10, Duration::from_nanos(500), 1.0);
            Run { design, cpu_nanoseconds, deliveries, time, writes }
        };
        Series { runs: costs.iter().enumerate().map(run).collect() }
    }

    #[test]
    fn pairs_are_of_neighbours_whoever_is_first() {
        let series = series(&[60, 10, 80, 20, 10, 30, 10, 50]);
        assert_eq!(series.ratio(Run::cost).median, 4.5, "of 6, 4, 3 and 5");
    }

    #[test]
    fn each_is_compared_with_itself_within_a_round() {
        let series = series(&[60, 10, 80, 20, 30, 90, 10, 60]);
        assert_eq!(series.with_itself(Design::Go, Run::cost).median, (0.75 + 1.5) / 2.0);
        assert_eq!(series.with_itself(Design::Pollcast, Run::cost).median, (0.5 + 3.0) / 2.0);
    }

    #[test]
    fn it_is_conclusive_if_each_is_the_same_as_itself() {
        assert!(series(&[60, 10, 60, 10]).is_conclusive(Run::cost));
        assert!(!series(&[60, 10, 70, 10]).is_conclusive(Run::cost));
        assert!(!series(&[60, 10, 60, 20]).is_conclusive(Run::cost));
    }

    #[test]
    fn figures_are_of_one_server_alone() {
        let series = series(&[60, 10, 80, 20]);
        assert_eq!(series.of(Design::Go, Run::cost).median, 7.0);
        assert_eq!(series.of(Design::Pollcast, Run::cost).median, 1.5);
        assert_eq!(series.of(Design::Pollcast, Run::processors).median, 0.03);
        assert_eq!(series.of(Design::Pollcast, Run::speed).median, 2e7);
    }
}
