//! One write to one client, and what the kernel's answer means. Flush and fan-out share it.

use std::io::{self, IoSlice};

use crate::client::Client;
use crate::kernel::Kernel;
use crate::stats::Stats;

/// The parts that a write needs: the kernel, the counters, and what the turn may still do.
#[derive(Debug)]
pub(super) struct Writer<'a, K> {
    pub(super) kernel: &'a mut K,
    pub(super) stats: &'a mut Stats,
    pub(super) writes_left: &'a mut usize,
}

/// What the kernel said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It took this many bytes, and may take more.
    Took(usize),
    /// It took this many bytes; an event will tell when it takes more.
    Full(usize),
    /// The turn has made all the writes it may.
    Spent,
    /// It is short of memory; no event will tell when that is over.
    Starved,
    /// It will never take anything again.
    Lost,
}

impl<K: Kernel> Writer<'_, K> {
    /// Offers slices of `offered` bytes in all.
    #[inline]
    pub(super) fn offer(
        &mut self,
        client: &mut Client<K::Connection>,
        slices: &[IoSlice<'_>],
        offered: usize,
    ) -> Answer {
        while *self.writes_left > 0 {
            *self.writes_left -= 1;
            self.stats.writes += 1;
            match self.kernel.write(&mut client.connection, slices) {
                Ok(0) => return Answer::Lost,
                Ok(taken) => return self.count(client, taken, offered),
                Err(error) => {
                    let Some(answer) = Answer::to::<K>(error) else { continue };
                    return answer;
                }
            }
        }
        Answer::Spent
    }

    fn count(
        &mut self,
        client: &mut Client<K::Connection>,
        taken: usize,
        offered: usize,
    ) -> Answer {
        client.sent += taken as u64;
        self.stats.bytes_out += taken as u64;
        if taken < offered && K::SHORT_IS_END { Answer::Full(taken) } else { Answer::Took(taken) }
    }
}

impl Answer {
    /// What an error says; `None` when the same call is to be made again.
    #[cold]
    #[expect(clippy::needless_pass_by_value, reason = "it ends here, off the way of a delivery")]
    fn to<K: Kernel>(error: io::Error) -> Option<Self> {
        match error.kind() {
            io::ErrorKind::Interrupted => None,
            io::ErrorKind::WouldBlock => Some(Self::Full(0)),
            _ if K::shortage(&error).is_some() => Some(Self::Starved),
            _ => Some(Self::Lost),
        }
    }
}
