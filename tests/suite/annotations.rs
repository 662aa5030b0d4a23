//! Annotations, and the headers of Material for MkDocs.

use crate::project::{Project, between, outputs};

#[test]
fn markers_lead_to_the_notes_after_the_fence() {
    let project = Project::from("good");
    let output = project.run(&["build"]);
    output.succeeds();
    assert!(
        !output.stderr.contains("annotations.md"),
        "{}",
        output.stderr
    );
    let page = project.read("book/annotations.html");

    let listing = between(&page, "id=\"listing-1\"", "</div>");
    // Each marker's item, its occurrence of `(N)`, and the lengths of its comment before and after it.
    assert!(
        listing.contains("data-markers=\"1:0:3:0 2:1:0:0 3:2:0:0 4:4:3:3 5:5:0:0\""),
        "{listing}"
    );
    // Without scripts the code has `(1)`, and the notes have the same numbers.
    assert!(listing.contains("fn main() { // (1)\n"), "{listing}");
    assert!(listing.contains("println!(\"// (1)\"); /* (4) */\n"));
    assert!(listing.contains("<em>emphasis</em>") && listing.contains("a fence"));
    assert!(
        outputs(listing)[0].contains("\nhello\n"),
        "a block in a note"
    );
    assert!(page.contains("<p>Text behind the list.</p>"));

    // A list after code without a marker stays a list.
    let plain = between(&page, "id=\"listing-2\"", "</ol>");
    assert!(plain.contains("</div>\n\n<ol>") && !plain.contains("data-markers"));

    // Markers in an example's source file: the list has their numbers.
    let program = between(&page, "id=\"marked-tabs-1-code\"", "</section>");
    assert!(
        program.contains("data-markers=\"1:0:3:0 2:2:3:0\""),
        "{program}"
    );
    assert!(
        program.contains("<ol>\n<li>where it begins</li>"),
        "{program}"
    );
    assert!(page.contains("id=\"marked-tabs-1-output\""));

    let quotation = between(&page, "<blockquote>", "</blockquote>");
    assert!(quotation.contains("data-markers=\"1:0:2:0\"") && quotation.contains("</ol>\n</div>"));
    let yaml = between(&page, "id=\"section-tabs-1-configuration\"", "</section>");
    assert!(yaml.contains("data-markers=\"1:0:2:0 2:1:0:0\""), "{yaml}");
    let text = between(&page, "id=\"section-tabs-1-nothing\"", "</section>");
    assert!(
        text.contains("# (1)") && !text.contains("data-markers"),
        "{text}"
    );
}

#[test]
fn headers_of_material_for_mkdocs_are_translated() {
    let project = Project::from("good");
    project.run(&["build"]).succeeds();
    let page = project.read("book/annotations.html");
    let listing = between(&page, "id=\"listing-1\"", "<ol>");
    assert!(
        listing.contains("data-lines=\"2-2 4-5\" data-first=\"10\""),
        "{listing}"
    );
    assert!(listing.contains("<p class=\"transcript-listing-title hljs\">src/main.rs</p>"));
    assert!(
        listing.contains("<code class=\"language-rust\">"),
        "{listing}"
    );
    let plain = between(&page, "id=\"listing-2\"", "</div>");
    assert!(plain.contains(">plain.rs</p>") && plain.contains("fn plain() {}"));
}

#[test]
fn other_renderers_get_the_code_its_title_and_the_list() {
    let project = Project::from("good");
    project.change(
        "book.toml",
        "title = \"Every kind of fence\"\n",
        "\n[output.markdown]\n",
    );
    project.run(&["build"]).succeeds();
    let page = project.read("book/annotations.md");
    assert!(
        page.contains("**src/main.rs**\n\n```rust\nfn main() { // (1)\n"),
        "{page}"
    );
    assert!(page.contains("```\n\n1.  The first note"), "{page}");
    assert!(
        page.contains("    ```text\n    $ cargo run --example hello\n"),
        "{page}"
    );
    assert!(
        page.contains("```\n\n1. where it begins\n8. what it prints\n\n**Output**"),
        "{page}"
    );
    assert!(
        page.contains("> [package] # (1)\n> ```\n>\n> 1. in a quotation"),
        "{page}"
    );
}

#[test]
fn a_marker_without_an_item_is_an_error_with_both_places() {
    let project = Project::from("good");
    project.write(
        "src/annotations.md",
        "> ```rust title=\"a\"\n> fn a() {} // (1)! (4)\n> b(2); // (2)\n> ```\n> 1. one\n>\n>    more\n\n\
         ```rust,example=marked\n```\n\n1. only one\n\n\
         ```rust hl_lines=\"two\"\n```\n",
    );
    let output = project.run(&["build"]);
    output.fails();
    insta::with_settings!({
        prepend_module_to_snapshot => false,
        snapshot_path => "../snapshots",
    }, { insta::assert_snapshot!("markers", output.errors().replace('\u{1b}', "")) });
}
