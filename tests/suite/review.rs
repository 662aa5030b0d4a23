//! `review`: pending recordings, shown as diffs, and accepted, rejected or skipped.

use std::fs;

use crate::failures::snapshot;
use crate::project::{Output, Project};
use crate::terminal::{answered, answered_by};

/// A program that prints two lines.
fn prints(first: &str) -> String {
    format!("fn main() {{\n    println!(\"{first}\");\n    println!(\"the end\");\n}}\n")
}

const CHAPTER: &str =
    "# One\n\n```rust,example=one\n```\n\n```rust,example=two\n```\n\n```rust,example=three\n```\n";

/// A book with three recorded runs, all of which are stale: two have other output, and one has not. A fourth recording is
/// orphaned.
fn book() -> Project {
    let project = Project::of_program("one", "", &prints("one"));
    project.write("examples/two.rs", &prints("two"));
    project.write("examples/three.rs", &prints("three"));
    let fence = "\n```rust,example=one,args=x\n```\n";
    project.write("src/one.md", &format!("{CHAPTER}{fence}"));
    project.run(&["record"]).succeeds();
    project.write("src/one.md", CHAPTER);
    project.change("examples/one.rs", "one", "eins");
    project.change("examples/two.rs", "two", "zwei");
    project.change("examples/three.rs", "fn main", "// New.\nfn main");
    project
}

fn file(run: &str) -> String {
    format!("examples/transcripts/{run}.transcript")
}

fn pending(run: &str) -> String {
    format!("examples/transcripts/.pending/{run}.transcript")
}

fn exists(project: &Project, file: &str) -> bool {
    project.path(file).exists()
}

/// Runs a command as outside of CI, in which the tests may run.
fn run(project: &Project, args: &[&str]) -> Output {
    let mut command = project.command(args);
    command.env_remove("CI").env_remove("TF_BUILD");
    project.output(command, b"")
}

#[test]
fn each_change_is_accepted_rejected_or_skipped_by_key() {
    let project = book();
    let two = project.read(&file("two"));
    let (text, status) = answered(project.command(&["review"]), &["xa", "r", "s"]);
    let begin = text.find("accepting three").unwrap();
    snapshot("review", &text[begin..]);
    assert_eq!(status, Some(1));
    // A key without a meaning is no answer, so that each key answers the question before.
    assert!(project.read(&file("one")).contains("eins"));
    assert_eq!(project.read(&file("two")), two);
    assert!(!exists(&project, &pending("two")) && exists(&project, &file("one-x")));
    let list = project.run(&["list"]).succeeds().stdout.clone();
    let states: Vec<&str> = list
        .lines()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(states, ["fresh", "stale", "fresh", "orphaned"]);

    // All of the rest at once, without another question.
    let (text, status) = answered(project.command(&["review"]), &["A"]);
    assert!(
        text.ends_with("accepting two\n\nremoving one-x: no fence shows it\n2 accepted\n"),
        "{text}"
    );
    assert_eq!(status, Some(0));
    assert!(!exists(&project, &file("one-x")));
    let output = project.run(&["review"]);
    assert_eq!(output.succeeds().stdout, "nothing to review\n");
}

/// Without a terminal, a review only shows the changes; scripts decide with options.
#[test]
fn without_a_terminal_options_decide() {
    let project = book();
    let before = project.read(&file("one"));
    let output = run(&project, &["review"]);
    assert_eq!(output.status, Some(1), "{}", output.stderr);
    snapshot("review-shown", &output.stdout);
    assert_eq!(project.read(&file("one")), before);
    let ignored = project.read("examples/transcripts/.pending/.gitignore");
    assert_eq!(ignored, "*\n");
    let list = project.run(&["list"]).succeeds().stdout.clone();
    let why = "examples/two.rs has changed; a new recording is to be reviewed\n";
    assert!(list.contains(why), "{list}");
    let json = project.run(&["list", "--format", "json"]).stdout;
    let field = format!("\"pending\":\"{}\"", pending("two"));
    assert!(json.contains(&field), "{json}");

    // Pending recordings of programs that have changed again are not accepted.
    project.change("examples/two.rs", "zwei", "deux");
    let output = run(&project, &["review", "--accept", "two"]);
    assert_eq!(output.status, Some(1));
    assert_eq!(
        output.stdout,
        "not accepted: two: `examples/two.rs` has changed since it was recorded; run `mdbook-transcript review two`\n\
         1 left to decide on\n"
    );
    let output = run(&project, &["review", "two"]);
    assert!(output.stdout.contains("  + | deux\n"), "{}", output.stdout);

    // In CI, nobody has seen them.
    let mut command = project.command(&["review", "--accept"]);
    command.env("CI", "true");
    let output = project.output(command, b"");
    assert_eq!(output.status, Some(2));
    assert!(
        output.stderr.contains("is refused in CI (`CI` is set)"),
        "{}",
        output.stderr
    );
    assert_eq!(project.read(&file("one")), before);

    let output = run(&project, &["review", "--accept"]);
    assert_eq!(
        output.succeeds().stdout,
        "accepting one\naccepting two\naccepting three\nremoving one-x: no fence shows it\n4 accepted\n"
    );
    assert!(project.read(&file("two")).contains("deux"));
    assert!(!exists(&project, "examples/transcripts/.pending"));
    assert_eq!(
        project.run(&["record", "--dry-run"]).stdout,
        "0 to record, 0 to remove; nothing was done\n"
    );
}

