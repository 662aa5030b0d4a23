//! Arguments → command → one printed error → exit status.

use std::io::{self, IsTerminal, Write};
use std::mem;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Parser;
use mdbook_transcript::browser;
use mdbook_transcript::cli::{Cli, Command, ListFormat, RunOptions, Selection};
use mdbook_transcript::commands::build::{Buildable, books};
use mdbook_transcript::commands::check::check;
use mdbook_transcript::commands::completions::completions;
use mdbook_transcript::commands::doctor::{Look, State, doctor};
use mdbook_transcript::commands::export::export;
use mdbook_transcript::commands::install::{Installed, install};
use mdbook_transcript::commands::list::list;
use mdbook_transcript::commands::man;
use mdbook_transcript::commands::new::new;
use mdbook_transcript::commands::preprocess::preprocess;
use mdbook_transcript::commands::record::record;
use mdbook_transcript::commands::review::{Reviewed, review};
use mdbook_transcript::commands::run;
use mdbook_transcript::commands::schema::schema;
use mdbook_transcript::exec::{supervisor, temporary};
use mdbook_transcript::interrupt;
use mdbook_transcript::progress::{Stderr, color};
use mdbook_transcript::report::verdict::Verdict;
use mdbook_transcript::report::{Color, Errors};
use mdbook_transcript::stdio;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

fn main() -> ExitCode {
    // Helpers are started for each execution and need nothing of the setup below.
    match std::env::args_os().nth(1) {
        Some(command) if command == supervisor::COMMAND => return supervisor::main(),
        Some(command) if command == temporary::COMMAND => return temporary::main(),
        _ => {}
    }
    // mdBook passes no argument: skip the parser, which takes time in every build.
    let cli = match std::env::args_os().len() {
        0 | 1 => Cli::default(),
        _ => Cli::parse(),
    };
    log_to_stderr(cli.verbose);
    let undone = match cli.command {
        Some(Command::List { .. }) => "the runs were not listed",
        Some(Command::New(_)) => "the lesson was not created",
        Some(Command::Record(_)) => "some runs were not recorded",
        Some(Command::Review(_)) => "the review is incomplete",
        Some(Command::Check { .. }) => "the book could not be checked",
        Some(Command::Export(_)) => "the run was not exported",
        Some(Command::Doctor { .. }) => "the book could not be examined",
        Some(Command::Run(_)) => "the run was not completed",
        _ => "the book was not built",
    };
    // Of `check` and `doctor`, status 1 means that something is wrong, of `review`, that a change is left; `run` would
    // seem to return its program's status.
    let failure = match cli.command {
        Some(
            Command::Check { .. } | Command::Doctor { .. } | Command::Review(_) | Command::Run(_),
        ) => ExitCode::from(2),
        _ => ExitCode::FAILURE,
    };
    match run(cli) {
        _ if interrupt::is_requested() => {
            writeln!(Stderr, "error: interrupted").ok();
            ExitCode::from(interrupt::STATUS)
        }
        Ok(status) => status,
        // Nobody reads on, as after `| head -1`.
        Err(error) if stdio::is_closed(&error) => failure,
        Err(error) => {
            print_error(&error, undone);
            failure
        }
    }
}

/// Takes the folder of the book from the arguments of commands whose other arguments are names.
fn with_book(mut command: Command) -> Command {
    match &mut command {
        Command::Check(options) => take_folder(&mut options.selection),
        Command::Record(options) => take_folder(&mut options.selection),
        Command::Review(options) => take_folder(&mut options.selection),
        Command::Export(options) => {
            options.book = options.dir.take().unwrap_or(mem::take(&mut options.book))
        }
        Command::Run(options) => {
            options.book = options.dir.take().unwrap_or(mem::take(&mut options.book))
        }
        Command::New(options) => {
            options.book = options.dir.take().unwrap_or(mem::take(&mut options.book))
        }
        _ => {}
    }
    command
}

/// Takes the folder of the book from the names of a selection. A folder without a book is a name, and so is each
/// argument if `--book` names the folder.
fn take_folder(selection: &mut Selection) {
    let is_default = selection.book == Path::new(".");
    let is_book = |name: &String| Path::new(name).join("book.toml").is_file();
    if is_default && selection.names.first().is_some_and(is_book) {
        selection.book = selection.names.remove(0).into();
    }
}

