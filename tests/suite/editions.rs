//! The edition of a program, as its fence tells it to mdBook and rustdoc.

use std::fs;

use crate::project::Project;

/// A book with a package of edition 2024, and these fences.
fn book(fences: &str) -> Project {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [Editions](editions.md)\n");
    project.write("src/editions.md", fences);
    project
}

/// The classes of the Rust fences on the page.
fn classes(project: &Project) -> Vec<String> {
    project.run(&["build"]).succeeds();
    let page = project.read("book/editions.html");
    let fences = page.split("<code class=\"language-rust").skip(1);
    let classes = fences.map(|fence| fence.split('"').next().unwrap().trim().to_owned());
    classes.collect()
}

#[test]
fn fences_have_the_edition_of_their_package() {
    let project = book(
        "```rust,example=hello\n```\n\n\
         === \"Tab\"\n\n    ```rust,example,name=a\n    drop(async {});\n    ```\n\n\
         ```rust,example,edition2018,name=b\ndrop(async {});\n```\n\n\
         ```rust\nfn other() {}\n```\n",
    );
    let found = classes(&project);
    assert_eq!(found.len(), 4);
    for (classes, edition) in found
        .iter()
        .zip([Some("2024"), Some("2024"), Some("2018"), None])
    {
        let is = |class: &&str| class.starts_with("edition");
        let edition = edition.map(|edition| format!("edition{edition}"));
        let has: Vec<&str> = classes.split_whitespace().filter(is).collect();
        assert_eq!(has, edition.iter().collect::<Vec<_>>(), "{classes}");
    }
    // The settings of the book take precedence.
    let settings = project.read("book.toml") + "\n[rust]\nedition = \"2021\"\n";
    project.write("book.toml", &settings);
    assert!(
        classes(&project)
            .iter()
            .all(|classes| !classes.contains("edition2024"))
    );
}

#[test]
fn an_edition_may_be_the_workspace_s() {
    let project = book(
        "```rust,example=hello\n```\n\n```rust,example=old\n```\n\n```rust,example=newer\n```\n",
    );
    let manifest = project.read("Cargo.toml");
    let edition = "edition = \"2024\"\n";
    assert!(manifest.contains(edition), "{manifest}");
    let workspace =
        "\n[workspace]\nmembers = [\"parts/*\"]\n\n[workspace.package]\nedition = \"2021\"\n";
    let manifest = manifest.replace(edition, "edition.workspace = true\n");
    project.write(
        "Cargo.toml",
        &(manifest.replace("\n[workspace]\n", "") + workspace),
    );
    fs::create_dir_all(project.path("parts/old/examples")).unwrap();
    fs::create_dir_all(project.path("parts/old/src")).unwrap();
    // A target may have an edition of its own.
    project.write(
        "parts/old/Cargo.toml",
        "[package]\nname = \"old\"\nedition = \"2018\"\n\n[[example]]\nname = \"newer\"\nedition = \"2021\"\n",
    );
    project.write("parts/old/examples/newer.rs", "fn main() {}\n");
    project.write("parts/old/src/lib.rs", "");
    project.write("parts/old/examples/old.rs", "fn main() {}\n");
    let found = classes(&project);
    assert!(found[0].contains("edition2021"), "{found:?}");
    assert!(found[1].contains("edition2018"), "{found:?}");
    assert!(found[2].contains("edition2021"), "{found:?}");
}
