//! The books that are built, each created in a temporary folder.

use std::env;
use std::fmt::Write;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{OURS, preprocessor};

/// A book with its programs, in a temporary folder.
pub struct Book {
    folder: TempDir,
}

/// A program's name and source.
type Program<'a> = (&'a str, String);

/// The way in which a chapter shows its program.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fences {
    /// `example=…`: the program is executed.
    Ours,
    /// The same fence without an attribute: plain text.
    Plain,
    /// Plain text, in a book with a preprocessor that returns its input unchanged.
    PlainThroughEcho,
    /// `<!-- cmdrun … -->` of mdbook-cmdrun.
    CmdRun,
}

impl Book {
    /// Creates a folder for a book.
    pub fn empty() -> Book {
        let folder = tempfile::tempdir().unwrap();
        Book { folder }
    }

    /// Creates a book with these programs and a chapter for each run: a program's name and its arguments.
    pub fn with(programs: &[Program<'_>], runs: &[(String, String)], fences: Fences) -> Book {
        let book = Book::empty();
        let manifest = "[package]\nname = \"programs\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
        book.write("Cargo.toml", manifest);
        for (name, source) in programs {
            book.write(&format!("examples/{name}.rs"), source);
        }
        let preprocessor = match fences {
            Fences::Ours => {
                format!("[preprocessor.transcript]\nbefore = [\"links\"]\ncommand = {OURS:?}\n")
            }
            Fences::Plain => String::new(),
            Fences::PlainThroughEcho => {
                let this = env::current_exe().unwrap();
                format!(
                    "[preprocessor.echo]\ncommand = \"{} echo\"\n",
                    this.display()
                )
            }
            Fences::CmdRun => "[preprocessor.cmdrun]\n".to_owned(),
        };
        let watched = match fences {
            Fences::Ours => "[build]\nextra-watch-dirs = [\"examples\"]\n",
            Fences::Plain | Fences::PlainThroughEcho | Fences::CmdRun => "",
        };
        let assets = "[output.html]\nadditional-css = [\"transcript.css\"]\nadditional-js = [\"transcript.js\"]\n";
        book.write(
            "book.toml",
            &format!("[book]\ntitle = \"B\"\n{preprocessor}{watched}{assets}"),
        );
        for asset in [
            mdbook_transcript::page::assets::STYLE,
            mdbook_transcript::page::assets::SCRIPT,
        ] {
            book.write(asset.name, asset.text);
        }
        let mut summary = "# Summary\n\n".to_owned();
        for (number, (program, args)) in runs.iter().enumerate() {
            writeln!(summary, "- [{number}]({number}.md)").unwrap();
            let fence = match fences {
                Fences::Ours => format!("```rust,example={program},args=\"{args}\"\n```"),
                Fences::Plain | Fences::PlainThroughEcho => "```rust\nfn main() {}\n```".to_owned(),
                Fences::CmdRun => {
                    format!("<!-- cmdrun cd .. && cargo run -q --example {program} -- {args} -->")
                }
            };
            let prose = "A paragraph of text, as there are many in a book. ".repeat(40);
            book.write(
                &format!("src/{number}.md"),
                &format!("# {number}\n\n{prose}\n\n{fence}\n\n{prose}\n"),
            );
        }
        book.write("src/SUMMARY.md", &summary);
        book
    }

    /// Creates a book of chapters that show one trivial program, each with its own arguments.
    pub fn trivial(chapters: usize, fences: Fences) -> Book {
        let program = "fn main() {\n    println!(\"{:?}\", std::env::args().nth(1));\n}\n";
        let runs: Vec<_> = (0..chapters)
            .map(|number| ("trivial".to_owned(), number.to_string()))
            .collect();
        Book::with(&[("trivial", program.to_owned())], &runs, fences)
    }

    /// Creates a book of chapters that each show a trivial program of their own.
    pub fn of_programs(count: usize, fences: Fences) -> Book {
        let source = |name: &str| format!("fn main() {{\n    println!(\"{name}\");\n}}\n");
        Book::of_sources(count, source, fences)
    }

    /// Creates a book of chapters that each show a program of their own with the same source.
    pub fn of_the_same(count: usize, source: &str, fences: Fences) -> Book {
        Book::of_sources(count, |_| source.to_owned(), fences)
    }

    fn of_sources(count: usize, source: impl Fn(&str) -> String, fences: Fences) -> Book {
        let names: Vec<String> = (0..count).map(|number| format!("p{number}")).collect();
        let programs: Vec<_> = names
            .iter()
            .map(|name| (name.as_str(), source(name)))
            .collect();
        let runs: Vec<_> = names
            .iter()
            .map(|name| (name.clone(), String::new()))
            .collect();
        Book::with(&programs, &runs, fences)
    }

    /// Creates a book without the preprocessor whose chapters are the preprocessor's output for this book, in which
    /// each chapter has a program of its own.
    pub fn preprocessed(&self, chapters: usize) -> Book {
        let output = preprocessor(self)
            .stdin(File::open(self.json()).unwrap())
            .output()
            .unwrap();
        let output: Value = serde_json::from_slice(&output.stdout).unwrap();
        let book = Book::of_programs(chapters, Fences::Plain);
        for (number, item) in output["items"].as_array().into_iter().flatten().enumerate() {
            let text = item["Chapter"]["content"].as_str().unwrap();
            book.write(&format!("src/{number}.md"), text);
        }
        book
    }

    /// The folder of the book.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of the book.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        let folder = path.parent().unwrap();
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(path, text))
            .unwrap();
    }

    /// Writes mdBook's input for the preprocessor to a file, and returns its path.
    pub fn json(&self) -> PathBuf {
        let summary = fs::read_to_string(self.path().join("src/SUMMARY.md")).unwrap();
        let chapters = summary
            .lines()
            .filter(|line| line.starts_with("- ["))
            .count();
        let items: Vec<Value> = (0..chapters)
            .map(|number| {
                let path = format!("{number}.md");
                let content = fs::read_to_string(self.path().join("src").join(&path));
                json!({ "Chapter": {
                    "name": path, "content": content.unwrap(), "number": [number],
                    "sub_items": [], "path": path, "source_path": path, "parent_names": [],
                }})
            })
            .collect();
        let input = json!([
            {
                "root": self.path(), "renderer": "html", "mdbook_version": "0.5.4",
                "config": {
                    "book": { "src": "src" },
                    "output": { "html": {
                        "additional-css": ["transcript.css"], "additional-js": ["transcript.js"],
                    }},
                    "preprocessor": { "transcript": { "before": ["links"] } },
                },
            },
            { "items": items },
        ]);
        let file = self.path().join("book.json");
        fs::write(&file, input.to_string()).unwrap();
        file
    }
}
