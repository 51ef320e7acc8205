//! The figures of docs/MEMORY.md that follow from the limits are those that the library has.

#![cfg(all(target_os = "linux", target_pointer_width = "64"))]

use std::fs;
use std::path::Path;

use pollcast::kernel::mio::{MioKernel, listen};
use pollcast::{Config, Server};

/// What stands in the table for so many KiB.
fn row(kibibytes: usize) -> String {
    let config = Config::for_memory(kibibytes << 10).expect("enough");
    let listener = listen("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let kernel = MioKernel::new(vec![listener]).expect("a poll");
    let server = Server::new(kernel, config.clone()).expect("limits that work");
    let block = (config.max_queue / 8).clamp(512, 16 << 10) / 32 * 32;
    let blocks = server.traffic_memory() / block;
    assert_eq!(blocks * block, server.traffic_memory(), "whole blocks");
    let [clients, queue, line, blocks, block, budget, footprint] = [
        config.max_clients,
        config.max_queue,
        config.max_line,
        blocks,
        block,
        server.memory(),
        config.footprint().expect("enough"),
    ]
    .map(grouped);
    let memory = if kibibytes < 1024 { kibibytes } else { kibibytes / 1024 };
    let unit = if kibibytes < 1024 { "KiB" } else { "MiB" };
    format!(
        "| {memory} {unit} | {clients} | {queue} | {line} | {blocks} of {block} | {budget} | \
         {footprint} |"
    )
}

/// A number with commas.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups.map(|group| String::from_utf8_lossy(group)).collect();
    groups.join(",")
}

#[test]
#[cfg_attr(mio_unsupported_force_poll_poll, ignore = "a slot is larger on mio's poll(2) backend")]
fn the_table_of_the_page_about_memory_says_what_the_library_takes() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/MEMORY.md");
    let page = fs::read_to_string(page).expect("text");
    let rows: Vec<String> = [64, 256, 1 << 10, 64 << 10].map(row).into();
    println!("{}", rows.join("\n"));
    for row in rows {
        assert!(page.lines().any(|line| line == row), "docs/MEMORY.md has not: {row}");
    }
}
