//! The tutorial itself: its recordings hold.

use std::fs;
use std::path::Path;
use std::process::Command;

use mdbook_transcript::page::assets::{SCRIPT, STYLE};
use mdbook_transcript::transcript::format::Recording;

use serde_json::Value;
use tempfile::TempDir;

use crate::project::{PROGRAM, copy, outputs};

/// Builds the tutorial, without the guide, into a folder of its own.
pub fn build() -> tempfile::TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let built = Command::new(PROGRAM)
        .arg("build")
        .current_dir(root)
        .env("MDBOOK_BUILD__BUILD_DIR", folder.path())
        .env("MDBOOK_PREPROCESSOR__TRANSCRIPT__BOOKS", "[]")
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    folder
}

/// The names of the recordings.
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

/// `cargo insta review` shows the text that `record` writes.
#[test]
fn shapes_are_as_reviewed() {
    for name in recorded() {
        let file = format!("examples/transcripts/{name}.transcript");
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let recorded = Recording::parse(&text).unwrap();
        insta::with_settings!({
            prepend_module_to_snapshot => false,
            snapshot_path => "../snapshots",
        }, { insta::assert_snapshot!(name, recorded.shape.text()) });
    }
}

/// The tutorial uses the files that `install` writes, made of the parts in `src/page/assets/`. After a change of these,
/// this test fails once and writes the files.
#[test]
fn the_style_sheet_and_the_script_are_up_to_date() {
    for asset in [STYLE, SCRIPT] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(asset.name);
        let installed = fs::read_to_string(&file).unwrap();
        if installed != asset.text {
            fs::write(file, asset.text).unwrap();
            panic!(
                "{} was out of date: it has been written from its parts in src/page/assets/",
                asset.name
            );
        }
    }
}

/// The command above each output names an example of the package, and features that it has.
#[test]
fn readers_can_run_every_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("examples/Cargo.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap();
    let examples = manifest["example"].as_array().unwrap();
    for name in recorded() {
        let file = root.join(format!("examples/transcripts/{name}.transcript"));
        let text = fs::read_to_string(file).unwrap();
        let command = Recording::parse(&text).unwrap().head.run;
        if let Some(name) = command.strip_prefix("mdbook-transcript run ") {
            // The tool is in the same checkout.
            assert!(recorded().iter().any(|it| it == name), "{command}");
            continue;
        }
        let after = |word: &str| {
            let mut words = command.split(' ').skip_while(|&it| it != word);
            words.nth(1)
        };
        let is_named = |it: &&toml::Value| it["name"].as_str() == after("--example");
        let example = examples.iter().find(is_named).expect(&command);
        let required = example.get("required-features");
        let required = required.map(|features| features[0].as_str().unwrap());
        assert_eq!(required, after("--features"), "{command}");
        let is_for_cargo = command.contains("cargo run --") || required.is_some();
        assert!(is_for_cargo, "{command}");
        assert!(
            root.join("examples")
                .join(example["path"].as_str().unwrap())
                .exists()
        );
    }
}

