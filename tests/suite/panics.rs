//! A program whose main thread panics is observed like any other.

use crate::project::{Project, between};

const FILE: &str = "examples/transcripts/panics.transcript";

const PROGRAM: &str = r#"use std::thread;

fn main() {
    let worker = thread::spawn(|| println!("worker: no answer"));
    worker.join().unwrap();
    println!("main: gives up");
    panic!("nobody answers");
}
"#;

/// A book with a program that prints from two threads and panics in main.
fn book() -> Project {
    Project::recorded("panics", ",exit=101", PROGRAM)
}

#[test]
fn a_panic_of_main_has_a_thread_id_that_varies() {
    let project = book();
    let recorded = project.read(FILE);
    let shape = between(&recorded, "--- shape", "--- transcript");
    for rule in [
        "ends with 101\n",
        " thread 'main' ({tid}) panicked at examples/panics.rs:7:5:\n",
        " pairs proved\n",
        "\nschedules: 50 on time, 50 late, ",
    ] {
        assert!(shape.contains(rule), "{rule}: {shape}");
    }
    project.run(&["check"]).succeeds();
    // Main no longer waits for the worker.
    project.change(
        "examples/panics.rs",
        "worker.join().unwrap();",
        "drop(worker);",
    );
    let output = project.run(&["check"]);
    let found = ["error[ORDER]", "error[COUNT]"];
    let is_found = found.iter().any(|kind| output.stdout.contains(kind));
    assert!(is_found, "{}", output.stdout);
}
