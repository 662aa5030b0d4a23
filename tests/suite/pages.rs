//! Snippets: they are built, executed, rejected by the compiler and checked like files.

use std::fs;

use crate::failures::snapshot_of_build;
use crate::project::{Project, between, outputs};

#[test]
fn snippets_are_built_and_executed() {
    let project = Project::from("pages");
    project.run(&["build"]).succeeds();
    let page = project.read("book/programs.html");
    let shown = outputs(&page);
    let starts_with = |number: usize, text: &str| {
        assert!(shown[number].starts_with(text), "{}", shown[number]);
    };
    starts_with(0, "$ cargo run --example named\na named one\n");
    starts_with(
        1,
        "$ cargo run # with this code as src/main.rs\nhello from of the package\nhidden, and run\n",
    );
    starts_with(
        2,
        "$ cargo run --features loud -- 2 3 # with this code as src/main.rs\nHELLO 2\nHELLO 3\n",
    );
    assert!(
        shown[3].starts_with(
            "$ cargo build # with this code as src/main.rs\nerror[E0373]: closure may outlive"
        ),
        "{}",
        shown[3]
    );
    // Paths and lines count within the snippet.
    assert!(shown[3].contains("--> src/main.rs:5:32"), "{}", shown[3]);
    assert!(
        shown[3].ends_with("\ndoes not compile · E0373"),
        "{}",
        shown[3]
    );
    // The compiler's colors are kept.
    let refusal = between(&page, "$ cargo build", "</figure>");
    assert!(
        refusal.contains("<span class=\"ansi-bright-red ansi-bold\">error[E0373]"),
        "{refusal}"
    );
    assert!(!refusal.contains("data-t"), "{refusal}");
    assert!(
        shown[4].contains("panicked at src/main.rs:3:21:") && shown[4].contains("exit 101"),
        "{}",
        shown[4]
    );
    starts_with(
        5,
        "$ cargo run --profile loud # with this code as src/main.rs\ndebug assertions: false\n",
    );
    assert_eq!(shown.len(), 6);
    // mdBook hides the hidden lines, and its button shows them.
    assert!(page.contains("<span class=\"boring\">println!(\"hidden, and run\");"));
    let deep = project.read("book/deep/more.html");
    assert!(outputs(&deep)[0].starts_with("$ cargo run # with this code as src/main.rs\ndeep\n"));
}

#[test]
fn unchanged_snippets_are_not_built_again() {
    let project = Project::from("pages");
    project.run(&["build"]).succeeds();
    // The chapter's prose is no source of a snippet.
    project.change(
        "src/programs.md",
        "It must panic:",
        "It must, more or less, panic:",
    );
    let output = project.run(&["build", "-v"]);
    output.succeeds();
    assert!(
        !output.stderr.contains(": must be built"),
        "{}",
        output.stderr
    );

    project.change(
        "src/programs.md",
        "hidden, and run",
        "hidden, and run again",
    );
    let output = project.run(&["build", "-v"]);
    output.succeeds();
    assert_eq!(
        output.stderr.matches(": must be built").count(),
        1,
        "{}",
        output.stderr
    );
    assert!(
        output
            .stderr
            .contains("src/programs.md#programs-1` has changed"),
        "{}",
        output.stderr
    );
    let page = project.read("book/programs.html");
    assert!(outputs(&page)[1].contains("hidden, and run again\n"));
}

/// The names of the executables that were linked for snippets.
fn linked(project: &Project) -> Vec<String> {
    let programs = project.path("target/lesson/examples");
    let names = std::fs::read_dir(programs).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let is_page = |name: &String| !name.contains('.') && !name.starts_with("named");
    let hash = |name: &String| name.rsplit('-').next().is_some_and(|hash| hash.len() == 16);
    names
        .filter(|name| is_page(name) && !hash(name) && !name.starts_with("call"))
        .collect()
}

