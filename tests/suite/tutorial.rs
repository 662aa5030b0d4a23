//! The tutorial itself: every output of every lesson, from a run made now.

use std::fs;
use std::path::Path;
use std::process::Command;

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

#[test]
fn every_output_has_its_shape() {
    let book = build();
    let lessons = ["threads", "join", "order", "mutex", "process", "pool"];
    for lesson in lessons {
        let page = fs::read_to_string(book.path().join(format!("{lesson}.html"))).unwrap();
        let outputs = outputs(&page);
        assert_eq!(outputs.len(), 1, "{lesson}");
        insta::with_settings!({
            filters => filters(lesson),
            prepend_module_to_snapshot => false,
            snapshot_path => "../snapshots",
        }, { insta::assert_snapshot!(lesson, in_any_order(lesson, &outputs[0])) });
    }
    let pool = fs::read_to_string(book.path().join("pool.html")).unwrap();
    let pool = &outputs(&pool)[0];
    let mut ids: Vec<&str> = pool
        .split("done by process ")
        .skip(1)
        .map(|rest| &rest[..rest.find('\n').unwrap()])
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let cores = std::thread::available_parallelism().unwrap().get();
    assert_eq!(ids.len(), cores.min(5), "each worker did a task");
}

/// What differs from run to run and from machine to machine.
fn filters(lesson: &str) -> Vec<(&'static str, &'static str)> {
    let mut filters = vec![
        // Fractions of seconds: what a program measured, and the caption's.
        (r"(\d+)\.\d+ (s|seconds)\b", "${1}.[TIME] $2"),
        (r"\d+(\.\d)? ms\b", "0.[TIME] s"),
        // Process ids.
        (r"process \d+", "process [PID]"),
        // Threads and processes are counted by looking: a busy machine may not let us look.
        (r" · \d+ (threads|processes)", ""),
    ];
    if lesson == "pool" {
        // The number of cores decides on the number of workers, and they on the time.
        filters.push((r"pool of \d+ processes", "pool of [CORES] processes"));
        filters.push((r"\d\.\[TIME\]", "[TIME]"));
    }
    filters
}

/// Orders that a lesson leaves open, neutralised; each by name.
fn in_any_order(lesson: &str, output: &str) -> String {
    let mut lines: Vec<String> = output.lines().map(str::to_owned).collect();
    let starts = |line: &String| line.starts_with("start ");
    match lesson {
        // Which thread or process starts first is open, and so is which of two equal sleepers ends.
        "join" | "order" => sort_run(&mut lines, starts),
        "process" => {
            sort_run(&mut lines, starts);
            sort_run(&mut lines, |line| line.starts_with("end "));
        }
        // In `threads` even whether they print at all is.
        "threads" => lines.retain(|line| !starts(line)),
        // Who counts is open, from what to what is not.
        "mutex" => {
            for line in &mut lines {
                for name in ["Anna", "Ben", "Cleo", "Dan"] {
                    *line = line.replace(name, "[NAME]");
                }
            }
        }
        // Which worker takes which task, and who is through first.
        "pool" => sort_run(&mut lines, |line| line.starts_with("task ")),
        _ => {}
    }
    lines.join("\n")
}

/// Sorts the lines of a kind, which must stand together.
fn sort_run(lines: &mut [String], kind: impl Fn(&String) -> bool) {
    let Some(first) = lines.iter().position(&kind) else {
        return;
    };
    let count = lines[first..].iter().take_while(|line| kind(line)).count();
    lines[first..first + count].sort();
}
