//! A client that reads what it is sent and holds it against the log.

use std::io::{ErrorKind, Read};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rustix::net::{RecvFlags, recv};
use socket2::SockRef;

use crate::harness::LIMIT;
use crate::receiver::Receiver;
use crate::stage::{Stage, Voice};

#[derive(Debug)]
pub struct Visitor<'a> {
    stage: &'a Stage,
    pub stream: TcpStream,
    pub receiver: Receiver<'a>,
    pub since: Instant,
    buffer: Vec<u8>,
}

/// How a read ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Got {
    Some,
    /// Nothing at present.
    Nothing,
    End,
    Reset,
}

impl<'a> Visitor<'a> {
    /// One of the good kind: never disconnected, since those who send much wait for it.
    pub fn good(stage: &'a Stage, receiver: Receiver<'a>) -> Self {
        Self::good_with_room(stage, receiver, None)
    }

    /// The same, with this much room in the kernel.
    pub fn good_with_room(stage: &'a Stage, receiver: Receiver<'a>, room: Option<usize>) -> Self {
        stage.positions.add(&receiver);
        let server = &stage.server;
        let stream = room.map_or_else(|| server.connect(), |room| server.connect_small(room));
        Self::bad(stage, receiver, stream)
    }

    /// One that may be evicted.
    pub fn bad(stage: &'a Stage, receiver: Receiver<'a>, stream: TcpStream) -> Self {
        stage.tally.connected.fetch_add(1, Ordering::SeqCst);
        stream.set_read_timeout(Some(Duration::from_millis(20))).expect("an option");
        Self { stage, stream, receiver, since: Instant::now(), buffer: vec![0; 128 << 10] }
    }

    pub fn voice(&self, lane: usize) -> Voice<'a> {
        Voice::new(self.stage, lane, &self.stream)
    }

    /// Reads once, at most so many bytes.
    pub fn read(&mut self, most: usize) -> Result<Got, String> {
        let most = most.min(self.buffer.len());
        let got = self.stream.read(&mut self.buffer[..most]);
        self.took(got)
    }

    /// Reads what is there, without waiting for more.
    pub fn look(&mut self) -> Result<Got, String> {
        let got = recv(&self.stream, &mut self.buffer[..], RecvFlags::DONTWAIT);
        self.took(got.map(|(read, _)| read).map_err(std::io::Error::from))
    }

    fn took(&mut self, got: std::io::Result<usize>) -> Result<Got, String> {
        match got {
            Ok(0) => self.receiver.end().map(|()| Got::End),
            Ok(read) => self.receiver.take(&self.buffer[..read]).map(|()| Got::Some),
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {
                    Ok(Got::Nothing)
                }
                _ => self.receiver.end().map(|()| Got::Reset),
            },
        }
    }

    /// Reads for so long. One of the good kind is not disconnected meanwhile.
    pub fn read_for(&mut self, time: Duration) -> Result<(), String> {
        let end = Instant::now() + time;
        while Instant::now() < end {
            let got = self.read(usize::MAX)?;
            self.must_go_on(got)?;
        }
        Ok(())
    }

    /// Reads until so many bytes more make nobody full.
    pub fn read_until_there_is_room(&mut self, bytes: usize) -> Result<(), String> {
        while !self.stage.is_over() && !self.stage.has_room(bytes as u64) {
            let got = self.read(usize::MAX)?;
            self.must_go_on(got)?;
        }
        Ok(())
    }

    /// Reads until that holds.
    pub fn read_until(&mut self, holds: impl Fn(&Receiver<'_>) -> bool) -> Result<(), String> {
        let began = Instant::now();
        while !holds(&self.receiver) {
            let got = self.read(usize::MAX)?;
            self.must_go_on(got)?;
            if began.elapsed() > LIMIT {
                return Err(format!("{}: it does not hear itself", self.receiver.name()));
            }
        }
        Ok(())
    }

    pub fn must_go_on(&self, got: Got) -> Result<(), String> {
        match got {
            Got::Some | Got::Nothing => Ok(()),
            Got::End | Got::Reset => Err(format!(
                "{}: a client that reads was disconnected: {got:?} at {} of the log",
                self.receiver.name(),
                self.receiver.position()
            )),
        }
    }

    /// Ends its stream, and receives everything and the end.
    pub fn leave(mut self) -> Result<Receiver<'a>, String> {
        let _ = self.stream.shutdown(Shutdown::Write);
        let began = Instant::now();
        loop {
            match self.read(usize::MAX)? {
                Got::End => break,
                Got::Reset => return self.must_go_on(Got::Reset).map(|()| unreachable!()),
                Got::Some | Got::Nothing if began.elapsed() < LIMIT => {}
                _ => return Err(format!("{}: its end never came", self.receiver.name())),
            }
        }
        self.stage.tally.left.fetch_add(1, Ordering::SeqCst);
        Ok(self.receiver)
    }

    /// Is gone without a word: with something unread that is a reset.
    pub fn break_off(self) {
        self.stage.tally.broke_off.fetch_add(1, Ordering::SeqCst);
    }

    /// Resets the connection.
    pub fn reset(self) {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).expect("an option");
        self.break_off();
    }

    /// One that does not read, or not enough, has met its end.
    pub fn was_evicted(self) {
        self.stage.may_have_held_up(self.since.elapsed());
        self.stage.tally.evicted.fetch_add(1, Ordering::SeqCst);
    }
}
