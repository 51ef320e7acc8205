//! One simulated run: the server's loop, the peers, and the checks after each turn.

use std::cell::{Ref, RefCell, RefMut};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use pollcast::kernel::Kernel;
use pollcast::observer::{Admission, Decision, Observer, Passage, Phase, Reason};
use pollcast::{Allocation, Config, HalfClose, Server, TurnLimits};

use crate::beside::Beside;
use crate::kernel::SimKernel;
use crate::oracle::Oracle;
use crate::peers::{Ending, Peer};
use crate::strict::{self, freely};
use crate::watchdog;
use crate::world::{Counted, World};

/// `K` may stand between the server and the simulated kernel, and `O` before the watcher.
pub struct Run<const SHORT: bool, K: Kernel = Beside<SimKernel<SHORT>>, O: Observer = Watcher> {
    world: Rc<RefCell<World>>,
    pub server: Server<K, O>,
    pub peers: Vec<Peer>,
    turns: u64,
    /// The server may neither allocate nor free.
    is_strict: bool,
    /// Peers still send: what they send after the end may stay unread.
    is_stormy: bool,
    /// The deadline that had come before the last turn.
    due: Option<Duration>,
    /// A wait may fail, and the host makes the next turn all the same.
    pub may_fail_to_wait: bool,
}

/// Longer than every deadline of the server: whoever moves nothing for so long has lost something.
const STILL: Duration = Duration::from_secs(6);

/// More turns than any run takes to come to its end.
const TURNS: usize = 200_000;

/// Tells the oracle what only an observer can know.
#[derive(Debug)]
pub struct Watcher(pub Rc<RefCell<World>>);

impl Observer for Watcher {
    fn phase(&mut self, _: Duration, phase: Phase) {
        let _free = freely();
        self.0.borrow_mut().oracle.enters(phase);
    }

    fn decided(&mut self, at: Duration, decision: &Decision<'_>) {
        let _free = freely();
        self.0.borrow().say("decided", decision);
        let oracle = &mut self.0.borrow_mut().oracle;
        match *decision {
            Decision::Left { client, reason, .. } => oracle.left(client, reason, at),
            Decision::Full { client, .. } => oracle.room_waits(client, at),
            Decision::Waited { client, held, took, next, .. } => {
                oracle.room_waited((client, held, took), next, at);
            }
            _ => {}
        }
    }

    fn admits(&mut self, _: Duration, _: Option<SocketAddr>) -> Admission {
        let _free = freely();
        let is_refused = self.0.borrow_mut().strikes(|faults| faults.refused);
        if is_refused { Admission::Refuse } else { Admission::Admit }
    }

    fn passes(&mut self, _: Duration, client: usize, bytes: &[u8]) -> Passage {
        let _free = freely();
        let world = &mut *self.0.borrow_mut();
        let passage = if world.strikes(|faults| faults.put_out) {
            Passage::Evict
        } else if world.strikes(|faults| faults.withheld) {
            Passage::Withhold
        } else {
            return Passage::Pass;
        };
        world.oracle.withheld(client, bytes);
        passage
    }
}

impl<const SHORT: bool> Run<SHORT> {
    pub fn new(world: World, config: Config, peers: Vec<Peer>) -> Self {
        Self::on(world, config, peers, |kernel| kernel)
    }
}

impl<const SHORT: bool, K: Kernel> Run<SHORT, Beside<K>> {
    /// A run on a kernel that is made of the simulated one.
    pub fn on(
        world: World,
        config: Config,
        peers: Vec<Peer>,
        make: impl FnOnce(SimKernel<SHORT>) -> K,
    ) -> Self {
        let world = Rc::new(RefCell::new(world));
        world.borrow_mut().oracle.configure(&config);
        let kernel = Beside(make(SimKernel(Rc::clone(&world))));
        let server = Server::with_observer(kernel, config, Watcher(Rc::clone(&world)));
        let server = server.expect("limits that work");
        let is_strict = server.config().allocation == Allocation::AtStart;
        Self::of(world, server, peers, is_strict)
    }
}

impl<const SHORT: bool, K: Kernel, O: Observer> Run<SHORT, K, O> {
    /// A run of this server in this world. One that is strict may neither allocate nor free.
    pub fn of(
        world: Rc<RefCell<World>>,
        server: Server<K, O>,
        peers: Vec<Peer>,
        is_strict: bool,
    ) -> Self {
        let (turns, is_stormy, due, may_fail_to_wait) = (0, true, None, false);
        Self { world, server, peers, turns, is_strict, is_stormy, due, may_fail_to_wait }
    }

