//! Fences that look tagged, but aren't.

use crate::project::Project;

/// A book with one chapter, and a recording of the program `hello`.
fn recorded() -> Project {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [Tags](tags.md)\n");
    project.write("src/tags.md", "```rust,example=hello\n```\n");
    project.run(&["record"]).succeeds();
    assert!(project.path(RECORDING).exists());
    project
}

const RECORDING: &str = "examples/transcripts/hello.transcript";

#[test]
fn a_misspelled_tag_is_an_error_and_costs_no_recording() {
    let project = recorded();
    for (info, message, label) in [
        (
            "rust,exmaple=hello",
            "unknown attribute `exmaple`",
            "did you mean `example=hello`?",
        ),
        (
            "console,ouput=hello",
            "unknown attribute `ouput`",
            "did you mean `output=hello`?",
        ),
        (
            "rust,bni=hello",
            "unknown attribute `bni`",
            "did you mean `bin=hello`?",
        ),
        (
            "rust, example: hello",
            "unknown attribute `example:`",
            "did you mean `example=hello`?",
        ),
        (
            "rust, example = hello",
            "spaces around `=`",
            "expected `example=hello`",
        ),
        (
            "rust, bin = hello",
            "spaces around `=`",
            "expected `bin=hello`",
        ),
        (
            "rust,example=hello,args=1 0.5",
            "unknown attribute `0.5`",
            "did you mean `args=\"1 0.5\"`?",
        ),
        (
            "rust,example=hello,timeout: 5s",
            "unknown attribute `timeout:`",
            "did you mean `timeout=5s`?",
        ),
    ] {
        // In a tab, too: the place is that of the author's line.
        project.write(
            "src/tags.md",
            &format!("Text.\n\n=== \"Tab\"\n\n    ```{info}\n    ```\n"),
        );
        for command in ["build", "record", "check"] {
            let errors = project.run(&[command]).fails().errors();
            assert!(
                errors.contains(&format!("error: {message}\n")),
                "{info}: {errors}"
            );
            assert!(errors.contains(label), "{info}: {errors}");
            assert!(errors.contains("src/tags.md:5:"), "{info}: {errors}");
            assert_eq!(errors.matches("error:").count(), 2, "{info}: {errors}");
        }
        assert!(project.path(RECORDING).exists(), "{info}");
    }
}

#[test]
fn words_of_other_tools_are_passed_on() {
    let project = recorded();
    let fence = "```rust,filename=a.rs,ignore\na();\n```\n\n```console,output\n$ a\n```\n";
    project.write("src/tags.md", fence);
    let output = project.run(&["record"]);
    let warnings = output.succeeds().errors();
    for message in ["unknown attribute `filename`", "`output` names no program"] {
        assert!(
            warnings.contains(&format!("warning: {message}\n")),
            "{warnings}"
        );
    }
    assert!(
        warnings.contains("`pass-on` in [preprocessor.transcript]"),
        "{warnings}"
    );
    assert!(
        output
            .stdout
            .contains("keeping hello: no fence shows it, but the book has warnings"),
        "{}",
        output.stdout
    );
    assert!(project.path(RECORDING).exists());

    project.write(
        "book.toml",
        "[preprocessor.transcript]\nbefore = [\"links\"]\npass-on = [\"filename\", \"output\", \"exmaple\"]\n",
    );
    project.write(
        "src/tags.md",
        &format!("{fence}\n```rust,exmaple=hello\n```\n"),
    );
    let output = project.run(&["record", "--yes"]);
    assert_eq!(output.succeeds().errors(), "");
    assert!(
        output.stdout.contains("removing hello: no fence shows it"),
        "{}",
        output.stdout
    );
    assert!(!project.path(RECORDING).exists());
    project.run(&["build"]).succeeds();
    assert!(
        project
            .read("book/tags.html")
            .contains("class=\"language-rust filename=a.rs ignore")
    );
}

/// The page of a book may have a meaning for a class: a picture, a color.
#[test]
fn classes_of_the_book_reach_the_page() {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [Classes](classes.md)\n");
    project.write(
        "book.toml",
        "[preprocessor.transcript]\nbefore = [\"links\"]\npass-on = [\"does_not_compile\", \"ferris\"]\n",
    );
    project.write(
        "src/classes.md",
        "```rust,example=hello,ferris\n```\n\n\
         ```rust,example,compile_fail,does_not_compile\nlet a: u8 = \"\";\n```\n\n\
         ```console,output=hello,ferris,timing=off\n```\n",
    );
    project.run(&["build"]).succeeds();
    let page = project.read("book/classes.html");
    assert!(page.contains("class=\"language-rust ferris"), "{page}");
    assert!(
        page.contains("class=\"language-rust compile_fail does_not_compile"),
        "{page}"
    );
    assert!(
        page.contains("<code class=\"language-text nohighlight ferris\">"),
        "{page}"
    );
}
