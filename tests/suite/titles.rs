//! Titles of tabs and admonitions on a page of mdBook.

use scraper::{ElementRef, Html, Selector};

use crate::project::Project;

fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

fn text(element: &ElementRef<'_>) -> String {
    element.text().collect::<String>().trim().to_owned()
}

/// An unclosed tag would contain the rest of the page.
#[test]
fn generics_in_titles_are_text() {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [Titles](titles.md)\n");
    project.write(
        "src/titles.md",
        "!!! note \"About Vec<T>\"\n\n    In the note.\n\nAfter the note.\n\n\
         ??? tip \"A <div> and <b>bold</b>\"\n\n    In the tip.\n\n\
         === \"Box<T>\"\n\n    One.\n\n=== \"<U>\"\n\n    Two.\n\n## After the tabs\n\n\
         ``` { .rust .ignore title=\"Rc<T>\" }\na();\n```\n\nLast.\n",
    );
    project.write(
        "book.toml",
        "[preprocessor.transcript]\nbefore = [\"links\"]\n\n[output.html]\n\n[output.markdown]\n",
    );
    project.run(&["build"]).succeeds();
    let page = Html::parse_document(&project.read("book/html/titles.html"));
    let main = all(&page, "main").remove(0);
    let top: Vec<String> = main.child_elements().map(|child| text(&child)).collect();
    for after in ["After the note.", "After the tabs", "Last."] {
        assert!(top.iter().any(|text| text == after), "{after}: {top:?}");
    }
    let labels = all(&page, "main .transcript-tab-label");
    let labels: Vec<String> = labels.iter().map(text).collect();
    assert_eq!(labels, ["Box<T>", "<U>"]);
    assert_eq!(all(&page, "main section section").len(), 0);
    assert_eq!(
        text(&all(&page, "main .blockquote-tag-title")[0]),
        "About Vec<T>"
    );
    assert_eq!(text(&all(&page, "main summary")[0]), "A <div> and bold");
    assert_eq!(text(&all(&page, "main summary b")[0]), "bold");
    assert_eq!(text(&all(&page, ".transcript-listing-title")[0]), "Rc<T>");

    let plain = project.read("book/markdown/titles.md");
    for title in [
        "**About Vec\\<T>**",
        "**A \\<div> and <b>bold</b>**",
        "**Box\\<T>**",
        "**\\<U>**",
        "**Rc\\<T\\>**",
    ] {
        assert!(plain.contains(title), "{title}: {plain}");
    }
}

/// A footnote's text has four columns of indent, like an item's in Python-Markdown.
#[test]
fn blocks_may_follow_the_marker_of_a_footnote() {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [Notes](notes.md)\n");
    project.write(
        "src/notes.md",
        "Text[^a] and more[^b].\n\n[^a]: !!! note \"N\"\n\n        In the note.\n\n    After it.\n\n\
         [^b]:\n    === \"A\"\n\n        One.\n\n    === \"B\"\n\n        Two.\n",
    );
    project.run(&["build"]).succeeds();
    let page = Html::parse_document(&project.read("book/notes.html"));
    assert_eq!(text(&all(&page, "main .blockquote-tag-title")[0]), "N");
    assert!(
        all(&page, "main blockquote p")
            .iter()
            .any(|p| text(p) == "In the note.")
    );
    let labels = all(
        &page,
        "main li .transcript-tab-label, main div .transcript-tab-label",
    );
    assert_eq!(labels.iter().map(text).collect::<Vec<_>>(), ["A", "B"]);
    assert!(all(&page, "main pre").is_empty());
}

/// A quotation may begin directly after a list marker, too.
#[test]
fn headers_in_quotations_in_items_are_no_text() {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [Titles](titles.md)\n");
    project.write(
        "src/titles.md",
        "- > === \"A\"\n  >\n  >     One.\n  >\n  > === \"B\"\n  >\n  >     Two.\n\n\
         1. > !!! note \"N\"\n   >\n   >     Three.\n\n   After.\n\n- > Text\n  > === \"C\"\n  >\n  >     Four.\n",
    );
    project.run(&["build"]).succeeds();
    let page = Html::parse_document(&project.read("book/titles.html"));
    let tabs = all(&page, "main li > blockquote section > p:last-child");
    let tabs: Vec<String> = tabs.iter().map(text).collect();
    assert_eq!(tabs, ["One.", "Two.", "Four."]);
    let note = all(
        &page,
        "main ol > li > blockquote > blockquote > p:last-child",
    );
    assert_eq!(text(&note[0]), "Three.");
    assert_eq!(all(&page, "main pre").len(), 0);
}
