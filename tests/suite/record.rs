//! `record`: new and unchanged recordings, the printed changes, and the builds that use the recordings.

use std::fs;

use mdbook_transcript::transcript::Timing;
use mdbook_transcript::transcript::format::Recording;

use crate::project::{Project, outputs};

/// A book with one program of two threads.
pub fn book() -> Project {
    let project = Project::from("good");
    fs::write(project.path("src/SUMMARY.md"), "- [Threads](threads.md)\n").unwrap();
    project.write("src/threads.md", "```rust,example=two\n```\n");
    project.write("examples/two.rs", TWO);
    project
}

/// A program with two threads, the second of which is slower.
const TWO: &str = r#"use std::thread::{sleep, spawn};
use std::time::Duration;

fn main() {
    let one = spawn(|| println!("one"));
    let two = spawn(|| {
        sleep(Duration::from_millis(50));
        println!("two");
    });
    one.join().unwrap();
    two.join().unwrap();
    println!("both");
}
"#;

const FILE: &str = "examples/transcripts/two.transcript";

/// Records all until the timing isn't noisy; on a busy machine, this takes more than one attempt. Returns the last
/// stdout; `None` after ten noisy attempts.
fn record_without_noise(project: &Project) -> Option<String> {
    let is_noisy = || project.read(FILE).contains("timing: noisy\n");
    let attempts = std::iter::repeat_with(|| project.run(&["record", "--all"]));
    let quiet = attempts.take(10).find(|_| !is_noisy())?;
    Some(quiet.succeeds().stdout.clone())
}

/// The recording names the program, but not that it still exists.
#[test]
fn a_deleted_program_is_reported() {
    let project = book();
    project.run(&["record"]).succeeds();
    fs::remove_file(project.path("examples/two.rs")).unwrap();
    let errors = project.run(&["build"]).fails().errors();
    assert!(
        errors.starts_with("error: no example is named `two`\n"),
        "{errors}"
    );
}

#[test]
fn a_recording_is_shown_without_a_process() {
    let project = book();
    let output = project.run(&["record"]);
    output.succeeds();
    assert_eq!(
        output.stdout,
        "new: two (2 of 3 pairs of lines proved to be in order)\n1 recorded, 0 unchanged\n"
    );
    let recorded = project.read(FILE);
    let shape = "--- shape\n\
        ends with 0\n\
        starts at least 2 threads, 0 processes\n\
        1 stdout 1 one\n\
        2 stdout 1 two\n\
        3 stdout 1 both\n\
        order: 2 of 3 pairs proved\n\
        3 after 1 2\n\
        apart from 0.0 printing 1: 2\n\
        apart from 0.1 printing 2: 1\n\
        schedules: ";
    assert!(recorded.contains(shape), "{recorded}");
    let under_seeds = "% unseen\n\
        2 under seeds after 1\n\
        other pairs: in either order\n\
        --- transcript\n";
    assert!(recorded.contains(under_seeds), "{recorded}");
    assert!(recorded.contains("\ninput: "), "{recorded}");
    assert!(
        !recorded.contains(project.path("").to_str().unwrap()),
        "{recorded}"
    );

    // As in a fresh clone on a machine without Cargo.
    fs::remove_dir_all(project.path("target")).unwrap();
    let mut command = project.command(&["build", "-v"]);
    command.env("PATH", "").env("CARGO", "/nowhere/cargo");
    let output = project.output(command, b"");
    output.succeeds();
    assert!(
        output.stderr.contains("its recording is fresh"),
        "{}",
        output.stderr
    );
    let output = &outputs(&project.read("book/threads.html"))[0];
    assert!(output.contains("one\ntwo\nboth\n"), "{output}");
}

