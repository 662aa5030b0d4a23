//! `doctor`: each thing that can be wrong, once, and healthy books.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::project::{Output, PROGRAM, Project, copy};

/// A book with a recording, all settings and nothing wrong. It is a copy of a book that was examined before, so the
/// observer is compiled only once.
fn healthy() -> Project {
    static FIRST: LazyLock<Project> = LazyLock::new(|| {
        let hello = "fn main() {\n    println!(\"hello\");\n}\n";
        let project = Project::recorded("one", "", hello);
        project.run(&["install"]).succeeds();
        project
    });
    let project = Project::empty();
    copy(&FIRST.path(""), &project.path(""));
    project
}

/// A folder with a program `mdbook` that prints this version, and with this tool.
fn programs(project: &Project, version: &str) -> PathBuf {
    let folder = project.path("bin");
    fs::create_dir_all(&folder).unwrap();
    script(&folder.join("mdbook"), &format!("echo mdbook v{version}"));
    symlink(PROGRAM, folder.join("mdbook-transcript")).ok();
    folder
}

/// Writes a shell script.
fn script(file: &Path, commands: &str) {
    fs::write(file, format!("#!/bin/sh\n{commands}\n")).unwrap();
    fs::set_permissions(file, Permissions::from_mode(0o755)).unwrap();
}

/// `doctor` with mdBook 0.5 and this tool on the PATH.
fn command(project: &Project, args: &[&str]) -> Command {
    let folder = programs(project, "0.5.4");
    let mut command = project.command(&[&["doctor"], args].concat());
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{}:{path}", folder.display()));
    for variable in ["RUSTC", "CARGO", "RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS"] {
        command.env_remove(variable);
    }
    command
}

fn doctor(project: &Project) -> Output {
    project.output(command(project, &[]), b"")
}

/// The lines about problems: a help without its indentation follows what was found.
fn problems(output: &Output) -> Vec<String> {
    let lines = output.stdout.lines().filter(|line| !line.is_empty());
    let mut lines: Vec<String> = lines
        .filter(|line| !line.starts_with("ok "))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    // The summary.
    lines.pop();
    lines
}

/// Asserts that `doctor` finds these problems and no other, after a change to a healthy book.
#[track_caller]
fn finds(change: impl FnOnce(&Project), status: i32, expected: &[&str]) {
    let project = healthy();
    change(&project);
    let output = doctor(&project);
    assert_eq!(problems(&output), expected, "{}", output.stderr);
    assert_eq!(output.status, Some(status), "{}", output.stdout);
}

/// Adds a line to a table of book.toml that `install` or the fixture has written.
fn set(project: &Project, line: &str) {
    let before = "[preprocessor.transcript]\n";
    project.change("book.toml", before, &format!("{before}{line}\n"));
}

#[test]
fn a_healthy_book_has_no_problem() {
    let project = healthy();
    let output = doctor(&project);
    assert_eq!(output.status, Some(0), "{}", output.stdout);
    insta::with_settings!({
        prepend_module_to_snapshot => false,
        snapshot_path => "../snapshots",
        filters => vec![
            (r"(cargo|rustc) 1\.\d+\.\d+", "$1 [VERSION]"),
            (r"\((rustup's `[^`]*`|not from rustup)\)", "([ORIGIN])"),
        ],
    }, { insta::assert_snapshot!("doctor", output.stdout) });
    // Nothing is written but below the target folder, and the second time says the same.
    let again = doctor(&project);
    assert_eq!(again.stdout, output.stdout);
    assert!(project.path("target/transcript/doctor/main.rs").is_file());

    let json = project.output(command(&project, &["--format", "json"]), b"");
    let subjects = json.stdout.lines().map(|line| {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(object["state"], "ok", "{line}");
        object["subject"].as_str().unwrap().to_owned()
    });
    let lines = output.stdout.lines().filter(|line| line.starts_with("ok "));
    let shown = lines.map(|line| line[9..23].trim().to_owned());
    assert!(subjects.eq(shown), "{}", json.stdout);
}

