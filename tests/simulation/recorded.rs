//! Runs that are recorded, and run again without a world: the same turns, the same decisions.

use std::cell::RefCell;
use std::io::{self, Cursor, Write};
use std::rc::Rc;
use std::time::Duration;

use pollcast::trace::{Outcome, ReplayError, Trace, replay};

use crate::choice::Seeded;
use crate::decided::set_up;
use crate::effort;
use crate::kernel::SimKernel;
use crate::run::{Run, Watcher};
use crate::socket::Mode;

/// Where a trace is written, and read again.
#[derive(Debug, Clone, Default)]
struct Paper(Rc<RefCell<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A random run as a trace, and how many turns it made.
fn record(seed: u64, mode: Mode, gather: Duration) -> (Vec<u8>, u64) {
    match mode {
        Mode::Epoll => record_in::<true>(seed, mode, gather),
        Mode::Kqueue | Mode::Poll => record_in::<false>(seed, mode, gather),
    }
}

fn record_in<const SHORT: bool>(seed: u64, mode: Mode, gather: Duration) -> (Vec<u8>, u64) {
    let (mut choices, world) = (Seeded::new(seed), Box::new(Seeded::new(!seed)));
    let (world, config, peers, weather) = set_up(mode, gather, &mut choices, world);
    let paper = Paper::default();
    let trace = Trace::default().write_to(paper.clone());
    let world = Rc::new(RefCell::new(world));
    world.borrow_mut().oracle.configure(&config);
    let kernel = SimKernel::<SHORT>(Rc::clone(&world));
    let server = trace.server(kernel, config, Watcher(Rc::clone(&world)));
    // What records it may allocate.
    let mut run = Run::<SHORT, _, _>::of(world, server.expect("limits that work"), peers, false);
    weather.pass_over(&mut run, &mut choices);
    let turns = run.server.stats().turns;
    drop(run);
    trace.finish().expect("paper takes everything");
    let bytes = paper.0.take();
    (bytes, turns)
}

fn run_again(trace: Vec<u8>) -> Result<Outcome, ReplayError> {
    replay(Cursor::new(trace), None)
}

#[test]
fn every_recorded_run_is_the_same_when_it_is_run_again_with_all_that_can_go_wrong() {
    let seeds = match effort::number("POLLCAST_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..60,
    };
    for seed in seeds {
        for mode in Mode::ALL {
            let gather = Duration::from_millis([0, 0, 20][seed as usize % 3]);
            let (trace, turns) = record(seed, mode, gather);
            let outcome = run_again(trace).unwrap_or_else(|problem| {
                panic!("POLLCAST_SEED={seed}, mode {mode:?}: {problem}");
            });
            assert_eq!((outcome.turns, outcome.is_cut), (turns, false), "seed {seed}, {mode:?}");
        }
    }
}