#[test]
fn a_recording_that_holds_is_unchanged_byte_for_byte() {
    let project = book();
    record_without_noise(&project).unwrap();
    let recorded = project.read(FILE);
    assert_eq!(
        project.run(&["record"]).succeeds().stdout,
        "0 recorded, 0 unchanged\n"
    );
    assert_eq!(
        project.run(&["record", "--all"]).succeeds().stdout,
        "0 recorded, 1 unchanged\n"
    );
    assert_eq!(project.read(FILE), recorded);

    // After a new comment in the source, only the hashes of the recording change.
    project.change("examples/two.rs", "fn main", "// A comment.\nfn main");
    let output = project.run(&["build"]);
    output.succeeds();
    let stale = "WARN stale recordings: `two`; run `mdbook-transcript record`";
    assert!(output.stderr.contains(stale), "{}", output.stderr);
    assert_eq!(
        project.read(FILE),
        recorded,
        "a build writes no committed file"
    );
    let list = project.run(&["list"]).succeeds().stdout.clone();
    assert!(list.starts_with("stale  two  "), "{list}");
    assert!(list.contains("  src/threads.md:1  cargo run "), "{list}");
    assert!(list.contains("examples/two.rs has changed"), "{list}");

    let output = project.run(&["record"]);
    let holds = "changed: two (2 of 3 pairs of lines proved to be in order)\n  \
        its source changed; its output still holds\n1 recorded, 0 unchanged\n";
    assert_eq!(output.succeeds().stdout, holds);
    let without_inputs = |text: &str| -> String {
        text.lines()
            .filter(|line| !line.starts_with("input: "))
            .collect()
    };
    assert_eq!(
        without_inputs(&project.read(FILE)),
        without_inputs(&recorded)
    );
}

#[test]
fn times_of_a_busy_machine_are_replaced() {
    let project = book();
    project.run(&["record"]).succeeds();
    let mut recorded = Recording::parse(&project.read(FILE)).unwrap();
    recorded.transcript.timing = Timing::Noisy;
    project.write(FILE, &recorded.text());
    let output = record_without_noise(&project).unwrap();
    assert!(output.contains("1 recorded, 0 unchanged\n"), "{output}");
    assert!(
        output.contains("  its times were replaced: they had been measured on a busy machine\n"),
        "{output}"
    );
    let new = Recording::parse(&project.read(FILE)).unwrap();
    assert_eq!(new.shape, recorded.shape);
}

#[test]
fn changes_are_shown_as_a_diff() {
    let project = book();
    project.run(&["record"]).succeeds();
    project.change("examples/two.rs", "println!(\"both\")", "println!(\"all\")");
    let output = project.run(&["record", "two"]).succeeds().stdout.clone();
    for line in [
        "  - 3 stdout 1 both\n",
        "  + 3 stdout 1 all\n",
        "  - | both\n",
        "  + | all\n",
    ] {
        assert!(output.contains(line), "{output}");
    }

    // No fence shows the old run any more.
    project.write("src/threads.md", "```rust,example=two,args=x\n```\n");
    let output = project
        .run(&["record", "--keep-orphans"])
        .succeeds()
        .stdout
        .clone();
    assert!(output.contains("new: two-x"), "{output}");
    assert!(project.path(FILE).exists());
    // Nobody is there to confirm the removal.
    let output = project.run(&["record"]).succeeds().stdout.clone();
    assert_eq!(
        output,
        "keeping two: no fence shows it, but nobody has confirmed its removal: pass `--yes`, or run \
         `mdbook-transcript review`\n0 recorded, 0 unchanged, 1 kept\n"
    );
    assert!(project.path(FILE).exists());
    let output = project.run(&["record", "--yes"]).succeeds().stdout.clone();
    assert_eq!(
        output,
        "removing two: no fence shows it\n0 recorded, 0 unchanged, 1 removed\n"
    );
    assert!(!project.path(FILE).exists());
}

#[test]
fn an_unusable_recording_is_an_error_and_stays_unchanged() {
    let project = book();
    project.run(&["record"]).succeeds();
    let good = project.read(FILE);
    let with = |from: &str, to: &str| {
        assert!(good.contains(from));
        good.replacen(from, to, 1)
    };
    let table = [
        (
            good[..good.len() / 2].to_owned(),
            "it is truncated: the checksum is missing",
        ),
        (
            with("\nwall: ", "\nwall: 1"),
            "it was edited: the checksum does not match",
        ),
        (
            with("input:", "<<<<<<< ours\ninput:"),
            "it has a conflict marker on line 7",
        ),
        (
            with("mdbook-transcript 3\n", "mdbook-transcript 4\n"),
            "a newer version of mdbook-transcript wrote it (format 4; this one reads up to 3)",
        ),
        (with("source: ", "sauce: "), "line 5 is malformed"),
        (
            "hello\n".to_owned(),
            "it is not a recording of mdbook-transcript",
        ),
    ];
    for (text, why) in table {
        project.write(FILE, &text);
        let output = project.run(&["build"]);
        let expected = format!("the recording `[BOOK]/{FILE}` cannot be used: {why}");
        assert!(
            output.fails().stderr.contains(&expected),
            "{}",
            output.stderr
        );
        let output = project.run(&["check"]);
        let expected = format!("`two`: the recording `[BOOK]/{FILE}` cannot be used: {why}");
        assert!(
            output.fails().stdout.contains(&expected),
            "{}",
            output.stdout
        );
        assert_eq!(project.read(FILE), text);
    }
    // A folder in its place.
    fs::remove_file(project.path(FILE)).unwrap();
    fs::create_dir(project.path(FILE)).unwrap();
    let output = project.run(&["build"]);
    assert!(
        output
            .fails()
            .stderr
            .contains("cannot be used: failed to read it"),
        "{}",
        output.stderr
    );
    fs::remove_dir(project.path(FILE)).unwrap();

    project.write(FILE, "hello\n");
    let output = project.run(&["record"]).succeeds().stdout.clone();
    let replaced = "replaced: two (2 of 3 pairs of lines proved to be in order)\n  the old file could not be used: it is \
                    not a recording of mdbook-transcript\n";
    assert!(output.starts_with(replaced), "{output}");
    assert_eq!(project.read(FILE).lines().next(), good.lines().next());
}

