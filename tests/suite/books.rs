//! `build` with several books: those that a book names in `books`, and this repository's two.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use scraper::{Html, Selector};

use crate::failures::snapshot;
use crate::project::{PROGRAM, Project};

/// Books in these folders, each with one chapter.
fn project(books: &[(&str, &str)]) -> Project {
    let project = Project::empty();
    for (folder, settings) in books {
        fs::create_dir_all(project.path(&format!("{folder}/src"))).unwrap();
        let settings = format!("{settings}[preprocessor.transcript]\nbefore = [\"links\"]\n");
        project.write(&format!("{folder}/book.toml"), &settings);
        project.write(&format!("{folder}/src/SUMMARY.md"), "- [A](a.md)\n");
        project.write(
            &format!("{folder}/src/a.md"),
            &format!("# In {folder}\n\n!!! note\n\n    Seen.\n"),
        );
    }
    project
}

fn names(project: &Project, folder: &str, books: &str) {
    let file = format!("{folder}/book.toml");
    let text = project.read(&file) + &format!("books = {books}\n");
    project.write(&file, &text);
}

#[test]
fn named_books_are_built_too() {
    let project = project(&[(".", ""), ("guide", ""), ("de/guide", "")]);
    names(
        &project,
        ".",
        "[\"guide\", \"./guide/\", \"de/guide\", \".\"]",
    );
    // A book that names the first one does not make a circle, and the third is named by the first alone.
    names(&project, "guide", "[\"..\"]");
    let built = project.run(&["build"]);
    assert_eq!(
        built.succeeds().stdout,
        "[BOOK]/book/index.html\n[BOOK]/guide/book/index.html\n[BOOK]/de/guide/book/index.html\n"
    );
    for folder in ["guide", "de/guide"] {
        let page = project.read(&format!("{folder}/book/a.html"));
        assert!(page.contains(&format!("In {folder}")));
        assert!(page.contains("blockquote-tag-note"), "{page}");
    }
    let built = project.run(&["build", "guide"]);
    let pages = "[BOOK]/guide/book/index.html\n[BOOK]/book/index.html\n";
    assert_eq!(built.succeeds().stdout, pages);
    let built = project.run(&["build", "de/guide"]);
    assert_eq!(built.succeeds().stdout, "[BOOK]/de/guide/book/index.html\n");
}

#[test]
fn an_error_in_one_book_does_not_hide_the_others() {
    let project = project(&[(".", ""), ("guide", ""), ("empty", ""), ("last", "")]);
    names(&project, ".", "[\"guide\", \"empty\", \"last\"]");
    for file in ["src/a.md", "guide/src/a.md"] {
        project.write(
            file,
            "# A\n\n```rust,exmaple=hello\n```\n\n```rust,example=hello,args\n```\n",
        );
    }
    fs::remove_file(project.path("empty/src/SUMMARY.md")).unwrap();
    let built = project.run(&["build"]);
    assert_eq!(built.fails().stdout, "[BOOK]/last/book/index.html\n");
    for error in [
        "error: the book in `.` was not built: ",
        "error: the book in `guide` was not built: ",
        "error: the book in `empty` was not built: ",
    ] {
        assert_eq!(built.stderr.matches(error).count(), 1, "{}", built.stderr);
    }
}

#[test]
fn a_named_book_must_exist_and_have_a_folder_of_its_own() {
    let nested = "[build]\nbuild-dir = \"../book/guide\"\n";
    let above = "[build]\nbuild-dir = \"..\"\n";
    let same = "[build]\nbuild-dir = \"../book/./guide/../\"\n";
    let project = project(&[
        (".", ""),
        ("nested", nested),
        ("above", above),
        ("same", same),
    ]);
    names(&project, ".", "[\"gide\", \"above\", \"same\", \"nested\"]");
    let built = project.run(&["build"]);
    snapshot("books", &built.fails().errors());
    assert!(!project.path("book").exists());
    assert!(project.path("src/a.md").exists());

    project.change(
        "book.toml",
        "[\"gide\", \"above\", \"same\", \"nested\"]",
        "[\"nested\"]",
    );
    let built = project.run(&["build"]);
    let pages = "[BOOK]/book/index.html\n[BOOK]/book/guide/index.html\n";
    assert_eq!(built.succeeds().stdout, pages);

    project.change("book.toml", "[\"nested\"]", "\"nested\"");
    let message = "expected a list of folders, like [\"guide\"]";
    let built = project.run(&["build"]);
    assert!(built.fails().stderr.contains(message), "{}", built.stderr);
}

/// The links of a built page to files, each with the part after `#`.
fn links(page: &Path) -> Vec<(PathBuf, String)> {
    let html = Html::parse_document(&fs::read_to_string(page).unwrap());
    let all = Selector::parse("a[href], img[src], link[href], script[src]").unwrap();
    let linked = html.select(&all).filter_map(|it| {
        let to = it.attr("href").or(it.attr("src")).unwrap();
        (!to.contains(':')).then_some(to)
    });
    let split = linked.map(|to| to.split_once('#').unwrap_or((to, "")));
    let files = split.map(|(file, id)| match file {
        "" => (page.to_owned(), id.to_owned()),
        file => (page.parent().unwrap().join(file), id.to_owned()),
    });
    files.collect()
}

/// The README's command builds the tutorial and the guide, next to each other, with links in both directions.
#[test]
fn this_repository_has_two_books_with_valid_links() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let built = Command::new(PROGRAM)
        .arg("build")
        .current_dir(root)
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let mut across = BTreeSet::new();
    for book in ["book", "guide"] {
        let folder = root.join("target").join(book);
        let pages = fs::read_dir(&folder).unwrap();
        let pages = pages.map(|page| page.unwrap().path());
        let pages: Vec<PathBuf> = pages
            .filter(|page| page.extension().is_some_and(|it| it == "html"))
            .collect();
        assert!(pages.len() > 15, "{pages:?}");
        for page in pages {
            for (to, id) in links(&page) {
                let shown = format!("{} → {}#{id}", page.display(), to.display());
                assert!(to.is_file(), "{shown}");
                let is_page = to.extension().is_some_and(|it| it == "html");
                if is_page && !id.is_empty() && !id.starts_with('/') {
                    let linked = fs::read_to_string(&to).unwrap();
                    assert!(linked.contains(&format!("id=\"{id}\"")), "{shown}");
                }
                if to.components().any(|part| part.as_os_str() == "..") {
                    across.insert(book);
                }
            }
        }
    }
    assert_eq!(across, BTreeSet::from(["book", "guide"]));
}
