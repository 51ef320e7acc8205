//! The least that can be done: a floor for the processor time of a delivery, and no server. It
//! waits for CLIENTS connections, reads from the one that came last, and writes what it got to all
//! of them. Both calls block. There is no loop over events, no readiness, no queue and no
//! bookkeeping, so what remains is one recv(2) for each message and one send(2) for each delivery.
//!
//! Class: one log, since there is one talker; what the others say is never read. A reader that
//! never reads blocks everything once the buffers of its socket are full. It ends when the talker
//! does, and fails when any other client is gone.
//!
//! It does not raise the limit of descriptors: who starts it with many clients has to.

use std::env;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let Some((address, clients)) = parse(&arguments) else {
        eprintln!("usage: peer-floor ADDRESS CLIENTS");
        return ExitCode::from(2);
    };
    match gather(address, clients).and_then(|clients| broadcast(&clients)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("peer-floor: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: &[String]) -> Option<(SocketAddr, usize)> {
    let [address, clients] = arguments else { return None };
    Some((address.parse().ok()?, clients.parse().ok().filter(|&clients| clients > 0)?))
}

fn gather(address: SocketAddr, clients: usize) -> io::Result<Vec<TcpStream>> {
    let listener = TcpListener::bind(address)?;
    rustix::net::listen(&listener, 4096)?;
    println!("listening on {}", listener.local_addr()?);
    listener.incoming().take(clients).map(|client| client.and_then(without_delay)).collect()
}

fn without_delay(client: TcpStream) -> io::Result<TcpStream> {
    client.set_nodelay(true)?;
    Ok(client)
}

/// The talker is the last of the clients.
fn broadcast(clients: &[TcpStream]) -> io::Result<()> {
    let Some(mut talker) = clients.last() else { return Ok(()) };
    let mut buffer = [0; 16 * 1024];
    loop {
        let length = talker.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        for mut client in clients {
            client.write_all(&buffer[..length])?;
        }
    }
}
