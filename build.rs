//! Links the program at a fixed address, on Linux.
//!
//! It is started for each `mdbook build` and for each run, and in a program that can be loaded anywhere
//! tens of thousands of addresses must be put right first: half of what such a start costs.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
