//! `new`, and the first steps of a new user, from an empty folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use mdbook_driver::MDBook;

use crate::project::{Project, outputs};
use crate::versions::with_command;

/// A book that `mdbook init` has created.
fn init() -> Project {
    let project = Project::empty();
    let book = MDBook::init(project.path(""))
        .create_gitignore(true)
        .build();
    book.unwrap();
    project
}

/// Runs Cargo in a folder of the project.
#[track_caller]
fn cargo(project: &Project, folder: &str, args: &[&str]) {
    let output = Command::new(env!("CARGO"))
        .args(args)
        .current_dir(project.path(folder))
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The files and folders of a project without its build artifacts.
fn files(project: &Project) -> BTreeMap<String, Vec<u8>> {
    let root = project.path("");
    let mut folders = vec![root.clone()];
    let mut files = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(&root)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            if path.is_file() {
                files.insert(name, fs::read(&path).unwrap());
            } else if ![".git", "target"].contains(&path.file_name().unwrap().to_str().unwrap()) {
                files.insert(format!("{name}/"), Vec::new());
                folders.push(path);
            }
        }
    }
    files.retain(|name, _| !name.ends_with("Cargo.lock"));
    files
}

#[test]
fn from_an_empty_folder_to_a_checked_book() {
    let project = init();
    cargo(
        &project,
        "",
        &["new", "--quiet", "--vcs", "none", "programs"],
    );
    let output = project.run(&["install"]);
    let named = "book.toml: [preprocessor.transcript] manifest = \"programs/Cargo.toml\"\n";
    assert!(
        output.succeeds().stdout.contains(named),
        "{}",
        output.stdout
    );

    let output = project.run(&["new", "hello"]);
    output.succeeds();
    assert_eq!(
        output.stdout,
        "created programs/examples/hello.rs\n\
         created src/hello.md\n\
         src/SUMMARY.md: - [Hello](hello.md)\n\
         created programs/examples/transcripts/hello.transcript\n\
         book.toml: [build] extra-watch-dirs = [\"programs/examples\"]\n\
         \n\
         Edit programs/examples/hello.rs and src/hello.md, and then run:\n  \
           mdbook-transcript record hello  to record the program's output again\n  \
           mdbook-transcript check         to check that every output in the book still holds\n  \
           mdbook-transcript build --open  to see the page\n"
    );
    assert_eq!(
        project.read("src/SUMMARY.md"),
        "# Summary\n\n- [Chapter 1](./chapter_1.md)\n- [Hello](hello.md)\n"
    );
    let before = files(&project);
    assert_eq!(
        project.run(&["install"]).succeeds().stdout,
        "everything is in place\n"
    );
    assert!(files(&project) == before);

    let list = project.run(&["list"]).succeeds().stdout.clone();
    assert!(list.starts_with("fresh  hello  0.2"), "{list}");
    assert!(
        list.ends_with("  src/hello.md:5  cargo run --example hello\n"),
        "{list}"
    );

    // mdBook calls the preprocessor from the PATH.
    with_command(&project);
    MDBook::load(project.path("")).unwrap().build().unwrap();
    let shows_it = || {
        let output = &outputs(&project.read("book/hello.html"))[0];
        for line in ["Anna begins\n", "Ben is done\n", "main: both are done\n"] {
            assert!(output.contains(line), "{output}");
        }
    };
    shows_it();
    // mdBook 0.4 does so, too.
    mdbook_04::MDBook::load(project.path(""))
        .unwrap()
        .build()
        .unwrap();
    shows_it();
    let output = project.run(&["check"]);
    assert_eq!(
        output.succeeds().stdout,
        "1 run holds, executed at least 3 times\n"
    );

    // The generated program passes rustfmt and Clippy.
    cargo(&project, "programs", &["fmt", "--check"]);
    let lints = [
        "clippy",
        "--quiet",
        "--all-targets",
        "--",
        "-D",
        "warnings",
        "-D",
        "clippy::pedantic",
    ];
    cargo(&project, "programs", &lints);
}

#[test]
fn the_package_can_be_in_the_books_own_folder() {
    let project = init();
    cargo(
        &project,
        "",
        &["init", "--quiet", "--vcs", "none", "--name", "story"],
    );
    // Before `install`, the first suggestion is to run it.
    let output = project.run(&["new", "hello"]);
    let next = "\n  mdbook-transcript install       to make `mdbook build`";
    assert!(output.succeeds().stdout.contains(next), "{}", output.stdout);
    assert!(project.path("examples/hello.rs").is_file());
    let output = project.run(&["install"]);
    let watched = "[build] extra-watch-dirs = [\"examples\"]\n";
    assert!(
        output.succeeds().stdout.ends_with(watched),
        "{}",
        output.stdout
    );
    assert!(!output.stdout.contains("manifest"), "{}", output.stdout);
    with_command(&project);
    MDBook::load(project.path("")).unwrap().build().unwrap();
    assert_eq!(outputs(&project.read("book/hello.html")).len(), 1);
    project.run(&["check"]).succeeds();
}

