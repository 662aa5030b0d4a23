//! `build`: pages show the output of the examples.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::failures::snapshot;
use crate::project::{Output, Project, between, outputs};

#[test]
fn pages_show_what_the_programs_printed() {
    let project = Project::from("good");
    let output = project.run(&["build"]);
    output.succeeds();
    assert_eq!(output.stdout, "[BOOK]/book/index.html\n");

    let page = project.read("book/fences.html");
    let outputs = outputs(&page);
    let hello = "$ cargo run --example hello\nhello\n\n  </pre><script>alert(\"& {{#include Cargo.toml}}\")</script>\n";
    assert!(outputs[0].starts_with(hello), "{}", outputs[0]);
    assert!(
        outputs[0].contains("</script>\n\n\nexit 0 · "),
        "{}",
        outputs[0]
    );
    assert!(page.contains("<section class=\"transcript-tab\" id=\"hello-tabs-1-code\" data-label=\"Code\" data-selected"));
    assert!(page.contains(
        "<section class=\"transcript-tab\" id=\"hello-tabs-1-output\" data-label=\"Output\">"
    ));
    // The paragraph right after the fence stays a paragraph.
    assert!(page.contains("<p>Text right below it.</p>"));

    let inputs = &outputs[1];
    assert!(inputs.starts_with(
        "$ printf 'a line\\nanother\\n' | COLOUR=blue SIZE=3 cargo run --example inputs -- one 'two words'\n"
    ), "{inputs}");
    assert!(
        inputs.contains(
            "arguments: [\"one\", \"two words\"]\ninput: \"a line\"\ninput: \"another\"\n"
        )
    );
    assert!(inputs.contains("COLOUR=blue\n"));
    // Neither the author's environment nor another run's files are visible.
    assert!(
        !inputs.contains("CARGO") && inputs.contains("files here: 0\n"),
        "{inputs}"
    );

    assert!(
        outputs[2].starts_with("on standard error\n"),
        "{}",
        outputs[2]
    );
    assert!(outputs[2].contains("exit 3"), "{}", outputs[2]);
    let anchored = between(&page, "its output by stream:</p>", "</pre>");
    assert!(anchored.contains("on standard output") && !anchored.contains("ANCHOR"));
    // mdBook expands an include in the body.
    assert!(page.contains("std::io::stdin().lines()"));
}

#[test]
fn blocks_stay_in_their_containers() {
    let project = Project::from("good");
    project.run(&["build"]).succeeds();
    let page = project.read("book/containers.html");
    assert_eq!(outputs(&page).len(), 3);

    let quotation = between(&page, "<blockquote>", "</blockquote>");
    assert!(quotation.contains("<figure") && quotation.contains("<p>Still in it.</p>"));
    let item = between(&page, "<ol>", "</ol>");
    assert!(item.contains("<figure") && item.contains("<p>Still in it.</p>"));

    let tabs = between(
        &page,
        "<div class=\"transcript-tabs\">",
        "<p>After the tabs.</p>",
    );
    let labels: Vec<&str> = tabs
        .split("<p class=\"transcript-tab-label\">")
        .skip(1)
        .collect();
    assert_eq!(labels.len(), 3);
    assert!(labels[0].starts_with("Code</p>") && labels[0].contains("fn main()"));
    assert!(
        labels[1].starts_with("<code>Output</code></p>") && labels[1].contains("<li>a list</li>")
    );
    assert!(!labels[1].contains("<figcaption>"));
    assert!(labels[2].contains("[package]\n\nname = \"x\""));

    // Text that Markdown does not parse as a fence stays text.
    assert_eq!(page.matches("output=nothing").count(), 3);
}

#[test]
fn admonitions_look_like_mdbooks_and_can_be_folded() {
    let project = Project::from("good");
    let output = project.run(&["build"]);
    let page = project.read("book/admonitions.html");

    let warning = between(
        &page,
        "<blockquote class=\"blockquote-tag blockquote-tag-warning transcript-admonition",
        "</blockquote>",
    );
    assert!(
        warning.contains("<p class=\"blockquote-tag-title\">Mind the <code>gap</code></p>"),
        "{warning}"
    );
    assert!(warning.contains("<p>First paragraph.</p>") && warning.contains("<figure"));
    let tab = between(warning, "data-label=\"In a tab\"", "</section>");
    let tip = between(
        tab,
        "<details class=\"transcript-admonition transcript-tip\" data-type=\"tip\">",
        "</details>",
    );
    assert!(
        tip.contains("<summary>Tip</summary>") && tip.contains("<p>Nested.</p>"),
        "{tip}"
    );
    assert!(page.contains("<p>A paragraph, interrupted</p>"));

    assert!(page.contains("transcript-note transcript-inline-end\" data-type=\"info\">"));
    let bug = between(
        &page,
        "<details class=\"transcript-admonition transcript-caution\" data-type=\"bug\" open",
        "</details>",
    );
    assert!(bug.contains("<summary>Open</summary>") && bug.contains("<p>A body.</p>"));
    let quoted = between(
        &page,
        "<blockquote class=\"blockquote-tag blockquote-tag-note transcript-admonition",
        "</blockquote>",
    );
    assert!(!quoted.contains("blockquote-tag-title") && quoted.contains("Quoted,"));
    assert!(page.contains("<p>After it.</p>"));
    assert!(
        page.contains("!!! note\n    This is code.") && page.contains("!!! note\n    This too.")
    );

    // The other chapters have warnings of their own.
    let warnings = output.succeeds().errors();
    let last = warnings.rfind("src/admonitions.md").unwrap();
    let end = last + warnings[last..].find("\n\n").unwrap();
    snapshot("admonitions", &warnings[..end]);
}

