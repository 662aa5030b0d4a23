//! How much a warm build pays for the preprocessor: `cargo bench`.
//!
//! Books of several sizes, each chapter with a run of its own, are preprocessed once. Then, by turns,
//! the preprocessor and a program that reads the same JSON and writes it back (this one, started with
//! `echo`) are run as whole processes. What is printed are ratios; a time alone says nothing on a
//! machine that others use too.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that fails says where, and prints what it found"
)]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const CHAPTERS: [usize; 4] = [5, 10, 100, 1000];
const ROUNDS: usize = 21;

fn main() {
    if std::env::args().nth(1).as_deref() == Some("echo") {
        return echo();
    }
    println!(
        "preprocessor, warm, against reading the JSON and writing it back: ratio of the walls"
    );
    println!(
        "| chapters and runs | style sheet, script | minimum | median | maximum | median, preprocessor |"
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    for (chapters, assets) in CHAPTERS
        .into_iter()
        .flat_map(|chapters| [(chapters, "named"), (chapters, "inline")])
    {
        let folder = tempfile::tempdir().unwrap();
        let input = book(folder.path(), chapters, assets);
        let ours = || time(env!("CARGO_BIN_EXE_mdbook-transcript"), &[], &input);
        let this = std::env::current_exe().unwrap();
        let echo = || time(this.to_str().unwrap(), &["echo"], &input);
        ours();
        let mut pairs: Vec<(f64, Duration)> = (0..ROUNDS)
            .map(|_| {
                let ours = ours();
                (ours.as_secs_f64() / echo().as_secs_f64(), ours)
            })
            .collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut walls: Vec<Duration> = pairs.iter().map(|(_, wall)| *wall).collect();
        walls.sort();
        println!(
            "| {chapters} | {assets} | {:.2} | {:.2} | {:.2} | {:.1} ms |",
            pairs[0].0,
            pairs[ROUNDS / 2].0,
            pairs[ROUNDS - 1].0,
            walls[ROUNDS / 2].as_secs_f64() * 1000.0,
        );
    }
}

/// The counterpart.
fn echo() {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).unwrap();
    let (_, book): (Value, Value) = serde_json::from_slice(&bytes).unwrap();
    let text = serde_json::to_string(&book).unwrap();
    std::io::stdout().lock().write_all(text.as_bytes()).unwrap();
}

/// A book whose chapters show one program, each with other arguments; its JSON in a file. The style sheet
/// and the script are named, as `install` has it, or inline in each chapter.
fn book(folder: &Path, chapters: usize, assets: &str) -> std::path::PathBuf {
    let additional = match assets {
        "named" => json!({ "html": {
            "additional-css": ["transcript.css"], "additional-js": ["transcript.js"],
        }}),
        _ => json!({}),
    };
    fs::create_dir(folder.join("examples")).unwrap();
    let manifest =
        "[package]\nname = \"programs\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    let program = "fn main() {\n    println!(\"{:?}\", std::env::args().nth(1));\n}\n";
    fs::write(folder.join("examples/trivial.rs"), program).unwrap();
    let prose = "A paragraph of text, as there are many in a book. ".repeat(40);
    let items: Vec<Value> = (0..chapters)
        .map(|number| {
            let content = format!(
                "# {number}\n\n{prose}\n\n```rust,example=trivial,args={number}\n```\n\n{prose}\n"
            );
            let path = format!("{number}.md");
            json!({ "Chapter": {
                "name": path, "content": content, "number": [number], "sub_items": [],
                "path": path, "source_path": path, "parent_names": [],
            }})
        })
        .collect();
    let input = json!([
        {
            "root": folder, "renderer": "html", "mdbook_version": "0.5.4",
            "config": {
                "book": { "src": "src" },
                "output": additional,
                "preprocessor": { "transcript": { "before": ["links"] } },
            },
        },
        { "items": items },
    ]);
    let file = folder.join("book.json");
    fs::write(&file, input.to_string()).unwrap();
    file
}

fn time(program: &str, args: &[&str], input: &Path) -> Duration {
    let start = Instant::now();
    let status = Command::new(program)
        .args(args)
        .stdin(File::open(input).unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    let wall = start.elapsed();
    assert!(status.success(), "{program} {args:?}");
    wall
}