#[test]
fn a_lesson_is_added_after_a_chapter_and_its_program_to_the_manifest() {
    let project = Project::empty();
    fs::create_dir_all(project.path("docs/src/two")).unwrap();
    fs::create_dir_all(project.path("programs")).unwrap();
    project.write(
        "docs/book.toml",
        "[preprocessor.transcript]\nbefore = [\"links\"]\n",
    );
    let summary =
        "# Summary\r\n\r\n* [One](one.md)\r\n    * [Two](two/README.md)\r\n* [Three](three.md)\r\n";
    project.write("docs/src/SUMMARY.md", summary);
    for chapter in ["one", "three"] {
        project.write(&format!("docs/src/{chapter}.md"), "# A chapter\n");
    }
    project.write("docs/src/two/README.md", "```rust,example=first\n```\n");
    project.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"other\", \"programs\"]\n",
    );
    cargo(
        &project,
        "",
        &["new", "--quiet", "--vcs", "none", "--lib", "other"],
    );
    let manifest = "# The programs.\r\n[package]\r\nname = \"programs\"  # not ours\r\nedition = \"2024\"\r\nautoexamples = false\r\n\r\n\
         [[example]]\r\nname = 'first'\r\npath = \"first.rs\"\r\n\r\n[dependencies] # none\r\n";
    project.write("programs/Cargo.toml", manifest);
    project.write(
        "programs/first.rs",
        "fn main() {\n    println!(\"main: hello\");\n}\n",
    );

    let args = [
        "new",
        "data-race",
        "--after",
        "two/README",
        "--title",
        "A `race`",
        "--book",
        "docs",
    ];
    let output = project.run(&args);
    output.succeeds();
    assert_eq!(
        project.read("docs/src/SUMMARY.md"),
        summary.replace(
            "README.md)\r\n",
            "README.md)\r\n    * [A `race`](two/data-race.md)\r\n"
        )
    );
    assert_eq!(
        project.read("programs/Cargo.toml"),
        manifest.replace(
            "\"first.rs\"\r\n",
            "\"first.rs\"\r\n\r\n[[example]]\r\nname = \"data-race\"\r\npath = \"data-race.rs\"\r\n"
        )
    );
    assert!(
        project
            .read("docs/src/two/data-race.md")
            .starts_with("# A `race`\n")
    );
    assert!(project.path("programs/data-race.rs").is_file());
    assert!(
        project
            .path("docs/examples/transcripts/data-race.transcript")
            .is_file()
    );
    let watched = "extra-watch-dirs = [\"../other/src\", \"../programs\"]";
    assert!(
        project.read("docs/book.toml").contains(watched),
        "{}",
        project.read("docs/book.toml")
    );
    let made = "created programs/data-race.rs\nprograms/Cargo.toml: added `data-race`\ncreated docs/src/two/data-race.md\n\
         docs/src/SUMMARY.md: * [A `race`](two/data-race.md)\ncreated docs/examples/transcripts/data-race.transcript\n";
    assert!(output.stdout.starts_with(made), "{}", output.stdout);
    project
        .run(&["check", "--book", "docs", "--repeat", "1", "data-race"])
        .succeeds();
}

#[test]
fn conflicts_are_listed_and_nothing_is_written() {
    let project = init();
    cargo(
        &project,
        "",
        &["new", "--quiet", "--vcs", "none", "programs"],
    );
    project.run(&["install"]).succeeds();
    project.run(&["new", "hello"]).succeeds();
    let before = files(&project);
    let output = project.run(&["new", "hello"]);
    assert_eq!(output.stdout, "");
    assert_eq!(
        output.fails().errors(),
        "error: an example of `programs` is named `hello` already: `programs/examples/hello.rs`\n\n\
         error: `src/hello.md` exists\n\n\
         error: SUMMARY.md has an entry for `hello.md`\n\n\
         error: `programs/examples/transcripts/hello.transcript` exists\n |\n \
         = help: choose another name, or remove the existing files\n\n\
         error: the lesson was not created: 4 errors"
    );
    for (args, message) in [
        (
            &["new", "programs"][..],
            "a binary of `programs` is named `programs` already",
        ),
        (
            &["new", "print"],
            "`print.html` is a page that mdBook itself writes",
        ),
        (
            &["new", "a b"],
            "`a b` cannot be the name of a Cargo target",
        ),
        (&["new", "../x"], "try `x`"),
        (
            &["new", "x", "--after", "helo"],
            "no chapter is named `helo`: did you mean `hello.md`?",
        ),
        (&["new", "x", "--after", ""], "no chapter is named ``"),
        (
            &["new", "x", "--title", "a]b"],
            "mdBook would not read `- [a]b](x.md)` in SUMMARY.md",
        ),
        (
            &["new", "x", "--title", "a\nb"],
            "the title has several lines: expected one",
        ),
        (
            &["new", "x", "--book", "programs"],
            "there is no book in `programs`",
        ),
    ] {
        let output = project.run(args);
        assert!(output.fails().stderr.contains(message), "{}", output.stderr);
        assert!(output.stdout.is_empty());
    }
    assert!(files(&project) == before);
}

