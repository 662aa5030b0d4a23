//! The command line: arguments and help texts, no logic.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::plan::partition::Partition;
use crate::transcript::seed::Seed;

/// The program's name.
pub const PROGRAM: &str = "mdbook-transcript";

/// Every output in a book is a transcript of a real run.
///
/// Without a command, it is an mdBook preprocessor: it reads mdBook's JSON from stdin and writes it
/// to stdout.
#[derive(Debug, Default, Parser)]
#[command(name = PROGRAM, version, max_term_width = 100)]
pub struct Cli {
    /// Print for each run why it was or was not executed
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// The command.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build the book, and the books that its settings name, with the mdBook inside this program
    Build {
        /// The book
        #[command(flatten)]
        book: Folder,
        /// Open the finished book in a browser
        #[arg(long)]
        open: bool,
    },
    /// Create a lesson: a program, a chapter with its line in SUMMARY.md, and the recording
    New(NewLesson),
    /// Write the style sheet and the script next to book.toml and list them there, so that chapters
    /// need not contain them
    Install {
        /// The book
        #[command(flatten)]
        book: Folder,
    },
    /// Execute the programs again and report where their recordings no longer hold
    ///
    /// Exits with status 0 if every recording holds, 1 if one does not, 2 if the book could not be
    /// checked.
    Check(CheckOptions),
    /// Record the output of the missing and stale runs, or of the named ones
    Record(RecordOptions),
    /// Show each new or changed recording as a diff, and accept, reject or skip it by key
    ///
    /// The missing and stale runs are executed first, or the named ones; accepted recordings stay as they are until you
    /// decide. Recordings that no fence shows are removed in the same way. Without a terminal, the diffs are only
    /// printed. Exits with status 0 if nothing is left to decide, 1 if something is, 2 if the review could not be
    /// completed.
    Review(ReviewOptions),
    /// Execute one run once and print its lines, each with its time and its thread, and how it ended
    ///
    /// Times are seconds since the start; a thread has the name that the picture on the page gives
    /// it. Changes no recording. Exits with status 0 if the program was executed, whatever its own
    /// exit status, and 2 if it was not or had to be stopped.
    Run(RunOptions),
    /// List the runs and the states of their recordings: fresh, stale, missing or orphaned
    ///
    /// Builds and executes nothing.
    List {
        /// The book
        #[command(flatten)]
        book: Folder,
        /// The format of the list
        #[arg(long, value_enum, default_value_t = ListFormat::Human)]
        format: ListFormat,
    },
    /// Write a recording as an asciicast, for players of terminal recordings
    ///
    /// Builds and executes nothing.
    Export(ExportOptions),
    /// Examine the book and this machine: say what is wrong, and how to mend it
    ///
    /// Builds and executes a program of its own, and changes nothing outside of Cargo's target folder.
    /// Exits with status 0 if there is no error, 1 if there is one, and 2 if the folder could not be
    /// examined.
    Doctor {
        /// The book
        #[command(flatten)]
        book: Folder,
        /// The format of the results
        #[arg(long, value_enum, default_value_t = ListFormat::Human)]
        format: ListFormat,
    },
    /// Print the completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write one for each command into a folder
    Man {
        /// The folder for the pages; default: print the program's page
        dir: Option<PathBuf>,
    },
    /// Print the JSON schema of book.toml's `[preprocessor.transcript]`, for editors
    Schema,
    /// Exit with status 0 if the preprocessor supports a renderer (mdBook asks)
    Supports {
        /// The renderer's name
        renderer: String,
    },
}

/// A book.
#[derive(Debug, Args)]
pub struct Folder {
    /// The folder with book.toml
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// The same
    #[arg(long, value_name = "DIR", conflicts_with = "dir")]
    book: Option<PathBuf>,
}

impl Folder {
    /// The folder with book.toml.
    pub fn path(&self) -> &Path {
        self.book.as_ref().unwrap_or(&self.dir)
    }
}

/// A selection of a book's runs.
#[derive(Debug, Args)]
pub struct Selection {
    /// Names of runs (`join-1-0.5`), programs (`join`) or chapters (`join.md`), after the folder with
    /// book.toml unless that is the current one or `--book` names it; default: all runs
    #[arg(value_name = "DIR|RUN")]
    pub names: Vec<String>,
    /// The folder with book.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
}

// The documentation of `record` is at its command.
#[derive(Debug, Args)]
#[expect(missing_docs, reason = "clap would take it for the command's help")]
pub struct RecordOptions {
    /// The runs
    #[command(flatten)]
    pub selection: Selection,
    /// Record all runs; a recording that still holds stays unchanged
    #[arg(long)]
    pub all: bool,
    /// Keep recordings that no fence asks for
    #[arg(long)]
    pub keep_orphans: bool,
    /// Print which runs would be recorded and which recordings removed, and why; build, execute and
    /// write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Write no recording, but pending ones for `review`
    #[arg(long)]
    pub pending: bool,
    /// Remove the recordings that no fence asks for without a question
    #[arg(long, conflicts_with_all = ["keep_orphans", "pending"])]
    pub yes: bool,
}