#[test]
fn the_tutorial_is_healthy() {
    let project = Project::empty();
    let mut command = command(&project, &[env!("CARGO_MANIFEST_DIR")]);
    // The tests' own build may hold the lock of the target folder.
    command.env("CARGO_TARGET_DIR", project.path("target"));
    let output = project.output(command, b"");
    assert_eq!(output.status, Some(0), "{}", output.stdout);
    assert!(
        output.stdout.contains("no error; they ask for"),
        "{}",
        output.stdout
    );
}

#[test]
fn a_folder_without_a_book_says_what_is_missing() {
    let project = Project::empty();
    let output = doctor(&project);
    assert_eq!(output.status, Some(1));
    assert_eq!(
        problems(&output),
        [
            "error book there is no book.toml in `.`",
            "help: run `mdbook init` here, or name the folder of a book",
            "error package found no Cargo.toml in the book's folder, in a folder above it or in a subfolder",
            "help: create a package with `cargo new programs`, or set `manifest` in \
             [preprocessor.transcript] of book.toml",
        ]
    );
    let last = output.stdout.lines().last().unwrap();
    assert_eq!(
        last,
        "2 errors; not examined because of the errors: fences, recordings, watched, git, build, \
         observer, virtual time"
    );
    let project = healthy();
    let below = project.output(command(&project, &["src"]), b"");
    assert!(
        below.stdout.contains(
            "help: run `mdbook-transcript doctor [BOOK]` if you mean that book, or `mdbook init` here"
        ),
        "{}",
        below.stdout
    );
}

#[test]
fn a_missing_folder_cannot_be_examined() {
    let project = Project::empty();
    let output = project.output(command(&project, &["nowhere"]), b"");
    assert_eq!(output.status, Some(2));
    assert_eq!(output.stdout, "");
    assert!(
        output
            .stderr
            .starts_with("error: failed to open the folder `nowhere`: "),
        "{}",
        output.stderr
    );
}

#[test]
fn the_settings_are_examined() {
    finds(
        |project| project.write("book.toml", "[book]\ntitle = \"a\"\n[output\n"),
        1,
        &[
            "error book book.toml:3 is not valid TOML: unclosed table, expected `]`",
            "help: correct book.toml, and examine the book again",
        ],
    );
    finds(
        |project| set(project, "timeuot = \"1s\"\njobs = 0"),
        1,
        &[
            "error settings unknown key `timeuot` in [preprocessor.transcript], book.toml:4",
            "help: did you mean `timeout`?",
            "error settings invalid value `0` for `jobs` in [preprocessor.transcript], book.toml:5",
            "help: expected a number from 1",
        ],
    );
    finds(
        |project| {
            let table = "[preprocessor.transcript]\nbefore = [\"links\"]\n";
            project.change("book.toml", table, "");
        },
        1,
        &[
            "error settings book.toml has no [preprocessor.transcript], so mdBook does not call this program",
            "help: run `mdbook-transcript install`",
        ],
    );
    finds(
        |project| project.change("book.toml", "before = [\"links\"]\n", ""),
        1,
        &[
            "error settings [preprocessor.transcript] needs `before = [\"links\"]`, book.toml:3",
            "help: run `mdbook-transcript install` to add it",
        ],
    );
}

