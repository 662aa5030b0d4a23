//! Foreign executables: programs that are started by a book's program, and are not the book's.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use mdbook_transcript::transcript::format::Recording;
use mdbook_transcript::transcript::tracks::labels;

use crate::project::Project;

/// A book with the run `program`, and a tool outside of its workspace that the program can start.
struct Book {
    project: Project,
    tool: PathBuf,
}

const FILE: &str = "examples/transcripts/program.transcript";

/// Starts a thread, and then the tool.
const PROGRAM: &str = r#"use std::process::Command;
use std::thread;

fn main() {
    thread::spawn(|| println!("in a thread")).join().unwrap();
    let status = Command::new("TOOL").status().unwrap();
    println!("{status}");
}
"#;

impl Book {
    /// A book with this program, in which `TOOL` is the path of the tool.
    fn of(program: &str) -> Book {
        let project = Project::empty();
        for folder in ["book", "book/src", "book/examples"] {
            fs::create_dir_all(project.path(folder)).unwrap();
        }
        let tool = project.path("tool").canonicalize();
        let tool = tool.unwrap_or_else(|_| project.path("tool"));
        let book = Book { project, tool };
        book.write(
            "book.toml",
            "[book]\ntitle = \"Tools\"\n[preprocessor.transcript]\nbefore = [\"links\"]\n",
        );
        book.write(
            "Cargo.toml",
            "[package]\nname = \"tools\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n",
        );
        book.write("src/SUMMARY.md", "- [Tools](tools.md)\n");
        book.write("src/tools.md", "# Tools\n\n```rust,example=program\n```\n");
        book.write("src/lib.rs", "");
        let tool = book.tool.display().to_string();
        book.write("examples/program.rs", &program.replace("TOOL", &tool));
        book
    }

    fn write(&self, file: &str, text: &str) {
        self.project.write(&format!("book/{file}"), text);
    }

    /// Builds a tool with so many threads, the last of which prints.
    fn build_tool(&self, threads: usize) {
        let source = format!(
            "use std::thread;\n\
            fn main() {{\n\
                let all: Vec<_> = (1..={threads}).map(|number| thread::spawn(move || {{\n\
                    if number == {threads} {{ println!(\"from the tool\"); }}\n\
                }})).collect();\n\
                all.into_iter().for_each(|thread| thread.join().unwrap());\n\
            }}\n"
        );
        self.project.write("tool.rs", &source);
        let mut rustc = Command::new("rustc");
        rustc.args(["--edition", "2024", "-o"]).arg(&self.tool);
        let status = rustc.arg(self.project.path("tool.rs")).status().unwrap();
        assert!(status.success());
    }

    fn run(&self, args: &[&str]) -> crate::project::Output {
        let book = self.project.path("book").display().to_string();
        self.project.run(&[args, &["--book", &book]].concat())
    }

    fn recorded(&self) -> String {
        self.project.read(&format!("book/{FILE}"))
    }
}

/// Another version of the tool has other threads: nothing about the program has changed.
#[test]
fn threads_of_a_foreign_executable_are_not_the_programs() {
    let book = Book::of(PROGRAM);
    book.build_tool(6);
    book.run(&["record"]).succeeds();
    let recorded = book.recorded();
    let start = "\nstarts at least 1 threads, 1 processes, waits for 1\n\
        1 stdout 1 in a thread\n\
        2 stdout 1 from the tool\n\
        3 stdout 1 exit status: 0\n";
    assert!(recorded.contains(start), "{recorded}");
    assert!(!recorded.contains("apart from 0/0."), "{recorded}");
    // The page has one lane for the tool.
    let transcript = Recording::parse(&recorded).unwrap().transcript;
    let labels = labels(&transcript.tracks);
    assert_eq!(labels, ["main", "thread 1", "tool"]);
    let tracks = transcript.lines.iter().map(|line| line.track);
    assert_eq!(tracks.collect::<Vec<_>>(), [Some(1), Some(2), Some(0)]);
    for threads in [1, 9] {
        book.build_tool(threads);
        book.run(&["check"]).succeeds();
    }
}

/// A program that starts itself is still its own.
#[test]
fn threads_of_the_program_in_another_process_are_its_own() {
    let program = r#"use std::process::Command;
use std::{env, thread};

fn main() {
    if env::args().count() > 1 {
        let all = [1, 2].map(|number| thread::spawn(move || println!("worker {number}")));
        all.into_iter().for_each(|worker| worker.join().unwrap());
        return;
    }
    let status = Command::new("sh").args(["-c", "\"$0\" again; :"]).arg(env::current_exe().unwrap()).status();
    println!("{}", status.unwrap());
}
"#;
    let book = Book::of(program);
    book.run(&["record"]).succeeds();
    let recorded = book.recorded();
    // The program started the shell, and the shell started the program.
    let start = "\nstarts at least 2 threads, 1 processes, waits for 1\n";
    assert!(recorded.contains(start), "{recorded}");
    // Each of both threads runs beside the other.
    assert_eq!(
        recorded.matches("\napart from 0/0/").count(),
        2,
        "{recorded}"
    );
}

/// Another machine, or another version of the compiler, has other hashes.
#[test]
fn hashes_in_the_names_of_files_are_holes() {
    let program = r#"use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

fn main() {
    let hash = RandomState::new().hash_one(1) >> 8;
    println!("Running src/lib.rs (target/debug/deps/hello-a{hash:014x}1)");
    println!("written to 'hello.long-type-{}.txt'", hash | 1 << 60);
    println!("sum 0x1f, a-{}", 1234567890123456_u64);
}
"#;
    let book = Book::of(program);
    book.run(&["record"]).succeeds();
    let recorded = book.recorded();
    let lines = "1 stdout 1 Running src/lib.rs (target/debug/deps/hello-{hash})\n\
        2 stdout 1 written to 'hello.long-type-{hash}.txt'\n\
        3 stdout 1 sum 0x1f, a-1234567890123456\n";
    assert!(recorded.contains(lines), "{recorded}");
    book.run(&["check"]).succeeds();
}
