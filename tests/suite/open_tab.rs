//! `tab`: the tab of a source with its output that is open at first.

use crate::project::{Project, between};
use crate::reader::Reader;

/// Builds a book with some settings and fences, and returns its page.
fn page_of(table: &str, fences: &str) -> String {
    let project = book(table, fences);
    project.run(&["build"]).succeeds();
    project.read("book/open.html")
}

fn book(table: &str, fences: &str) -> Project {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [Open](open.md)\n");
    project.write("src/open.md", &format!("# Open\n\n{fences}\n"));
    let table = format!("[preprocessor.transcript]\nbefore = [\"links\"]\n{table}");
    project.write("book.toml", &table);
    project
}

#[test]
fn the_open_tab_is_that_of_the_fence_or_the_book() {
    for (setting, attribute, open) in [
        ("", "", "code"),
        ("", ",tab=output", "output"),
        ("", ",tab=\"output\"", "output"),
        ("tab = \"output\"", "", "output"),
        ("tab = \"output\"", ",tab=code", "code"),
        ("tab = \"code\"", ",tab=output", "output"),
    ] {
        let fence = format!("```rust,example=hello{attribute}\n```");
        let page = page_of(&format!("{setting}\n"), &fence);
        for tab in ["code", "output"] {
            let section = between(&page, &format!("id=\"hello-tabs-1-{tab}\""), ">");
            let is_open = section.contains("data-selected");
            assert_eq!(is_open, tab == open, "{fence} in a book with {setting:?}");
        }
    }
    // A snippet too, and a tab set of the author's own keeps its order.
    let page = page_of(
        "tab = \"output\"\n",
        "```rust,example,tab=output\nfn main() {}\n```\n\n=== \"Code\"\n\n    a\n\n=== \"Output\"\n\n    b\n",
    );
    let open: Vec<&str> = page.split("data-selected=").collect();
    assert_eq!(open.len(), 3, "{page}");
    assert!(
        open[0].ends_with("id=\"open-1-tabs-1-output\" data-label=\"Output\" "),
        "{page}"
    );
    assert!(open[1].ends_with("data-label=\"Code\" "), "{page}");
}

#[test]
fn other_values_and_places_are_errors() {
    let project = book("", "");
    for (fence, parts) in [
        (
            "```rust,example=hello,tab=outptu\n```",
            [
                "error: invalid value `outptu` for `tab`",
                "expected `code` or `output`",
            ],
        ),
        (
            "```rust,example=hello,tba=output\n```",
            ["error: unknown attribute `tba`", "did you mean `tab`?"],
        ),
        (
            "```rust,example=hello,tab\n```",
            ["error: `tab` needs a value", "expected `tab=…`"],
        ),
        (
            "```console,output=hello,tab=output\n```",
            ["error: `tab` has no effect on a fence with `output=`", ""],
        ),
        (
            "```rust,example=hello,tab=output\n```\n\n```console,output=hello\n```",
            [
                "error: `tab` has no effect here: this fence becomes no tab set",
                "= help: remove it; in a tab set of your own, `===+` begins the tab that is open at first",
            ],
        ),
        (
            "=== \"Code\"\n\n    ```rust,example=hello,tab=code\n    ```\n",
            [
                "error: `tab` has no effect here: this fence becomes no tab set",
                "src/open.md:5:27",
            ],
        ),
        (
            "```rust,example=hello,ignore,tab=output\n```",
            [
                "error: `tab` has no effect here: this fence becomes no tab set",
                "",
            ],
        ),
    ] {
        project.write("src/open.md", &format!("# Open\n\n{fence}\n"));
        let errors = project.run(&["build"]).fails().errors();
        for part in parts {
            assert!(errors.contains(part), "{fence}: {errors}");
        }
    }
    let project = book("tab = \"outptu\"\n", "```rust,example=hello\n```");
    let errors = project.run(&["build"]).fails().errors();
    for part in [
        "error: invalid value `\"outptu\"` for `tab` in [preprocessor.transcript]",
        "expected \"code\" or \"output\"",
    ] {
        assert!(errors.contains(part), "{errors}");
    }
}

/// Other renderers have no tabs: nothing changes there.
#[test]
fn other_renderers_show_the_source_first() {
    let project = book(
        "tab = \"output\"\n\n[output.markdown]\n",
        "```rust,example=hello\n```",
    );
    project.run(&["build"]).succeeds();
    let page = project.read("book/open.md");
    assert!(page.find("**Code**") < page.find("**Output**"), "{page}");
}

#[test]
#[ignore = "needs Chromium"]
fn a_readers_choice_takes_precedence() {
    let project = book(
        "",
        "```rust,example=hello,tab=output\n```\n\n```rust,example=inputs,env=COLOUR=red\n```\n",
    );
    project.run(&["build"]).succeeds();
    let reader = Reader::new();
    let page = project.path("book/open.html");
    reader.open(&page, "");
    assert!(reader.shows("#hello-tabs-1-output") && !reader.shows("#hello-tabs-1-code"));
    assert!(reader.shows("#inputs-tabs-1-code") && !reader.shows("#inputs-tabs-1-output"));
    reader.js("document.querySelector('#hello-tabs-1-code-tab').click()");
    assert!(reader.shows("#hello-tabs-1-code") && reader.shows("#inputs-tabs-1-code"));
    reader.open(&page, "");
    assert!(reader.shows("#hello-tabs-1-code") && !reader.shows("#hello-tabs-1-output"));
    // A link to a tab opens it in any case.
    reader.open(&page, "#inputs-tabs-1-output");
    assert!(reader.shows("#inputs-tabs-1-output"));
}
