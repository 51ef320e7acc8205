//! Where the recording kernel and the tracer meet: they see one run from two sides.

use std::time::Duration;

use super::chrome::Chrome;
use super::gauges::{Beginning, Changed, Gauges};
use super::narrator::Narrator;
use super::output::Stream;
use super::record::{Call, Record, Setup, Sink, What};
use super::replay::Comparison;
use super::ring::Ring;
use crate::observer::{Phase, Step};

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) stream: Option<Chrome<Stream>>,
    pub(super) ring: Option<Chrome<Ring>>,
    pub(super) narrator: Option<Narrator>,
    pub(super) comparison: Option<Chrome<Comparison>>,
    gauges: Gauges,
    /// The last time that is known.
    last: Duration,
    /// Times that the kernel told the server since the last record.
    asked: Vec<Duration>,
    turn: u64,
    turn_began: Beginning,
    turn_ended: Duration,
    phase: Option<(Phase, Beginning)>,
}

impl State {
    pub(super) fn begin(&mut self, setup: &Setup) {
        self.tell(What::Setup(setup));
    }

    /// The server asked for the time.
    pub(super) fn ask(&mut self, now: Duration) {
        self.asked.push(now);
        self.know(now);
    }

    /// A call was made from `at` to `until`.
    pub(super) fn call(&mut self, at: Duration, until: Duration, call: &Call<'_>) {
        self.know(at);
        self.record(at, until.saturating_sub(at), What::Call(call));
        self.know(until);
    }

    /// The loop enters a phase, and has left the one before.
    pub(super) fn enter(&mut self, phase: Phase) {
        let began = if phase == Phase::Wait {
            self.turn += 1;
            self.turn_began = Beginning::default();
            None
        } else {
            self.leave_phase();
            Some(self.last)
        };
        self.phase = Some((phase, Beginning::at(began)));
        let turn = self.turn;
        self.each(|sink| sink.enter(turn, phase));
    }

    /// What is no call.
    pub(super) fn tell(&mut self, what: What<'_>) {
        if let What::Step(Step::Turned { .. }) = what {
            self.leave_phase();
            // A nanosecond before its first phase: of two that begin at the same time viewers take
            // the one that stands first in the file for the outer one, and a turn stands last.
            let began = self.turn_began.or(self.last).saturating_sub(Duration::from_nanos(1));
            let began = began.max(self.turn_ended);
            self.record(began, self.last.saturating_sub(began), What::Turn(self.turn));
            self.turn_ended = self.last;
        }
        self.record(self.last, Duration::ZERO, what);
    }

    /// Nothing may happen for a while.
    pub(super) fn rest(&mut self) {
        self.each(|sink| sink.rest());
    }

    fn know(&mut self, now: Duration) {
        self.last = now;
        self.turn_began.note(now);
        if let Some((_, began)) = &mut self.phase {
            began.note(now);
        }
    }

    fn leave_phase(&mut self) {
        if let Some((phase, began)) = self.phase.take() {
            let began = began.or(self.last);
            self.record(began, self.last.saturating_sub(began), What::Phase(phase));
        }
    }

    fn record(&mut self, at: Duration, took: Duration, what: What<'_>) {
        let changed = self.gauges.heed(&what);
        // These are told as amounts, and the end of a turn by the record of it.
        if let What::Step(Step::Queued { .. } | Step::Turned { .. }) = what {
            return self.tell_amounts(changed);
        }
        let asked = std::mem::take(&mut self.asked);
        let record = Record { at, took, asked: &asked, what };
        self.each(|sink| sink.take(&record));
        self.asked = asked;
        self.asked.clear();
        self.tell_amounts(changed);
    }

    fn tell_amounts(&mut self, changed: Changed) {
        for gauge in changed.into_iter().flatten() {
            let (at, took, what) = (self.last, Duration::ZERO, What::Gauge(gauge));
            let record = Record { at, took, asked: &[], what };
            self.each(|sink| sink.take(&record));
        }
    }

    fn each(&mut self, mut tell: impl FnMut(&mut dyn Sink)) {
        if let Some(stream) = &mut self.stream {
            tell(stream);
        }
        if let Some(ring) = &mut self.ring {
            tell(ring);
        }
        if let Some(narrator) = &mut self.narrator {
            tell(narrator);
        }
        if let Some(comparison) = &mut self.comparison {
            tell(comparison);
        }
    }
}
