//! The tutorial itself: what is recorded of it, and that it still is so.

use std::fs;
use std::path::Path;
use std::process::Command;

use mdbook_transcript::transcript::format::Recorded;

use crate::project::{PROGRAM, outputs};

/// Builds the tutorial into a folder of its own.
pub fn build() -> tempfile::TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let built = Command::new(PROGRAM)
        .arg("build")
        .current_dir(root)
        .env("MDBOOK_BUILD__BUILD_DIR", folder.path())
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    folder
}

/// The names of what is recorded.
fn recorded() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/transcripts");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = files
        .map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// What is reviewed with `cargo insta review` is the very text that `record` writes.
#[test]
fn every_lesson_has_its_shape() {
    for name in recorded() {
        let file = format!("examples/transcripts/{name}.transcript");
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let recorded = Recorded::parse(&text).unwrap();
        insta::with_settings!({
            prepend_module_to_snapshot => false,
            snapshot_path => "../snapshots",
        }, { insta::assert_snapshot!(name, recorded.shape.text()) });
    }
}

/// A run that is made now has the shape that is recorded. (`.ci/run` checks with disturbed runs too.)
#[test]
fn every_output_is_still_so() {
    let checked = Command::new(PROGRAM)
        .args(["check", "--repeat", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8(checked.stdout).unwrap();
    assert!(checked.status.success(), "{said}");
    let all = recorded().len();
    assert!(
        said.contains(&format!("{all} runs hold, each made once")),
        "{said}"
    );
}

/// The pages show what is recorded, and no program is run for them.
#[test]
fn every_page_shows_what_is_recorded() {
    let book = build();
    for (lesson, name) in [("join", "join"), ("order", "join-1-0.5"), ("pool", "pool")] {
        let file = format!("examples/transcripts/{name}.transcript");
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let recorded = Recorded::parse(&text).unwrap();
        let lines = recorded.transcript.lines.iter();
        let lines: Vec<&str> = lines.map(|line| line.text.as_str()).collect();
        let page = fs::read_to_string(book.path().join(format!("{lesson}.html"))).unwrap();
        let output = &outputs(&page)[0];
        assert!(output.contains(&lines.join("\n")), "{output}");
    }
}