/// If its files stayed, the next build and the next `new` would fail.
#[test]
fn a_lesson_that_cannot_be_recorded_is_removed() {
    let project = init();
    cargo(
        &project,
        "",
        &["new", "--quiet", "--vcs", "none", "--lib", "programs"],
    );
    project.run(&["install"]).succeeds();
    let whole = project.read("programs/src/lib.rs");
    project.write("programs/src/lib.rs", "fn broken( {}\n");
    let before = files(&project);
    let output = project.run(&["new", "hello"]);
    let errors = output.fails().errors();
    assert!(
        errors.contains("programs") && errors.contains("fn broken( {}"),
        "{errors}"
    );
    assert!(
        errors.ends_with("error: the lesson was not created: 1 error"),
        "{errors}"
    );
    assert_eq!(output.stdout, "");
    assert_eq!(
        files(&project).keys().collect::<Vec<_>>(),
        before.keys().collect::<Vec<_>>()
    );
    assert!(files(&project) == before);

    project.write("programs/src/lib.rs", &whole);
    project.run(&["new", "hello"]).succeeds();
}

#[test]
fn the_book_chooses_one_of_several_packages() {
    let project = init();
    let output = project.run(&["new", "hello"]);
    let none = "found no Cargo.toml in the book's folder, in a folder above it or in a subfolder";
    assert!(output.fails().stderr.contains(none), "{}", output.stderr);

    for package in ["one", "two"] {
        cargo(&project, "", &["new", "--quiet", "--vcs", "none", package]);
    }
    let message = "the examples could be those of `one/Cargo.toml` or `two/Cargo.toml`";
    let help = "choose one with `manifest = \"one/Cargo.toml\"` in [preprocessor.transcript]";
    let output = project.run(&["install"]);
    output.succeeds();
    assert!(
        output.stderr.contains(message) && output.stderr.contains(help),
        "{}",
        output.stderr
    );
    let output = project.run(&["new", "hello"]);
    output.fails();
    assert!(
        output.stderr.contains(message) && output.stderr.contains(help),
        "{}",
        output.stderr
    );
    project.write("src/chapter_1.md", "```rust,bin=two\n```\n");
    let output = project.run(&["build"]);
    output.fails();
    assert!(
        output.stderr.contains(message) && output.stderr.contains(help),
        "{}",
        output.stderr
    );

    project.change(
        "book.toml",
        "before =",
        "manifest = \"two/Cargo.toml\"\nbefore =",
    );
    project.run(&["build"]).succeeds();

    // Both packages are members of one workspace.
    project.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"one\", \"two\"]\n",
    );
    project.change("book.toml", "manifest = \"two/Cargo.toml\"\n", "");
    project.write("src/chapter_1.md", "# Nothing\n");
    let output = project.run(&["new", "hello"]);
    let message = "the program could be added to `one/Cargo.toml` or `two/Cargo.toml`; choose one";
    assert!(output.fails().stderr.contains(message), "{}", output.stderr);
    assert!(Path::new(&project.path("src/hello.md")).metadata().is_err());
}

#[test]
fn the_package_in_the_books_folder_is_preferred() {
    let project = Project::empty();
    MDBook::init(project.path("docs")).build().unwrap();
    project.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"other\", \"docs/programs\"]\n",
    );
    for package in ["other", "docs/programs"] {
        fs::create_dir_all(project.path(&format!("{package}/src"))).unwrap();
        let name = package.rsplit('/').next().unwrap();
        let manifest = format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n");
        project.write(&format!("{package}/Cargo.toml"), &manifest);
        project.write(&format!("{package}/src/lib.rs"), "");
    }
    let output = project.run(&["new", "hello", "--book", "docs"]);
    let made = "created docs/programs/examples/hello.rs\ncreated docs/src/hello.md\n";
    assert!(
        output.succeeds().stdout.starts_with(made),
        "{}",
        output.stdout
    );
}

/// The programs of snippets and sessions are in pages, and belong to no package.
#[test]
fn a_lesson_can_follow_snippets_and_sessions() {
    let project = Project::from("good");
    fs::write(project.path("src/SUMMARY.md"), "- [Plain](plain.md)\n").unwrap();
    project.change("book.toml", "before", "shell = true\nbefore");
    project.write(
        "src/plain.md",
        "```rust,example=hello\n```\n\n```rust,example,name=page\nfn main() {}\n```\n\n\
         ```console,run,name=session\n$ true\n```\n",
    );
    project.run(&["new", "first"]).succeeds();
    assert!(project.path("examples/first.rs").is_file());
    project.write("src/plain.md", "```console,run,name=session\n$ true\n```\n");
    project
        .run(&["new", "second", "--after", "plain.md"])
        .succeeds();
    assert!(project.path("examples/second.rs").is_file());
    for (name, why) in [
        ("first", "an example of `programs` is named `first` already"),
        ("session", "a run is named `session`"),
        // Where file names have no case, both would have one recording.
        ("First", "the run `first` differs only in case"),
    ] {
        let output = project.run(&["new", name]).fails().errors();
        assert!(output.contains(why), "{output}");
    }
}
