//! How many data segments a server has sent, as the kernel counts them for each connection. So the
//! writes of all servers are counted alike, from outside, whatever call they make them with.

use std::net::SocketAddr;
use std::process::Command;

use crate::link::Link;

/// The sum over the connections that there are; the clients must still be connected.
///
/// Over loopback a segment carries up to 64 KiB, so that it is one write: each is sent at once,
/// since no server delays what it writes.
pub(crate) fn sent(link: Link, address: SocketAddr) -> Result<u64, String> {
    let words = link.words();
    let filter = ["-tinH", "state", "established", "sport", "=", &format!(":{}", address.port())];
    let mut command = Command::new(words.first().copied().unwrap_or("ss"));
    if !words.is_empty() {
        command.args(&words[1..]).arg("ss");
    }
    let output = command.args(filter).output();
    let output = output.map_err(|error| format!("ss (of iproute2): {error}"))?;
    if !output.status.success() {
        return Err(format!("ss: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(sum(&String::from_utf8_lossy(&output.stdout)))
}

/// TCP_INFO, tcpi_data_segs_out; ss leaves it out where it is zero.
fn sum(text: &str) -> u64 {
    let words = text.split_whitespace().filter_map(|word| word.strip_prefix("data_segs_out:"));
    words.filter_map(|number| number.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    use super::{sent, sum};
    use crate::link::Link;

    #[test]
    fn only_segments_with_data_that_were_sent_are_counted() {
        let text = "ESTAB 0 0 127.0.0.1:1 127.0.0.1:2\n\t cubic segs_out:9 segs_in:8 \
                    data_segs_out:5 data_segs_in:4 send 1bps\nESTAB\n\t data_segs_out:70\n\
                    ESTAB\n\t cubic segs_out:1\n";
        assert_eq!(sum(text), 75);
    }

    #[test]
    fn each_write_of_a_server_is_a_segment() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let mut client = TcpStream::connect(address).expect("it listens");
        let (mut server, _) = listener.accept().expect("a client");
        server.set_nodelay(true).expect("it is TCP");
        let before = sent(Link::Loopback, address).expect("ss");
        for _ in 0..7 {
            server.write_all(&[0; 10_000]).expect("it reads");
            client.read_exact(&mut [0; 10_000]).expect("it was written");
            client.write_all(b"an answer, which is none of the server's").expect("it is read");
        }
        assert_eq!(sent(Link::Loopback, address).expect("ss") - before, 7);
    }
}
