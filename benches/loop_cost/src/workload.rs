//! What happens in the room.

/// Bytes in a message.
pub(crate) const MESSAGE: usize = 64;

/// Bytes in a block of the store, with the default limits.
const BLOCK: usize = 16 << 10;

/// One who is behind takes something once in so many rounds.
pub(crate) const ROUNDS: usize = 16;

/// One kind of traffic, with any number of clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Clients that send a message each in one round; the server reads all of them in one turn.
    pub(crate) senders: usize,
    /// Whether senders receive what they sent.
    pub(crate) echo: bool,
    /// Whether a turn may do as much as it likes, or what it may by default.
    pub(crate) one_turn: bool,
    pub(crate) behind: Behind,
}

/// Who is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behind {
    /// Nobody: everybody takes everything at once.
    Nobody,
    /// One in a hundred: takes nothing, and in one round of [`ROUNDS`] everything.
    Some,
    /// Everybody, by two to three times [`ROUNDS`] messages, for ever: takes nothing, and in one
    /// round of [`ROUNDS`] as much as came in these.
    All,
}

const CAUGHT_UP: Workload = Workload {
    name: "caught-up",
    about: "one sends, everybody takes it at once, in one turn",
    senders: 1,
    echo: true,
    one_turn: true,
    behind: Behind::Nobody,
};

pub(crate) const ALL: [Workload; 6] = [
    CAUGHT_UP,
    Workload {
        name: "default-limits",
        about: "the same with the default limits of a turn: 1,024 writes",
        one_turn: false,
        ..CAUGHT_UP
    },
    Workload {
        name: "no-echo",
        about: "the same in one turn, less the sender",
        echo: false,
        ..CAUGHT_UP
    },
    Workload {
        name: "ten-senders",
        about: "ten send in one turn, so ten messages leave in one write",
        senders: 10,
        ..CAUGHT_UP
    },
    Workload {
        name: "some-behind",
        about: "one in a hundred takes nothing, and everything in each sixteenth turn",
        behind: Behind::Some,
        ..CAUGHT_UP
    },
    Workload {
        name: "all-behind",
        about: "nobody is ever caught up; each takes sixteen messages in each sixteenth turn",
        behind: Behind::All,
        ..CAUGHT_UP
    },
];

impl Workload {
    pub(crate) fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|workload| workload.name == name)
    }

    /// Messages after which everything is as it was.
    pub(crate) fn period(&self) -> u64 {
        let rounds = if self.behind == Behind::Nobody { 1 } else { ROUNDS };
        (rounds * self.senders) as u64
    }

    /// Messages after which it is as it will be from then on. Where somebody is behind these fill
    /// three blocks of the store: from then on it fills what it has freed.
    pub(crate) fn warm_up(&self) -> u64 {
        let stored = if self.behind == Behind::Nobody { 0 } else { 3 * BLOCK };
        self.period().max((stored / MESSAGE) as u64)
    }

    /// With fewer nobody would be behind, or somebody would send twice at a time.
    pub(crate) fn least_clients(&self) -> usize {
        if self.behind == Behind::Some { 100 } else { self.senders }
    }

    /// Of the clients each one whose number is a multiple of this is behind.
    pub(crate) fn one_behind_in(&self) -> Option<usize> {
        match self.behind {
            Behind::Nobody => None,
            Behind::Some => Some(100),
            Behind::All => Some(1),
        }
    }
}