#[test]
fn a_missing_recording_is_an_error_if_builds_execute_nothing() {
    let project = book();
    project.change(
        "book.toml",
        "[preprocessor.transcript]",
        "[preprocessor.transcript]\nexecute = \"never\"",
    );
    let output = project.run(&["build"]);
    assert!(
        output
            .fails()
            .stderr
            .contains("`cargo run --example two`: it is not recorded"),
        "{}",
        output.stderr
    );
    assert!(!project.path("target/lesson").exists());
    project.run(&["record"]).succeeds();
    project.run(&["build"]).succeeds();
}

#[test]
fn a_failed_run_is_not_recorded_but_the_others_are() {
    let project = book();
    project.write(
        "src/threads.md",
        "```rust,example=two\n```\n\n```rust,example=bad\n```\n",
    );
    project.write("examples/bad.rs", "fn main() { std::process::exit(3) }\n");
    let output = project.run(&["record"]);
    assert!(
        output
            .fails()
            .stderr
            .contains("expected exit status 0, found exit status 3"),
        "{}",
        output.stderr
    );
    assert!(
        output
            .stderr
            .contains("error: some runs were not recorded: 1 error"),
        "{}",
        output.stderr
    );
    assert!(project.path(FILE).exists());
    assert!(!project.path("examples/transcripts/bad.transcript").exists());
}

#[test]
fn the_books_folder_can_have_any_name() {
    let project = book();
    let folder = project.path("my book, a folder");
    for part in ["src", "examples"] {
        fs::create_dir_all(folder.join(part)).unwrap();
    }
    for file in [
        "book.toml",
        "Cargo.toml",
        "src/SUMMARY.md",
        "src/threads.md",
        "examples/two.rs",
    ] {
        fs::copy(project.path(file), folder.join(file)).unwrap();
    }
    let mut command = project.command(&["record"]);
    command.current_dir(&folder);
    let output = project.output(command, b"");
    assert!(
        output
            .succeeds()
            .stdout
            .starts_with("new: two (2 of 3 pairs"),
        "{}",
        output.stdout
    );
}

/// The program has a short time-out, so that delays would change its exit status.
#[test]
fn a_program_that_delays_would_break_is_recorded_without_them() {
    let project = book();
    let quick = r#"use std::sync::mpsc::channel;
use std::thread::spawn;
use std::time::Duration;

fn main() {
    let (sender, receiver) = channel();
    spawn(move || {
        for step in 1..=10 {
            println!("step {step}");
        }
        sender.send(42)
    });
    let answer = receiver.recv_timeout(Duration::from_millis(100));
    println!("answer {}", answer.expect("the thread is quick"));
}
"#;
    project.write("examples/two.rs", quick);
    let output = project.run(&["record"]);
    let untested = "new: two (no order of lines proved: delays change how it ends)\n";
    assert!(
        output.succeeds().stdout.starts_with(untested),
        "{}",
        output.stdout
    );
    assert_eq!(
        project.run(&["check"]).succeeds().stdout,
        "1 run holds, executed at least 3 times\n"
    );
}

