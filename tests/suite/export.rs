//! `export`: recordings for players of terminal recordings.

use std::fs;

use mdbook_transcript::transcript::format::Recording;
use serde_json::{Value, json};

use crate::project::Project;
use crate::record::book;

/// The header and the events of an asciicast, and the sum of the intervals in microseconds.
#[track_caller]
pub fn parsed(cast: &str) -> (Value, Vec<(String, String)>, u64) {
    let mut lines = cast.lines();
    let header = serde_json::from_str(lines.next().unwrap()).unwrap();
    let mut events = Vec::new();
    let mut sum = 0;
    for line in lines {
        let (interval, code, data): (f64, String, String) = serde_json::from_str(line).unwrap();
        sum += (interval * 1e6).round() as u64;
        events.push((code, data));
    }
    (header, events, sum)
}

/// Exports a run to a file, and returns its content.
#[track_caller]
pub fn exported(project: &Project, run: &str) -> String {
    project.run(&["export", run, "-o", "a.cast"]).succeeds();
    project.read("a.cast")
}

/// The wall time of a recording, in microseconds.
fn wall(project: &Project, run: &str) -> u64 {
    let file = format!("examples/transcripts/{run}.transcript");
    let recorded = Recording::parse(&project.read(&file)).unwrap();
    recorded.transcript.wall.as_micros() as u64
}

fn event(code: &str, data: &str) -> (String, String) {
    (code.to_owned(), data.to_owned())
}

#[test]
fn a_recording_is_exported_without_a_process() {
    let project = book();
    project.run(&["record"]).succeeds();
    fs::remove_dir_all(project.path("target")).unwrap();
    let mut command = project.command(&["export", "two"]);
    command.env("PATH", "").env("CARGO", "/nowhere/cargo");
    let output = project.output(command, b"");
    assert_eq!(output.succeeds().stderr, "");
    let cast = exported(&project, "two");
    assert_eq!(output.stdout, cast.replace('\\', "/"));
    let (header, events, sum) = parsed(&cast);
    assert_eq!(
        header,
        json!({
            "version": 3,
            "term": {"cols": 80, "rows": 24, "type": "xterm-256color"},
            "command": "cargo run --example two",
            "title": "two",
        })
    );
    let expected = [
        event("o", "$ cargo run --example two\r\n"),
        event("o", "one\r\n"),
        event("o", "two\r\n"),
        event("o", "both\r\n"),
        event("x", "0"),
    ];
    assert_eq!(events, expected);
    assert_eq!(sum, wall(&project, "two"));
    // The second thread sleeps for 50 ms.
    assert!(sum >= 50_000, "{sum}");

    // From another folder, into a folder that does not exist yet.
    let file = project.path("casts/of/two.cast");
    let book = project.path("");
    let arguments = ["export", "two", "--book", book.to_str().unwrap(), "-o"];
    let mut command = project.command(&arguments);
    command.arg(&file).current_dir(std::env::temp_dir());
    let wrote = project.output(command, b"");
    assert_eq!(wrote.succeeds().stdout, "wrote [BOOK]/casts/of/two.cast\n");
    assert_eq!(fs::read_to_string(&file).unwrap(), cast);
    let refused = project.run(&["export", "two", "--output", "casts"]);
    let errors = refused.fails().errors();
    assert!(
        errors.starts_with("error: failed to write `casts`: "),
        "{errors}"
    );
}

