//! Arguments → command → one printed error → exit status.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use anyhow::{Context, bail};
use clap::Parser;
use mdbook_transcript::cli::{Cli, Command};
use mdbook_transcript::commands::build::build;
use mdbook_transcript::commands::install::install;
use mdbook_transcript::commands::preprocess::preprocess;
use mdbook_transcript::report::{Colour, Findings, errors};

fn main() -> ExitCode {
    let cli = Cli::parse();
    log_to_stderr();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        None if io::stdin().is_terminal() => {
            bail!(
                "mdBook calls this command with a book on standard input; see `mdbook-transcript --help`"
            )
        }
        None => preprocess(io::stdin().lock(), io::stdout().lock()),
        // Renderers that take no HTML get plain Markdown, so every one is supported.
        Some(Command::Supports { .. }) => Ok(()),
        Some(Command::Install { dir }) => {
            let done = install(&dir)?;
            let said = match done.as_slice() {
                [] => "everything is in place".to_owned(),
                done => done.join("\n"),
            };
            say(&said)
        }
        Some(Command::Build { dir, open }) => {
            let page = build(&dir)?;
            let Some(page) = page else {
                return Ok(());
            };
            say(&page.display().to_string())?;
            if open {
                opener::open(&page)
                    .with_context(|| format!("failed to open `{}`", page.display()))?;
            }
            Ok(())
        }
    }
}

/// What a command is asked for.
fn say(text: &str) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{text}").context("failed to write to standard output")
}

/// What mdBook and we tell beside errors.
fn log_to_stderr() {
    let colours = AutoStream::choice(&io::stderr()) != ColorChoice::Never;
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(colours)
        .without_time()
        .with_target(false)
        .init();
}

/// The one place that prints an error.
fn print(error: &anyhow::Error) {
    let colour = match AutoStream::choice(&io::stderr()) {
        ColorChoice::Never => Colour::Plain,
        _ => Colour::Ansi,
    };
    let text = match error.downcast_ref::<Findings>() {
        Some(Findings(findings)) => {
            let count = match findings.len() {
                1 => "1 error".to_owned(),
                count => format!("{count} errors"),
            };
            format!(
                "{}\n\nerror: the book was not built: {count}",
                errors(findings, colour)
            )
        }
        None => format!("error: {error:#}"),
    };
    // There is no one left to tell that standard error is closed.
    writeln!(io::stderr(), "{text}").ok();
}
