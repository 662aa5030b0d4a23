//! Annotations, and the headers of Material for MkDocs.

use crate::project::{Project, between, outputs};
use crate::reader::Reader;

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

/// Material skips paragraphs before the list; here, a note must follow its code.
#[test]
fn a_marker_without_its_list_is_a_warning() {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [Markers](markers.md)\n");
    project.write(
        "examples/noted.rs",
        "fn main() {\n    println!(); // (1)!\n}\n",
    );
    project.write(
        "src/markers.md",
        "```rust,ignore\na(); // (1)!\n```\n\nText.\n\n1.  The note.\n\n\
         === \"Tab\"\n\n    ``` { .rust .ignore }\n    b(); // (2)!\n    ```\n\n\
         ```rust,example=noted\n```\n\n\
         ```rust,example=noted\n{{#include ../examples/noted.rs}}\n```\n\n1.  The note.\n\n\
         ```rust,ignore\nc(); // open(1)! is a call, and (1) may be text\n```\n\n\
         ```rust,example=noted\n```\n\n1.  The note.\n",
    );
    let warnings = project.run(&["build"]).succeeds().errors();
    for (item, line) in [(1, 2), (2, 12), (1, 15), (1, 18)] {
        let warning = format!("warning: the marker `({item})!` stays in the code");
        assert!(warnings.contains(&warning), "{warning}: {warnings}");
        let place = format!("src/markers.md:{line}:");
        assert!(warnings.contains(&place), "{place}: {warnings}");
    }
    assert_eq!(
        warnings.matches("stays in the code").count(),
        4,
        "{warnings}"
    );
}

/// Badges at the ends of lines that are cut are in sight, beside each other, and not below mdBook's buttons.
#[test]
#[ignore = "needs Chromium"]
fn badges_of_long_lines_are_in_sight() {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [Badges](badges.md)\n");
    let text = "a long sentence that ends far beyond the right edge of a phone".repeat(2);
    project.write(
        "src/badges.md",
        &format!(
            "```rust\nlet text = \"{text}\"; // (1)\nlet a = 1; // (2)\nlet more = \"{text}\"; /* (3) */ // (4)\nlet b = 2;\n```\n\n\
             1.  one\n2.  two\n3.  three\n4.  four\n"
        ),
    );
    project.run(&["build"]).succeeds();
    let reader = Reader::new();
    for width in [375, 1200] {
        reader.wide(width);
        reader.open(&project.path("book/badges.html"), "");
        let reached = "[...document.querySelectorAll('.transcript-marker')].map((badge) => {
            const { left, right, top, bottom } = badge.getBoundingClientRect();
            return [left + 2, right - 2].every((x) => document.elementFromPoint(x, (top + bottom) / 2) === badge);
        })";
        let all = serde_json::json!([true, true, true, true]);
        assert_eq!(reader.js(reached), all, "at {width} px");
        // The buttons appear where the pointer is.
        let over = reader.js("((box) => [box.x + 20, box.y + 20])(document.querySelector('.transcript-listing pre').getBoundingClientRect())");
        let point = headless_chrome::browser::tab::point::Point {
            x: over[0].as_f64().unwrap(),
            y: over[1].as_f64().unwrap(),
        };
        reader.tab.move_mouse_to_point(point).unwrap();
        reader.until("getComputedStyle(document.querySelector('.transcript-listing .buttons')).opacity === '1'");
        assert_eq!(reader.js(reached), all, "with buttons, at {width} px");
        // A badge at the end of a short line is right behind it, and scrolling leads to the others' own places.
        reader.holds(
            "document.querySelectorAll('.transcript-marker')[1].getBoundingClientRect().left - document.querySelector('.transcript-listing').getBoundingClientRect().left < 220",
        );
        reader.js("document.querySelector('.transcript-listing code').scrollTo(9999, 0)");
        assert_eq!(
            reader.js(reached),
            serde_json::json!([true, false, true, true]),
            "at the end of the lines"
        );
        reader.holds(
            "document.querySelector('.transcript-listing code').innerText.includes('4') === false",
        );
    }
}
