//! What the author reads when something is wrong.

use crate::project::Project;

/// What differs from run to run in messages of programs and compilers.
pub fn snapshot(name: &str, text: &str) {
    insta::with_settings!({
        filters => [
            (r"child \d+", "child [PID]"),
            (r"thread 'main' \(\d+\)", "thread 'main' ([TID])"),
        ],
        prepend_module_to_snapshot => false,
        snapshot_path => "../snapshots",
    }, { insta::assert_snapshot!(name, text) });
}

#[test]
fn everything_wrong_in_fences_is_said_at_once() {
    let said = Project::from("wrong").run(&["build"]);
    snapshot("wrong", &said.fails().errors());
}

#[test]
fn everything_wrong_with_examples_is_said_at_once() {
    let project = Project::from("failing");
    let said = project.run(&["build"]);
    snapshot("failing", &said.fails().errors());
    assert!(!project.path("book").exists(), "nothing half-made is shown");

    #[cfg(target_os = "linux")]
    {
        let folder = project.path("target").to_str().unwrap().to_owned();
        let commands = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
            std::fs::read_to_string(entry.unwrap().path().join("cmdline")).ok()
        });
        let left: Vec<String> = commands
            .filter(|command| command.contains(&folder))
            .collect();
        assert!(
            left.is_empty(),
            "the time-out ends the whole process group: {left:?}"
        );
    }
}

#[test]
fn a_repaired_program_is_run_again() {
    let project = Project::from("failing");
    project.write(
        "src/failures.md",
        "```rust,example=broken\n```\n\n```rust,example=hello\n```\n",
    );
    project.run(&["build"]).fails();
    project.change("examples/broken.rs", "\"one\"", "1");
    project.run(&["build"]).succeeds();
}

#[test]
fn settings_that_nobody_reads_are_refused() {
    let project = Project::from("good");
    project.change(
        "book.toml",
        "before = [\"links\"]",
        "tiemout = \"1s\"\noutput-limit = \"much\"",
    );
    assert_eq!(
        project.run(&["build"]).fails().errors(),
        "error: [BOOK]/book.toml: unknown key `tiemout` in [preprocessor.transcript]: did you mean `timeout`?\n\n\
         error: [BOOK]/book.toml: [preprocessor.transcript] must say `before = [\"links\"]`\n\n\
         error: [BOOK]/book.toml: `output-limit` in [preprocessor.transcript] cannot be `\"much\"`: \
         expected a number of bytes, like 65536 or \"1MiB\"\n\n\
         error: the book was not built: 3 errors"
    );
}

#[test]
fn a_manifest_that_is_missing_or_broken_is_named() {
    let project = Project::from("good");
    project.change(
        "book.toml",
        "before",
        "manifest = \"examples/Cargo.toml\"\nbefore",
    );
    let said = project.run(&["build"]);
    let message =
        "`manifest` in [preprocessor.transcript]: there is no `[BOOK]/examples/Cargo.toml`";
    assert!(said.fails().errors().contains(message), "{}", said.stderr);

    let project = Project::from("good");
    project.write("Cargo.toml", "[package\n");
    let said = project.run(&["build"]);
    let message = "error: failed to ask Cargo for the targets of `[BOOK]/Cargo.toml`";
    assert!(said.fails().errors().contains(message), "{}", said.stderr);
    assert!(
        said.stderr.contains("unclosed table"),
        "Cargo's own words: {}",
        said.stderr
    );
}

#[test]
fn without_cargo_it_says_so() {
    let project = Project::from("good");
    let mut command = project.command(&["build"]);
    command.env("CARGO", "/nowhere/cargo");
    let said = project.said(command, b"");
    assert!(
        said.fails().errors().contains("failed to ask Cargo"),
        "{}",
        said.stderr
    );
}
