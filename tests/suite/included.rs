//! Includes in tagged fences.

use crate::project::{Project, outputs};

/// A book with one chapter, and the program `hello`.
fn book(chapter: &str) -> Project {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [Included](included.md)\n");
    project.write("src/included.md", chapter);
    project
}

/// mdBook includes nothing then, and says nothing.
#[test]
fn a_part_that_the_program_does_not_have_is_an_error() {
    let fence = |directive: &str| format!("```rust,example=hello\n{{{{#{directive}}}}}\n```\n\n");
    let file = "../examples/hello.rs";
    let directives = [
        format!("include {file}:nope"),
        format!("rustdoc_include {file}:nope"),
        format!("include {file}:40"),
        format!("rustdoc_include {file}:40:50"),
        format!("include {file}:empty"),
    ];
    let project = book(&directives.map(|directive| fence(&directive)).concat());
    let program = project.read("examples/hello.rs") + "// ANCHOR: empty\n// ANCHOR_END: empty\n";
    project.write("examples/hello.rs", &program);
    let last = program.lines().count();
    let errors = project.run(&["build"]).fails().errors();
    for (line, message) in [
        (1, "the program has no `ANCHOR: nope`".to_owned()),
        (5, "the program has no `ANCHOR: nope`".to_owned()),
        (
            9,
            format!("the program has no line 40: its last line is {last}"),
        ),
        (
            13,
            format!("the program has no line 40: its last line is {last}"),
        ),
        (17, "this part of the program is empty".to_owned()),
    ] {
        let error = format!("error: {message}\n");
        let place = format!("src/included.md:{line}:");
        assert!(errors.contains(&error), "{error}: {errors}");
        assert!(errors.contains(&place), "{place}: {errors}");
    }

    let parts = ["", ":1", ":1:", "::1", ":1:99"];
    let fences = parts.map(|part| fence(&format!("include {file}{part}")));
    book(&fences.concat()).run(&["build"]).succeeds();
}

#[test]
fn a_snippet_may_be_a_file() {
    let project = book(
        "```rust,example,name=whole\n{{#include ../snippets/whole.rs}}\n```\n\n\
         ```rust,example,name=part\n{{#rustdoc_include ../snippets/parts.rs:shown}}\n```\n",
    );
    std::fs::create_dir(project.path("snippets")).unwrap();
    project.write(
        "snippets/whole.rs",
        "let a = 1;\nprintln!(\"{a} from a file\");\n",
    );
    project.write(
        "snippets/parts.rs",
        "fn main() {\n    let b = 2;\n    // ANCHOR: shown\n    println!(\"{b} parts\");\n    // ANCHOR_END: shown\n}\n",
    );
    project.run(&["record"]).succeeds();
    project.run(&["build"]).succeeds();
    let page = project.read("book/included.html");
    let shown = outputs(&page);
    assert!(shown[0].contains("\n1 from a file\n"), "{}", shown[0]);
    assert!(shown[1].contains("\n2 parts\n"), "{}", shown[1]);
    assert!(
        page.contains("<span class=\"boring\">    let b = 2;"),
        "{page}"
    );
    project.run(&["check"]).succeeds();

    // The file is the source of the program.
    project.change("snippets/whole.rs", "let a = 1;", "let a = 3;");
    let output = project.run(&["list"]);
    assert!(
        output.succeeds().stdout.contains("stale"),
        "{}",
        output.stdout
    );

    project.change("snippets/parts.rs", "ANCHOR: shown", "ANCHOR: other");
    std::fs::remove_file(project.path("snippets/whole.rs")).unwrap();
    let errors = project.run(&["build"]).fails().errors();
    for error in [
        "error: failed to read the included `../snippets/whole.rs`",
        "error: the program has no `ANCHOR: shown`",
    ] {
        assert!(errors.contains(error), "{error}: {errors}");
    }
}

/// mdBook inserts the file only after this tool has read the chapter.
#[test]
fn blocks_in_an_included_file_are_reported() {
    let project = book(
        "{{#include ../shared/notes.md}}\n\n=== \"Tab\"\n\n    {{#include ../shared/outer.md}}\n\n\
         ```text\n{{#include ../shared/notes.md}}\n```\n\n{{#include ../shared/plain.md}}\n",
    );
    std::fs::create_dir(project.path("shared")).unwrap();
    project.write(
        "shared/plain.md",
        "A table:\n\n| a |\n| --- |\n| {{#include ../Cargo.toml}} |\n",
    );
    project.write(
        "shared/notes.md",
        "Text.\n\n!!! note \"Shared\"\n\n    This.\n",
    );
    project.write("shared/outer.md", "{{#include notes.md:1:4}}\n");
    let warnings = project.run(&["build"]).succeeds().errors();
    let warning = "warning: an admonition in an included file stays text\n";
    assert_eq!(warnings.matches(warning).count(), 2, "{warnings}");
    for place in [
        "src/included.md:1:1",
        "src/included.md:5:5",
        "shared/notes.md:3:1",
    ] {
        assert!(warnings.contains(place), "{place}: {warnings}");
    }

    for (block, noun) in [
        ("```rust,example=hello\n```\n", "a tagged fence"),
        ("It took {{#transcript hello wall}}.\n", "a value"),
    ] {
        project.write("shared/notes.md", &format!("Text.\n\n{block}"));
        for command in ["build", "record"] {
            let warnings = project.run(&[command]).succeeds().errors();
            let warning = format!("warning: {noun} in an included file stays text\n");
            assert!(warnings.contains(&warning), "{warnings}");
            assert!(warnings.contains("shared/notes.md:3:"), "{warnings}");
        }
    }
}

/// Includes among typed lines, as mdBook inserts them.
#[test]
fn a_snippet_may_include_parts_of_files() {
    let project = book(
        "```rust,example,name=mixed\nlet a = 1;\n{{#include ../snippets/parts.rs:b}}\n# let d = 4;\n\
         println!(\"{a} {b} {c} {d}\"); {{#include ../snippets/parts.rs:c}}\n// \\{{#include none.rs}}\n```\n\n\
         ```rust,example,name=refused,compile_fail,E0308\n{{#include ../snippets/parts.rs:b}}\nlet text: String = b;\n```\n",
    );
    std::fs::create_dir(project.path("snippets")).unwrap();
    let parts = "// ANCHOR: b\nlet b = 2;\nlet c = 3;\n// ANCHOR_END: b\n// ANCHOR: c\nprintln!(\"end\");\n// ANCHOR_END: c\n";
    project.write("snippets/parts.rs", parts);
    project.run(&["record"]).succeeds();
    project.run(&["build"]).succeeds();
    let page = project.read("book/included.html");
    let shown = outputs(&page);
    assert!(shown[0].contains("\n1 2 3 4\nend\n"), "{}", shown[0]);
    assert!(shown[1].contains("src/main.rs:3:20"), "{}", shown[1]);
    assert!(
        page.contains("println!(\"{a} {b} {c} {d}\"); println!"),
        "{page}"
    );
    project.change("snippets/parts.rs", "let b = 2", "let b = 5");
    let listed = project.run(&["list"]).succeeds().stdout.clone();
    assert_eq!(listed.matches("stale").count(), 2, "{listed}");
}
