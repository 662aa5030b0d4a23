//! A book laid out as *The Rust Programming Language* is: a package a listing, with the same name in a whole chapter. It
//! is converted by adding attributes alone.

use std::fs;

use crate::project::{Project, outputs};

/// Writes a package named `threads`.
fn listing(project: &Project, folder: &str, main: &str) {
    fs::create_dir_all(project.path(&format!("{folder}/src"))).unwrap();
    project.write(
        &format!("{folder}/Cargo.toml"),
        "[package]\nname = \"threads\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    project.write(&format!("{folder}/src/main.rs"), main);
}

/// A source and an output fence of a listing. The author's words in the first come before the added attributes.
fn fences(folder: &str, own: &str, added: &str) -> String {
    format!(
        "```rust{own}{added},bin=threads,manifest={folder}\n{{{{#rustdoc_include ../{folder}/src/main.rs}}}}\n```\n\n\
         ```console,output=threads,manifest=./{folder}/\n{{{{#include ../{folder}/output.txt}}}}\n```\n\n"
    )
}

/// Listings of two chapters: one program that prints, one that must not compile, one that panics, one that never ends.
fn book() -> Project {
    let project = Project::empty();
    for folder in ["src", "tools/src"] {
        fs::create_dir_all(project.path(folder)).unwrap();
    }
    project.write(
        "book.toml",
        "[preprocessor.transcript]\nbefore = [\"links\"]\ntranscripts = \"recorded\"\n\
         pass-on = [\"does_not_compile\", \"panics\", \"not_desired_behavior\"]\n",
    );
    project.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"tools\"]\nresolver = \"3\"\nexclude = [\"listings\"]\n",
    );
    project.write(
        "tools/Cargo.toml",
        "[package]\nname = \"tools\"\nedition = \"2024\"\n",
    );
    project.write("tools/src/main.rs", "fn main() {}\n");
    let programs = [
        (
            "listings/ch16/listing-01",
            "fn main() {\n    println!(\"first\");\n}\n",
        ),
        (
            "listings/ch16/listing-02",
            "fn main() {\n    let a = String::new();\n    drop(a);\n    drop(a);\n}\n",
        ),
        (
            "listings/ch16/listing-03",
            "fn main() {\n    panic!(\"third\");\n}\n",
        ),
        (
            "listings/ch17/listing-01",
            "fn main() {\n    println!(\"waits\");\n    loop {\n        std::thread::park();\n    }\n}\n",
        ),
    ];
    for (folder, main) in programs {
        listing(&project, folder, main);
    }
    project.write("src/SUMMARY.md", "- [16](ch16.md)\n- [17](ch17.md)\n");
    let ch16 = [
        ("01", "", ""),
        ("02", ",ignore,does_not_compile", ",compile_fail,E0382"),
        ("03", ",panics", ",exit=101"),
    ];
    let ch16 = ch16
        .map(|(number, own, added)| fences(&format!("listings/ch16/listing-{number}"), own, added));
    let sketch = "```rust,ignore,does_not_compile\nlet sketch = ...;\n```\n";
    project.write("src/ch16.md", &format!("# 16\n\n{}{sketch}", ch16.concat()));
    let ch17 = fences(
        "listings/ch17/listing-01",
        ",ignore,not_desired_behavior",
        ",exit=timeout,timeout=300ms",
    );
    project.write("src/ch17.md", &format!("# 17\n\n{ch17}"));
    project
}

