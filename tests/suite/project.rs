//! The one fixture helper: a book in a folder of its own, and the tool's output about it.
//!
//! ```ignore
//! let project = Project::from("good");
//! let output = project.run(&["build"]);
//! output.succeeds();
//! assert!(project.read("book/fences.html").contains("hello"));
//! ```

use std::cell::Cell;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{PoisonError, RwLock};

use tempfile::TempDir;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_mdbook-transcript");

/// A copy of a fixture.
pub struct Project {
    folder: TempDir,
}

/// The output of a command, with `[BOOK]` for the project's path.
pub struct Output {
    /// The exit status; `None`: a signal ended the command.
    pub status: Option<i32>,
    pub succeeded: bool,
    pub stdout: String,
    pub stderr: String,
}

impl Project {
    /// A copy of `tests/fixtures/NAME`.
    pub fn from(name: &str) -> Project {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures")
            .join(name);
        let folder = TempDir::new().unwrap();
        copy(&fixture, folder.path());
        Project { folder }
    }

    /// An empty folder.
    pub fn empty() -> Project {
        let folder = TempDir::new().unwrap();
        Project { folder }
    }

    /// A book of one chapter with one program, both of this name, without a recording. `attributes` follow `example=NAME` in
    /// its fence.
    pub fn of_program(name: &str, attributes: &str, program: &str) -> Project {
        let project = Project::empty();
        for folder in ["src", "examples"] {
            fs::create_dir_all(project.path(folder)).unwrap();
        }
        project.write(
            "book.toml",
            "[book]\ntitle = \"One program\"\n[preprocessor.transcript]\nbefore = [\"links\"]\n",
        );
        let package = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n"
        );
        project.write("Cargo.toml", &package);
        project.write("src/SUMMARY.md", &format!("- [One]({name}.md)\n"));
        let chapter = format!("# One\n\n```rust,example={name}{attributes}\n```\n");
        project.write(&format!("src/{name}.md"), &chapter);
        project.write("src/lib.rs", "");
        project.write(&format!("examples/{name}.rs"), program);
        project
    }

    /// The same with a recording.
    pub fn recorded(name: &str, attributes: &str, program: &str) -> Project {
        let project = Project::of_program(name, attributes, program);
        project.run(&["record"]).succeeds();
        project
    }

    /// The errors of a check with these arguments, but for those which say that a program has changed.
    pub fn errors_of_check(&self, args: &[&str]) -> Vec<String> {
        let output = self.run(&[&["check"], args].concat());
        let lines = output.stdout.lines();
        let errors = lines.filter_map(|line| line.strip_prefix("error["));
        let errors = errors.filter(|error| !error.starts_with("STALE"));
        errors.map(str::to_owned).collect()
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    pub fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).unwrap();
    }

    /// Replaces a text that a file must contain.
    pub fn change(&self, file: &str, old: &str, new: &str) {
        let text = self.read(file);
        assert!(text.contains(old), "{file} has no {old:?}");
        self.write(file, &text.replace(old, new));
    }

    /// Runs the program in the project's folder.
    pub fn run(&self, args: &[&str]) -> Output {
        self.output(self.command(args), b"")
    }

    /// Runs the program with a stdin.
    pub fn feed(&self, args: &[&str], input: &[u8]) -> Output {
        self.output(self.command(args), input)
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_remove("CARGO_TARGET_DIR");
        command
    }

    /// A folder for temporary files; a command needs it as `TMPDIR`.
    pub fn temporary_folder(&self) -> PathBuf {
        let folder = self.path("temporary");
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    pub fn output(&self, mut command: Command, input: &[u8]) -> Output {
        let _not_alone =
            (!IS_ALONE.get()).then(|| COMMANDS.read().unwrap_or_else(PoisonError::into_inner));
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that rejects its input may exit before it has read all of it.
        child.stdin.take().unwrap().write_all(input).ok();
        let output = child.wait_with_output().unwrap();
        let folder = fs::canonicalize(self.folder.path()).unwrap();
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            text.replace(folder.to_str().unwrap(), "[BOOK]")
                .replace('\\', "/")
        };
        Output {
            status: output.status.code(),
            succeeded: output.status.success(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Output {
    #[track_caller]
    pub fn succeeds(&self) -> &Output {
        assert!(self.succeeded, "{}", self.stderr);
        self
    }

    #[track_caller]
    pub fn fails(&self) -> &Output {
        assert!(!self.succeeded, "{}", self.stderr);
        self
    }

    /// The stderr without the lines of the log, and without the warnings that the machine was busy.
    pub fn errors(&self) -> String {
        let lines = self
            .stderr
            .lines()
            .filter(|line| !line.starts_with(" INFO"));
        let lines = lines.collect::<Vec<_>>().join("\n");
        let is_of_machine = |diagnostic: &&str| {
            let first = diagnostic.lines().next().unwrap_or_default();
            first.starts_with("warning: the time of") && first.ends_with("is not its time alone")
        };
        let diagnostics = lines.split("\n\n");
        let diagnostics = diagnostics.filter(|diagnostic| !is_of_machine(diagnostic));
        diagnostics.collect::<Vec<_>>().join("\n\n")
    }
}

thread_local! {
    /// Whether this thread's test runs alone.
    static IS_ALONE: Cell<bool> = const { Cell::new(false) };
}

/// Held for reading while a command runs, and for writing by a test that runs alone.
static COMMANDS: RwLock<()> = RwLock::new(());

/// Makes a test wait until no other test runs a command, and the others wait until it has ended: its program must get
/// processors in time.
pub fn alone<T>(test: impl FnOnce() -> T) -> T {
    let _others_wait = COMMANDS.write().unwrap_or_else(PoisonError::into_inner);
    IS_ALONE.set(true);
    let result = test();
    IS_ALONE.set(false);
    result
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The part of a text from one text to another, both of which it must contain.
#[track_caller]
pub fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text
        .find(from)
        .unwrap_or_else(|| panic!("no {from:?} in {text}"));
    let end = text[start..]
        .find(to)
        .unwrap_or_else(|| panic!("no {to:?} in {text}"));
    &text[start..start + end]
}

/// The texts of the figures on a page.
pub fn outputs(page: &str) -> Vec<String> {
    page.split("<figure class=\"transcript-run\"")
        .skip(1)
        .map(|figure| {
            let figure = &figure[figure.find('>').unwrap() + 1..figure.find("</figure>").unwrap()];
            text_of(figure)
        })
        .collect()
}

/// The text of some HTML, with decoded entities.
fn text_of(html: &str) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            c if !in_tag => text.push(c),
            _ => {}
        }
    }
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#123;", "{"),
        ("&amp;", "&"),
    ];
    let text = entities
        .iter()
        .fold(text, |text, (entity, c)| text.replace(entity, c));
    text.trim_matches('\n').to_owned()
}