    pub fn world(&self) -> Ref<'_, World> {
        self.world.borrow()
    }

    pub fn world_mut(&self) -> RefMut<'_, World> {
        self.world.borrow_mut()
    }

    /// One turn, and everything that must hold after it.
    pub fn turn(&mut self, timeout: Option<Duration>) {
        let _watched = watchdog::Turn::begin();
        self.world_mut().host_polls = timeout == Some(Duration::ZERO);
        self.world_mut().made = [0; 3];
        self.note_deadline();
        let outcome = self.ask(|server| server.turn(timeout));
        let phases = std::mem::take(&mut self.world_mut().oracle.phases);
        if let Err(error) = outcome {
            assert!(self.may_fail_to_wait, "no client ends the server: {error}");
            assert_eq!(phases, [Phase::Wait], "a turn whose wait failed does nothing else");
        } else {
            assert_eq!(phases, Oracle::PHASES);
        }
        self.check();
    }

    /// Asks something of the server. One that allocates at the start does not do it then, nor
    /// frees anything.
    pub fn ask<T>(&mut self, act: impl FnOnce(&mut Server<K, O>) -> T) -> T {
        if self.is_strict { strict::act(|| act(&mut self.server)) } else { act(&mut self.server) }
    }

    /// A deadline that has come is work, once.
    fn note_deadline(&mut self) {
        let now = self.world().now;
        let due = self.server.next_deadline().filter(|&at| at <= now);
        if due.is_some() && due != self.due {
            self.world_mut().idle_spins = 0;
        }
        self.due = due;
    }

    /// What must hold after each turn.
    fn check(&mut self) {
        if let Err(violation) = self.server.audit() {
            panic!("{violation}");
        }
        self.check_limits();
        self.turns += 1;
        let stats = self.server.stats();
        assert_eq!(stats.turns, self.turns, "turns");
        let limit = self.server.config().max_queue;
        let world = self.world();
        let limit = limit as u64 + world.oracle.told_in_all;
        assert!(stats.queue_peak <= limit, "{} bytes in a queue", stats.queue_peak);
        assert_eq!(Counted::of(stats), world.counted);
        let oracle = &world.oracle;
        assert_eq!(stats.waited, oracle.waited, "the waits that were named add up to the room's");
        assert_eq!(oracle.waiting.map(|(key, _)| key), self.server.waits_for());
        assert_eq!(stats.messages_in, oracle.messages, "messages");
        assert_eq!(oracle.held, self.server.client_count(), "connections held");
    }

    /// A turn makes no more calls than its limits say. Who is refused is closed besides.
    fn check_limits(&self) {
        let TurnLimits { accepts, reads, writes, .. } = self.server.config().turn;
        let most = [reads, writes, writes.max(2 * accepts) + accepts];
        let made = self.world().made;
        let within = made.iter().zip(most).all(|(&made, most)| made <= most);
        assert!(within, "reads, writes and ends of a turn: {made:?} of {most:?}");
    }

    /// Each peer acts with this chance in a thousand, and sends at most `most` bytes.
    pub fn act(&mut self, per_mille: u32, most: usize) {
        let world = &mut *self.world.borrow_mut();
        for peer in &mut self.peers {
            if world.choices.chance(per_mille) {
                let bytes = world.choices.amount(most);
                peer.act(world, bytes);
            }
        }
    }

    /// Every peer acts, and sends at most `most` bytes.
    pub fn step(&mut self, most: usize) {
        let world = &mut *self.world.borrow_mut();
        for peer in &mut self.peers {
            peer.act(world, most);
        }
    }

    /// Nothing goes wrong any more, and everybody reads: what can move does.
    pub fn calm_down(&mut self) {
        self.world_mut().faults = Default::default();
        self.world_mut().descriptors = usize::MAX;
        self.is_stormy = false;
        for peer in &mut self.peers {
            peer.calm_down();
        }
        self.run_until("everybody has everything", usize::MAX, Self::is_settled);
    }

    /// Shuts down, and checks what is left behind.
    pub fn finish(&mut self) {
        self.ask(Server::shut_down);
        self.run_until("the server has finished", 50, |run| run.server.is_finished());
        let kept = self.server.traffic_memory();
        let config = self.server.config();
        // With the names of authors a block is larger by a quarter.
        let quarters = if config.echo { 4 } else { 5 };
        let most = 9 * (config.max_queue / 8).clamp(512, 16 << 10) * quarters / 4;
        let keeps_all = config.allocation == Allocation::AtStart;
        assert!(keeps_all || kept <= most, "{kept} bytes are kept, for nobody");
        let world = self.world();
        for (id, view) in &world.oracle.views {
            if view.left == Some(Reason::Drained) {
                assert_eq!(
                    world.oracle.pending(*id),
                    0,
                    "socket {id} drained without the last bytes"
                );
                let may_be_late = self.is_stormy;
                assert!(
                    may_be_late || !view.unread_at_close,
                    "socket {id} was closed with input unread"
                );
            }
        }
    }

    /// Runs until a condition holds, so long as something moves at all. Peers send at most `most`
    /// bytes in a turn.
    pub fn run_until(&mut self, what: &str, most: usize, holds: impl Fn(&Self) -> bool) {
        let (mut moved, mut moved_at) = (0, self.world().now);
        let mut turns = 0;
        while !holds(self) {
            self.world_mut().now += Duration::from_millis(10);
            self.step(most);
            self.turn(None);
            let (progress, now) = (self.world().oracle.progress, self.world().now);
            if progress != moved {
                (moved, moved_at) = (progress, now);
            }
            turns += 1;
            assert!(turns < TURNS, "until {what}: {turns} turns, and no end");
            let sockets = &self.world.borrow().sockets;
            assert!(
                now - moved_at < STILL,
                "until {what}: nothing moves for {STILL:?}: {sockets:#?}"
            );
        }
    }

    /// Whether everybody has everything.
    pub fn is_settled(&self) -> bool {
        let world = self.world();
        self.peers.iter().all(|peer| {
            let Some(id) = peer.socket else { return peer.is_done };
            let socket = &world.sockets[id];
            // One who listens on is gone only when it is written to.
            let listens = self.server.config().half_close == HalfClose::Listen;
            let leaves = match peer.ending {
                Ending::HalfCloses | Ending::Closes => !listens,
                Ending::Resets => true,
                Ending::Stays | Ending::Ignores => false,
            };
            socket.closed
                || (listens && peer.is_done && socket.inbound.is_empty())
                || (!leaves
                    && peer.sent == peer.to_send.len()
                    && !world.backlog.contains(&id)
                    && socket.in_flight.is_empty()
                    && socket.inbound.is_empty()
                    && socket.outbound.is_empty()
                    && world.oracle.has_everything(id))
        })
    }
}