/// Executes the command; returns its exit status.
fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let done = match cli.command.map(with_book) {
        None if io::stdin().is_terminal() => {
            bail!(
                "expected a book from mdBook on stdin, found a terminal; see `mdbook-transcript --help`"
            )
        }
        None => preprocess(stdio::read_book()?, stdio::output()?),
        // Every renderer is supported: those other than `html` get plain Markdown.
        Some(Command::Supports { .. }) => Ok(()),
        Some(Command::List { book, format }) => {
            match list(book.path(), format, screen())?.as_str() {
                "" => Ok(()),
                rows => print(rows),
            }
        }
        Some(Command::New(wanted)) => print(&new(&wanted)?),
        Some(Command::Completions { shell }) => print(completions(shell).trim_end()),
        Some(Command::Man { dir: None }) => print(man::page()?.trim_end()),
        Some(Command::Man { dir: Some(dir) }) => print(&man::pages(&dir)?),
        Some(Command::Schema) => print(&schema()),
        Some(Command::Record(options)) => record(&options, &mut stdio::stdout()),
        Some(Command::Review(options)) => {
            return Ok(match review(&options, &mut stdio::stdout())? {
                Reviewed::Completely => ExitCode::SUCCESS,
                Reviewed::Partly => ExitCode::FAILURE,
            });
        }
        Some(Command::Doctor { book, format }) => return examine(book.path(), format),
        Some(Command::Check(options)) => {
            return Ok(match check(&options, &mut stdio::stdout())? {
                Verdict::Holds => ExitCode::SUCCESS,
                Verdict::Differs => ExitCode::FAILURE,
            });
        }
        Some(Command::Run(options)) => run_once(&options),
        Some(Command::Export(options)) => export(&options, &mut stdio::stdout()),
        Some(Command::Install { book }) => {
            let Installed {
                mut changes,
                advice,
            } = install(book.path())?;
            if changes.is_empty() {
                changes.push("everything is in place".to_owned());
            }
            changes.extend(advice);
            print(&changes.join("\n"))
        }
        Some(Command::Build { book, open }) => {
            let mut books = books(book.path())?;
            match books.len() {
                1 => build(books.remove(0), open),
                _ => return build_all(books, open),
            }
        }
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// The number of columns of the terminal; `None`: stdout is none.
fn screen() -> Option<usize> {
    let width = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    io::stdout().is_terminal().then(|| width().unwrap_or(80))
}

/// Builds a book and prints the path of its first page, which `open` shows.
fn build(book: Buildable, open: bool) -> anyhow::Result<()> {
    if let Some(page) = book.build()? {
        print(&page.display().to_string())?;
        if open {
            show(&page)?;
        }
    }
    Ok(())
}

/// Builds several books, each regardless of errors in the others. `open` shows the first.
fn build_all(books: Vec<Buildable>, open: bool) -> anyhow::Result<ExitCode> {
    let mut status = ExitCode::SUCCESS;
    for (number, book) in books.into_iter().enumerate() {
        let undone = format!("the book in `{}` was not built", book.folder.display());
        if let Err(error) = build(book, open && number == 0)
            && !interrupt::is_requested()
        {
            if stdio::is_closed(&error) {
                return Err(error);
            }
            print_error(&error.context(undone.clone()), &undone);
            status = ExitCode::FAILURE;
        }
        if interrupt::is_requested() {
            break;
        }
    }
    Ok(status)
}

/// Examines a book and the machine.
fn examine(book: &Path, format: ListFormat) -> anyhow::Result<ExitCode> {
    let stdout = io::stdout();
    let look = Look {
        width: screen(),
        color: color(&stdout),
    };
    Ok(match doctor(book, format, look, &mut stdio::stdout())? {
        State::Ok | State::Warning => ExitCode::SUCCESS,
        State::Error => ExitCode::FAILURE,
    })
}

/// Executes one run, and shows its page if the options want that.
fn run_once(options: &RunOptions) -> anyhow::Result<()> {
    let stdout = io::stdout();
    let color = color(&stdout);
    match run::run(options, color, &mut stdio::stdout())? {
        Some(page) => show(&page),
        None => Ok(()),
    }
}

/// Opens a page in the default browser.
fn show(page: &Path) -> anyhow::Result<()> {
    browser::open(page).with_context(|| {
        let page = page.display();
        format!("failed to open a browser: open `{page}` yourself")
    })
}

/// Prints the output of a command.
fn print(text: &str) -> anyhow::Result<()> {
    writeln!(stdio::stdout(), "{text}").context("failed to write to stdout")
}

/// Sets up the log of warnings and progress on stderr, for mdBook and this program.
fn log_to_stderr(verbose: bool) {
    let ours = if verbose {
        LevelFilter::DEBUG
    } else {
        LevelFilter::INFO
    };
    // Other crates, mdBook's among them, log no debug messages.
    let levels = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("mdbook_transcript", ours);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(|| Stderr)
        .with_ansi(color(&io::stderr()) == Color::Ansi)
        .without_time()
        .with_target(false);
    tracing_subscriber::registry()
        .with(lines.with_filter(levels))
        .init();
}

/// Prints the error of a command; no other place does. `undone` is a clause: `the book was not built`.
fn print_error(error: &anyhow::Error, undone: &str) {
    let text = match error.downcast_ref::<Errors>() {
        Some(errors) => {
            let count = match errors.count() {
                1 => "1 error".to_owned(),
                count => format!("{count} errors"),
            };
            let errors = errors.render(color(&io::stderr()));
            format!("{errors}\n\nerror: {undone}: {count}")
        }
        None => format!("error: {error:#}"),
    };
    // Nowhere is left to report that stderr is closed.
    writeln!(Stderr, "{text}").ok();
}
