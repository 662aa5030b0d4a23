//! Programs that never end: `exit=timeout` shows and checks their output until the time-out.

use std::fs;

use crate::project::{Project, alone, outputs};

/// A program that prints a line each tenth of a second and never ends. A file beside its package, which is none of its
/// inputs, makes it misbehave.
const TICKS: &str = r#"use std::time::Duration;
use std::{fs, thread};

fn main() {
    let mode = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/mode")).unwrap_or_default();
    println!("ready");
    for number in 1.. {
        let pause = if mode == "slower" { 160 } else { 120 };
        thread::sleep(Duration::from_millis(pause));
        match (mode.as_str(), number) {
            ("ends", 3) => return,
            ("hangs", 2) => loop {
                thread::park();
            },
            ("other", 2) => println!("tock {number}"),
            ("twice", 1) => println!("tick 1\ntick 1"),
            _ => println!("tick {number}"),
        }
    }
}
"#;

fn book(fence: &str) -> Project {
    let project = Project::empty();
    for folder in ["src", "examples"] {
        fs::create_dir_all(project.path(folder)).unwrap();
    }
    project.write(
        "book.toml",
        "[preprocessor.transcript]\nbefore = [\"links\"]\n",
    );
    project.write("src/SUMMARY.md", "[One](one.md)\n");
    project.write(
        "src/one.md",
        &format!("# One\n\n```rust,example=ticks,{fence}\n```\n"),
    );
    project.write(
        "Cargo.toml",
        "[package]\nname = \"ticking\"\nedition = \"2024\"\n",
    );
    project.write("examples/ticks.rs", TICKS);
    project
}

#[test]
fn the_output_until_the_time_out_is_recorded_and_checked() {
    let project = book("exit=timeout,timeout=1s");
    project.run(&["record"]).succeeds();
    let recording = project.read("examples/transcripts/ticks.transcript");
    for rule in [
        "\nends with timeout\n",
        "\n1 stdout 1 ready\n2 stdout 1 tick 1\n3 stdout 1 tick 2\n",
        "stdout 0..1 tick 6\n",
        "\norder: untested, the time-out cuts it: ",
        "\nexit: timeout\nwall: 1.000000\n",
    ] {
        assert!(recording.contains(rule), "{rule}: {recording}");
    }
    project.run(&["build"]).succeeds();
    let shown = &outputs(&project.read("book/one.html"))[0];
    assert!(
        shown.starts_with("$ cargo run --example ticks\nready\ntick 1\n"),
        "{shown}"
    );
    assert!(shown.ends_with("\nstopped after 1.00 s"), "{shown}");

    let output = project.run(&["check"]);
    assert!(
        output.succeeds().stdout.contains("1 run holds"),
        "{}",
        output.stdout
    );
    // How many lines come before the cut depends on the machine.
    project.write("mode", "slower");
    let output = project.run(&["check"]);
    assert!(
        output.succeeds().stdout.contains("1 run holds"),
        "{}",
        output.stdout
    );

    for (mode, finding) in [
        (
            "ends",
            "error[EXIT]: `ticks`: expected a time-out, found exit status 0",
        ),
        (
            "hangs",
            "error[COUNT]: `ticks`: prints `tick 2` never, expected once",
        ),
        (
            "other",
            "error[TEXT]: `ticks`: prints `tock 2`, not `tick 2`",
        ),
        (
            "twice",
            "error[COUNT]: `ticks`: prints `tick 1` twice, expected once",
        ),
    ] {
        project.write("mode", mode);
        let output = project.run(&["check"]);
        assert!(
            output.fails().stdout.contains(finding),
            "{mode}: {}",
            output.stdout
        );
    }
    // A program that ends is an error of the build, too.
    project.write("mode", "ends");
    project.change("src/one.md", "timeout=1s", "timeout=900ms,args=1");
    let errors = project.run(&["build"]).fails().errors();
    assert!(
        errors.contains("expected a time-out, found exit status 0"),
        "{errors}"
    );
}

#[test]
fn a_program_that_prints_as_fast_as_it_can_holds() {
    let project = book("exit=timeout,timeout=300ms");
    project.write(
        "examples/ticks.rs",
        "use std::time::Duration;\n\nfn main() {\n    for number in 0.. {\n        println!(\"step {number}\");\n        \
         std::thread::sleep(Duration::from_micros(500));\n    }\n}\n",
    );
    alone(|| {
        project.run(&["record"]).succeeds();
        for _ in 0..3 {
            project.run(&["check"]).succeeds();
        }
    });
}

#[test]
fn a_program_that_must_end_is_told_how_to_declare_that_it_does_not() {
    let project = book("timeout=200ms");
    let errors = project.run(&["build"]).fails().errors();
    assert!(errors.contains("still running after 200ms"), "{errors}");
    assert!(
        errors.contains("`exit=timeout` shows its output until then"),
        "{errors}"
    );
    project.change("src/one.md", "timeout=200ms", "exit=timeuot");
    let errors = project.run(&["build"]).fails().errors();
    assert!(
        errors.contains("expected an exit status, `101`, a signal, `signal:6`, or `timeout`"),
        "{errors}"
    );
}
