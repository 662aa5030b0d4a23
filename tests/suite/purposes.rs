//! Programs that are not executed: servers that are only built, sources that are only shown, programs in files that
//! must not compile.

use std::fs;

use crate::project::{Project, outputs};

/// A book beside a package with these programs, `(name, source)`, and this chapter.
fn book(programs: &[(&str, &str)], chapter: &str) -> Project {
    let project = Project::empty();
    for folder in ["src", "programs/src", "programs/examples"] {
        fs::create_dir_all(project.path(folder)).unwrap();
    }
    project.write(
        "book.toml",
        "[preprocessor.transcript]\nbefore = [\"links\"]\ntranscripts = \"programs/transcripts\"\n",
    );
    project.write("src/SUMMARY.md", "[One](one.md)\n");
    project.write("src/one.md", chapter);
    project.write(
        "programs/Cargo.toml",
        "[package]\nname = \"programs\"\nedition = \"2024\"\n",
    );
    project.write("programs/src/lib.rs", "");
    for (name, source) in programs {
        project.write(&format!("programs/examples/{name}.rs"), source);
    }
    project
}

/// A program that never ends and leaves a mark when it is executed.
const SERVER: &str = "fn main() {\n    std::fs::write(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/started\"), \"\").unwrap();\n    \
                      loop {\n        std::thread::park();\n    }\n}\n";
const MOVED: &str = "mod part;\n\nfn main() {\n    let a = part::text();\n    drop(a);\n    println!(\"{a}\");\n}\n";

#[test]
fn a_server_is_built_and_not_executed() {
    let project = book(
        &[("server", SERVER)],
        "# Server\n\n```rust,no_run,example=server\n```\n",
    );
    let output = project.run(&["build"]);
    output.succeeds();
    let page = project.read("book/one.html");
    assert!(page.contains("std::thread::park") && outputs(&page).is_empty());

    let recorded = project.run(&["record"]);
    assert_eq!(
        recorded.succeeds().stdout.lines().next(),
        Some("new: server (built, not executed)"),
        "{}",
        recorded.stdout
    );
    let listed = project.run(&["list"]).succeeds().stdout.clone();
    assert_eq!(
        listed,
        "fresh  server  -  src/one.md:3  cargo build --example server\n"
    );
    assert!(
        project
            .run(&["check"])
            .succeeds()
            .stdout
            .contains("1 run holds")
    );
    assert!(!project.path("programs/started").exists());

    // A page with a fresh recording needs no Cargo, and a program that no longer builds is found.
    let mut command = project.command(&["build"]);
    command.env("CARGO", "/nowhere").env("PATH", "");
    project.output(command, b"").succeeds();
    project.change("programs/examples/server.rs", "park()", "park(1)");
    let output = project.run(&["check"]);
    assert!(
        output.fails().stdout.contains("`server` does not build"),
        "{}",
        output.stdout
    );
}

#[test]
fn an_ignored_program_is_not_even_built() {
    let project = book(
        &[
            ("later", "fn main() {\n    soon!();\n}\n"),
            ("now", "fn main() {}\n"),
        ],
        "# Later\n\n```rust,ignore,example=later\n    soon!();\n```\n\n```rust,example=now\n```\n",
    );
    project.run(&["build"]).succeeds();
    assert!(project.read("book/one.html").contains("soon!"));
    let output = project.run(&["record"]);
    assert!(
        output
            .succeeds()
            .stdout
            .ends_with("1 recorded, 0 unchanged\n")
    );
    project.run(&["check"]).succeeds();

    // Its text is compared all the same.
    project.change("src/one.md", "soon!", "never!");
    let errors = project.run(&["build"]).fails().errors();
    assert!(
        errors.contains("src/one.md:3") && errors.contains("never!"),
        "{errors}"
    );
}

#[test]
fn a_program_that_is_not_executed_has_no_output() {
    let project = book(
        &[("server", SERVER), ("later", "fn main() { soon!(); }\n")],
        "# Server\n\n```rust,no_run,example=server,args=2\n```\n\n```rust,no_run,example=server\n```\n\n\
         ```console,output=server\n```\n\n```rust,ignore,example=later,features=a\n```\n\n\
         ```rust,ignore,example=later\n```\n\n{{#transcript later wall}}, {{#transcript server lines}}\n\n\
         ```rust,example=server,compile_fail\n```\n",
    );
    let errors = project.run(&["build"]).fails().errors();
    for expected in [
        "`args` has no effect: the program is built and not executed\n --> src/one.md:3:31",
        "`features` has no effect: the program is neither built nor executed\n  --> src/one.md:12:",
    ] {
        assert!(errors.contains(expected), "{errors}");
    }
    project.change("src/one.md", ",args=2", "");
    project.change("src/one.md", ",features=a", "");
    let errors = project.run(&["build"]).fails().errors();
    for expected in [
        "`server` has no output: it is built and not executed\n --> src/one.md:9:",
        "`later` has no values: it is neither built nor executed\n  --> src/one.md:18:15",
        "`server` has no values: it is built and not executed\n  --> src/one.md:18:",
        "`compile_fail` contradicts `no_run` of the same run\n  --> src/one.md:20:",
        "src/one.md:3:",
    ] {
        assert!(errors.contains(expected), "{expected}: {errors}");
    }
    assert!(!project.path("programs/started").exists());
}