#[test]
fn the_order_of_preprocessors_is_examined() {
    finds(
        |project| set(project, "after = [\"links\"]"),
        1,
        &[
            "error order [preprocessor.transcript] has `links` in `after`, but must run before it",
            "help: remove `links` from `after` in book.toml",
        ],
    );
    let cycle = "\n[preprocessor.x]\nbefore = [\"transcript\"]\nafter = [\"transcript\"]\n";
    finds(
        |project| {
            let text = project.read("book.toml");
            project.write("book.toml", &format!("{text}{cycle}"));
        },
        1,
        &[
            "error order `transcript` would have to run both before and after another preprocessor",
            "help: remove a contradiction from `before` and `after` of `transcript`, `x` in book.toml",
            "error fences the chapters cannot be read: Cyclic dependency detected in preprocessors",
            "help: run `mdbook-transcript list` to see it at length",
        ],
    );
    let project = healthy();
    let text = project.read("book.toml");
    let others = "\n[preprocessor.admonish]\ncommand = \"true\"\n[preprocessor.early]\ncommand = \"true\"\nbefore = [\"transcript\"]\noptional = true\n";
    project.write("book.toml", &format!("{text}{others}"));
    let output = doctor(&project);
    assert!(
        output.stdout.contains(
            "mdBook runs it after `early`, as book.toml wants it; after `admonish`, in the order of their names; before `links`"
        ),
        "{}",
        output.stdout
    );
}

#[test]
fn mdbook_and_the_command_are_examined() {
    let project = healthy();
    let with_path = |path: &str| {
        let mut command = command(&project, &[]);
        command.env("PATH", path);
        project.output(command, b"")
    };
    let path = std::env::var("PATH").unwrap();
    let output = with_path(&path);
    assert_eq!(
        problems(&output)[..3],
        [
            "warning mdbook there is no `mdbook` on the PATH; `mdbook-transcript build` works without it",
            "help: run `cargo install mdbook` for `mdbook build` and `mdbook serve`",
            "warning command mdBook starts `mdbook-transcript`, but there is no `mdbook-transcript` on the PATH",
        ]
    );
    assert_eq!(output.status, Some(0));

    // The first folder of the PATH decides.
    let other = project.path("other");
    fs::create_dir(&other).unwrap();
    script(&other.join("mdbook"), "echo mdbook v0.6.1");
    script(
        &other.join("mdbook-transcript"),
        "echo mdbook-transcript 9.0.0",
    );
    let output = with_path(&format!("{}:{path}", other.display()));
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        problems(&output),
        [
            format!(
                "error mdbook mdbook v0.6.1, but mdbook-transcript {version} supports 0.4 and 0.5"
            ),
            "help: run `cargo install mdbook --version ^0.5`".to_owned(),
            format!(
                "warning command mdBook starts `[BOOK]/other/mdbook-transcript`, which is \"mdbook-transcript 9.0.0\"; this is mdbook-transcript {version}"
            ),
            "help: install this version there, or use that program for all commands".to_owned(),
        ]
    );
    finds(
        |project| set(project, "command = \"./missing --flag\""),
        1,
        &[
            "error command mdBook starts `command = \"./missing --flag\"`, but there is no program `[BOOK]/./missing`",
            "help: correct or remove `command` in [preprocessor.transcript] of book.toml",
        ],
    );
}

#[test]
fn files_and_folders_are_examined() {
    let watched = "extra-watch-dirs = [\"examples\"]";
    let init = |project: &Project, rules: &str| {
        let git = Command::new("git")
            .args(["init", "--quiet"])
            .current_dir(project.path(""))
            .status();
        assert!(git.unwrap().success());
        project.write(".gitignore", rules);
    };
    finds(
        |project| {
            let old = project.read("transcript.css");
            project.write("transcript.css", &format!("{old}\n/* older */\n"));
            project.write("transcript.js", "// mine\n");
            project.change("book.toml", watched, "extra-watch-dirs = [\"gone\"]");
            init(project, "*.transcript\n");
        },
        1,
        &[
            "warning style sheet `transcript.css` is of another version of mdbook-transcript, or was edited",
            "help: run `mdbook-transcript install`",
            "error script `transcript.js` is not a file of mdbook-transcript",
            "help: rename it in the folder and in book.toml, then run `mdbook-transcript install`",
            "warning watched `gone` does not exist, so that nothing is watched there, and `mdbook serve --watcher native` fails",
            "help: create the folder, or remove it from `extra-watch-dirs` in [build] of book.toml",
            "warning watched `mdbook serve` does not watch `examples`",
            "help: run `mdbook-transcript install`",
            "error git git ignores recordings (`examples/transcripts/*.transcript`), which must be committed",
            "help: find the rule with `git check-ignore -v examples/transcripts/a.transcript`, and remove it",
            "warning git git does not ignore Cargo's output",
            "help: add the line `/target` to .gitignore",
        ],
    );
    finds(
        |project| {
            fs::remove_file(project.path("transcript.css")).unwrap();
            project.change("book.toml", watched, "extra-watch-dirs = [\".\"]");
            init(project, "/target\n");
        },
        1,
        &[
            "error style sheet book.toml lists `transcript.css`, which does not exist",
            "help: run `mdbook-transcript install`",
            "warning watched `.` contains `book`: each build writes there, which can trigger another one",
            "help: name only the folders of programs in `extra-watch-dirs` of book.toml",
        ],
    );
}