#[test]
fn settings_apply() {
    let project = Project::from("good");
    project.change(
        "book.toml",
        "before = [\"links\"]",
        "before = [\"links\"]\nlabels = { code = \"Quelltext\", output = \"Ausgabe\" }\nmanifest = \"Cargo.toml\"",
    );
    project.run(&["build"]).succeeds();
    let page = project.read("book/fences.html");
    assert!(page.contains("data-label=\"Quelltext\"") && page.contains("data-label=\"Ausgabe\""));
}

#[test]
fn a_book_without_the_preprocessors_table_is_built_with_it() {
    let project = Project::from("good");
    project.write("book.toml", "[book]\ntitle = \"T\"\n");
    project.run(&["build"]).succeeds();
    assert!(project.read("book/fences.html").contains("transcript-tabs"));
}

#[test]
fn a_folder_without_a_book_is_an_error() {
    let project = Project::from("good");
    let output = project.run(&["build", "src"]);
    assert_eq!(
        output.fails().errors(),
        "error: there is no book in `src`: book.toml is missing; run `mdbook init` to create a book"
    );
    let output = project.run(&["build", "nowhere"]);
    assert!(
        output
            .fails()
            .errors()
            .starts_with("error: failed to open the book in `nowhere`")
    );
}

#[test]
fn a_signal_can_be_declared_and_an_ambiguous_name_is_an_error() {
    let project = Project::from("workspace");
    project.write(
        "src/programs.md",
        "```console,output=tool,exit=signal:6\n```\n",
    );
    let output = project.run(&["build"]);
    let message = "error: `tool` is ambiguous: it could be an example of `b` or a binary of `b`\n";
    assert!(
        output.fails().errors().starts_with(message),
        "{}",
        output.stderr
    );

    #[cfg(unix)]
    {
        project.write("src/programs.md", "```rust,bin=tool,exit=signal:6\n```\n");
        project.run(&["build"]).succeeds();
        let page = project.read("book/programs.html");
        assert!(
            outputs(&page)[0].contains("aborting\n")
                && outputs(&page)[0].contains("ended by signal 6")
        );
    }
}

#[test]
fn programs_of_the_same_name_do_not_replace_each_other() {
    let project = Project::from("workspace");
    project.write(
        "src/programs.md",
        "```console,output=same,package=a\n```\n\n\
         ```console,output=same,package=b\n```\n\n\
         ```rust,example=tool\n```\n",
    );
    // `--package a --package b --example same --example tool` selects both programs named `same`.
    project.run(&["record", "same-of-a", "tool"]).succeeds();
    let recorded = project.read("examples/transcripts/same-of-a.transcript");
    assert!(recorded.contains("a, dep one, hello"), "{recorded}");
    assert!(recorded.contains("a/examples/same.rs"), "{recorded}");
    assert!(!recorded.contains("b/examples/same.rs"), "{recorded}");
    let list = project.run(&["list"]).succeeds().stdout.clone();
    assert!(list.starts_with("fresh"), "{list}");

    // A program that does not build has no effect on its namesake.
    project.write("b/examples/same.rs", "fn main( {}\n");
    project.run(&["record", "same-of-a", "tool"]).succeeds();
}

