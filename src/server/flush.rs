//! Phase 3, flush: writes what waits for clients that became writable.

use std::io::IoSlice;

use super::Server;
use super::writer::{Answer, Writer};
use crate::blocks::Blocks;
use crate::client::{Client, State};
use crate::deadlines::Timer;
use crate::kernel::Kernel;
use crate::observer::{Observer, Phase, Reason, Step};
use crate::outbox::SLICES;

impl<K: Kernel, O: Observer> Server<K, O> {
    pub(super) fn flush(&mut self) {
        self.enter(Phase::Flush);
        while self.writes_left > 0 {
            let Some(key) = self.writable.pop_front() else { return };
            let key = key as usize;
            let but = self.left_out(key);
            let Self { kernel, stats, writes_left, clients, blocks, .. } = self;
            let client = &mut clients[key];
            client.in_writable = false;
            if !client.wants_writable() {
                continue;
            }
            let mut writer = Writer { kernel, stats, writes_left };
            let answer = flush_client(&mut writer, client, but, blocks);
            let queued = client.outbox.len();
            self.step(&Step::Queued { client: key, queued });
            self.heed(key, answer);
        }
    }

    /// Does what the answer to a client's last write asks for. An event will follow `Full`.
    #[inline]
    pub(super) fn heed(&mut self, key: usize, answer: Answer) {
        match answer {
            Answer::Took(_) | Answer::Full(_) => {}
            Answer::Spent => self.mark_writable(key),
            Answer::Starved => self.starve(key, false),
            Answer::Lost => self.lose(key),
        }
    }

    /// Nothing can be written to this client any more. An open one may have sent something before
    /// that: reading finds its end, which may be some turns away, and nothing waits for it until
    /// then.
    #[cold]
    pub(super) fn lose(&mut self, key: usize) {
        if !self.clients[key].is_open() {
            return self.kill(key, Reason::Reset);
        }
        self.stop_waiting_for(key);
        self.deadlines.clear(Timer::Client(key));
        self.drop_queue(key);
        let client = &mut self.clients[key];
        client.state = State::Lost;
        client.read_on = true;
        self.mark_ready(key);
        self.watch(key);
    }
}

/// Writes until the queue is empty or the kernel wants no more. A function of its parts: the
/// slices point into the blocks while the kernel and the client are changed.
fn flush_client<K: Kernel>(
    writer: &mut Writer<'_, K>,
    client: &mut Client<K::Connection>,
    but: Option<usize>,
    blocks: &mut Blocks,
) -> Answer {
    let mut answer = Answer::Took(0);
    while matches!(answer, Answer::Took(_)) && !client.outbox.is_empty() {
        let mut slices = [IoSlice::new(&[]); SLICES];
        let used = client.outbox.slices(but, blocks, &mut slices);
        let offered = slices[..used].iter().map(|slice| slice.len()).sum();
        answer = writer.offer(client, &slices[..used], offered);
        if let Answer::Took(taken) | Answer::Full(taken) = answer {
            client.outbox.advance(taken, but, blocks);
        }
    }
    answer
}