#[test]
fn pending_recordings_change_nothing_until_they_are_accepted() {
    let project = book();
    let output = project
        .run(&["record", "--pending"])
        .succeeds()
        .stdout
        .clone();
    for part in [
        "changed: one (1 of 1 pairs of lines proved to be in order)\n",
        "  + | zwei\n",
        "keeping one-x: no fence shows it, but its removal is to be reviewed\n",
        "3 pending, 0 unchanged, 1 kept; decide on them with `mdbook-transcript review`\n",
    ] {
        assert!(output.contains(part), "{output}");
    }
    let list = project.run(&["list"]).succeeds().stdout.clone();
    assert!(
        list.starts_with("stale ") && !list.contains("orphaned  one "),
        "{list}"
    );

    let output = run(&project, &["review", "--reject", "two"]);
    assert_eq!(output.succeeds().stdout, "rejecting two\n1 rejected\n");
    assert!(!exists(&project, &pending("two")));
    // `record` makes a pending recording superfluous, and so does the program that was recorded.
    let output = project.run(&["record", "one"]).succeeds().stdout.clone();
    assert!(
        output.contains("dropping the pending recording of one: it was recorded anew\n"),
        "{output}"
    );
    project.change("examples/three.rs", "// New.\n", "");
    project.write(
        "src/one.md",
        &CHAPTER.replace("```rust,example=two\n```\n", ""),
    );
    project.write(&pending("two"), "hello\n");
    let output = run(&project, &["review"]);
    assert_eq!(
        output.stdout.lines().take(2).collect::<Vec<_>>(),
        [
            "dropping the pending recording of three: `examples/three.rs` has changed since it was recorded",
            "dropping the pending recording of two: no fence shows it"
        ]
    );
    assert!(!exists(&project, "examples/transcripts/.pending"));
    // A rejected removal stays one.
    let output = run(&project, &["review", "--reject"]);
    assert_eq!(
        output.succeeds().stdout,
        "keeping one-x\nkeeping two\n2 rejected\n"
    );
}

/// A program that fails blocks neither the review of the others nor the news that it has failed.
#[test]
fn a_failed_run_is_reported_after_the_review() {
    let project = book();
    project.write("examples/two.rs", "fn main() { std::process::exit(3) }\n");
    let (text, status) = answered(project.command(&["review"]), &["a"]);
    assert!(text.contains("1 of 1: one (src/one.md:3)\n"), "{text}");
    assert!(
        text.contains("keeping one-x: no fence shows it, but some runs are not recorded\n"),
        "{text}"
    );
    assert!(
        text.contains("expected exit status 0, found exit status 3"),
        "{text}"
    );
    assert!(
        text.ends_with("error: the review is incomplete: 1 error\n"),
        "{text}"
    );
    assert_eq!(status, Some(2));
    assert!(project.read(&file("one")).contains("eins"));
}

#[test]
fn record_asks_before_it_removes() {
    let project = book();
    project.run(&["record"]).succeeds();
    let record = |key| answered(project.command(&["record"]), &[key]);
    let question = "one-x: no fence shows it\nRemove this recording [y/n]? ";
    let (text, status) = record("n");
    assert_eq!(
        text,
        format!(
            "{question}n\nkeeping one-x: no fence shows it, but its removal was not confirmed\n\
             0 recorded, 0 unchanged, 1 kept\n"
        )
    );
    assert_eq!(status, Some(0));
    // Ctrl-C.
    let (text, status) = record("\u{3}");
    assert_eq!(text, format!("{question}\nerror: interrupted\n"));
    assert_eq!(status, Some(130));
    assert!(exists(&project, &file("one-x")));
    let (text, _) = record("y");
    assert_eq!(
        text,
        format!(
            "{question}y\nremoving one-x: no fence shows it\n0 recorded, 0 unchanged, 1 removed\n"
        )
    );
    assert!(!exists(&project, &file("one-x")));
}