#[test]
fn crlf_and_nested_containers_are_supported() {
    let project = Project::from("good");
    let text = "=== \"A\"\r\n    one\r\n    two\r\n\r\n    | a | b |\r\n    |---|---|\r\n    | 1 | 2 |\r\n";
    project.write("src/fences.md", text);
    project.write("src/plain.md", "# Plain\n");
    project.write(
        "src/containers.md",
        "> - item\n>\n>     === \"T\"\n>         a\n>\n>         b\n\n\
         - c\n\n  > para\n  > === \"U\"\n  >     d\n\n\
         >\t```console,output=hello\n>\t```\n\n\
         Noted.[^longer-name]\n\n\
         [^longer-name]: ```console,output=hello,stdin=\"a\\n\\n# b\"\n    ```\n",
    );
    let output = project.run(&["build"]);
    assert!(
        !output.succeeds().stderr.contains("tag"),
        "mdBook reports HTML tags that do not match: {}",
        output.stderr
    );

    let page = project.read("book/fences.html");
    assert!(
        page.contains("<p>one\ntwo</p>") && page.contains("<table>"),
        "{page}"
    );
    let page = project.read("book/containers.html");
    let tab = between(&page, "data-label=\"T\"", "</section>");
    assert!(
        tab.contains("<p>a</p>") && tab.contains("<p>b</p>"),
        "{tab}"
    );
    assert!(between(&page, "data-label=\"U\"", "</section>").contains("<p>d</p>"));
    assert!(
        !page.contains("&lt;style") && !page.contains("&lt;figure"),
        "{page}"
    );
    assert_eq!(outputs(&page).len(), 2);
}

#[test]
fn an_exit_status_can_be_declared_at_the_code() {
    let project = Project::from("good");
    let text = "=== \"Code\"\n\n    ```rust,bin=fails,exit=3\n    ```\n\n=== \"Output\"\n\n    ```console,output=fails\n    ```\n";
    project.write("src/fences.md", text);
    project.run(&["build"]).succeeds();
    project.write(
        "src/fences.md",
        &text.replace("output=fails", "output=fails,exit=4"),
    );
    let output = project.run(&["build"]);
    assert!(
        output
            .fails()
            .errors()
            .contains("`exit=4` contradicts `exit=3` of the same run"),
        "{}",
        output.stderr
    );
}

#[test]
fn contradicting_fences_are_both_shown() {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [One](one.md)\n- [Two](two.md)\n");
    project.write("src/one.md", "```rust,example=hello,timeout=1s\n```\n");
    project.write(
        "src/two.md",
        "```rust,example=hello,timeout=2s\n```\n\n\
         ```rust,example=inputs,order=free\n```\n\n```console,output=inputs,order=exact\n```\n",
    );
    let errors = project.run(&["build"]).fails().errors();
    for contradiction in [
        "error: `timeout=2s` contradicts `timeout=1s` of the same run\n --> src/two.md:1:23\n  |\n\
         1 | ```rust,example=hello,timeout=2s\n  |                       ^^^^^^^^^^\n  |\n ::: src/one.md:1:23\n  |\n\
         1 | ```rust,example=hello,timeout=1s\n  |                       ---------- `timeout=1s` is declared here\n",
        "error: `order=exact` contradicts `order=free` of the same run\n --> src/two.md:7:26\n",
    ] {
        assert!(errors.contains(contradiction), "{errors}");
    }
}

/// A book without programs, with a folder `bin` that becomes the PATH.
#[cfg(target_os = "linux")]
fn book_to_open() -> Project {
    let project = Project::empty();
    project.write(
        "book.toml",
        "[preprocessor.transcript]\nbefore = [\"links\"]\n",
    );
    fs::create_dir_all(project.path("src")).unwrap();
    fs::create_dir_all(project.path("bin")).unwrap();
    project.write("src/SUMMARY.md", "- [A](a.md)\n");
    project.write("src/a.md", "# A\n");
    project
}

#[cfg(target_os = "linux")]
fn build_and_open(project: &Project) -> Output {
    let mut command = project.command(&["build", "--open"]);
    command.env("PATH", project.path("bin"));
    project.output(command, b"")
}

#[test]
#[cfg(target_os = "linux")]
fn the_first_page_is_opened() {
    use std::os::unix::fs::PermissionsExt;

    let project = book_to_open();
    let opener = project.path("bin/xdg-open");
    let opened = project.path("opened");
    let script = format!(
        "#!/bin/sh\necho \"$1\" > {0}.new\n/bin/mv {0}.new {0}\n",
        opened.display()
    );
    project.write("bin/xdg-open", &script);
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).unwrap();
    let output = build_and_open(&project);
    assert_eq!(output.succeeds().stdout, "[BOOK]/book/index.html\n");
    // The tool does not wait for the browser.
    let end = Instant::now() + Duration::from_secs(10);
    while !opened.exists() && Instant::now() < end {
        thread::sleep(Duration::from_millis(10));
    }
    let page = fs::canonicalize(project.path("book/index.html")).unwrap();
    assert_eq!(project.read("opened").trim_end(), page.to_str().unwrap());
}

#[test]
#[cfg(target_os = "linux")]
fn the_page_is_named_if_no_browser_opens_it() {
    let project = book_to_open();
    let output = build_and_open(&project);
    assert_eq!(output.fails().stdout, "[BOOK]/book/index.html\n");
    let error = "error: failed to open a browser: open `[BOOK]/book/index.html` yourself: ";
    assert!(output.errors().starts_with(error), "{}", output.stderr);
}
