//! The rules of the house that `src/lib.rs` states, read from the sources.

use std::fs;
use std::path::{Path, PathBuf};

fn sources() -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![src.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path
                    .strip_prefix(&src)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('\\', "/");
                sources.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(sources.len() > 20);
    sources
}

/// The room that a file belongs to: `lesson/parse.rs` to `lesson`.
fn room(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap()
}

#[test]
fn imports_run_one_way() {
    for (file, text) in sources() {
        let allowed: &[&str] = match room(&file) {
            "main" | "lib" | "cli" | "commands" => continue,
            "stages" => &[
                "book",
                "config",
                "example",
                "interrupt",
                "lesson",
                "page",
                "report",
                "transcript",
            ],
            "page" | "example" => &["lesson", "transcript"],
            "lesson" => &["transcript"],
            _ => &[],
        };
        for rest in text.split("crate::").skip(1) {
            let used = rest
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap();
            assert!(
                used == room(&file) || allowed.contains(&used),
                "src/{file} imports crate::{used}"
            );
        }
    }
}

#[test]
fn pure_rooms_stay_pure() {
    let pure = |file: &str| {
        matches!(
            room(file),
            "lesson" | "transcript" | "page" | "report" | "config"
        ) || [
            "example/mod.rs",
            "example/partition.rs",
            "example/plan/key.rs",
            "example/plan/mod.rs",
            "example/plan/words.rs",
            "example/source.rs",
        ]
        .contains(&file)
    };
    let effects = [
        "fs",
        "process",
        "env",
        "net",
        "time::Instant",
        "thread",
        "io",
    ];
    for (file, text) in sources().into_iter().filter(|(file, _)| pure(file)) {
        for effect in effects {
            for way in [format!("std::{effect}"), format!("env::{effect}(")] {
                assert!(!text.contains(&way), "src/{file} names {way}");
            }
        }
    }
}

#[test]
fn files_can_be_read_in_one_sitting() {
    for (file, text) in sources() {
        let lines = text.lines().count();
        assert!(
            lines <= 400,
            "src/{file} has {lines} lines: two things live in it"
        );
    }
}
