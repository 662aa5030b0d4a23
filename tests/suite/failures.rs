//! Error messages for authors.

use std::process::Stdio;

use crate::project::Project;

/// Asserts a snapshot, with process and thread IDs replaced.
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

/// Asserts a snapshot of the errors of a failing build. Warnings, which a busy machine adds, precede them.
pub fn snapshot_of_build(name: &str, project: &Project) {
    let errors = project.run(&["build"]).fails().errors();
    snapshot(name, &errors[errors.find("error").unwrap()..]);
}

#[test]
fn all_errors_in_fences_are_reported_together() {
    let output = Project::from("wrong").run(&["build"]);
    snapshot("wrong", &output.fails().errors());
}

#[test]
fn all_errors_of_examples_are_reported_together() {
    let project = Project::from("failing");
    let output = project.run(&["build"]);
    snapshot("failing", &output.fails().errors());
    assert!(
        !project.path("book").exists(),
        "a failed build writes no book"
    );

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
            "a time-out kills the whole process group: {left:?}"
        );
    }
}

#[test]
fn a_repaired_program_is_executed_again() {
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
fn unknown_and_invalid_settings_are_errors() {
    let project = Project::from("good");
    project.change(
        "book.toml",
        "before = [\"links\"]",
        "tiemout = \"1s\"\noutput-limit = \"much\"",
    );
    snapshot("settings", &project.run(&["build"]).fails().errors());

    let mut command = project.command(&["list"]);
    command.env("MDBOOK_PREPROCESSOR__TRANSCRIPT__TIMEOUT", "soon");
    project.write(
        "book.toml",
        "[preprocessor.transcript]\nbefore = [\"links\"]\n",
    );
    assert_eq!(
        project.output(command, b"").fails().errors(),
        "error: invalid value `\"soon\"` for `timeout` in [preprocessor.transcript]\n |\n \
         = help: expected a duration above zero, like \"10s\"\n\n\
         error: the runs were not listed: 1 error"
    );
}

#[test]
fn a_missing_or_malformed_manifest_is_named() {
    let project = Project::from("good");
    project.change(
        "book.toml",
        "before",
        "manifest = \"examples/Cargo.toml\"\nbefore",
    );
    let output = project.run(&["build"]);
    snapshot("manifest", &output.fails().errors());

    let project = Project::from("good");
    project.write("Cargo.toml", "[package\n");
    let output = project.run(&["build"]);
    let message = "error: failed to ask Cargo for the targets of `[BOOK]/Cargo.toml`";
    assert!(
        output.fails().errors().contains(message),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("unclosed table"),
        "the message of Cargo is shown: {}",
        output.stderr
    );
}

#[test]
fn missing_cargo_is_reported_once() {
    let project = Project::from("good");
    let build_without = || {
        let mut command = project.command(&["build"]);
        command.env("CARGO", "/nowhere/cargo");
        project.output(command, b"").fails().errors()
    };
    let errors = build_without();
    assert!(errors.contains("failed to ask Cargo"), "{errors}");
    let help = "help: the programs of a book are built with Cargo";
    assert!(errors.contains(help), "{errors}");

    // Now the programs are known and have changed; the error is reported once for all of them.
    project.run(&["build"]).succeeds();
    for program in ["hello", "inputs"] {
        project.change(
            &format!("examples/{program}.rs"),
            "fn main",
            "// New.\nfn main",
        );
    }
    let errors = build_without();
    assert_eq!(
        errors.matches("failed to start `/nowhere/cargo`").count(),
        1,
        "{errors}"
    );
    assert!(
        errors.contains("help: the programs of a book are built with Cargo"),
        "{errors}"
    );
}

#[cfg(unix)]
#[test]
fn the_last_output_of_cargo_is_shown_or_its_absence_reported() {
    use std::os::unix::fs::PermissionsExt;

    let project = Project::from("good");
    project.run(&["build"]).succeeds();
    project.change("examples/hello.rs", "fn main", "// New.\nfn main");
    let build_with = |script: &str| {
        let cargo = project.path("cargo");
        project.write("cargo", &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(&cargo, PermissionsExt::from_mode(0o755)).unwrap();
        let mut command = project.command(&["build"]);
        command.env("CARGO", cargo);
        project.output(command, b"").fails().errors()
    };
    // Another process prints it, after Cargo has ended.
    let errors = build_with("(sleep 0.3; echo 'error: these are my last words' >&2) & exit 101");
    assert!(errors.contains("these are my last words"), "{errors}");

    let errors = build_with("kill -9 $$");
    let message = "Cargo printed nothing and ended with signal: 9 (SIGKILL)";
    assert!(errors.contains(message), "{errors}");
}

#[test]
fn a_failed_download_is_reported_once() {
    let project = Project::from("good");
    let manifest = project.read("Cargo.toml");
    project.write(
        "Cargo.toml",
        &format!("{manifest}\n[dependencies]\nnobody-has-this = \"1\"\n"),
    );
    let mut command = project.command(&["build"]);
    command.env("CARGO_NET_OFFLINE", "true");
    let output = project.output(command, b"");
    let errors = output.fails().errors();
    assert_eq!(
        errors
            .matches("error: Cargo cannot build the programs")
            .count(),
        1,
        "{errors}"
    );
    assert!(
        errors.contains("no matching package named `nobody-has-this` found"),
        "{errors}"
    );
    assert!(
        errors.contains("run `cargo fetch` where there is a network"),
        "{errors}"
    );
}

#[test]
fn a_dependency_that_does_not_build_is_reported_once() {
    let project = Project::from("workspace");
    project.write("dep/src/lib.rs", "pub fn broken( {}\n");
    project.write(
        "src/programs.md",
        "```rust,example=same,package=a\n```\n\n```rust,example=same,package=a,args=x\n```\n",
    );
    let errors = project.run(&["build"]).fails().errors();
    assert_eq!(
        errors
            .matches("error: a dependency of the programs does not build")
            .count(),
        1,
        "{errors}"
    );
    assert!(errors.contains("dep/src/lib.rs:1"), "{errors}");
    assert!(
        errors.ends_with("error: the book was not built: 1 error"),
        "{errors}"
    );
}

#[test]
fn every_command_reports_warnings_of_lessons_once() {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [Hello](hello.md)\n");
    project.write(
        "src/hello.md",
        "!!! note Not a title\n    Text.\n\n```rust,example=hello\n```\n",
    );
    for command in ["record", "check", "list", "build"] {
        let output = project.run(&[command]);
        let warning = "warning: the words after the type are not a title";
        let errors = output.succeeds().errors();
        assert_eq!(errors.matches(warning).count(), 1, "{command}: {errors}");
        assert!(
            !output.stdout.contains(warning),
            "{command}: {}",
            output.stdout
        );
    }
}

#[test]
fn compiler_warnings_are_shown_and_do_not_fail_the_build() {
    let project = Project::from("good");
    project.change(
        "examples/hello.rs",
        "fn main() {",
        "fn unused() {}\n\nfn main() {",
    );
    let output = project.run(&["build"]);
    let errors = output.succeeds().errors();
    assert_eq!(
        errors
            .matches("warning: the compiler has warnings about `hello`")
            .count(),
        1,
        "{errors}"
    );
    assert!(
        errors.contains("warning: function `unused` is never used"),
        "{errors}"
    );
    assert!(!project.run(&["build"]).errors().contains("never used"));
}

/// As after `| head -1`: nobody reads on, and there is nothing to complain about.
#[test]
fn a_closed_stdout_ends_a_command_quietly() {
    let project = Project::from("good");
    project.run(&["record"]).succeeds();
    for (args, status) in [
        (["list"].as_slice(), 1),
        (&["schema"], 1),
        (&["man"], 1),
        (&["completions", "bash"], 1),
        (&["record", "--all", "hello"], 1),
        (&["check", "hello"], 2),
        (&["check", "hello", "--format", "junit"], 2),
        (&["doctor"], 2),
        (&["review", "hello"], 2),
        (&["run", "hello"], 2),
        (&["export", "hello"], 1),
        (&["build"], 1),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = project.command(args);
        let output = command.stdin(Stdio::null()).stdout(writer).output();
        let output = output.unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!errors.contains("error"), "{args:?}: {errors}");
        assert_eq!(output.status.code(), Some(status), "{args:?}: {errors}");
    }
}

/// Leaves a process running, but only in its first execution, and beside another program.
const LEAVES_ONCE: &str = r#"use std::{env, fs, path::PathBuf, process::Command, thread::sleep, time::Duration};

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let sign = |name: &str| PathBuf::from(&arguments[1]).join(name);
    let wait_for = |name: &str| {
        while !sign(name).exists() {
            sleep(Duration::from_millis(10));
        }
    };
    if arguments.len() == 3 {
        fs::write(sign("other"), "").unwrap();
        wait_for("first");
    } else if !sign("first").exists() {
        wait_for("other");
        Command::new("sleep").arg("60").spawn().unwrap();
        fs::write(sign("first"), "").unwrap();
    }
}
"#;