#[test]
fn listings_of_the_same_name_are_packages_of_their_own() {
    let project = book();
    project.run(&["record"]).succeeds();
    project.run(&["build"]).succeeds();
    let shown = outputs(&project.read("book/ch16.html"));
    assert!(shown[0].starts_with("$ cargo run\nfirst\n"), "{shown:?}");
    let refused = "$ cargo run\nerror[E0382]: use of moved value: `a`\n --> src/main.rs:4:10\n";
    assert!(shown[1].starts_with(refused), "{shown:?}");
    assert!(
        shown[1].ends_with("\ndoes not compile · E0382"),
        "{shown:?}"
    );
    assert!(
        shown[2].starts_with("$ cargo run\n\nthread 'main'"),
        "{shown:?}"
    );
    assert!(
        shown[2].contains("panicked at src/main.rs:2:5:\nthird\n"),
        "{shown:?}"
    );
    let shown = outputs(&project.read("book/ch17.html"));
    assert!(shown[0].starts_with("$ cargo run\nwaits\n"), "{shown:?}");

    // The book's own script finds the code by its class.
    let classes = |chapter: &str| -> Vec<String> {
        let page = project.read(chapter);
        let code = page.split("<code class=\"language-rust ").skip(1);
        code.map(|code| code.split('"').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        classes("book/ch16.html"),
        [
            "edition2024",
            "ignore does_not_compile compile_fail E0382 edition2024",
            "panics edition2024",
            "ignore does_not_compile",
        ]
    );
    assert_eq!(
        classes("book/ch17.html"),
        ["ignore not_desired_behavior edition2024"]
    );

    let listed = project.run(&["list"]).succeeds().stdout.clone();
    let names: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    assert_eq!(
        names,
        [
            "listing-01-of-ch16",
            "listing-02",
            "listing-03",
            "listing-01-of-ch17"
        ]
    );
    assert_eq!(listed.matches("fresh").count(), 4, "{listed}");
    assert!(
        project
            .run(&["check"])
            .succeeds()
            .stdout
            .contains("4 runs hold")
    );

    // Recordings are enough for a page, and a changed listing makes its own recording stale.
    let mut command = project.command(&["build"]);
    command.env("CARGO", "/nowhere").env("PATH", "");
    project.output(command, b"").succeeds();
    project.change("listings/ch16/listing-01/src/main.rs", "first", "other");
    let output = project.run(&["build"]);
    output.succeeds();
    assert!(
        output
            .stderr
            .contains("stale recordings: `listing-01-of-ch16`;"),
        "{}",
        output.stderr
    );
    assert!(outputs(&project.read("book/ch16.html"))[0].starts_with("$ cargo run\nother\n"));
}

#[test]
fn errors_name_the_manifest() {
    let project = book();
    project.write(
        "src/ch17.md",
        "# 17\n\n```rust,bin=threads,manifest=listings/none\n```\n\n```rust,bin=thread,manifest=listings/ch16/listing-01\n```\n\n\
         ```rust,bin=threads\n```\n\n```rust,bin=threads,manifest=/tmp\n```\n\n\
         ```rust,bin=tools,manifest=tools,exit=0\n```\n",
    );
    let errors = project.run(&["build"]).fails().errors();
    assert!(
        errors.contains("invalid value `/tmp` for `manifest`\n  --> src/ch17.md:12:"),
        "{errors}"
    );
    project.change(
        "src/ch17.md",
        "manifest=/tmp",
        "manifest=listings/../listings/ch16/listing-01",
    );
    let errors = project.run(&["build"]).fails().errors();
    for expected in [
        "found no program of a package in `listings/none/Cargo.toml`\n --> src/ch17.md:3:",
        "no binary is named `thread`\n --> src/ch17.md:6:",
        "did you mean `threads`?",
        "no binary is named `threads`\n --> src/ch17.md:9:",
    ] {
        assert!(errors.contains(expected), "{expected}: {errors}");
    }
}

#[test]
fn a_book_whose_packages_stand_alone_needs_no_other() {
    let project = book();
    for file in ["Cargo.toml", "tools/Cargo.toml"] {
        fs::remove_file(project.path(file)).unwrap();
    }
    project.run(&["record", "ch16.md"]).succeeds();
    project.run(&["check", "listing-02"]).succeeds();
    project.run(&["build"]).succeeds();
    for figure in outputs(&project.read("book/ch16.html")) {
        assert!(figure.starts_with("$ cargo run\n"), "{figure}");
    }
    // None of them is the book's workspace: a name means a program of the package that the fence names.
    let listed = project.run(&["list"]).succeeds().stdout.clone();
    assert!(!listed.contains("--bin"), "{listed}");
    project.write("src/ch17.md", "# 17\n\n```rust,bin=threads\n```\n");
    let errors = project.run(&["list"]).fails().errors();
    assert!(errors.contains("no binary is named `threads`"), "{errors}");
}

/// Files of a run are copied into its folder, and are inputs.
#[test]
fn a_run_finds_its_files() {
    let project = book();
    listing(
        &project,
        "listings/ch21/listing-01",
        "fn main() {\n    print!(\"{}\", std::fs::read_to_string(\"hello.html\").unwrap());\n    \
         let mut names: Vec<_> = std::fs::read_dir(\"data\").unwrap().map(|it| it.unwrap().file_name()).collect();\n    \
         names.sort();\n    println!(\"{names:?}\");\n    std::fs::write(\"hello.html\", \"changed\").unwrap();\n}\n",
    );
    let home = "listings/ch21/listing-01";
    fs::create_dir_all(project.path(&format!("{home}/data/deep"))).unwrap();
    project.write(&format!("{home}/hello.html"), "<p>hello</p>\n");
    project.write(&format!("{home}/data/a.txt"), "a\n");
    project.write(&format!("{home}/data/deep/b.txt"), "b\n");
    let fence = |files: &str| {
        format!("# 17\n\n```rust,bin=threads,manifest={home},files=\"{files}\"\n```\n")
    };
    project.write("src/ch17.md", &fence("hello.html data/"));
    project.write("src/ch16.md", "# 16\n");
    project.run(&["record"]).succeeds();
    project.run(&["build"]).succeeds();
    let shown = &outputs(&project.read("book/ch17.html"))[0];
    assert!(
        shown.starts_with("$ cargo run\n<p>hello</p>\n[\"a.txt\", \"deep\"]\n"),
        "{shown}"
    );
    assert_eq!(
        project.read(&format!("{home}/hello.html")),
        "<p>hello</p>\n"
    );
    project.run(&["check"]).succeeds();

    // A copy of the book somewhere else has the same recordings.
    let copy = Project::empty();
    for folder in ["src", "listings", "recorded"] {
        crate::project::copy(&project.path(folder), &copy.path(folder));
    }
    copy.write("book.toml", &project.read("book.toml"));
    let state = |project: &Project| project.run(&["list"]).succeeds().stdout.clone();
    assert!(state(&copy).starts_with("fresh"), "{}", state(&copy));
    for file in ["hello.html", "data/deep/b.txt"] {
        let path = format!("{home}/{file}");
        let text = project.read(&path);
        project.write(&path, "new\n");
        assert!(
            state(&project).starts_with("stale"),
            "{file}: {}",
            state(&project)
        );
        project.write(&path, &text);
        assert!(
            state(&project).starts_with("fresh"),
            "{file}: {}",
            state(&project)
        );
    }
    project.write(&format!("{home}/hello.html"), "<p>bye</p>\n");
    project.run(&["build"]).succeeds();
    assert!(project.read("book/ch17.html").contains("&lt;p&gt;bye"));

    project.write("src/ch17.md", &fence("missing.html"));
    let errors = project.run(&["build"]).fails().errors();
    assert!(
        errors.contains("missing.html`: No such file") && errors.contains("src/ch17.md:3"),
        "{errors}"
    );
    for files in ["../a", "/etc/passwd", "a/../../b", ""] {
        project.write("src/ch17.md", &fence(files));
        let errors = project.run(&["build"]).fails().errors();
        assert!(
            errors.contains("expected relative paths without `..`"),
            "{files}: {errors}"
        );
    }
}

/// Two listings have the same name, and may have the same mistake.
#[test]
fn no_listing_hides_the_error_of_another() {
    let project = book();
    let [first, second] = ["listings/ch16/listing-01", "listings/ch16/listing-03"];
    let output = |folder: &str, more: &str| {
        format!("```console,output=threads,manifest={folder}{more}\n```\n\n")
    };
    project.write("src/ch17.md", "# 17\n");
    for (source, more, error) in [
        (
            "fn main() { mistake }\n",
            "",
            "error: `threads` does not build\n",
        ),
        (
            "fn main() { mistake }\n",
            ",args=1",
            "error: `threads` does not build\n",
        ),
        (
            "fn main() {}\n",
            ",compile_fail",
            "error: `threads` compiles, although its fence has `compile_fail`\n",
        ),
        (
            "fn main() { mistake }\n",
            ",compile_fail,E0382",
            "error: expected `threads` to fail with E0382, found E0425\n",
        ),
    ] {
        for folder in [first, second] {
            project.write(&format!("{folder}/src/main.rs"), source);
        }
        let fences = [first, second].map(|folder| output(folder, more)).concat();
        project.write("src/ch16.md", &format!("# 16\n\n{fences}"));
        for command in ["build", "record"] {
            let errors = project.run(&[command]).fails().errors();
            assert_eq!(errors.matches(error).count(), 2, "{errors}");
            for line in [3, 6] {
                let place = format!(" --> src/ch16.md:{line}:");
                assert!(errors.contains(&place), "{errors}");
            }
        }
    }
    // The runs of one program have one cause.
    let fences = [output(first, ""), output(first, ",args=1")].concat();
    project.write("src/ch16.md", &format!("# 16\n\n{fences}"));
    let errors = project.run(&["build"]).fails().errors();
    assert_eq!(errors.matches("does not build").count(), 1, "{errors}");
}

/// One bad package is an error of its own fence, once.
#[test]
fn a_manifest_that_cargo_cannot_read_is_an_error_of_its_fence() {
    for stands_alone in [false, true] {
        let project = book();
        if stands_alone {
            for file in ["Cargo.toml", "tools/Cargo.toml"] {
                fs::remove_file(project.path(file)).unwrap();
            }
        }
        project.write("listings/ch16/listing-01/Cargo.toml", "[package\n");
        project.change(
            "src/ch17.md",
            "manifest=listings/ch17/listing-01",
            "manifest=listings/ch17/listing-09",
        );
        let errors = project.run(&["record"]).fails().errors();
        let error = "error: Cargo cannot read the package in `listings/ch16/listing-01/Cargo.toml`\n \
                     --> src/ch16.md:3:";
        assert_eq!(errors.matches(error).count(), 1, "{errors}");
        assert_eq!(errors.matches("Cargo cannot read").count(), 1, "{errors}");
        assert!(errors.contains("in `listings/ch17/listing-09"), "{errors}");
    }
}

/// Each listing has its own edition, with a workspace and without one.
#[test]
fn a_listing_has_its_edition() {
    let project = book();
    let manifest = "listings/ch16/listing-01/Cargo.toml";
    project.change(manifest, "2024", "2021");
    project.run(&["record"]).succeeds();
    let editions = || {
        project.run(&["build"]).succeeds();
        let page = project.read("book/ch16.html");
        let fences = page.split("<code class=\"language-rust").skip(1);
        let editions = fences.map(|fence| {
            let mut classes = fence.split('"').next().unwrap().split(' ');
            let edition = classes.find_map(|class| class.strip_prefix("edition"));
            edition.map(str::to_owned)
        });
        editions.collect::<Vec<_>>()
    };
    let expected = [Some("2021"), Some("2024"), Some("2024"), None];
    let expected = expected.map(|edition| edition.map(str::to_owned));
    assert_eq!(editions(), expected);
    for file in ["Cargo.toml", "tools/Cargo.toml"] {
        fs::remove_file(project.path(file)).unwrap();
    }
    assert_eq!(editions(), expected);
}