/// A snippet whose chapter was renamed is reviewed under its new name.
#[test]
fn a_renamed_recording_is_reviewed() {
    let project = Project::of_program("one", "", "fn main() {}\n");
    let snippet = "# A\n\n```rust,example\nfn main() { println!(\"hello\"); }\n```\n";
    project.write("src/SUMMARY.md", "- [A](a.md)\n");
    project.write("src/a.md", snippet);
    project.run(&["record"]).succeeds();
    fs::rename(project.path("src/a.md"), project.path("src/b.md")).unwrap();
    project.write("src/SUMMARY.md", "- [B](b.md)\n");
    let output = run(&project, &["review"]);
    assert_eq!(output.status, Some(1), "{}", output.stderr);
    let shown = output.stdout.lines().next().unwrap().to_owned();
    let output = run(&project, &["review", "--accept"]);
    let said = output.succeeds().stdout.clone();
    assert!(
        shown.starts_with("1 of 1: b") && shown.ends_with(" (src/b.md:3)"),
        "{shown}"
    );
    assert!(
        said.starts_with("renaming a") && said.ends_with("1 accepted\n"),
        "{said}"
    );
    assert_eq!(run(&project, &["review"]).stdout, "nothing to review\n");
}

/// Another process decides on a recording while it is on the screen.
#[test]
fn a_review_says_that_another_one_has_decided() {
    let project = book();
    let two = project.read(&file("two"));
    let mut questions = 0;
    let (text, status) = answered_by(project.command(&["review"]), || {
        questions += 1;
        match questions {
            1 => {
                run(&project, &["review", "--accept", "one"]).succeeds();
                Some("r")
            }
            2 => {
                run(&project, &["review", "--reject", "two"]).succeeds();
                Some("a")
            }
            _ => Some("s"),
        }
    });
    for part in [
        "not rejected: one: its pending recording is gone; another review has decided on it\n",
        "not accepted: two: its pending recording is gone; another review has decided on it\n",
        "\n1 accepted, 1 left to decide on, 2 no longer pending\n",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(status, Some(1));
    assert!(project.read(&file("one")).contains("eins"));
    assert_eq!(project.read(&file("two")), two);

    // Another recording is pending than the one on the screen.
    let (text, status) = answered_by(project.command(&["review", "two"]), || {
        project.change("examples/two.rs", "zwei", "deux");
        project.run(&["record", "--pending", "two"]).succeeds();
        Some("r")
    });
    let why =
        "not rejected: two: its pending recording has been replaced meanwhile; review it again\n";
    assert!(text.contains(why), "{text}");
    assert!(text.ends_with("\n1 left to decide on\n"), "{text}");
    assert_eq!(status, Some(1));
    assert!(project.read(&pending("two")).contains("deux"));
}

#[test]
fn decisions_on_nothing_say_how_recordings_become_pending() {
    let project = book();
    for decision in ["--accept", "--reject"] {
        let output = run(&project, &["review", decision]);
        assert_eq!(
            output.succeeds().stdout,
            "keeping one-x: no fence shows it, but some runs are not recorded\n\
             nothing is pending, though some runs have no fresh recording: one, two, three; make pending recordings with \
             `mdbook-transcript record --pending`\n"
        );
    }
    project.run(&["record", "--yes"]).succeeds();
    let output = run(&project, &["review", "--accept"]);
    assert_eq!(output.succeeds().stdout, "nothing to review\n");
}

/// A change is told only after it is saved.
#[test]
fn a_file_in_place_of_the_pending_recordings_is_named() {
    let project = book();
    project.write("examples/transcripts/.pending", "mine\n");
    for command in [["record", "--pending"].as_slice(), &["review"]] {
        let output = run(&project, command);
        let errors = output.fails().errors();
        let why = "`[BOOK]/examples/transcripts/.pending` is no folder, and pending recordings need one there: move or \
                   remove that file\n";
        assert!(errors.contains(why), "{errors}");
        assert!(!output.stdout.contains("eins"), "{}", output.stdout);
    }
}
