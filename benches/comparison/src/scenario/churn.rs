//! Clients that connect, end their stream, are ended, and close.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};

use crate::comparison::{Comparison, Reason};
use crate::contender::Contender;
use crate::link::Link;
use crate::placement::Placement;
use crate::process::Process;
use crate::protocol::Protocol;
use crate::record::Churn;
use crate::room::{Entrance, Room};
use crate::series;
use crate::server::Server;

/// Connections of a run, and how many of them there are at a time.
const CONNECTIONS: usize = 6_000;
const AT_A_TIME: usize = 32;
/// Who stays meanwhile.
const MEMBERS: usize = 10;
const SIZE: usize = 64;
const SETTLING: Duration = Duration::from_millis(10);
const LIMIT: Duration = Duration::from_secs(20);

pub(crate) fn ask(comparison: &Comparison) -> Result<(), String> {
    let rounds = comparison.arguments.effort(1).rounds;
    for contender in &comparison.contenders[1..] {
        let refusal = match contender.name.as_str() {
            "floor" => Some("it lets nobody in once it has begun"),
            _ if contender.protocol != Protocol::Raw => Some("its clients talk when they come"),
            _ => None,
        };
        let result = match refusal {
            Some(reason) => Err(Reason::Expected(reason.to_owned())),
            None => series_of(comparison, contender, rounds).map_err(Reason::from),
        };
        match result {
            Ok(rows) => comparison.add(&rows)?,
            Err(reason) => comparison.miss("churn", String::new(), contender, reason)?,
        }
    }
    Ok(())
}

fn series_of(
    comparison: &Comparison,
    contender: &Contender,
    rounds: usize,
) -> Result<Vec<Churn>, String> {
    eprintln!("  {} against pollcast", contender.name);
    let pair = [comparison.pollcast(), contender];
    let mut rows = Vec::new();
    for round in 0..rounds {
        for (place, which) in series::places(round, 0).into_iter().enumerate() {
            let row = measure(comparison, pair[which])
                .map_err(|error| format!("{error} ({})", pair[which].name))?;
            rows.push(Churn { series: contender.name.clone(), round, place, ..row });
        }
    }
    Ok(rows)
}

fn measure(comparison: &Comparison, contender: &Contender) -> Result<Churn, String> {
    let place = comparison.place(Link::Loopback, Placement::Apart);
    let server = Server::start(&place, contender, 10 * (MEMBERS + AT_A_TIME))?;
    let mut room = Room::open(server.entrance(), MEMBERS, 1, SIZE)?;
    room.greet()?;
    come_and_go(server.entrance(), CONNECTIONS / 8)?;
    let own = Process(std::process::id());
    let (before, own_before) = (server.process().cpu_ns()?, own.cpu_ns()?);
    let start = Instant::now();
    come_and_go(server.entrance(), CONNECTIONS)?;
    let elapsed_ns = start.elapsed().as_nanos() as u64;
    // What ends behind the last answer.
    thread::sleep(SETTLING);
    let (after, own_after) = (server.process().cpu_ns()?, own.cpu_ns()?);
    // Whoever stayed still has a room.
    room.greet()?;
    Ok(Churn {
        contender: contender.name.clone(),
        connections: CONNECTIONS as u64,
        elapsed_ns,
        server_cpu_ns: after - before,
        generator_cpu_ns: own_after - own_before,
        ..Churn::default()
    })
}

/// So many connections; each is over when the server has answered its end with an end.
fn come_and_go(entrance: Entrance, count: usize) -> Result<(), String> {
    let mut open = VecDeque::with_capacity(AT_A_TIME);
    for number in 0..count {
        if open.len() == AT_A_TIME {
            open.pop_front().map_or(Ok(()), end)?;
        }
        open.push_back(come(entrance.address, number)?);
        thread::sleep(entrance.pause);
    }
    open.into_iter().try_for_each(end)
}

/// From many addresses in turn: whoever ends first keeps the port for a minute.
fn come(address: SocketAddr, number: usize) -> Result<TcpStream, String> {
    let failed = |error| format!("connection {number}: {error}");
    let source = Ipv4Addr::new(127, 77, 0, 1 + (number % 200) as u8);
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).map_err(failed)?;
    bind(&socket, &SocketAddr::new(IpAddr::V4(source), 0)).map_err(failed)?;
    connect(&socket, &address).map_err(failed)?;
    let stream = TcpStream::from(socket);
    stream.shutdown(Shutdown::Write).map_err(|error| format!("connection {number}: {error}"))?;
    Ok(stream)
}

fn end(mut stream: TcpStream) -> Result<(), String> {
    stream.set_read_timeout(Some(LIMIT)).map_err(|error| error.to_string())?;
    match stream.read(&mut [0; 64]) {
        Ok(0) => Ok(()),
        Ok(_) => Err("the server says something to who has said nothing".to_owned()),
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            Err(format!("the server does not answer an end within {LIMIT:?}"))
        }
        Err(error) => Err(error.to_string()),
    }
}
