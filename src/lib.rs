//! A TCP broadcast server on one hand-rolled event loop: every byte that a client sends is copied
//! to every client, the sender included.
//!
//! # The map
//!
//! | module | what it is |
//! | --- | --- |
//! | [`server`] | [`Server`]: the turn, seven phases in a fixed order, one file each |
//! | [`kernel`] | every system call, as a trait; [`kernel::mio`] is the real one |
//! | [`observer`] | what the loop says of itself; [`observer::log`] writes it to the log |
//! | [`config`] | every limit |
//! | [`stats`] | counters |
//! | `trace` | the loop shows itself, with the feature of that name |
//! | `capi` | the same for C, with the feature of that name |
//!
//! Inside: `client` (one client's life), `outbox` (its queue), `blocks` (the part of the log that
//! queues share), `framing` (lines), `patience` (who is full, and for how long the room still
//! waits), `deadlines` (all of them), `budget` (how memory is divided).
//!
//! # Embedding
//!
//! The server takes no thread, no signal and no global state. A host that has nothing else to do
//! calls [`Server::turn`] in a loop; one with a loop of its own passes a timeout of zero.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//!
//! use pollcast::kernel::mio::{MioKernel, listen};
//! use pollcast::{Config, Server};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let kernel = MioKernel::new(vec![listen("127.0.0.1:0".parse()?)?])?;
//! let address = kernel.addresses()?[0].inet().ok_or("not TCP")?;
//! let mut server = Server::new(kernel, Config { max_queue: 64 << 10, ..Config::default() })?;
//!
//! let mut client = TcpStream::connect(address)?;
//! client.write_all(b"hello")?;
//! while server.stats().bytes_out < 5 {
//!     server.turn(None)?;
//! }
//! let mut echo = [0; 5];
//! client.read_exact(&mut echo)?;
//! assert_eq!(&echo, b"hello");
//!
//! server.shut_down();
//! drop(client);
//! while !server.is_finished() {
//!     server.turn(None)?;
//! }
//! # Ok(())
//! # }
//! ```

#![cfg_attr(not(feature = "capi"), forbid(unsafe_code))]
#![cfg_attr(feature = "capi", deny(unsafe_code))]

#[cfg(feature = "capi")]
pub mod capi;
pub mod config;
pub mod kernel;
pub mod observer;
pub mod server;
pub mod stats;
#[cfg(feature = "trace")]
pub mod trace;

mod addresses;
mod block;
mod blocks;
mod budget;
mod client;
mod deadlines;
mod framing;
mod moment;
mod outbox;
mod patience;
mod run;

pub use config::{Allocation, Config, Framing, HalfClose, Interest, Patience, TurnLimits};
pub use server::{SayError, Server};
pub use stats::Stats;