#[cfg(target_os = "linux")]
#[test]
fn a_failure_in_one_of_several_attempts_is_a_warning() {
    let project = Project::of_program("leaves", "", LEAVES_ONCE);
    let folder = project.path("signs");
    std::fs::create_dir(&folder).unwrap();
    let fence = |more: &str| {
        let folder = folder.display();
        format!("```rust,example=leaves,args=\"{folder}{more}\"\n```\n\n")
    };
    project.write("src/leaves.md", &(fence("") + &fence(" other")));
    let output = project.run(&["build"]);
    let warning = "failed (left processes running: `sleep`) when other programs kept the machine busy, and not when it \
                   was executed again: it may fail on such a machine";
    let warnings = output.succeeds().stderr.matches(warning).count();
    assert_eq!(warnings, 1, "{}", output.stderr);
}

/// Leaves a process running if it finds a file, which it removes, and is executed without the observer.
const LEAVES_NATIVELY: &str = r#"use std::{env, fs, process::Command};

fn main() {
    println!("here");
    let sign = env::args().nth(1).unwrap();
    let files = fs::read_to_string("/proc/self/maps").unwrap();
    if !files.contains("observer") && fs::remove_file(sign).is_ok() {
        Command::new("sleep").arg("60").spawn().unwrap();
    }
}
"#;

#[cfg(target_os = "linux")]
#[test]
fn a_failure_beside_seeded_executions_is_a_warning() {
    let project = Project::of_program("leaves", "", LEAVES_NATIVELY);
    let sign = project.path("sign");
    let fence = format!("```rust,example=leaves,args=\"{}\"\n```\n", sign.display());
    project.write("src/leaves.md", &fence);
    project.run(&["record"]).succeeds();
    project.write("sign", "");
    let output = project.run(&["check"]);
    let warning = "failed (left processes running: `sleep`) when other programs kept the machine busy, and not when it \
                   was executed again";
    assert!(
        output.succeeds().stderr.contains(warning),
        "{}",
        output.stderr
    );
    assert!(!sign.exists());
}
