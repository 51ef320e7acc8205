//! An observer that tells the trace what it hears, and hands everything on to another one.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use super::record::What;
use super::state::State;
use crate::observer::{Admission, Decision, Observer, Passage, Phase, Step};

/// An observer of which everything is recorded: what it is told, and what it answers. It answers
/// as the one that it stands before.
#[derive(Debug)]
pub struct Tracer<O> {
    observer: O,
    state: Rc<RefCell<State>>,
}

impl<O> Tracer<O> {
    pub(super) fn new(observer: O, state: Rc<RefCell<State>>) -> Self {
        Self { observer, state }
    }

    /// The observer that it stands before.
    pub fn inner(&self) -> &O {
        &self.observer
    }

    /// The same, to be changed.
    pub fn inner_mut(&mut self) -> &mut O {
        &mut self.observer
    }
}

impl<O> Borrow<O> for Tracer<O> {
    fn borrow(&self) -> &O {
        &self.observer
    }
}

impl<O: Observer> Observer for Tracer<O> {
    const HEARS_STEPS: bool = true;

    fn phase(&mut self, at: Duration, phase: Phase) {
        self.state.borrow_mut().enter(phase);
        self.observer.phase(at, phase);
    }

    fn decided(&mut self, at: Duration, decision: &Decision<'_>) {
        self.state.borrow_mut().tell(What::Decision(at, decision));
        self.observer.decided(at, decision);
    }

    fn stepped(&mut self, step: &Step<'_>) {
        self.state.borrow_mut().tell(What::Step(step));
        if O::HEARS_STEPS {
            self.observer.stepped(step);
        }
    }

    fn admits(&mut self, at: Duration, address: Option<SocketAddr>) -> Admission {
        let answer = self.observer.admits(at, address);
        if answer != Admission::Admit {
            self.state.borrow_mut().tell(What::Admission(answer));
        }
        answer
    }

    fn passes(&mut self, at: Duration, client: usize, bytes: &[u8]) -> Passage {
        let answer = self.observer.passes(at, client, bytes);
        if answer != Passage::Pass {
            self.state.borrow_mut().tell(What::Passage(client, answer));
        }
        answer
    }
}
