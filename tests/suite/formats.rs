//! Recordings in each version of the format: files that earlier versions of the tool wrote, in `tests/formats`.

use std::fs;
use std::path::Path;

use mdbook_transcript::transcript::format::{Recording, VERSION};

use crate::project::Project;

const FILE: &str = "examples/transcripts/mutex.transcript";

/// A file in `tests/formats`.
fn of_formats(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats");
    fs::read_to_string(folder.join(name)).unwrap()
}

/// A book as those in which the files were recorded.
fn book() -> Project {
    let project = Project::empty();
    for folder in ["src", "examples/src", "examples/transcripts"] {
        fs::create_dir_all(project.path(folder)).unwrap();
    }
    project.write(
        "book.toml",
        "[preprocessor.transcript]\nbefore = [\"links\"]\nmanifest = \"examples/Cargo.toml\"\n",
    );
    project.write("src/SUMMARY.md", "- [Mutex](mutex.md)\n");
    project.write("src/mutex.md", "# Mutex\n\n```rust,example=mutex\n```\n");
    project.write(
        "examples/Cargo.toml",
        "[package]\nname = \"lessons\"\nedition = \"2024\"\nautoexamples = false\n\
         [workspace]\n[[example]]\nname = \"mutex\"\npath = \"mutex.rs\"\n",
    );
    project.write("examples/src/lib.rs", "");
    project.write("examples/mutex.rs", &of_formats("mutex.rs"));
    project
}

/// Old recordings are fresh, shown, checked and kept, and `record --all` writes them in the newest format.
#[test]
fn recordings_of_every_version_are_read() {
    let project = book();
    for version in 1..=VERSION {
        let text = of_formats(&format!("{version}.transcript"));
        assert!(text.starts_with(&format!("mdbook-transcript {version}\n")));
        project.write(FILE, &text);
        let recorded = Recording::parse(&text).unwrap();
        assert_eq!(recorded.transcript.lines.len(), 5);

        let list = project.run(&["list"]);
        assert!(
            list.succeeds().stdout.starts_with("fresh  mutex"),
            "{version}: {}",
            list.stdout
        );
        project.run(&["build"]).succeeds();
        let first = text
            .lines()
            .find_map(|line| line.split_once(" counts from 0"));
        let (_, name) = first.unwrap().0.rsplit_once(' ').unwrap();
        let page = project.read("book/mutex.html");
        assert!(
            page.contains(&format!(">{name} counts from 0 to 1\n")),
            "{version}"
        );

        assert_eq!(project.errors_of_check(&[]), [""; 0], "{version}");
        project.run(&["record"]).succeeds();
        assert_eq!(project.read(FILE), text, "{version}");
    }
    let newer = format!("mdbook-transcript {}", VERSION + 1);
    let newest = of_formats(&format!("{VERSION}.transcript"));
    let newest = newest.replacen(&format!("mdbook-transcript {VERSION}"), &newer, 1);
    project.write(FILE, &newest);
    let check = project.run(&["check"]);
    let message = format!(
        "a newer version of mdbook-transcript wrote it (format {}; this one reads up to {VERSION})",
        VERSION + 1
    );
    assert!(check.fails().stdout.contains(&message), "{}", check.stdout);
}
