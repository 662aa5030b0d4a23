//! The command line, no logic.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// The program's name.
pub const PROGRAM: &str = "mdbook-transcript";

use crate::plan::partition::Partition;

/// Every output in a book is a transcript of a real run.
///
/// Without a command it is an mdBook preprocessor: it reads mdBook's JSON on standard input and
/// writes it on standard output.
#[derive(Debug, Default, Parser)]
#[command(name = PROGRAM, version, max_term_width = 100)]
pub struct Cli {
    /// Say of each run why it was or was not made
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build the book, with the mdBook that is part of this program
    Build {
        /// The folder with book.toml
        #[arg(default_value = ".")]
        dir: PathBuf,
        /// Open the book in a browser when it is built
        #[arg(long)]
        open: bool,
    },
    /// Make a lesson: a program, a chapter with its line in SUMMARY.md, and the recorded transcript
    New(NewLesson),
    /// Write the style sheet and the script beside book.toml and name them there, instead of having
    /// them in every chapter
    Install {
        /// The folder with book.toml
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
    /// Run the programs again and say whether what is recorded still holds
    ///
    /// Exits with status 0 if everything holds, 1 if something does not, 2 if it could not be checked.
    Check(CheckOptions),
    /// Record what the programs print: what is missing or stale, and what is named
    Record {
        /// Which runs
        #[command(flatten)]
        which: Which,
        /// Record all again; what still holds stays as it is
        #[arg(long)]
        all: bool,
        /// Leave recorded transcripts that no fence asks for
        #[arg(long)]
        keep_orphans: bool,
    },
    /// List the runs of the book: fresh, stale, missing or orphaned. Nothing is built or run
    List {
        /// The folder with book.toml
        #[arg(default_value = ".")]
        dir: PathBuf,
        /// How the list is written
        #[arg(long, value_enum, default_value_t = ListFormat::Human)]
        format: ListFormat,
    },
    /// Write what is recorded of a run as an asciicast, which players of terminal recordings show as it went
    ///
    /// Nothing is built or run.
    Export(ExportOptions),
    /// Print the completions of this program's commands for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write those of all commands into a folder
    Man {
        /// The folder
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

/// Some runs of a book.
#[derive(Debug, Args)]
pub struct Which {
    /// Runs (`join`, `join-1-0.5`) or chapters (`join.md`); none: all
    #[arg(value_name = "RUN")]
    pub names: Vec<String>,
    /// The folder with book.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
}

/// A lesson to be made.
#[derive(Debug, Args)]
pub struct NewLesson {
    /// What its program is called, and its chapter: `hello` makes examples/hello.rs and hello.md
    pub name: String,
    /// The chapter that it comes after, and beside whose file it stands; none: at the end
    #[arg(long, value_name = "CHAPTER")]
    pub after: Option<String>,
    /// The chapter's title; none: the name, in words
    #[arg(long)]
    pub title: Option<String>,
    /// The folder with book.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
}

/// How a list of runs is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people
    Human,
    /// One JSON object a line for each run
    Json,
}

// What is said of `export` itself stands at the command.
#[derive(Debug, Args)]
#[expect(missing_docs, reason = "clap would take it for the command's help")]
pub struct ExportOptions {
    /// The run (`join`, `join-1-0.5`)
    #[arg(value_name = "RUN")]
    pub run: String,
    /// The file that it is written to; none: to standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The folder with book.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
}

// What is said of `check` itself stands at the command.
#[derive(Debug, Args)]
#[expect(missing_docs, reason = "clap would take it for the command's help")]
pub struct CheckOptions {
    /// Which runs
    #[command(flatten)]
    pub which: Which,
    /// How often each is run: once as it is, then disturbed
    #[arg(long, value_name = "N", default_value = "3")]
    pub repeat: std::num::NonZero<usize>,
    /// How the verdicts are written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Only the runs that a change since a commit can affect: committed or not, also of files that git does
    /// not know yet
    #[arg(long, value_name = "REV")]
    pub changed_since: Option<String>,
    /// Only a part of the runs: `2/5` is the second of five, dealt out in turns; `hash:2/5` deals them out by
    /// their names, so that a run stays in its part when others are added. The first part tells of orphans
    #[arg(long, value_name = "PART")]
    pub partition: Option<Partition>,
}

/// How verdicts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Human,
    /// One JSON object a line for each run
    Json,
    /// For people, and as commands for GitHub Actions, which shows them at the chapters' lines
    Github,
    /// As a JUnit report; what is for people goes to standard error
    Junit,
}
