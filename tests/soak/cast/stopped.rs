//! Readers that are stopped, as by Ctrl-Z: processes, each of which passes on what it receives.
//! They are continued, or killed; the server evicts them, if they are stopped for long enough.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::between;
use crate::receiver::Receiver;
use crate::stage::Stage;

pub const STOPPED: usize = 4;

/// What the process says when its connection was reset.
const WAS_RESET: i32 = 3;

/// The process: says that it is connected, and then passes on what comes.
pub fn relay(address: &str) -> i32 {
    let mut output = io::stdout().lock();
    let Ok(mut stream) = TcpStream::connect(address) else { return 1 };
    let said = output.write_all(b"!").and_then(|()| output.flush());
    if said.is_err() {
        return 1;
    }
    match io::copy(&mut stream, &mut output) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => WAS_RESET,
        Err(_) => 1,
        Ok(_) => 0,
    }
}

/// Runs one process after the other.
pub fn play(stage: &Stage, seed: u64) -> Result<(), String> {
    let mut random = fastrand::Rng::with_seed(seed);
    while !stage.is_over() {
        let receiver = Receiver::new(&stage.log, "a process that was stopped");
        let program = std::env::current_exe().expect("it runs");
        let mut command = Command::new(program);
        command.arg("relay").arg(stage.server.address.to_string());
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| format!("cannot start a process: {error}"))?;
        let mut output = child.stdout.take().expect("piped");
        let is_connected = output.read_exact(&mut [0]).is_ok();
        if !is_connected {
            return Err("a process could not connect".to_owned());
        }
        stage.tally.connected.fetch_add(1, Ordering::SeqCst);
        let since = Instant::now();
        let heard = thread::scope(|scope| {
            let reader = scope.spawn(|| hear(receiver, output));
            treat(stage, &child, &mut random);
            reader.join().expect("it does not panic")
        });
        stage.may_have_held_up(since.elapsed());
        heard?;
        judge(stage, &mut child)?;
    }
    Ok(())
}

/// Stops it, continues it or not, and kills it.
fn treat(stage: &Stage, child: &Child, random: &mut fastrand::Rng) {
    let signal = |signal| kill_process(Pid::from_child(child), signal).expect("not waited for yet");
    stage.sleep(between(random, 300, 2_500));
    signal(Signal::STOP);
    stage.sleep(between(random, 100, 2_500));
    if random.bool() {
        signal(Signal::CONT);
        stage.sleep(Duration::from_millis(300));
    }
    signal(Signal::KILL);
}

/// What it passes on is a part of the log, wherever it was interrupted.
fn hear(mut receiver: Receiver<'_>, mut output: ChildStdout) -> Result<(), String> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        match output.read(&mut buffer) {
            Ok(0) | Err(_) => return receiver.end(),
            Ok(read) => receiver.take(&buffer[..read])?,
        }
    }
}

fn judge(stage: &Stage, child: &mut Child) -> Result<(), String> {
    let status = child.wait().map_err(|error| format!("a process is lost: {error}"))?;
    match status.code() {
        Some(WAS_RESET) => stage.tally.evicted.fetch_add(1, Ordering::SeqCst),
        None => stage.tally.broke_off.fetch_add(1, Ordering::SeqCst),
        Some(_) => return Err(format!("a process that listens ended with {status}")),
    };
    Ok(())
}
