//! Nothing of the machine stands in a recording or on a page: a recording holds in every folder and for every user.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::project::{Project, between, copy};

/// A command by a user with another home and another folder for temporary files.
fn command_of(user: &Path, project: &Project, args: &[&str]) -> Command {
    let mut command = project.command(args);
    // rustup and Cargo look for their own files at home.
    let home = PathBuf::from(env::var_os("HOME").unwrap());
    for (variable, folder) in [("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", ".cargo")] {
        if env::var_os(variable).is_none() {
            command.env(variable, home.join(folder));
        }
    }
    fs::create_dir_all(user.join("temporary")).unwrap();
    command
        .env("HOME", user)
        .env("TMPDIR", user.join("temporary"));
    command
}

/// The lines of a recording's transcript, without times, streams and writers.
fn lines(project: &Project, run: &str) -> Vec<String> {
    let recording = project.read(&format!("examples/transcripts/{run}.transcript"));
    let transcript = between(&recording, "--- transcript", "--- end");
    let printed = transcript.lines().filter_map(|line| {
        let (_, rest) = line.split_once(" std")?;
        Some(rest.split_once(' ')?.1.split_once(' ')?.1.to_owned())
    });
    printed.collect()
}

#[test]
#[cfg(target_os = "linux")]
fn a_recording_holds_in_another_folder_and_for_another_user() {
    let [one, two, users] = [Project::from("folders"), Project::empty(), Project::empty()];
    one.output(command_of(&users.path("one"), &one, &["record"]), b"")
        .succeeds();
    one.output(command_of(&users.path("one"), &one, &["build"]), b"")
        .succeeds();

    copy(&one.path(""), &two.path(""));
    fs::remove_dir_all(two.path("target")).unwrap();
    two.output(command_of(&users.path("two"), &two, &["check"]), b"")
        .succeeds();

    let machine = [one.path(""), users.path("one")];
    for text in recordings(&one)
        .iter()
        .chain([&one.read("book/folders.html")])
    {
        for folder in &machine {
            let folder = folder.display().to_string();
            assert!(!text.contains(folder.trim_end_matches('/')), "{text}");
        }
    }
    assert_eq!(
        lines(&one, "paths")[..9],
        [
            "../target/debug/examples/paths",
            "\"../target/debug/examples/paths\"",
            "\"/tmp/transcript/a file\"",
            "/tmp/transcript",
            "lessons/examples/paths.rs and ../target/debug/build/lessons/out/made.rs",
            "\".\"",
            "\"data/é.txt\"",
            "(../data)",
            "\"~/.config\"",
        ]
    );
    assert_eq!(lines(&one, "paths")[10], "\u{fffd} a \u{fffd}");
    assert_eq!(
        lines(&one, "folders-shell-1"),
        [
            "$ pwd",
            "/tmp/transcript",
            "$ echo \"$HOME/x\"",
            "~/x",
            // The commands are the author's words, even after output without a newline.
            "$ printf /rustc/0000000000000000000000000000000000000000/a",
            "a$ : /rustc/0000000000000000000000000000000000000000/a",
            "$ lessons",
            "run as \"../target/debug/lessons\"",
        ]
    );
    let snippet = lines(&one, "snippet");
    assert_eq!(
        snippet[..2],
        [". snippet.rs", "\"../target/debug/examples/snippet\""]
    );
    assert!(snippet[2..].contains(&"             at ./snippet.rs:4:20".to_owned()));
}

fn recordings(project: &Project) -> Vec<String> {
    let folder = project.path("examples/transcripts");
    let files = fs::read_dir(folder).unwrap();
    let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    texts.collect()
}

/// The fence names no profile: the tool's own leaves debug information out, but not for a backtrace.
#[test]
#[cfg(target_os = "linux")]
fn a_backtrace_agrees_with_the_command() {
    let project = Project::from("folders");
    project.run(&["record", "deep"]).succeeds();
    let mut command = Command::new("cargo");
    command
        .args(["run", "--quiet", "--example", "deep"])
        .current_dir(project.path("lessons"))
        .env("CARGO_TARGET_DIR", project.path("target"))
        .env("RUST_BACKTRACE", "1")
        .env_remove("RUST_LIB_BACKTRACE");
    let shown = String::from_utf8(command.output().unwrap().stderr).unwrap();
    let from_trace = |line: &&str| line.contains("backtrace:");
    let expected = shown.lines().skip_while(|line| !from_trace(line));
    let expected: Vec<String> = expected
        .map(|line| match line.split_once("/rustc/") {
            // The standard library's own folder has the hash of the toolchain.
            Some((at, path)) => at.to_owned() + path.split_once('/').unwrap().1,
            None => line.to_owned(),
        })
        .collect();
    let recording = fs::read_dir(project.path("examples/transcripts")).unwrap();
    let name = recording.last().unwrap().unwrap().file_name();
    let name = name
        .to_str()
        .unwrap()
        .trim_end_matches(".transcript")
        .to_owned();
    let recorded = lines(&project, &name);
    let recorded = recorded.iter().map(String::as_str);
    let recorded: Vec<&str> = recorded.skip_while(|line| !from_trace(line)).collect();
    assert!(expected.len() > 8, "{shown}");
    assert_eq!(recorded, expected);
    assert!(
        recorded.contains(&"             at ./examples/deep.rs:3:9"),
        "{recorded:?}"
    );
}

/// The folders between the manifest and the repository's are those of the checkout.
#[test]
fn folders_of_the_repository_are_relative() {
    let program = "fn main() {\n    let here = std::path::Path::new(env!(\"CARGO_MANIFEST_DIR\"));\n    \
                   for folder in here.ancestors().take(3) {\n        println!(\"{}\", folder.join(\"x\").display());\n    }\n}\n";
    let project = crate::cargo::book("up", program, "```console,output=up\n```\n");
    let repository = project.path("book");
    fs::create_dir_all(repository.join(".git")).unwrap();
    for entry in ["src", "programs", "book.toml"] {
        fs::rename(project.path(entry), repository.join(entry)).unwrap();
    }
    project.run(&["record", "book"]).succeeds();
    let recording = fs::read_to_string(repository.join("examples/transcripts/up.transcript"));
    let recording = recording.unwrap();
    let transcript = between(&recording, "--- transcript", "--- end");
    assert!(
        transcript.contains(" x\n") && transcript.contains(" ../x\n"),
        "{transcript}"
    );
    // The folder that contains the repository is none of it.
    let outside = fs::canonicalize(project.path("")).unwrap();
    let outside = format!(" {}/x\n", outside.display());
    assert!(transcript.contains(&outside), "{transcript}");
}
