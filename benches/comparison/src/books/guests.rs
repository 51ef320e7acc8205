//! The clients of a workload, all in one thread, each of which may stop reading.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::process::Process;
use crate::room::connect;

/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct Guests {
    address: SocketAddr,
    all: Vec<Guest>,
    /// What those have heard who left.
    heard_before: u64,
}

#[derive(Debug)]
struct Guest {
    stream: TcpStream,
    heard: u64,
    reads: bool,
    has_ended: bool,
}

impl Guests {
    /// So many, each of whom is in before the next one comes.
    pub(crate) fn gather(address: SocketAddr, guests: usize) -> Result<Self, String> {
        let mut all = Self { address, all: Vec::new(), heard_before: 0 };
        for _ in 0..guests {
            let place = all.come()?;
            all.say(place, 1)?;
            let heard: Vec<u64> = all.all.iter().map(|guest| guest.heard).collect();
            all.listen_until(|guests| {
                guests.iter().zip(&heard).all(|(guest, before)| guest.heard > *before)
            })?;
        }
        all.all.iter_mut().for_each(|guest| guest.heard = 0);
        Ok(all)
    }

    /// One more connects, and tells its place. It need not be let in.
    pub(crate) fn come(&mut self) -> Result<usize, String> {
        let stream = connect(self.address)?;
        stream.set_nonblocking(true).map_err(|error| error.to_string())?;
        self.all.push(Guest { stream, heard: 0, reads: true, has_ended: false });
        Ok(self.all.len() - 1)
    }

    pub(crate) fn leave(&mut self, place: usize) {
        self.heard_before += self.all.remove(place).heard;
    }

    pub(crate) fn stall(&mut self, place: usize, stalls: bool) {
        self.all[place].reads = !stalls;
    }

    /// Says a message of so many bytes in one write.
    pub(crate) fn say(&mut self, place: usize, bytes: usize) -> Result<(), String> {
        let message = vec![b'x'; bytes];
        let mut said = 0;
        let began = Instant::now();
        while said < bytes {
            match self.all[place].stream.write(&message[said..]) {
                Ok(taken) => said += taken,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.listen(Duration::from_millis(1))?;
                }
                Err(error) => return Err(format!("guest {place} cannot speak: {error}")),
            }
            if began.elapsed() > LIMIT {
                return Err(format!("guest {place} is not read"));
            }
        }
        Ok(())
    }

    /// Until all who read have heard so many bytes.
    pub(crate) fn listen_for(&mut self, bytes: u64) -> Result<(), String> {
        self.listen_until(|guests| guests.iter().all(|guest| !guest.reads || guest.heard >= bytes))
    }

    /// Until each of these hears something more, or the server ends.
    pub(crate) fn listen_to_more(&mut self, places: &[usize]) -> Result<(), String> {
        let before: Vec<u64> = places.iter().map(|&place| self.all[place].heard).collect();
        self.listen_until(|guests| {
            let mut all = places.iter().map(|&place| &guests[place]).zip(&before);
            all.all(|(guest, before)| guest.heard > *before || guest.has_ended)
        })
    }

    fn listen_until(&mut self, holds: impl Fn(&[Guest]) -> bool) -> Result<(), String> {
        let began = Instant::now();
        while !holds(&self.all) {
            if began.elapsed() > LIMIT {
                return Err("what was said does not come".to_owned());
            }
            self.listen(Duration::from_millis(100))?;
        }
        Ok(())
    }

    /// Takes what there is, and waits so long for it.
    pub(crate) fn listen(&mut self, limit: Duration) -> Result<(), String> {
        let listening = self.all.iter().filter(|guest| guest.reads && !guest.has_ended);
        let mut sockets: Vec<PollFd<'_>> =
            listening.map(|guest| PollFd::new(&guest.stream, PollFlags::IN)).collect();
        let limit = Timespec::try_from(limit).expect("short");
        poll(&mut sockets, Some(&limit)).map_err(|error| format!("poll: {error}"))?;
        self.all.iter_mut().filter(|guest| guest.reads).for_each(Guest::read);
        Ok(())
    }

    /// How many bytes all of them have heard, those included who left.
    pub(crate) fn heard(&self) -> u64 {
        self.heard_before + self.all.iter().map(|guest| guest.heard).sum::<u64>()
    }

    /// Whether the server has ended on one who was in.
    pub(crate) fn are_alone(&self) -> bool {
        self.all[0].has_ended
    }
}

impl Guest {
    fn read(&mut self) {
        let mut buffer = [0; 1 << 16];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(read @ 1..) => self.heard += read as u64,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Ok(0) | Err(_) => return self.has_ended = true,
            }
        }
    }
}

/// Waits until a server has done nothing for a while.
pub(crate) fn rest(server: Process) -> Result<(), String> {
    let began = Instant::now();
    let mut before = None;
    while began.elapsed() < LIMIT {
        let now = Some(server.cpu_ns()?);
        if now == before {
            return Ok(());
        }
        before = now;
        thread::sleep(Duration::from_millis(100));
    }
    Err("the server does not come to rest".to_owned())
}