/// A new execution has the recorded shape. (`.ci/run` also checks executions under schedules.)
#[test]
fn every_recording_holds() {
    let checked = Command::new(PROGRAM)
        .args(["check", "--repeat", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let output = String::from_utf8(checked.stdout).unwrap();
    assert!(checked.status.success(), "{output}");
    let all = recorded().len();
    assert!(
        output.contains(&format!("{all} runs hold, each executed once")),
        "{output}"
    );
}

/// The pages show the recorded lines.
#[test]
fn pages_show_the_recordings() {
    let book = build();
    for (lesson, name) in [
        ("join", "join"),
        ("order", "join-1-0.5"),
        ("pool", "pool"),
        ("batch", "batch"),
        ("asynchrony", "asynchronous"),
        ("seeds", "mutex-s1"),
    ] {
        let file = format!("examples/transcripts/{name}.transcript");
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let recorded = Recording::parse(&text).unwrap();
        let lines = recorded.transcript.lines.iter();
        let lines: Vec<&str> = lines.map(|line| line.text.as_str()).collect();
        let page = fs::read_to_string(book.path().join(format!("{lesson}.html"))).unwrap();
        let output = &outputs(&page)[0];
        assert!(output.contains(&lines.join("\n")), "{output}");
    }
}

/// A sentence of the tutorial, and a change of its program that makes it false.
struct Sentence {
    lesson: &'static str,
    says: &'static str,
    program: &'static str,
    from: &'static str,
    to: &'static str,
    /// The kind of finding that a check must report in addition to `STALE`.
    found: &'static str,
}

const SENTENCES: [Sentence; 6] = [
    Sentence {
        lesson: "threads",
        says: "neither `end foo` nor `end bar` is ever printed",
        program: "threads",
        from: "thread::spawn(foo); // (1)!\n    thread::spawn(bar);\n",
        to: "let _ = thread::spawn(foo).join(); // (1)!\n    thread::spawn(bar);\n",
        found: "CLAIM",
    },
    Sentence {
        lesson: "join",
        says: "Both threads start, both end, and only then does `main` print its line.",
        program: "join",
        from: "    second.join().expect(\"bar does not panic\");
    let seconds = start.elapsed().as_secs_f64();
    println!(\"Finished in: {seconds:.2} seconds\");
",
        to: "    let seconds = start.elapsed().as_secs_f64();
    println!(\"Finished in: {seconds:.2} seconds\");
    second.join().expect(\"bar does not panic\");
",
        found: "ORDER",
    },
    Sentence {
        lesson: "mutex",
        says: "The mutex orders the counting: from 0 to 1, from 1 to 2, and so on, in every run.",
        program: "mutex",
        from: "let mut count = counter.lock().expect(\"no worker panics\"); // (2)!
            let before = *count;
            thread::sleep(Duration::from_millis(100));
",
        to: "let before = *counter.lock().expect(\"no worker panics\"); // (2)!
            thread::sleep(Duration::from_millis(100));
            let mut count = counter.lock().expect(\"no worker panics\");
",
        found: "FIELD",
    },
    Sentence {
        lesson: "batch",
        says: "starts itself for each year from 2013 to 2023",
        program: "batch",
        from: "2013..=2023",
        to: "2013..=2022",
        found: "COUNT",
    },
    Sentence {
        lesson: "asynchrony",
        says: "The lines are the same as with threads",
        program: "asynchronous",
        from: "tokio::join!(foo(), bar());",
        to: "foo().await;\n    bar().await;",
        found: "CLAIM",
    },
    Sentence {
        lesson: "join",
        says: "A panic ends its own thread, not the program",
        program: "panic",
        from: "second.join()",
        to: "second.join().unwrap()",
        found: "EXIT",
    },
];

/// A copy of the tutorial in a workspace of its own, with all changes made.
fn changed(sentences: &[Sentence]) -> TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    for part in ["book", "examples"] {
        copy(&root.join(part), &folder.path().join(part));
    }
    for file in ["book.toml", "Cargo.lock"] {
        fs::copy(root.join(file), folder.path().join(file)).unwrap();
    }
    let workspace = "[workspace]\nresolver = \"3\"\nmembers = [\"examples\"]\n";
    fs::write(folder.path().join("Cargo.toml"), workspace).unwrap();
    for it in sentences {
        let lesson = folder.path().join(format!("book/{}.md", it.lesson));
        let lesson = fs::read_to_string(lesson).unwrap();
        assert!(lesson.contains(it.says), "{}: {}", it.lesson, it.says);
        let file = folder.path().join(format!("examples/{}.rs", it.program));
        let program = fs::read_to_string(&file).unwrap();
        assert_eq!(program.matches(it.from).count(), 1, "{}", it.program);
        fs::write(&file, program.replace(it.from, it.to)).unwrap();
    }
    folder
}

/// A check reports not only the changed program but also the kind of the difference.
#[test]
fn a_false_sentence_is_reported() {
    let folder = changed(&SENTENCES);
    let checked = Command::new(PROGRAM)
        .args(["check", "--format", "json", "--repeat", "1"])
        .args(SENTENCES.map(|it| it.program))
        .current_dir(folder.path())
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .unwrap();
    let output = String::from_utf8(checked.stdout).unwrap();
    let verdicts: Vec<Value> = output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(verdicts.len(), SENTENCES.len(), "{output}");
    for it in &SENTENCES {
        let verdict = verdicts.iter().find(|verdict| verdict["run"] == it.program);
        let findings = verdict.unwrap()["findings"].as_array().unwrap();
        let kinds: Vec<&str> = findings
            .iter()
            .map(|finding| finding["kind"].as_str().unwrap())
            .collect();
        assert!(kinds.contains(&"STALE"), "{}: {output}", it.says);
        assert!(kinds.contains(&it.found), "{}: {output}", it.says);
    }
}
