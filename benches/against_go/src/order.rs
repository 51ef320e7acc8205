//! Number 1: whether all see the same conversation, and one sender's words in the order that it
//! said them.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::cpu::SIZE;
use crate::room::{Load, Room};
use crate::server::{Design, Places, Server};

/// Clients that all write at once, and what each of them says.
pub(crate) const WRITERS: usize = 20;
const MESSAGES_OF_EACH: u64 = 100;
/// Clients that listen to one of them, and what that one says.
pub(crate) const LISTENERS: usize = 50;
pub(crate) const NUMBERED: u64 = 5_000;

/// In bytes this is less than the least segment: no message is cut in two on its way to the server.
const WINDOW: u64 = 64;
const NO_LIMIT: Duration = Duration::from_secs(3_600);

/// What the receivers saw.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    /// Different conversations, of as many receivers as there are writers.
    pub(crate) conversations: usize,
    /// Receivers that saw numbers of one sender out of order.
    pub(crate) confused: usize,
}

pub(crate) fn measure(places: &Places, design: Design) -> Result<Order, String> {
    let server = Server::start(places, design)?;
    let mut all = Room::open(server.address(), WRITERS, 0, SIZE)?;
    all.greet()?;
    let messages = MESSAGES_OF_EACH;
    all.run(&Load { talkers: WRITERS, window: WINDOW, messages, time: NO_LIMIT })?;
    let conversations: BTreeSet<u64> = all.ledgers().map(|ledger| ledger.conversation()).collect();
    drop((all, server));

    let server = Server::start(places, design)?;
    let mut one = Room::open(server.address(), LISTENERS, 0, SIZE)?;
    one.greet()?;
    one.run(&Load { talkers: 1, window: WINDOW, messages: NUMBERED, time: NO_LIMIT })?;
    let confused = one.ledgers().filter(|ledger| ledger.late() > 0).count();
    Ok(Order { conversations: conversations.len(), confused })
}