#[test]
fn the_package_is_examined() {
    finds(
        |project| set(project, "manifest = \"none/Cargo.toml\""),
        1,
        &[
            "error package `manifest` in [preprocessor.transcript]: `[BOOK]/none/Cargo.toml` does not exist",
            "help: correct `manifest` in book.toml, or remove it",
        ],
    );
    finds(
        |project| {
            fs::remove_dir_all(project.path("examples")).unwrap();
            fs::create_dir(project.path("examples")).unwrap();
            project.write("src/one.md", "# One\n");
        },
        0,
        &[
            "warning package `Cargo.toml`: no example and no binary",
            "help: run `mdbook-transcript new NAME`, or write a program into examples",
        ],
    );
    let project = healthy();
    fs::create_dir_all(project.path("programs/src")).unwrap();
    project.write("programs/src/main.rs", "fn main() {}\n");
    project.write(
        "programs/Cargo.toml",
        "[package]\nname = \"programs\"\nedition = \"2024\"\n",
    );
    set(&project, "manifest = \"programs/Cargo.toml\"");
    let output = doctor(&project);
    let problems = problems(&output);
    assert_eq!(output.status, Some(1));
    assert!(
        problems[0].starts_with(
            "error package Cargo cannot read `programs/Cargo.toml`: error: current package believes it's in a workspace when it's not"
        ),
        "{problems:?}"
    );
}

#[test]
fn the_toolchain_is_examined() {
    let project = healthy();
    let other = project.path("rustc.sh");
    script(
        &other,
        "case $1 in -V) echo rustc 1.70.0;; *) exec rustc \"$@\";; esac",
    );
    let with = |name: &str, value: &str| {
        let mut command = command(&project, &[]);
        command.env(name, value);
        project.output(command, b"")
    };
    let output = with("RUSTC", other.to_str().unwrap());
    let old = &problems(&output)[0];
    assert!(
        old.starts_with("error toolchain cargo 1.")
            && old.ends_with(": rustc 1.70.0 is too old; 1.88 or later is needed"),
        "{old}"
    );
    assert_eq!(output.status, Some(1));

    let output = with("RUSTC", "/none/rustc");
    assert_eq!(
        problems(&output),
        [
            "error toolchain `/none/rustc -V` fails in `[BOOK]`: No such file or directory (os error 2)",
            "help: the programs of a book are built with Cargo: install Rust, or add it to the PATH",
        ]
    );
    assert!(
        output.stdout.ends_with(
            "1 error; not examined because of the errors: package, build, observer, virtual time\n"
        ),
        "{}",
        output.stdout
    );
}

#[test]
fn the_fences_are_examined() {
    finds(
        |project| {
            let chapter = project.read("src/one.md");
            project.write(
                "src/one.md",
                &format!("{chapter}\n```rust,exmaple=one\n```\n\n```rust,example=two\n```\n"),
            );
        },
        1,
        &[
            "error fences 2 errors; the first: unknown attribute `exmaple` (src/one.md:6)",
            "help: run `mdbook-transcript list` to see all of them",
        ],
    );
}