/// A dry run reports each change that `record` would make, and makes none.
#[test]
fn a_dry_run_changes_nothing() {
    let project = book();
    project.run(&["record"]).succeeds();
    project.write(
        "src/threads.md",
        "```rust,example=two,args=x\n```\n\n```rust,example=hello\n```\n",
    );
    project.run(&["record", "hello"]).succeeds();
    let recorded = project.read(FILE);
    let output = project
        .run(&["record", "--dry-run"])
        .succeeds()
        .stdout
        .clone();
    assert_eq!(
        output,
        "would record two-x: it is not recorded\nwould remove two: no fence shows it\n\
         1 to record, 1 to remove; nothing was done\n"
    );
    project.change("examples/hello.rs", "fn main", "// New.\nfn main");
    let output = project.run(&["record", "--dry-run", "hello"]);
    assert_eq!(
        output.succeeds().stdout,
        "would record hello: `examples/hello.rs` has changed since it was recorded\n\
         1 to record, 0 to remove; nothing was done\n"
    );
    assert_eq!(project.read(FILE), recorded);
    assert!(
        !project
            .path("examples/transcripts/two-x.transcript")
            .exists()
    );
}

/// A recording stays if a fence may show it although none was found, and so does a file that is no recording.
#[test]
fn an_orphan_stays_while_the_book_has_errors_or_warnings() {
    let project = book();
    project.run(&["record"]).succeeds();
    project.write("examples/transcripts/notes.transcript", "mine\n");
    let kept = |why: &str| {
        let output = project.run(&["record"]);
        let line = format!("keeping two: no fence shows it, but {why}\n");
        assert!(
            output.stdout.contains(&line),
            "{}{}",
            output.stdout,
            output.stderr
        );
        assert!(project.path(FILE).exists());
    };
    // A warning about any block.
    project.write("src/threads.md", "!!! note one two\n    text\n");
    kept("the book has a warning");
    // A run that fails may be the renamed one.
    project.write("src/threads.md", "```rust,example=bad\n```\n");
    project.write("examples/bad.rs", "fn main() { std::process::exit(3) }\n");
    kept("some runs were not recorded");
    // An error in a fence ends the command.
    project.write("src/threads.md", "```rust,example=two,agrs=1\n```\n");
    project.run(&["record"]).fails();
    assert!(project.path(FILE).exists());
    // In a book without errors and warnings, the recording is removed, but not the other file.
    project.write("src/threads.md", "Nothing.\n");
    let output = project.run(&["record", "--yes"]).succeeds().stdout.clone();
    assert_eq!(
        output,
        "removing two: no fence shows it\nkeeping notes: no fence shows it, but it is not a recording of \
         mdbook-transcript\n0 recorded, 0 unchanged, 1 removed, 1 kept\n"
    );
    assert!(!project.path(FILE).exists());
    assert_eq!(
        project.read("examples/transcripts/notes.transcript"),
        "mine\n"
    );
}

/// The recordings of another book in the same folder are no orphans of this one.
#[test]
fn two_books_share_a_folder_of_recordings() {
    let project = book();
    for (name, chapter) in [
        ("one", "```rust,example=two\n```\n"),
        ("other", "```rust,example=hello\n```\n"),
    ] {
        fs::create_dir_all(project.path(name).join("src")).unwrap();
        project.write(&format!("{name}/src/SUMMARY.md"), "- [A](a.md)\n");
        project.write(&format!("{name}/src/a.md"), chapter);
        project.write(
            &format!("{name}/book.toml"),
            "[book]\ntitle = \"A\"\n\n[preprocessor.transcript]\nbefore = [\"links\"]\n\
             transcripts = \"../shared\"\nmanifest = \"../Cargo.toml\"\n",
        );
    }
    project.run(&["record", "--book", "one"]).succeeds();
    project.run(&["record", "--book", "other"]).succeeds();
    assert!(project.path("shared/two.transcript").exists());
    for book in ["one", "other"] {
        let output = project.run(&["check", "--book", book]);
        assert!(
            !output.succeeds().stdout.contains("ORPHAN"),
            "{}",
            output.stdout
        );
        let output = project.run(&["list", book]);
        assert!(
            !output.succeeds().stdout.contains("orphaned"),
            "{}",
            output.stdout
        );
    }
    // A book with an error may show anything.
    project.write("one/src/a.md", "```rust,example=two,agrs=1\n```\n");
    let output = project.run(&["record", "--book", "other"]);
    assert!(
        output.succeeds().stdout.contains(
            "keeping two: no fence shows it, but the book in `[BOOK]/one` shares the folder"
        ),
        "{}",
        output.stdout
    );
    // A recording that neither shows is orphaned.
    project.write("one/src/a.md", "Nothing.\n");
    let output = project.run(&["record", "--yes", "--book", "other"]);
    assert!(
        output
            .succeeds()
            .stdout
            .contains("removing two: no fence shows it\n"),
        "{}",
        output.stdout
    );
}
