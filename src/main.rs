//! Arguments → command → one printed error → exit status.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Parser;
use mdbook_transcript::cli::{Cli, Command};
use mdbook_transcript::commands::build::build;
use mdbook_transcript::commands::check::check;
use mdbook_transcript::commands::completions::completions;
use mdbook_transcript::commands::export::export;
use mdbook_transcript::commands::install::install;
use mdbook_transcript::commands::list::list;
use mdbook_transcript::commands::man;
use mdbook_transcript::commands::new::new;
use mdbook_transcript::commands::preprocess::preprocess;
use mdbook_transcript::commands::record::{Scope, record};
use mdbook_transcript::commands::schema::schema;
use mdbook_transcript::exec::supervisor;
use mdbook_transcript::interrupt;
use mdbook_transcript::progress::{Stderr, colour};
use mdbook_transcript::report::verdict::Verdict;
use mdbook_transcript::report::{Colour, Errors};
use mdbook_transcript::stdio;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

fn main() -> ExitCode {
    // Not one of the user's commands, and started for each run: nothing else is set up for it.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|arg| arg == supervisor::COMMAND)
    {
        return supervisor::main();
    }
    // mdBook calls without an argument, for each build: then nothing need be known of all commands.
    let cli = match std::env::args_os().len() {
        0 | 1 => Cli::default(),
        _ => Cli::parse(),
    };
    log_to_stderr(cli.verbose);
    let undone = match cli.command {
        Some(Command::List { .. }) => "the runs were not listed",
        Some(Command::New(_)) => "the lesson was not made",
        Some(Command::Record { .. }) => "not all was recorded",
        Some(Command::Check { .. }) => "it could not be checked",
        Some(Command::Export(_)) => "the run was not exported",
        _ => "the book was not built",
    };
    // What does not hold, and what could not be checked, are told apart.
    let failure = match cli.command {
        Some(Command::Check { .. }) => ExitCode::from(2),
        _ => ExitCode::FAILURE,
    };
    match run(cli) {
        _ if interrupt::is_requested() => {
            writeln!(Stderr, "error: interrupted").ok();
            ExitCode::from(interrupt::STATUS)
        }
        Ok(Verdict::Holds) => ExitCode::SUCCESS,
        Ok(Verdict::Differs) => ExitCode::FAILURE,
        Err(error) => {
            print(&error, undone);
            failure
        }
    }
}

/// Does what the user wants. Only a check can find that something does not hold.
fn run(cli: Cli) -> anyhow::Result<Verdict> {
    let done = match cli.command {
        None if io::stdin().is_terminal() => {
            bail!(
                "mdBook calls this command with a book on standard input; see `mdbook-transcript --help`"
            )
        }
        None => preprocess(stdio::input(), stdio::output()?),
        // Renderers that take no HTML get plain Markdown, so every one is supported.
        Some(Command::Supports { .. }) => Ok(()),
        Some(Command::List { dir, format }) => {
            let screen = io::stdout().is_terminal().then(|| {
                terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0))
            });
            match list(&dir, format, screen)?.as_str() {
                "" => Ok(()),
                rows => say(rows),
            }
        }
        Some(Command::New(wanted)) => say(&new(&wanted)?),
        Some(Command::Completions { shell }) => say(completions(shell).trim_end()),
        Some(Command::Man { dir: None }) => say(man::page()?.trim_end()),
        Some(Command::Man { dir: Some(dir) }) => say(&man::pages(&dir)?),
        Some(Command::Schema) => say(&schema()),
        Some(Command::Record {
            which,
            all,
            keep_orphans,
        }) => {
            let what = if all { Scope::All } else { Scope::Needed };
            record(&which, what, keep_orphans, &mut io::stdout().lock())
        }
        Some(Command::Check(options)) => return check(&options, &mut io::stdout().lock()),
        Some(Command::Export(options)) => export(&options, &mut io::stdout().lock()),
        Some(Command::Install { dir }) => {
            let done = install(&dir)?;
            let said = match done.as_slice() {
                [] => "everything is in place".to_owned(),
                done => done.join("\n"),
            };
            say(&said)
        }
        Some(Command::Build { dir, open }) => {
            if let Some(page) = build(&dir)? {
                say(&page.display().to_string())?;
                if open {
                    open::that_detached(&page).with_context(|| {
                        let page = page.display();
                        format!("the book is built, but no browser opens: open `{page}` yourself")
                    })?;
                }
            }
            Ok(())
        }
    };
    done.map(|()| Verdict::Holds)
}

/// What a command is asked for.
fn say(text: &str) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{text}").context("failed to write to standard output")
}

/// What mdBook and we tell beside errors.
fn log_to_stderr(verbose: bool) {
    let ours = if verbose {
        LevelFilter::DEBUG
    } else {
        LevelFilter::INFO
    };
    // Of others, mdBook's crates among them, what they tell everybody.
    let levels = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("mdbook_transcript", ours);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(|| Stderr)
        .with_ansi(colour(&io::stderr()) == Colour::Ansi)
        .without_time()
        .with_target(false);
    tracing_subscriber::registry()
        .with(lines.with_filter(levels))
        .init();
}

/// Prints the error of a command; no other place does. `undone` is a clause: `the book was not built`.
fn print(error: &anyhow::Error, undone: &str) {
    let text = match error.downcast_ref::<Errors>() {
        Some(errors) => {
            let count = match errors.count() {
                1 => "1 error".to_owned(),
                count => format!("{count} errors"),
            };
            let errors = errors.render(colour(&io::stderr()));
            format!("{errors}\n\nerror: {undone}: {count}")
        }
        None => format!("error: {error:#}"),
    };
    // Nobody is left to hear that stderr is closed.
    writeln!(Stderr, "{text}").ok();
}
