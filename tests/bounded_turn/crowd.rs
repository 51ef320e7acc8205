//! Ten thousand clients in a process of their own: each side needs as many descriptors.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};

use rustix::event::{PollFd, PollFlags, poll};

use crate::descriptors::raise_descriptors;

/// The variable that makes a process a crowd: where it connects to, and how many they are.
const CROWD: &str = "POLLCAST_CROWD";

/// A process full of clients, killed when it is dropped.
pub(crate) struct Crowd {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStderr>,
}

impl Crowd {
    /// Starts this program once more, as a crowd that reads whatever comes.
    pub(crate) fn connect(address: SocketAddr, clients: usize) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", "crowd::the_crowd", "--ignored", "--nocapture"]);
        command.env(CROWD, format!("{address} {clients}"));
        // Standard output is for what the harness says.
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let orders = child.stdin.take().expect("piped");
        let answers = BufReader::new(child.stderr.take().expect("piped"));
        Self { child, orders, answers }
    }

    /// The first `talkers` send `bytes` each.
    pub(crate) fn say(&mut self, talkers: usize, bytes: usize) {
        writeln!(self.orders, "{talkers} {bytes}").expect("it runs");
    }

    /// A descriptor that is readable once the crowd has something to say.
    pub(crate) fn answers(&self) -> &ChildStderr {
        self.answers.get_ref()
    }

    /// What it says next.
    pub(crate) fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("text");
        line.trim().to_owned()
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "no test: it is what Crowd::connect starts"]
fn the_crowd() {
    let Ok(wanted) = std::env::var(CROWD) else { return };
    raise_descriptors();
    let (address, clients) = wanted.split_once(' ').expect("an address and a number");
    let address: SocketAddr = address.parse().expect("an address");
    let connect = |_| TcpStream::connect(address).expect("it listens");
    let clients: Vec<TcpStream> =
        (0..clients.parse::<usize>().expect("a number")).map(connect).collect();
    for client in &clients {
        client.set_nonblocking(true).expect("an option");
        client.set_nodelay(true).expect("an option");
    }
    eprintln!("connected");
    serve_orders(clients);
}

fn serve_orders(mut clients: Vec<TcpStream>) {
    let (mut orders, mut buffer) = (BufReader::new(std::io::stdin()), vec![0; 1 << 18]);
    let mut order = String::new();
    while orders.read_line(&mut order).expect("text") > 0 {
        let numbers: Vec<usize> = order.split_whitespace().flat_map(str::parse).collect();
        let [talkers, bytes] = numbers[..] else { panic!("{order:?}") };
        buffer[..bytes].fill(b'x');
        for talker in &mut clients[..talkers] {
            talker.write_all(&buffer[..bytes]).expect("room for one message");
        }
        let mut expected = clients.len() * talkers * bytes;
        while expected > 0 {
            expected -= take_what_came(&mut clients, &mut buffer);
        }
        eprintln!("heard");
        order.clear();
    }
}

fn take_what_came(clients: &mut [TcpStream], buffer: &mut [u8]) -> usize {
    let input = |client| PollFd::new(client, PollFlags::IN);
    let mut files: Vec<PollFd<'_>> = clients.iter().map(input).collect();
    poll(&mut files, None).expect("it polls");
    let ready = |(index, file): (usize, &PollFd<'_>)| (!file.revents().is_empty()).then_some(index);
    let ready: Vec<usize> = files.iter().enumerate().filter_map(ready).collect();
    let mut taken = 0;
    for index in ready {
        while let Ok(read @ 1..) = clients[index].read(buffer) {
            taken += read;
        }
    }
    taken
}
