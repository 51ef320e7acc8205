//! A host that answers from a trace.

use std::net::SocketAddr;
use std::time::Duration;

use super::Shared;
use super::answers::Part;
use crate::observer::{Admission, Observer, Passage};

pub(super) struct ReplayObserver(Shared);

impl ReplayObserver {
    pub(super) fn new(script: Shared) -> Self {
        Self(script)
    }
}

impl Observer for ReplayObserver {
    fn admits(&mut self, _: Duration, _: Option<SocketAddr>) -> Admission {
        let mut script = self.0.borrow_mut();
        match script.objection(|part| matches!(part, Part::Refuses)) {
            Some(_) => Admission::Refuse,
            None => Admission::Admit,
        }
    }

    fn passes(&mut self, _: Duration, client: usize, _: &[u8]) -> Passage {
        let mut script = self.0.borrow_mut();
        let is_it = |part: &Part| matches!(part, Part::Passes { client: of, .. } if *of == client);
        match script.objection(is_it) {
            Some(Part::Passes { passage, .. }) => passage,
            _ => Passage::Pass,
        }
    }
}
