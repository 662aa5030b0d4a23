//! The command line, no logic.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Every output in a book is a transcript of a real run.
///
/// Without a command it is an mdBook preprocessor: it reads mdBook's JSON on standard input and
/// writes it on standard output.
#[derive(Debug, Parser)]
#[command(name = "mdbook-transcript", version, max_term_width = 100)]
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
    /// Write the style sheet and the script beside book.toml and name them there, instead of having
    /// them in every chapter
    Install {
        /// The folder with book.toml
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
    /// List the runs of the book: fresh, stale, missing or orphaned. Nothing is built or run
    List {
        /// The folder with book.toml
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
    /// Exit with status 0 if the preprocessor supports a renderer (mdBook asks)
    Supports {
        /// The renderer's name
        renderer: String,
    },
}