#[test]
fn the_recordings_are_examined() {
    finds(
        |project| project.change("examples/one.rs", "hello", "bye"),
        0,
        &[
            "warning recordings stale: `one`",
            "help: run `mdbook-transcript record`",
        ],
    );
    finds(
        |project| {
            fs::remove_dir_all(project.path("examples/transcripts")).unwrap();
            set(project, "execute = \"never\"");
        },
        1,
        &[
            "error recordings missing: `one`",
            "help: run `mdbook-transcript record`",
        ],
    );
    finds(
        |project| {
            let recorded = project.read("examples/transcripts/one.transcript");
            project.write("examples/transcripts/two.transcript", &recorded);
            project.write("examples/transcripts/three.transcript", "x\n");
            project.write(
                "examples/transcripts/one.transcript",
                &recorded.replace("hello", "bye"),
            );
        },
        1,
        &[
            "error recordings the recording `[BOOK]/examples/transcripts/one.transcript` cannot be used: it was edited: the checksum does not match",
            "help: run `mdbook-transcript record one`",
            "warning recordings orphaned, because no fence shows them: `two`",
            "help: run `mdbook-transcript record`, which removes them, or show them in a fence",
            "warning recordings no fence shows `examples/transcripts/three.transcript`, which is no usable recording: it is not a recording of mdbook-transcript",
            "help: remove the file",
        ],
    );
}

#[test]
fn static_programs_cannot_be_observed() {
    let project = healthy();
    fs::create_dir(project.path(".cargo")).unwrap();
    project.write(
        ".cargo/config.toml",
        "[build]\nrustflags = [\"-C\", \"target-feature=+crt-static\"] # static\n",
    );
    let observer = [
        "warning observer programs are linked statically, because of `+crt-static` in `[BOOK]/.cargo/config.toml`: nothing can be preloaded into them, so the order of lines is not tested, and pages show no threads",
        "help: remove `+crt-static` in `[BOOK]/.cargo/config.toml`",
    ];
    let output = doctor(&project);
    let clock = "warning virtual time not tried, because the observer is not usable; `record` and `check` execute programs in real time";
    let first = "help: mend the observer first";
    assert_eq!(problems(&output), [observer[0], observer[1], clock, first]);
    assert_eq!(output.status, Some(0));

    // A fence with a seed cannot do without.
    let chapter = project.read("src/one.md");
    project.write(
        "src/one.md",
        &format!("{chapter}\n```console,output=one,seed=s1\n```\n"),
    );
    let output = doctor(&project);
    let clock =
        "error virtual time not tried, because the observer is not usable; one fence has `seed=`";
    assert!(
        problems(&output).contains(&clock.to_owned()),
        "{}",
        output.stdout
    );
    assert_eq!(output.status, Some(1));
}

#[test]
fn a_missing_linker_is_found() {
    let project = healthy();
    fs::create_dir(project.path(".cargo")).unwrap();
    project.write(
        ".cargo/config.toml",
        "[build]\nrustflags = [\"-C\", \"linker=/none/cc\"]\n",
    );
    let output = doctor(&project);
    assert_eq!(
        problems(&output),
        [
            "error build a program of two threads cannot be built with Cargo: error: linker `/none/cc` not found",
            "help: install a C compiler, which links programs (on Debian: `apt install gcc`)",
        ]
    );
    assert_eq!(output.status, Some(1));
}

#[test]
fn a_terminal_gets_colors() {
    let project = Project::empty();
    let text = crate::terminal::on_terminal(command(&project, &[]), |command, terminal| {
        command.stdout(terminal);
    });
    assert!(text.contains("\u{1b}[1m\u{1b}[31merror"), "{text:?}");
}
