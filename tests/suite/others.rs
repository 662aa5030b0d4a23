//! The book's other preprocessors: a command runs those that its lessons need, and no others.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::project::{PROGRAM, Project};

/// A preprocessor that notes each call, takes a while, and replaces `{{hello}}` by a fence.
const SLOW: &str = r#"#!/bin/sh
if [ "$1" = supports ]; then exit 0; fi
basename "$0" >> calls
sleep 0.2
python3 -c '
import json, sys
context, book = json.load(sys.stdin)
for item in book["items"]:
    chapter = item["Chapter"]
    chapter["content"] = chapter["content"].replace("{{hello}}", "```rust,example=hello\n```")
json.dump(book, sys.stdout)'
"#;

/// A book whose `book.toml` has these tables of preprocessors, and this chapter.
fn book(tables: &str, chapter: &str) -> Project {
    let project = Project::empty();
    for folder in ["src", "examples"] {
        fs::create_dir_all(project.path(folder)).unwrap();
    }
    project.write("book.toml", tables);
    project.write("src/SUMMARY.md", "[One](one.md)\n");
    project.write("src/one.md", chapter);
    project.write(
        "Cargo.toml",
        "[package]\nname = \"programs\"\nedition = \"2024\"\n",
    );
    project.write(
        "examples/hello.rs",
        "fn main() {\n    println!(\"hello\");\n}\n",
    );
    for name in ["early", "zlate"] {
        let file = project.path(name);
        fs::write(&file, SLOW).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    project
}

/// The calls since the last question.
fn calls(project: &Project) -> String {
    let calls = fs::read_to_string(project.path("calls")).unwrap_or_default();
    fs::remove_file(project.path("calls")).ok();
    calls
}

fn tables(ours: &str) -> String {
    format!(
        "[preprocessor.transcript]\ncommand = {PROGRAM:?}\nbefore = [\"links\"]\n{ours}\n\
         [preprocessor.early]\ncommand = \"./early\"\n\n[preprocessor.zlate]\ncommand = \"./zlate\"\n"
    )
}

#[test]
fn preprocessors_that_no_lesson_needs_are_not_run() {
    let project = book(&tables(""), "# One\n\n```rust,example=hello\n```\n");
    for command in [
        &["list"][..],
        &["record"],
        &["check"],
        &["export", "hello"],
        &["new", "bye"],
        &["list"],
    ] {
        project.run(command).succeeds();
        assert_eq!(calls(&project), "", "{command:?}");
    }
    project.run(&["build"]).succeeds();
    assert_eq!(calls(&project), "early\nzlate\n");
}

#[test]
fn preprocessors_that_make_lessons_are_run() {
    // The tables order it before ours: it always runs.
    let project = book(&tables("after = [\"early\"]"), "# One\n\n{{hello}}\n");
    let output = project.run(&["record"]);
    assert!(
        output.succeeds().stdout.contains("1 recorded"),
        "{}",
        output.stdout
    );
    assert_eq!(calls(&project), "early\n");
    assert!(
        project
            .run(&["list"])
            .succeeds()
            .stdout
            .contains("fresh  hello")
    );
    assert_eq!(calls(&project), "early\n");

    // Only its name puts it before ours: it runs where the lessons cannot be understood without it.
    let project = book(&tables(""), "# One\n\n{{hello}}\n");
    let output = project.run(&["record"]);
    assert!(
        output.succeeds().stdout.contains("1 recorded"),
        "{}",
        output.stdout
    );
    assert_eq!(calls(&project), "early\n");
    let output = project.run(&["check"]);
    assert!(
        output.succeeds().stdout.contains("1 run holds"),
        "{}",
        output.stdout
    );
    assert!(
        output
            .stderr
            .contains("preprocessors that could change the lessons are run: `early`"),
        "{}",
        output.stderr
    );
    // A recording that no fence of the chapters asks for is not taken for an orphan.
    project.write(
        "src/one.md",
        "# One\n\n```rust,example=hello,args=1\n```\n\n{{hello}}\n",
    );
    let output = project.run(&["record"]);
    assert!(
        !output.succeeds().stdout.contains("removed"),
        "{}",
        output.stdout
    );
    assert!(
        project
            .path("examples/transcripts/hello.transcript")
            .exists()
    );
}