#[test]
fn snippets_share_one_executable_if_they_can() {
    let project = Project::from("pages");
    project.write(
        "src/programs.md",
        "# Many\n\n```rust,example=named\n```\n\n\
         ```rust,example,name=path\nfn main() {\n    let path = std::env::current_exe().unwrap();\n    \
         println!(\"{:?}\", path.file_stem());\n}\n```\n\n\
         ```rust,example,should_panic,name=panics\nfn main() -> Result<(), String> {\n    \
         let Unused = 1;\n    Err(\"not\".to_owned()).expect(\"so\")\n}\n```\n\n\
         ```rust,example,exit=1,name=fails\nfn main() -> Result<(), String> {\n    Err(\"not\".to_owned())\n}\n```\n",
    );
    let output = project.run(&["build"]);
    output.succeeds();
    // `deep-more-1` has a crate attribute, so it needs its own.
    let mut linked_now = linked(&project);
    linked_now.sort();
    assert_eq!(linked_now, ["deep-more-1", "mdbook-transcript-merged"]);
    let page = project.read("book/programs.html");
    let shown = outputs(&page);
    assert!(shown[1].contains("Some(\"path\")"), "{}", shown[1]);
    assert!(
        shown[2].contains("panicked at src/main.rs:3:27:\nso: \"not\""),
        "{}",
        shown[2]
    );
    assert!(shown[3].contains("Error: \"not\"\n"), "{}", shown[3]);
    // A warning is reported at the snippet that it is about.
    let warning = between(
        &output.stderr,
        "the compiler has warnings about `panics`",
        "should have a snake case name",
    );
    assert!(warning.contains("src/programs.md:13:"), "{warning}");

    // A snippet that does not build does not affect the others.
    project.change(
        "src/programs.md",
        "let Unused = 1;",
        "let Unused: u8 = \"\";",
    );
    project.change(
        "src/programs.md",
        "path.file_stem()",
        "path.file_stem().unwrap()",
    );
    let output = project.run(&["build", "-v"]);
    output.fails();
    assert!(
        output.stderr.contains("error: `panics` does not build"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("--> panics.rs:2:22"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("DEBUG `path`: run"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.ends_with("the book was not built: 1 error\n"),
        "{}",
        output.stderr
    );
}

#[test]
fn recordings_of_snippets_are_checked() {
    let project = Project::from("pages");
    project.run(&["record"]).succeeds();
    let recorded = project.read("examples/transcripts/race.transcript");
    assert!(
        recorded.starts_with("mdbook-transcript 3\nrun: cargo build\npage: race\nsource: src/programs.md#race\ninput: "),
        "{recorded}"
    );
    assert!(recorded.contains("the compiler prints it"), "{recorded}");
    // The page shows the compiler's colors; the compared lines have none.
    let (shape, shown) = recorded.split_once("--- transcript").unwrap();
    assert!(shape.contains("\n2 stderr 1 --> race.rs:5:32\n"), "{shape}");
    assert!(
        !shape.contains("u{1b}") && shown.contains("u{1b}"),
        "{recorded}"
    );
    let output = project.run(&["check"]);
    assert!(
        output
            .stdout
            .ends_with("7 runs hold, 6 of them executed at least 3 times\n"),
        "{}",
        output.stdout
    );

    // A build shows the recordings without Cargo.
    let mut command = project.command(&["build", "-v"]);
    command.env("PATH", "").env("CARGO", "no-cargo-here");
    let output = project.output(command, b"");
    output.succeeds();
    assert_eq!(
        output.stderr.matches("its recording is fresh").count(),
        7,
        "{}",
        output.stderr
    );

    // Another error is reported as a difference.
    project.change(
        "src/programs.md",
        "let mut counter = 0;",
        "let mut count = 0;\n    let mut counter = 0;",
    );
    let output = project.run(&["check", "race"]);
    output.fails();
    for finding in [
        "error[STALE]: `race`",
        "error[FIELD]: `race`: prints `--> race.rs:6:32`, not `--> race.rs:5:32`",
    ] {
        assert!(output.stdout.contains(finding), "{}", output.stdout);
    }
}

#[test]
fn errors_of_snippets_are_reported_at_their_fences() {
    let project = Project::from("pages");
    project.write(
        "src/deep/more.md",
        "```rust,example\nlet a: u32 = \"text\";\n```\n\n\
         ```rust,example,compile_fail,E0382,name=other\nlet a: u32 = \"text\";\n```\n\n\
         ```rust,example,compile_fail,name=builds\nfn main() {}\n```\n\n\
         ```rust,example,should_panic,name=calm\nfn main() {}\n```\n\n\
         ```rust,example,package=nobody,name=lost\nfn main() {}\n```\n",
    );
    snapshot_of_build("pages-failing", &project);

    project.write(
        "src/deep/more.md",
        "```rust,example,name=race\nfn main() {}\n```\n\n\
         ```rust,example\n```\n\n\
         ```rust,example\n{{#include a.rs}}\n```\n\n\
         ```rust,example,no_run,name=\"a b\"\nfn main() {}\n```\n\n\
         ```rust,example,E0373,anchor=a\nfn main() {}\n```\n\n\
         ```rust,example,compile_fail,should_panic,nmae=a\nfn main() {}\n```\n\n\
         ```console,output=more-9\n```\n",
    );
    snapshot_of_build("pages-wrong", &project);
}

/// A book with this chapter, preceded by a fence of the example `named`.
fn with_programs(chapter: &str) -> Project {
    let project = Project::from("pages");
    let named = "```rust,example=named\n```\n\n";
    project.write(
        "src/programs.md",
        &format!("# Programs\n\n{named}{chapter}"),
    );
    project.write("src/deep/more.md", "# Nothing\n");
    project
}

#[test]
fn errors_show_only_the_authors_text() {
    let project = with_programs(
        "```rust,example,name=open\nfn main() { println!(\"a\");\n```\n\n\
         ```rust,example,name=number\nfn main() -> u32 { 1 }\n```\n\n\
         ```rust,example,name=waits\nasync fn main() {}\n```\n",
    );
    let output = project.run(&["build"]);
    output.fails();
    assert!(
        !output.stderr.contains("mdbook_transcript"),
        "{}",
        output.stderr
    );
    assert_eq!(
        output.stderr.matches("error[E0277]").count(),
        1,
        "{}",
        output.stderr
    );
    assert!(
        output
            .stderr
            .ends_with("the book was not built: 3 errors\n"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_snippet_that_uses_its_module_path_has_its_own_executable() {
    // As with loggers, the macro of another crate expands to `module_path!`: the snippet does not contain the word.
    let project = with_programs(
        "```rust,example,name=log-1\nfn main() { said::say!(); }\n```\n\n\
         ```rust,example,name=log-2\nfn main() { println!(\"two\"); }\n```\n\n\
         ```rust,example,name=log-3\nfn main() { println!(\"three\"); }\n```\n",
    );
    let words = project.read("words/src/lib.rs")
        + "\n#[macro_export]\nmacro_rules! say { () => { println!(\"{}\", module_path!()) } }\n";
    project.write("words/src/lib.rs", &words);
    project.run(&["build"]).succeeds();
    let shown = outputs(&project.read("book/programs.html"));
    for (number, text) in [(1, "log_1"), (2, "two"), (3, "three")] {
        let expected = format!("$ cargo run # with this code as src/main.rs\n{text}\n");
        assert!(shown[number].starts_with(&expected), "{}", shown[number]);
    }
    assert_eq!(linked(&project).len(), 2, "{:?}", linked(&project));
}

#[test]
fn a_snippet_without_main_is_wrapped_in_one() {
    let project = with_programs(
        "```rust,example\nprintln!(\"fn main() {{}}\"); // the end\n```\n\n\
         ```rust,example\n/* fn main() {} */\nprintln!(\"two\");\n```\n\n\
         ```rust,example\n#![recursion_limit = \"64\"]\nprintln!(\"three\");\n```\n\n\
         ```rust,example\nfn main () {\n    println!(\"four\");\n}\n```\n",
    );
    let output = project.run(&["build"]);
    output.succeeds();
    // On a busy machine, times are warned of.
    let mut warnings = output
        .stderr
        .lines()
        .filter(|line| line.starts_with("warning"));
    assert!(
        warnings.all(|line| line.ends_with("is not its time alone")),
        "{}",
        output.stderr
    );
    let shown = outputs(&project.read("book/programs.html"));
    let texts = ["fn main() {}", "two", "three", "four"];
    for (text, shown) in texts.iter().zip(&shown[1..]) {
        assert!(
            shown.starts_with(&format!(
                "$ cargo run # with this code as src/main.rs\n{text}\n"
            )),
            "{shown}"
        );
    }
}

#[test]
fn compiler_errors_name_no_folders_of_the_machine() {
    let project = with_programs(
        "```rust,example,compile_fail,E0277\nfn main() { said::need(1); }\n```\n\n\
         ```rust,example,compile_fail,E0277\nfn main() {\n    let a = std::rc::Rc::new(1);\n    \
         std::thread::spawn(move || drop(a));\n}\n```\n",
    );
    let words =
        project.read("words/src/lib.rs") + "\npub trait Speak {}\npub fn need<T: Speak>(_: T) {}\n";
    project.write("words/src/lib.rs", &words);
    project.run(&["build"]).succeeds();
    let shown = outputs(&project.read("book/programs.html"));
    assert!(shown[1].contains("--> words/src/lib.rs:"), "{}", shown[1]);
    assert!(
        shown[2].contains("--> library/std/src/thread/"),
        "{}",
        shown[2]
    );
}

#[test]
fn attributes_without_effect_are_errors() {
    let project = with_programs(
        "```rust,example,compile_fail,exit=1,args=2,wall<1s\nlet a: u8 = \"\";\n```\n\n\
         ```rust,example,should_panic,exit=2\npanic!();\n```\n",
    );
    let output = project.run(&["build"]);
    output.fails();
    for message in [
        "`exit` has no effect: the program must not compile",
        "`args` has no effect: the program must not compile",
        "`wall<1s` has no effect: the program must not compile",
        "a program that panics ends with exit status 101",
    ] {
        assert!(output.stderr.contains(message), "{}", output.stderr);
    }
}

#[test]
fn two_books_of_a_workspace_can_be_built_concurrently() {
    let project = Project::from("pages");
    for book in ["one", "two"] {
        std::fs::create_dir_all(project.path(&format!("{book}/src"))).unwrap();
        project.write(&format!("{book}/book.toml"), &project.read("book.toml"));
        project.write(&format!("{book}/src/SUMMARY.md"), "# S\n\n- [P](p.md)\n");
        let fences: String = (0..3)
            .map(|number| format!("```rust,example\nprintln!(\"{number} of {book}\");\n```\n\n"))
            .collect();
        let chapter = format!("# P\n\n```rust,example=named\n```\n\n{fences}");
        project.write(&format!("{book}/src/p.md"), &chapter);
    }
    let builds = ["one", "two"].map(|book| {
        let mut command = project.command(&["build", book]);
        command.stderr(std::process::Stdio::piped());
        (
            book,
            command.stdout(std::process::Stdio::null()).spawn().unwrap(),
        )
    });
    for (book, build) in builds {
        let output = build.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let shown = outputs(&project.read(&format!("{book}/book/p.html")));
        for (number, shown) in shown[1..].iter().enumerate() {
            let expected =
                format!("$ cargo run # with this code as src/main.rs\n{number} of {book}\n");
            assert!(shown.starts_with(&expected), "{shown}");
        }
    }
}

/// CI often denies warnings. A snippet shows more than it uses, whether it is merged, alone or refused.
#[test]
fn unused_code_is_no_error_where_warnings_are_denied() {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [Spare](spare.md)\n");
    project.write(
        "src/spare.md",
        "```rust,example,name=one\nlet spare = 4;\nprintln!(\"one\");\n```\n\n\
         ```rust,example,name=two\nfn spare() -> Result<(), String> {\n    Ok(())\n}\n\n\
         fn main() {\n    spare();\n    println!(\"two\");\n}\n```\n\n\
         ```rust,example,name=alone\n#![recursion_limit = \"64\"]\nuse std::fmt;\nprintln!(\"alone\");\n```\n\n\
         ```rust,example,compile_fail,E0308,name=refused\nlet spare: u8 = \"\";\n```\n",
    );
    project.run(&["record"]).succeeds();
    let mut check = project.command(&["check"]);
    check.env("RUSTFLAGS", "-D warnings");
    let output = project.output(check, b"");
    output.succeeds();
    assert!(
        output.stdout.starts_with("4 runs hold"),
        "{}",
        output.stdout
    );
}

/// The name of a file's run is that of a file and a recording: a snippet does not change it.
#[test]
fn a_snippet_cannot_have_the_name_of_another_run() {
    let project = Project::from("good");
    fs::write(project.path("src/SUMMARY.md"), "- [A](a.md)\n- [B](b.md)\n").unwrap();
    let named = "```rust,example=hello\n```\n\n```console,output=hello\n```\n\n```rust,example=hello,args=1\n```\n";
    let error = |first: &str, second: &str| {
        project.write("src/a.md", first);
        project.write("src/b.md", second);
        let output = project.run(&["list"]).fails().errors();
        assert!(output.ends_with(": 1 error"), "{output}");
        output
    };
    let snippet = |name: &str| format!("```rust,example,name={name}\nfn main() {{}}\n```\n");
    let output = error(named, &snippet("hello"));
    assert!(
        output.starts_with(
            "error: the name `hello` is already used in another chapter\n --> src/b.md:1:"
        ),
        "{output}"
    );
    let output = error(&snippet("hello"), "```rust,example=hello\n```\n");
    assert!(
        output.starts_with(
            "error: the name `hello` is already used in another chapter\n --> src/b.md:1:"
        ) && output.contains("help: choose another name for the snippet"),
        "{output}"
    );
    let output = error(named, &snippet("hello-1"));
    assert!(
        output.starts_with(
            "error: the name `hello-1` is already that of another run\n --> src/b.md:1:"
        ),
        "{output}"
    );
}

/// One mistake is one error, whatever else refers to the fence.
#[test]
fn an_error_in_a_fence_is_the_only_one() {
    let project = Project::from("good");
    fs::write(project.path("src/SUMMARY.md"), "- [A](a.md)\n").unwrap();
    let values =
        "\n{{#transcript race wall}}, {{#transcript race-1 lines}} and {{#transcript a-1 exit}}\n";
    for (fence, cause) in [
        (
            "```rust,example,name=race,agrs=1\nfn main() {}\n```\n\n```console,output=race\n```\n",
            "unknown attribute",
        ),
        ("```rust,example=race\n```\n", "no example is named `race`"),
        (
            "```rust,example,name=race\n```\n",
            "this fence contains no program",
        ),
    ] {
        project.write("src/a.md", &format!("{fence}{values}"));
        for command in ["build", "record", "list"] {
            let output = project.run(&[command]).fails().errors();
            assert!(
                output.contains(cause) && output.ends_with(": 1 error"),
                "{command}: {output}"
            );
        }
    }
    // A mistake of its own is reported.
    project.write(
        "src/a.md",
        "```rust,example=race\n```\n\n{{#transcript other wall}}\n",
    );
    let output = project.run(&["build"]).fails().errors();
    assert!(
        output.contains("no run is named `other`") && output.ends_with(": 2 errors"),
        "{output}"
    );
}

/// A snippet is the same in a chapter of another name.
#[test]
fn a_renamed_chapter_makes_nothing_stale() {
    let project = Project::from("good");
    fs::write(project.path("src/SUMMARY.md"), "- [A](old.md)\n").unwrap();
    project.change("book.toml", "before", "shell = true\nbefore");
    let chapter = "```rust,example,name=race\nfn main() { println!(\"race\") }\n```\n\n\
                   ```rust,example\nfn main() { println!(\"unnamed\") }\n```\n\n```console,run\n$ echo session\n```\n";
    project.write("src/old.md", chapter);
    project.run(&["record"]).succeeds();
    fs::rename(project.path("src/old.md"), project.path("src/new.md")).unwrap();
    project.write("src/SUMMARY.md", "- [A](new.md)\n");
    let list = project.run(&["list"]).succeeds().stdout.clone();
    assert_eq!(list.matches("fresh").count(), 3, "{list}");
    let mut command = project.command(&["build"]);
    command.env("PATH", "").env("CARGO", "no-cargo-here");
    let output = project.output(command, b"");
    assert!(
        !output.succeeds().stderr.contains("recording"),
        "{}",
        output.stderr
    );
    project.run(&["check", "--repeat", "1"]).succeeds();
    let output = project
        .run(&["record", "--dry-run"])
        .succeeds()
        .stdout
        .clone();
    assert_eq!(
        output,
        "would rename old-2 to new-2: its fence has the new name\n\
         would rename old-shell-1 to new-shell-1: its fence has the new name\n0 to record, 0 to remove; nothing was done\n"
    );
    let output = project.run(&["record"]).succeeds().stdout.clone();
    assert!(
        output.starts_with("renaming old-2 to new-2: its fence has the new name\n"),
        "{output}"
    );
    let recordings = |name: &str| {
        project
            .path(&format!("examples/transcripts/{name}.transcript"))
            .exists()
    };
    assert!(recordings("new-2") && recordings("new-shell-1") && recordings("race"));
    assert!(!recordings("old-2") && !recordings("old-shell-1"));
    // A state names the file that is there.
    project.change("src/new.md", "println!(\"race\")", "println!(\"other\")");
    let list = project.run(&["list"]).succeeds().stdout.clone();
    assert!(list.contains("src/new.md has changed"), "{list}");
}

/// A snippet prints the names of its file and its crate, and the compiler's errors name the file, too.
#[test]
fn a_renamed_chapter_renames_its_snippets_in_their_output() {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [A](old.md)\n");
    let chapter = "```rust,example,compile_fail,E0425\nmissing();\n```\n\n\
                   ```rust,example,should_panic\npanic!(\"now\");\n```\n\n\
                   ```rust,example\nprintln!(\"{} {}\", file!(), module_path!());\n```\n";
    project.write("src/old.md", chapter);
    project.run(&["record"]).succeeds();
    fs::create_dir(project.path("src/deep")).unwrap();
    for (old, new) in [("old", "deep/new"), ("deep/new", "newest")] {
        let [from, to] = [old, new].map(|name| project.path(&format!("src/{name}.md")));
        fs::rename(from, to).unwrap();
        project.write("src/SUMMARY.md", &format!("- [A]({new}.md)\n"));
        let name = new.replace('/', "-");
        for command in ["build", "check"] {
            project.run(&[command]).succeeds();
            let page = project.read(&format!("book/{new}.html"));
            let shown = outputs(&page);
            assert!(shown[0].contains(" --> src/main.rs:1:1\n"), "{shown:?}");
            assert!(
                shown[1].contains("panicked at src/main.rs:1:1:\n"),
                "{shown:?}"
            );
            let module = name.replace('-', "_");
            assert!(
                shown[2].contains(&format!("\n{name}-3.rs {module}_3\n")),
                "{shown:?}"
            );
        }
        project.run(&["record"]).succeeds();
        let recording = format!("examples/transcripts/{name}-2.transcript");
        assert!(
            project
                .read(&recording)
                .contains(&format!("panicked at {name}-2.rs"))
        );
        project.run(&["check"]).succeeds();
    }
}