/// `no_run` and `ignore` are words of rustdoc, too: an author who says how the program ends means rustdoc alone.
#[test]
fn a_fence_that_declares_an_exit_asks_for_a_run() {
    let project = book(
        &[
            ("hello", "fn main() {\n    println!(\"hello\");\n}\n"),
            ("bad", "fn main() { 1 }\n"),
        ],
        "# Hello\n\n```rust,no_run,example=hello,exit=0\n```\n\n\
         ```rust,ignore,compile_fail,E0308,example=bad\n```\n\n```rust,should_panic,example=hello,args=1,exit=0\n```\n",
    );
    project.run(&["build"]).succeeds();
    let outputs = outputs(&project.read("book/one.html"));
    assert!(outputs[0].contains("\nhello\n"), "{outputs:?}");
    assert!(outputs[1].contains("error[E0308]"), "{outputs:?}");

    // An empty fence compiles and does not panic, whatever its program does.
    let book = project.read("src/one.md");
    let output = project.feed(&[], json(&project, "test", &book).as_bytes());
    let text = &output.succeeds().stdout;
    for info in [
        "```rust,should_panic,edition2024,ignore/n```",
        "```rust,ignore,compile_fail,E0308,edition2024/n```",
    ] {
        assert!(text.contains(info), "{info}: {text}");
    }
}

/// mdBook's JSON of a book with one chapter.
fn json(project: &Project, renderer: &str, chapter: &str) -> String {
    let root = fs::canonicalize(project.path(".")).unwrap();
    let content = serde_json::to_string(chapter).unwrap();
    format!(
        "[{{\"root\":{root:?},\"config\":{{\"preprocessor\":{{\"transcript\":{{\"before\":[\"links\"]}}}}}},\
         \"renderer\":\"{renderer}\",\"mdbook_version\":\"0.5.4\"}},{{\"items\":[{{\"Chapter\":{{\"name\":\"One\",\
         \"content\":{content},\"number\":null,\"sub_items\":[],\"path\":\"one.md\",\"source_path\":\"one.md\",\
         \"parent_names\":[]}}}}]}}]"
    )
}

#[test]
fn a_program_in_a_file_must_not_compile() {
    let project = book(
        &[],
        "# Moved\n\n```rust,example=moved,compile_fail,E0382\n{{#rustdoc_include ../programs/examples/moved/main.rs}}\n```\n\n\
         ```console,output=other,compile_fail,E0308\n```\n",
    );
    fs::create_dir_all(project.path("programs/examples/moved")).unwrap();
    project.write("programs/examples/moved/main.rs", MOVED);
    project.write(
        "programs/examples/moved/part.rs",
        "pub fn text() -> String {\n    String::new()\n}\n",
    );
    project.write(
        "programs/examples/other.rs",
        "fn main() {\n    let _: u8 = \"\";\n}\n",
    );
    project.run(&["build"]).succeeds();
    let outputs_of = || outputs(&project.read("book/one.html"));
    let shown = outputs_of();
    let expected = "$ cargo build --example moved\nerror[E0382]: borrow of moved value: `a`\n --> examples/moved/main.rs:6:16";
    assert!(shown[0].starts_with(expected), "{shown:?}");
    assert!(shown[0].ends_with("does not compile · E0382"), "{shown:?}");
    assert!(
        shown[1].starts_with("$ cargo build --example other\nerror[E0308]"),
        "{shown:?}"
    );

    project.run(&["record"]).succeeds();
    let states = || project.run(&["list"]).succeeds().stdout.clone();
    assert_eq!(states().matches("fresh").count(), 2, "{}", states());
    project.run(&["check"]).succeeds();
    // The modules of a rejected program are its inputs.
    project.change(
        "programs/examples/moved/part.rs",
        "String::new()",
        "String::from(\"a\")",
    );
    assert!(
        states().contains("programs/examples/moved/part.rs has changed"),
        "{}",
        states()
    );
    project.run(&["check"]).fails();
    project.run(&["record"]).succeeds();
    project.run(&["check"]).succeeds();

    // Other errors than the declared ones are found without a build, and named by one.
    project.change("src/one.md", "E0308", "E0309");
    assert!(states().contains("stale"), "{}", states());
    let errors = project.run(&["build"]).fails().errors();
    assert!(
        errors.contains("expected `other` to fail with E0309, found E0308"),
        "{errors}"
    );
    project.change("src/one.md", "E0309", "E0308");
    project.change("programs/examples/moved/main.rs", "    drop(a);\n", "");
    let errors = project.run(&["build"]).fails().errors();
    assert!(
        errors.contains("`moved` compiles, although its fence has `compile_fail`"),
        "{errors}"
    );
}
