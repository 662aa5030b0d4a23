//! The preprocessor as mdBook 0.5 and 0.4 call it, in a process of its own.

use crate::project::{PROGRAM, Project, outputs};

/// Sets the preprocessor's command to the tested program.
pub fn with_command(project: &Project) {
    let command = format!("before = [\"links\"]\ncommand = {PROGRAM:?}");
    project.change("book.toml", "before = [\"links\"]", &command);
}

#[test]
fn mdbook_5_builds_the_same_pages_as_this_tool() {
    let project = Project::from("good");
    with_command(&project);
    project.run(&["build"]).succeeds();
    let pages = ["fences", "containers", "plain"].map(|page| format!("book/{page}.html"));
    let inside = pages.clone().map(|page| project.read(&page));

    mdbook_driver::MDBook::load(project.path(""))
        .unwrap()
        .build()
        .unwrap();
    assert_eq!(pages.map(|page| project.read(&page)), inside);
}

#[test]
fn mdbook_4_builds_the_book() {
    let project = Project::from("good");
    with_command(&project);
    mdbook_04::MDBook::load(project.path(""))
        .unwrap()
        .build()
        .unwrap();
    let page = project.read("book/fences.html");
    assert_eq!(outputs(&page).len(), 5);
    assert!(outputs(&page)[0].contains("\nhello\n\n  </pre><script>alert("));
    assert!(page.contains("<p>Text right below it.</p>"));

    project.change("src/fences.md", "example=hello", "example=hullo");
    let failed = mdbook_04::MDBook::load(project.path("")).unwrap().build();
    assert!(failed.is_err(), "mdBook fails if the preprocessor fails");
}
