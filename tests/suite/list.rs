//! `list`: the runs and their states.

use crate::project::Project;
use crate::record::book;

#[test]
fn each_run_is_missing_fresh_stale_or_orphaned() {
    let project = Project::from("workspace");
    project.write(
        "src/programs.md",
        "```rust,example=same,package=a\n```\n\n```rust,example=same,package=b\n```\n",
    );
    let list = || without_times(&project.run(&["list"]).succeeds().stdout);
    assert_eq!(
        list(),
        "missing  same-of-a  -  src/programs.md:1  cargo run --package a --example same\n\
         missing  same-of-b  -  src/programs.md:4  cargo run --package b --example same\n"
    );

    project.run(&["build"]).succeeds();
    assert_eq!(
        list(),
        "fresh  same-of-a  T  src/programs.md:1  cargo run --package a --example same\n\
         fresh  same-of-b  T  src/programs.md:4  cargo run --package b --example same\n"
    );

    // A file that the program includes, and a source of a dependency.
    for file in ["a/examples/data.txt", "dep/src/lib.rs"] {
        let before = project.read(file);
        project.write(file, &format!("{before}\n"));
        assert_eq!(
            list().lines().next(),
            Some(format!("stale  same-of-a  T  src/programs.md:1  cargo run --package a --example same  {file} has changed").as_str())
        );
        project.write(file, &before);
    }

    project.write("src/programs.md", "```rust,example=same,package=a\n```\n");
    let list = list();
    let orphan: Vec<&str> = list.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(
        orphan.join(" "),
        "orphaned - - - cargo run --package b --example same"
    );
}

#[test]
fn json_has_one_line_a_run() {
    let project = Project::from("workspace");
    project.write(
        "src/programs.md",
        "```rust,example=same,package=a\n```\n\n```rust,example=same,package=b\n```\n\n\
         ```console,output=same,package=a\n```\n",
    );
    project.run(&["record", "same-of-a"]).succeeds();
    let recorded = project.read("examples/transcripts/same-of-a.transcript");
    project.write("examples/transcripts/gone.transcript", &recorded);
    let data = project.read("a/examples/data.txt");
    project.write("a/examples/data.txt", &format!("{data}\n"));
    let output = project.run(&["list", "--format", "json"]);
    insta::with_settings!({
        prepend_module_to_snapshot => false,
        snapshot_path => "../snapshots",
        filters => vec![(r#""wall":[0-9.e-]+"#, r#""wall":"[SECONDS]""#)],
    }, { insta::assert_snapshot!("list", output.succeeds().stdout) });
    // From another folder, the output is the same.
    let book = project.path("");
    let mut command = project.command(&["list", "--format", "json", book.to_str().unwrap()]);
    command.current_dir(std::env::temp_dir());
    assert_eq!(project.output(command, b"").stdout, output.stdout);
}

#[test]
fn a_book_with_errors_is_not_listed() {
    let project = Project::from("good");
    project.write("src/fences.md", "```rust,example=helo\n```\n");
    let output = project.run(&["list"]);
    let errors = output.fails().errors();
    assert!(errors.contains("did you mean `hello`?"), "{errors}");
    assert!(
        errors.ends_with("error: the runs were not listed: 1 error"),
        "{errors}"
    );
}

/// Replaces each time by `T`.
fn without_times(text: &str) -> String {
    let time = regex::Regex::new(r"[0-9.]+ m?s +").unwrap();
    time.replace_all(text, "T  ").into_owned()
}

/// The book's folder is an argument or an option, of each command that needs a book.
#[test]
fn each_command_takes_the_folder_both_ways() {
    let project = book();
    let folder = project.path("");
    let folder = folder.to_str().unwrap();
    let run = |args: &[&str]| {
        let mut command = project.command(args);
        command.current_dir(std::env::temp_dir());
        project.output(command, b"").succeeds().stdout.clone()
    };
    for args in [
        &["record", folder][..],
        &["record", "--book", folder, "two"],
        &["check", folder, "two", "--repeat", "1"],
        &["check", "--book", folder, "--repeat", "1"],
        &["list", folder],
        &["list", "--book", folder],
        &["export", folder, "two"],
        &["export", "--book", folder, "two"],
        &["build", folder],
        &["build", "--book", folder],
        &["install", folder],
        &["install", "--book", folder],
        &["new", folder, "first"],
        &["new", "--book", folder, "second"],
    ] {
        assert!(!run(args).is_empty(), "{args:?}");
    }
    assert!(project.path("src/first.md").exists() && project.path("src/second.md").exists());
    project.run(&["list", ".", "--book", "."]).fails();
    project.run(&["export", ".", "two", "--book", "."]).fails();
}