// The documentation of `review` is at its command.
#[derive(Debug, Args)]
#[expect(missing_docs, reason = "clap would take it for the command's help")]
pub struct ReviewOptions {
    /// The runs
    #[command(flatten)]
    pub selection: Selection,
    /// Accept all pending recordings without a question and without an execution; refused in CI
    #[arg(long, conflicts_with = "reject")]
    pub accept: bool,
    /// Reject all pending recordings without a question and without an execution
    #[arg(long)]
    pub reject: bool,
}

/// The options of `new`.
#[derive(Debug, Args)]
#[command(allow_missing_positional = true)]
pub struct NewLesson {
    /// The folder with book.toml
    #[arg(value_name = "DIR", conflicts_with = "book")]
    pub dir: Option<PathBuf>,
    /// The name of the program and of the chapter: `hello` creates examples/hello.rs and hello.md
    pub name: String,
    /// The chapter after which to add the new one, in the same folder; default: the last one
    #[arg(long, value_name = "CHAPTER")]
    pub after: Option<String>,
    /// The chapter's title; default: the name in words
    #[arg(long)]
    pub title: Option<String>,
    /// The folder with book.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
}

/// The format of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people
    Human,
    /// One line of JSON per entry
    Json,
}

// The documentation of `run` is at its command.
#[derive(Debug, Args)]
#[expect(missing_docs, reason = "clap would take it for the command's help")]
#[command(allow_missing_positional = true)]
pub struct RunOptions {
    /// The folder with book.toml
    #[arg(value_name = "DIR", conflicts_with = "book")]
    pub dir: Option<PathBuf>,
    /// The name of the run (`join-1-0.5`), or of a program (`join`) or chapter (`join.md`) that has
    /// only one
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Open a page in a browser with the program's code, its output and the picture of this execution
    #[arg(long)]
    pub open: bool,
    /// Execute it with this seed, by a virtual clock: one thread at a time runs, and the seed decides
    /// which. The same seed gives the same execution. `s17` is a seed; `late:s17` lets waits end
    /// late, too; `random:`, `sticky:` or `pct:` before the `s` names the strategy
    #[arg(long, value_name = "SEED")]
    pub seed: Option<Seed>,
    /// Print all scheduling points of the seeded execution, too
    #[arg(long, requires = "seed")]
    pub trace: bool,
    /// The folder with book.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
}

// The documentation of `export` is at its command.
#[derive(Debug, Args)]
#[expect(missing_docs, reason = "clap would take it for the command's help")]
#[command(allow_missing_positional = true)]
pub struct ExportOptions {
    /// The folder with book.toml
    #[arg(value_name = "DIR", conflicts_with = "book")]
    pub dir: Option<PathBuf>,
    /// The name of the run (`join-1-0.5`)
    #[arg(value_name = "RUN")]
    pub run: String,
    /// The file to write; default: stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The folder with book.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
}

// The documentation of `check` is at its command.
#[derive(Debug, Args)]
#[expect(missing_docs, reason = "clap would take it for the command's help")]
pub struct CheckOptions {
    /// The runs
    #[command(flatten)]
    pub selection: Selection,
    /// The number of executions of each run: the first native, the others under schedules
    #[arg(long, value_name = "N", default_value = "3")]
    pub repeat: std::num::NonZero<usize>,
    /// The number of seeds under which each run is executed that can be seeded; 0: all runs are executed in real time
    #[arg(long, value_name = "N", default_value = "50")]
    pub seeds: usize,
    /// The number of the first seed. With 1, the seeds are among those from which the rules were learned; others look for
    /// schedules that `record` has not seen
    #[arg(long, value_name = "N", default_value = "1")]
    pub first_seed: u64,
    /// Goes on with further seeds until so many seconds have passed since the first one
    #[arg(long, value_name = "S")]
    pub seconds: Option<u64>,
    /// The format of the report
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Only runs that a change since this commit can affect, including uncommitted changes and
    /// untracked files
    #[arg(long, value_name = "REV")]
    pub changed_since: Option<String>,
    /// Stop after the first run whose recording does not hold
    #[arg(long)]
    pub fail_fast: bool,
    /// Only a part of the runs: `2/5` is the second of five parts, assigned round-robin; `hash:2/5`
    /// assigns runs by name, so that a run stays in its part if others are added. The first part
    /// reports orphans
    #[arg(long, value_name = "PART")]
    pub partition: Option<Partition>,
}

/// The format of verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Human,
    /// One line of JSON per run
    Json,
    /// For people, with annotations that GitHub Actions shows at the chapters' lines
    Github,
    /// A JUnit report; the text for people goes to stderr
    Junit,
}
