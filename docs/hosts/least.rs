//! The least host that serves: what the library adds to it is what `.ci/small` measures.

use std::io;

use pollcast::kernel::mio::{MioKernel, listen};
use pollcast::{Config, Server};

fn main() -> io::Result<()> {
    let address = ([127, 0, 0, 1], 8080).into();
    let kernel = MioKernel::new(vec![listen(address)?])?;
    let mut server = Server::new(kernel, Config::default()).map_err(io::Error::other)?;
    loop {
        server.turn(None)?;
    }
}
