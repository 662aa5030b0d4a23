//! `list`: what is known of each run.

use crate::project::Project;

#[test]
fn each_run_is_missing_fresh_stale_or_orphaned() {
    let project = Project::from("workspace");
    project.write(
        "src/programs.md",
        "```rust,example=same,package=a\n```\n\n```rust,example=same,package=b\n```\n",
    );
    let list = || project.run(&["list"]).succeeds().stdout.clone();
    assert_eq!(
        list(),
        "missing  same-of-a  src/programs.md:1  cargo run --package a --example same\n\
         missing  same-of-b  src/programs.md:4  cargo run --package b --example same\n"
    );

    project.run(&["build"]).succeeds();
    assert_eq!(
        list(),
        "fresh  same-of-a  src/programs.md:1  cargo run --package a --example same\n\
         fresh  same-of-b  src/programs.md:4  cargo run --package b --example same\n"
    );

    // A file that the program includes, and one of a package that it depends on.
    for file in ["a/examples/data.txt", "dep/src/lib.rs"] {
        let before = project.read(file);
        project.write(file, &format!("{before}\n"));
        assert_eq!(
            list().lines().next(),
            Some(format!("stale  same-of-a  src/programs.md:1  cargo run --package a --example same  {file} has changed").as_str())
        );
        project.write(file, &before);
    }

    project.write("src/programs.md", "```rust,example=same,package=a\n```\n");
    let list = list();
    let orphan = "\norphaned                           cargo run --package b --example same\n";
    assert!(list.contains(orphan), "{list}");
}

#[test]
fn nothing_is_listed_of_a_book_with_mistakes() {
    let project = Project::from("good");
    project.write("src/fences.md", "```rust,example=helo\n```\n");
    let said = project.run(&["list"]);
    let errors = said.fails().errors();
    assert!(errors.contains("did you mean `hello`?"), "{errors}");
    assert!(
        errors.ends_with("error: the runs were not listed: 1 error"),
        "{errors}"
    );
}
