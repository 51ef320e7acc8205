//! On which processors the clients and a server run.

use std::num::NonZeroU64;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity, set_current_timer_slack};

/// Where they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placement {
    /// The clients on one processor, the server on all others. What a wake-up costs depends much on
    /// whether the two share one, so processor time is compared with that settled.
    Apart,
    /// Where the kernel sees fit, as in daily life.
    Free,
}

/// The processors that there are.
#[derive(Debug, Clone)]
pub(crate) struct Processors(CpuSet);

impl Processors {
    /// Those that this process may use.
    pub(crate) fn ours() -> Result<Self, String> {
        sched_getaffinity(None).map(Self).map_err(|error| format!("sched_getaffinity: {error}"))
    }

    /// This process is what a server is started from, which takes the placement over.
    pub(crate) fn become_server(&self, placement: Placement) -> Result<(), String> {
        // As any other process has it: 50 microseconds.
        let _ = set_current_timer_slack(None);
        move_to(&match placement {
            Placement::Apart => self.split()?.1,
            Placement::Free => self.0,
        })
    }

    /// This process is the clients.
    pub(crate) fn become_clients(&self, placement: Placement) -> Result<(), String> {
        // Its sleeps end on time. Where that cannot be set, lateness shows in the raw data.
        let _ = set_current_timer_slack(NonZeroU64::new(1));
        move_to(&match placement {
            Placement::Apart => self.split()?.0,
            Placement::Free => self.0,
        })
    }

    /// The first one, and all others.
    fn split(&self) -> Result<(CpuSet, CpuSet), String> {
        let mut places = (0..CpuSet::MAX_CPU).filter(|&place| self.0.is_set(place));
        let first = places.next().ok_or("no processor")?;
        let (mut clients, mut servers) = (CpuSet::new(), self.0);
        clients.set(first);
        servers.unset(first);
        match servers.count() {
            0 => {
                Err("this takes two processors: one for the clients, one for the server".to_owned())
            }
            _ => Ok((clients, servers)),
        }
    }
}

/// Enough for the clients of four servers with ten thousand each.
const DESCRIPTORS: u64 = 65_536;

/// Each client takes a descriptor on either side; servers inherit the limit. Only root may raise
/// the upper one; where it is too low, connecting says so.
pub(crate) fn allow_many_descriptors() {
    let all = getrlimit(Resource::Nofile);
    if all.maximum.is_none_or(|maximum| maximum >= DESCRIPTORS) {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: all.maximum, ..all });
        return;
    }
    let more = Rlimit { current: Some(DESCRIPTORS), maximum: Some(DESCRIPTORS) };
    if setrlimit(Resource::Nofile, more).is_err() {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: all.maximum, ..all });
    }
}

/// How many clients this process can have.
pub(crate) fn most_clients() -> usize {
    // Some descriptors are for other things.
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(100)
}

fn move_to(processors: &CpuSet) -> Result<(), String> {
    sched_setaffinity(None, processors).map_err(|error| format!("sched_setaffinity: {error}"))
}

#[cfg(test)]
mod tests {
    use rustix::thread::CpuSet;

    use super::Processors;

    fn processors(places: &[usize]) -> Processors {
        let mut set = CpuSet::new();
        places.iter().for_each(|&place| set.set(place));
        Processors(set)
    }

    #[test]
    fn clients_have_the_first_and_servers_all_others() {
        let (clients, servers) = processors(&[2, 3, 7]).split().expect("there are three");
        let set = |set: &CpuSet| (0..16).filter(|&place| set.is_set(place)).collect::<Vec<_>>();
        assert_eq!((set(&clients), set(&servers)), (vec![2], vec![3, 7]));
    }

    #[test]
    fn one_is_not_enough() {
        let error = processors(&[4]).split().expect_err("there is one");
        assert!(error.contains("two processors"), "{error}");
    }
}
