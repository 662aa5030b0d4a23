//! The books that are built: made anew in a temporary folder.

use std::env;
use std::fmt::Write;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{OURS, preprocessor};

/// A book with its programs.
pub struct Book {
    folder: TempDir,
}

/// A program's name and its source.
type Program<'a> = (&'a str, String);

/// What a chapter says of its program.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fences {
    /// `example=…`: it is run.
    Ours,
    /// The same fence without an attribute: it is text.
    Plain,
    /// As text, in a book with a preprocessor that gives back what it gets.
    PlainThroughEcho,
    /// `<!-- cmdrun … -->`, as mdbook-cmdrun has it.
    CmdRun,
}

impl Book {
    /// A book with these programs, and a chapter for each of these lists of arguments of the first.
    pub fn with(programs: &[Program<'_>], runs: &[(String, String)], fences: Fences) -> Book {
        let folder = tempfile::tempdir().expect("there is room");
        let book = Book { folder };
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
                let this = env::current_exe().expect("it runs");
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
            writeln!(summary, "- [{number}]({number}.md)").expect("a string takes everything");
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

    /// A book of so many chapters that show one trivial program, each with other arguments.
    pub fn trivial(chapters: usize, fences: Fences) -> Book {
        let program = "fn main() {\n    println!(\"{:?}\", std::env::args().nth(1));\n}\n";
        let runs: Vec<_> = (0..chapters)
            .map(|number| ("trivial".to_owned(), number.to_string()))
            .collect();
        Book::with(&[("trivial", program.to_owned())], &runs, fences)
    }

    /// A book of so many chapters, each with a trivial program of its own.
    pub fn of_programs(count: usize, fences: Fences) -> Book {
        let names: Vec<String> = (0..count).map(|number| format!("p{number}")).collect();
        let source = |name: &str| format!("fn main() {{\n    println!(\"{name}\");\n}}\n");
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

    /// A book without the preprocessor whose chapters are what it makes of those of this one, each of which has a
    /// program of its own.
    pub fn made(&self, chapters: usize) -> Book {
        let made = preprocessor(self)
            .stdin(File::open(self.json()).expect("it was written"))
            .output()
            .expect("it can be started");
        let made: Value = serde_json::from_slice(&made.stdout).expect("it writes a book");
        let book = Book::of_programs(chapters, Fences::Plain);
        for (number, item) in made["items"].as_array().into_iter().flatten().enumerate() {
            let text = item["Chapter"]["content"].as_str().expect("it has a text");
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
        let folder = path.parent().expect("it lies in the book's folder");
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(path, text))
            .expect("there is room");
    }

    /// What mdBook sends to the preprocessor, in a file.
    pub fn json(&self) -> PathBuf {
        let summary =
            fs::read_to_string(self.path().join("src/SUMMARY.md")).expect("it was written");
        let chapters = summary
            .lines()
            .filter(|line| line.starts_with("- ["))
            .count();
        let items: Vec<Value> = (0..chapters)
            .map(|number| {
                let path = format!("{number}.md");
                let content = fs::read_to_string(self.path().join("src").join(&path));
                json!({ "Chapter": {
                    "name": path, "content": content.expect("it was written"), "number": [number],
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
        fs::write(&file, input.to_string()).expect("there is room");
        file
    }
}
