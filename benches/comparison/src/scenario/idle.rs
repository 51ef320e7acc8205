//! What a server takes while nothing happens.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::comparison::{Comparison, Reason};
use crate::contender::Contender;
use crate::link::Link;
use crate::measure::Shape;
use crate::placement::Placement;
use crate::record::Idle;
use crate::room::Room;
use crate::server::Server;

const COUNTS: [usize; 5] = [1, 10, 100, 1_000, 10_000];
/// Bytes of the one message that shows that everybody is in.
const SIZE: usize = 64;
/// How long nothing happens before it is measured.
const REST: Duration = Duration::from_secs(1);

pub(crate) fn ask(comparison: &Comparison) -> Result<(), String> {
    for contender in &comparison.contenders {
        for clients in COUNTS {
            let shape = Shape::closed(clients, 1, SIZE, 1);
            let result = match shape.exceeds(contender) {
                Some(reason) => Err(Reason::Expected(reason)),
                None => measure(comparison, contender, clients).map_err(Reason::from),
            };
            match result {
                Ok(idle) => comparison.add(&[idle])?,
                Err(reason) => {
                    comparison.miss("idle", format!("{clients} clients"), contender, reason)?;
                }
            }
        }
    }
    Ok(())
}

fn measure(comparison: &Comparison, contender: &Contender, clients: usize) -> Result<Idle, String> {
    let place = comparison.place(Link::Loopback, Placement::Apart);
    let server = Server::start(&place, contender, clients)?;
    let process = server.process();
    let mut room = Room::open(server.entrance(), clients, 1, SIZE)?;
    // An idle room is one that has been used: who never got anything holds less.
    room.greet()?;
    thread::sleep(REST);
    let (start, before) = (Instant::now(), process.cpu_ns()?);
    thread::sleep(REST);
    let used = process.cpu_ns()? - before;
    let cpu_ns_per_second = (used as f64 / start.elapsed().as_secs_f64()) as u64;
    Ok(Idle {
        contender: contender.name.clone(),
        clients,
        memory_kib: process.status("VmRSS")?,
        threads: process.status("Threads")?,
        program_bytes: stripped_size(&contender.program, place.folder).unwrap_or(0),
        cpu_ns_per_second,
    })
}

/// Bytes of the program without its symbols.
fn stripped_size(program: &Path, folder: &Path) -> Option<u64> {
    let stripped = folder.join("stripped");
    let status = Command::new("strip").arg("-o").arg(&stripped).arg(program).output().ok()?;
    let size = status.status.success().then(|| fs::metadata(&stripped).ok()).flatten();
    size.map(|data| data.len())
}
