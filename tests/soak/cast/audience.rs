//! Those who listen for as long as a cycle takes, and the ears of those who talk; and the first
//! client of all, whose stream is the log.
//!
//! One thread sweeps over all of them: woken for each write of the server, a thread for each would
//! take the processor from it.

use std::io::Read;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::between;
use crate::harness::LIMIT;
use crate::receiver::Receiver;
use crate::stage::{Stage, Voice};
use crate::visitor::{Got, Visitor};

const LISTENERS: usize = 48;
/// So many of them nap between reads, and leave the kernel little room: what they miss waits for
/// them in the server, and they catch up with it.
const NAPPERS: usize = 16;
const LITTLE: usize = 16 << 10;

/// Those who sit until the end.
#[derive(Debug)]
pub struct Audience<'a> {
    stage: &'a Stage,
    seats: Vec<Seat<'a>>,
    random: fastrand::Rng,
}

#[derive(Debug)]
struct Seat<'a> {
    visitor: Visitor<'a>,
    /// The lane on which it talks, and how much had been said there before.
    lane: Option<(usize, u64)>,
    naps: bool,
    wakes: Instant,
}

impl<'a> Audience<'a> {
    pub fn new(stage: &'a Stage, seed: u64) -> Self {
        let seat = |number| {
            let naps = number < NAPPERS;
            let receiver = Receiver::new(&stage.log, format!("listener {number}"));
            let room = naps.then_some(LITTLE);
            Seat::new(Visitor::good_with_room(stage, receiver, room), None, naps)
        };
        let random = fastrand::Rng::with_seed(seed);
        Self { stage, seats: (0..LISTENERS).map(seat).collect(), random }
    }

    /// One more, who talks.
    pub fn talker(&mut self, lane: usize, name: &str) -> Voice<'a> {
        let stage = self.stage;
        let receiver = Receiver::new(&stage.log, name).counting(lane);
        let visitor = Visitor::good(stage, receiver);
        let voice = visitor.voice(lane);
        let before = stage.log.sent(lane);
        self.seats.push(Seat::new(visitor, Some((lane, before)), false));
        voice
    }

    pub fn len(&self) -> usize {
        self.seats.len()
    }

    /// Everybody listens until it is over; then they leave. Those who talk end their streams
    /// themselves.
    pub fn play(mut self) -> Result<(), String> {
        let stage = self.stage;
        let leaves = |seat: &Seat<'a>, got| {
            stage.tally.left.fetch_add(1, Ordering::SeqCst);
            seat.heard_itself(stage, got)
        };
        while !stage.is_over() {
            // Who talks may notice that it is over, and be gone, while the others are looked at.
            self.sweep(|seat, got| match seat.lane {
                Some(_) if stage.is_over() => leaves(seat, got),
                _ => seat.visitor.must_go_on(got),
            })?;
        }
        for seat in self.seats.iter().filter(|seat| seat.lane.is_none()) {
            let _ = seat.visitor.stream.shutdown(Shutdown::Write);
        }
        self.hear_the_end(leaves)
    }

    /// Everybody listens until the server ends their streams, all at the same byte.
    pub fn play_to_the_last_byte(self) -> Result<(), String> {
        let stage = self.stage;
        let mut ends = Vec::new();
        self.hear_the_end(|seat, got| {
            ends.push((seat.visitor.receiver.name().to_owned(), seat.visitor.receiver.position()));
            if got == Got::End { Ok(()) } else { seat.visitor.must_go_on(got) }
        })?;
        let end = ends.iter().map(|(_, end)| *end).max().unwrap_or(0);
        let short = ends.iter().find(|(_, other)| *other != end);
        short.map_or(Ok(()), |(name, other)| {
            Err(format!("SIGTERM: {name} got the log up to {other}, and others up to {end}"))
        })?;
        stage.tally.last.store(end, Ordering::SeqCst);
        Ok(())
    }

    /// Sweeps until all streams have ended.
    fn hear_the_end(
        mut self,
        mut ended: impl FnMut(&Seat<'a>, Got) -> Result<(), String>,
    ) -> Result<(), String> {
        let began = Instant::now();
        while !self.seats.is_empty() {
            if began.elapsed() > LIMIT {
                let name = self.seats[0].visitor.receiver.name();
                return Err(format!("{name}: the end of its stream never came"));
            }
            self.sweep(&mut ended)?;
        }
        Ok(())
    }

    /// Reads once from everybody. `ended` decides what to think of those whose stream has ended;
    /// they leave their seats.
    fn sweep(
        &mut self,
        mut ended: impl FnMut(&Seat<'a>, Got) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut is_quiet = true;
        let mut index = 0;
        while index < self.seats.len() {
            let seat = &mut self.seats[index];
            if seat.naps && seat.wakes > Instant::now() {
                index += 1;
                continue;
            }
            let got = seat.visitor.look()?;
            is_quiet &= got == Got::Nothing;
            if got == Got::Nothing {
                seat.wakes = Instant::now() + between(&mut self.random, 10, 120);
            }
            if matches!(got, Got::End | Got::Reset) {
                ended(&self.seats.swap_remove(index), got)?;
            } else {
                index += 1;
            }
        }
        if is_quiet {
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}

impl<'a> Seat<'a> {
    fn new(visitor: Visitor<'a>, lane: Option<(usize, u64)>, naps: bool) -> Self {
        Self { visitor, lane, naps, wakes: Instant::now() }
    }

    /// One who left has received all that it had said itself.
    fn heard_itself(&self, stage: &Stage, got: Got) -> Result<(), String> {
        if got == Got::Reset {
            return self.visitor.must_go_on(got);
        }
        let Some((lane, before)) = self.lane else { return Ok(()) };
        let said = stage.log.sent(lane) - before;
        self.visitor.receiver.must_have_heard(said)
    }
}

/// Writes the log. Its stream ends when the server does, and not before.
pub fn write_log(stage: &Stage, mut stream: &TcpStream) -> Result<(), String> {
    let mut buffer = vec![0; 256 << 10];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) if stage.is_ending() => return Ok(()),
            Ok(0) => return Err("the first client: its stream was ended".to_owned()),
            Ok(read) => stage.log.append(&buffer[..read])?,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(format!("the first client was disconnected: {error}")),
        }
        if stage.failure().is_some() {
            return Ok(());
        }
    }
}
