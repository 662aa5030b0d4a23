//! Renderers other than `html`.

use mdbook_driver::MDBook;
use mdbook_renderer::{RenderContext, Renderer};

use crate::project::{PROGRAM, Project};

#[test]
fn other_renderers_get_plain_commonmark() {
    let project = Project::from("good");
    project.write(
        "book.toml",
        "[book]\ntitle = \"T\"\n[preprocessor.transcript]\nbefore = [\"links\"]\n[output.markdown]\n",
    );
    project.run(&["build"]).succeeds();
    let page = project.read("book/fences.md");
    assert!(
        page.contains("**Code**\n\n```rust\nfn main() {\n"),
        "{page}"
    );
    assert!(
        page.contains("**Output**\n\n```text\n$ cargo run --example hello\nhello\n\n  </pre><script>alert(\"& {{#include Cargo.toml}}\")</script>\n```\n\n*exit 0 · "),
        "{page}"
    );
    assert!(!page.contains("<div") && !page.contains("<style"), "{page}");

    let page = project.read("book/containers.md");
    assert!(
        page.contains("> ```text\n> $ cargo run --example hello\n> hello\n>\n"),
        "{page}"
    );
    assert!(
        page.contains("   ```text\n   $ cargo run --example hello\n"),
        "{page}"
    );
    assert!(page.contains("**`Output`**\n\nWhat it prints"), "{page}");
    assert!(
        page.contains("```toml\n[package]\n\nname = \"x\"\n```\n"),
        "{page}"
    );
}

#[test]
fn admonitions_become_quotations() {
    let project = Project::from("good");
    project.write(
        "book.toml",
        "[preprocessor.transcript]\nbefore = [\"links\"]\n[output.markdown]\n",
    );
    project.run(&["build"]).succeeds();
    let page = project.read("book/admonitions.md");
    let expected = "interrupted\n> **Mind the `gap`**\n>\n> First paragraph.\n>\n> ```text\n";
    assert!(page.contains(expected), "{page}");
    assert!(
        page.contains("> **In a tab**\n>\n> > **Tip**\n> >\n> > Nested."),
        "{page}"
    );
    assert!(
        page.contains("> > Quoted, without a title bar.\n>\n> After it."),
        "{page}"
    );
}

/// A renderer with the name that `mdbook test` uses.
struct Test;

impl Renderer for Test {
    fn name(&self) -> &str {
        "test"
    }

    fn render(&self, _: &RenderContext) -> mdbook_driver::errors::Result<()> {
        Ok(())
    }
}

#[test]
fn mdbook_test_gets_plain_fences_on_their_lines_and_runs_nothing() {
    let project = Project::from("good");
    let mut book = MDBook::load(project.path("")).unwrap();
    book.config
        .set("preprocessor.transcript.command", PROGRAM)
        .unwrap();
    let book = MDBook::load_with_config(project.path(""), book.config).unwrap();
    let (pages, _) = book.preprocess_book(&Test).unwrap();
    assert!(
        !project.path("target").exists(),
        "the preprocessor built nothing"
    );

    for (before, after) in book.book.chapters().zip(pages.chapters()) {
        let before: Vec<&str> = before.content.lines().collect();
        let after: Vec<&str> = after.content.lines().collect();
        if before[0] == "# Containers" {
            assert_eq!(before.len(), after.len());
            let same = before.iter().zip(&after).filter(|(a, b)| a == b).count();
            assert!(same > before.len() / 2);
            assert_eq!(after[15], "**Code**");
            assert_eq!(after[17], "```rust");
            assert_eq!(after[18], "```");
            assert_eq!(
                after.iter().position(|line| *line == "After the tabs."),
                before.iter().position(|line| *line == "After the tabs.")
            );
        }
    }
}
