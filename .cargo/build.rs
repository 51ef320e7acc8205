//! What cargo cannot be told in Cargo.toml.

fn main() {
    println!("cargo::rerun-if-changed=.cargo/build.rs");
    let features = std::env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    if features.split(',').any(|feature| feature == "crt-static") {
        // A static binary brings the C library's unwinder along, and of its functions one is there
        // twice where a panic aborts (src/cli/backtrace.rs). The first one is taken, which is ours.
        println!("cargo::rustc-link-arg-bins=-Wl,-z,muldefs");
    }
}