#[test]
fn errors_of_export_say_what_to_do() {
    let project = book();
    project.write(
        "src/threads.md",
        "```rust,example=two\n```\n\n```rust,example=inputs,args=a\n```\n\n```rust,example=inputs,args=b\n```\n",
    );
    let errors = |name: &str| project.run(&["export", name]).fails().errors();
    assert_eq!(
        errors("tow"),
        "error: no run is named `tow`: did you mean `two`?"
    );
    assert_eq!(
        errors("inputs"),
        "error: `inputs` has several runs; choose one of `inputs-a`, `inputs-b`"
    );
    let missing = errors("two");
    assert!(
        missing.starts_with("error: `cargo run --example two`: it is not recorded\n")
            && missing.contains("help: record it: `mdbook-transcript record two`"),
        "{missing}"
    );
    let file = "examples/transcripts/two.transcript";
    fs::create_dir_all(project.path("examples/transcripts")).unwrap();
    project.write(file, "mdbook-transcript 1\n<<<<<<< HEAD\n");
    let errors = errors("two");
    assert!(
        errors
            .contains("the recording `[BOOK]/examples/transcripts/two.transcript` cannot be used")
            && errors.contains("src/threads.md:1:")
            && errors.ends_with("error: the run was not exported: 1 error"),
        "{errors}"
    );
}

#[test]
fn a_stale_recording_is_exported_with_a_warning() {
    let project = book();
    project.run(&["record"]).succeeds();
    let before = project.run(&["export", "two"]);
    project.change("examples/two.rs", "both", "neither");
    let output = project.run(&["export", "two"]);
    assert_eq!(output.succeeds().stdout, before.stdout);
    assert_eq!(
        output.stderr,
        " WARN `two`: `examples/two.rs` has changed since it was recorded; record it again: \
         `mdbook-transcript record two`\n"
    );
    // The exported command is the recorded one, even if the run has another command by now.
    project.change("examples/two.rs", "neither", "both");
    project.change("src/threads.md", "two", "two,package=programs");
    let output = project.run(&["export", "two"]);
    assert_eq!(output.succeeds().stdout, before.stdout);
    assert!(
        output
            .stderr
            .contains("`two`: its recording is of another run"),
        "{}",
        output.stderr
    );
}

/// A compiler error has no times; the status after a signal is the one that a shell would give.
#[cfg(unix)]
#[test]
fn snippets_are_exported() {
    let project = Project::from("pages");
    project.write("src/deep/more.md", "# Nothing\n");
    project.write(
        "src/programs.md",
        "# Programs\n\n```rust,example,compile_fail,E0384,package=programs,name=twice\nlet a = 1;\na = 2;\n```\n\n\
         ```rust,example,exit=signal:6,package=programs,name=aborts\nstd::process::abort();\n```\n",
    );
    project.run(&["record"]).succeeds();
    let export = |run: &str| parsed(&exported(&project, run));

    let (header, events, sum) = export("twice");
    assert_eq!((&header["command"], sum), (&json!("cargo build"), 0));
    assert_eq!(events[0], event("o", "$ cargo build\r\n"));
    assert!(
        events[1].1.contains("\u{1b}[") && events[1].1.contains("E0384"),
        "{events:?}"
    );
    assert_eq!(events.last(), Some(&event("x", "101")));

    let (_, events, sum) = export("aborts");
    assert_eq!(events, [event("o", "$ cargo run\r\n"), event("x", "134")]);
    assert_eq!(sum, wall(&project, "aborts"));
}

#[cfg(unix)]
#[test]
fn each_command_of_a_session_precedes_its_output() {
    let project = Project::from("pages");
    project.change("book.toml", "before", "shell = true\nbefore");
    project.write("src/deep/more.md", "# Nothing\n");
    project.write(
        "src/programs.md",
        "# Session\n\n```console,run\n$ echo one\n$ echo two >&2\n```\n",
    );
    project.run(&["record"]).succeeds();
    let (header, events, sum) = parsed(&exported(&project, "programs-shell-1"));
    assert_eq!(header["command"], "echo one; echo two >&2");
    let expected = [
        event("o", "$ echo one\r\n"),
        event("o", "one\r\n"),
        event("o", "$ echo two >&2\r\n"),
        event("o", "two\r\n"),
        event("x", "0"),
    ];
    assert_eq!(events, expected);
    assert_eq!(sum, wall(&project, "programs-shell-1"));
}
