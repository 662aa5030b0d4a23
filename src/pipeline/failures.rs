//! Failures and warnings of runs → diagnostics at their places in the book.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::not_recorded::NotRecorded;
use super::obtain::{Failure, Warning};
use super::sources::shown_path;
use crate::book::Book;
use crate::cargo::build::INSTALL_RUST;
use crate::cargo::manifest::NoManifest;
use crate::diagnostic::{Diagnostic, Place};
use crate::exec::{Excess, RunError};
use crate::lesson::shell::cargo_run;
use crate::plan::{Ask, Origin, Plan, Run, RunId};
use crate::progress::{Stderr, color};
use crate::report::{Chapters, render};
use crate::transcript::{Exit, Line};

/// Prints warnings, which fail no command.
pub fn tell(book: &Book<'_>, warnings: Vec<Diagnostic>) {
    if !warnings.is_empty() {
        let chapters = Chapters::named_by(&warnings, book);
        let text = render(&warnings, &chapters, color(&io::stderr()));
        // Nobody is left to hear that stderr is closed.
        writeln!(Stderr, "{text}\n").ok();
    }
}

/// The book has no Cargo.toml.
pub fn no_manifest(error: &NoManifest) -> Diagnostic {
    Diagnostic {
        help: error.help(),
        ..Diagnostic::error(error.to_string())
    }
}

/// Cargo does not list the targets.
pub fn no_targets(manifest: &Path, error: &cargo_metadata::Error) -> Diagnostic {
    let diagnostic = Diagnostic::error(format!(
        "failed to ask Cargo for the targets of `{}`",
        manifest.display()
    ));
    match error {
        cargo_metadata::Error::CargoMetadata { stderr } => diagnostic.output(stderr),
        cargo_metadata::Error::Io(error) => diagnostic
            .note(format!("failed to start it: {error}"))
            .help(INSTALL_RUST),
        error => diagnostic.note(error.to_string()),
    }
}

/// The primary place of a failure: the attribute that declares the exit status, else the first fence that shows
/// the run.
fn place_of<'a>(run: &'a Run, failure: &Failure) -> &'a Ask {
    match failure {
        Failure::Exit { .. } => run.exit.as_ref().map_or(&run.asks[0], |exit| &exit.ask),
        Failure::Build(_)
        | Failure::Run(_)
        | Failure::UnderSchedules { .. }
        | Failure::Unlearned(_)
        | Failure::NotRecorded(_)
        | Failure::NotRun(_)
        | Failure::Unsettled
        | Failure::Changed => &run.asks[0],
    }
}

/// An error for each failed run.
pub fn all_failed<'a>(
    book: &'a Book<'a>,
    plan: &'a Plan,
    failures: &'a [(RunId, Failure)],
) -> impl Iterator<Item = Diagnostic> + 'a {
    failures
        .iter()
        .map(|(run, failure)| failed(book, &plan[*run], failure))
}

/// The file of a run's program, as messages name it; `None`: the program is in the page.
pub fn program_of(book: &Book<'_>, run: &Run) -> Option<PathBuf> {
    match run.origin {
        Origin::Target => Some(shown_path(&book.root, &run.target.source).to_owned()),
        Origin::Snippet { .. } | Origin::Shell { .. } => None,
    }
}

/// The error of a failed run.
fn failed(book: &Book<'_>, run: &Run, failure: &Failure) -> Diagnostic {
    let message = match failure {
        Failure::Build(error) => error.to_string(),
        failure => format!("`{}`: {failure}", run.called()),
    };
    let mut error = Diagnostic::error(message).at(place_of(run, failure));
    let program = program_of(book, run);
    error
        .related
        .extend(program.map(|file| Place::file(file, None)));
    error = match failure {
        Failure::Build(failure) => Diagnostic {
            help: failure.help(),
            ..error.output(failure.compiler_output())
        },
        Failure::Run(failure) => with_output(error, failure),
        Failure::UnderSchedules {
            error: failure,
            other_end,
        } => with_output(error, failure).note(other_end.in_words(&run.id)),
        Failure::Unsettled | Failure::Changed => error.help(NotRecorded::Stale(None).help(&run.id)),
        Failure::Unlearned(unlearned) => {
            let lines = unlearned.lines.iter().map(|line| shown(line));
            let lines = lines.collect::<Vec<_>>().join("\n");
            let redaction = unlearned.redaction.as_deref();
            let redaction = redaction.unwrap_or("redact=\"REGEX=NAME\"");
            error
                .note(format!("each in one execution only:\n{lines}"))
                .help(format!(
                    "if the difference has no meaning, redact it in the fence: `{redaction}`; \
                 to show the output without a check, write `check=off,reason=\"…\"`"
                ))
        }
        Failure::NotRecorded(why) => error.help(why.help(&run.id)),
        Failure::NotRun(why) => error
            .note("`execute = \"never\"`: nothing is run")
            .help(why.help(&run.id)),
        Failure::Exit { transcript, .. } => error
            .note(last_lines(&transcript.lines))
            .help(cargo_in(run).unwrap_or_else(|| declare(run, transcript.exit))),
    };
    match run.asks.len() - 1 {
        0 => error,
        1 => error.note("one more fence shows this run"),
        others => error.note(format!("{others} more fences show this run")),
    }
}

/// Adds the end of the program's output, and how to keep the program from being stopped.
fn with_output(error: Diagnostic, failure: &RunError) -> Diagnostic {
    match failure {
        RunError::Failed(_) | RunError::NoSupervisor(_) | RunError::Interrupted => error,
        RunError::Stopped {
            excess, printed, ..
        } => error.note(last_lines(printed)).help(help_against(*excess)),
        RunError::LeftRunning { printed, .. } => error.note(last_lines(printed)).help(
            "it was stopped; a program must wait for the processes that it starts, with `wait`",
        ),
        RunError::Deadlock { printed, .. } => error.note(last_lines(printed)),
    }
}

/// The attribute by which a fence declares an exit status.
fn declare(run: &Run, exit: Exit) -> String {
    match exit {
        Exit::SUCCESS => {
            let attribute = match run.origin {
                Origin::Target | Origin::Shell { .. } => "`exit=…`",
                Origin::Snippet { .. } => "`exit=…` or `should_panic`",
            };
            format!("if this is intended, remove {attribute} from the fence")
        }
        exit => format!("if this is intended, write `exit={exit}` in the fence"),
    }
}

/// The way to start a program in a shell session that starts Cargo; `None`: the run is no such session.
fn cargo_in(run: &Run) -> Option<String> {
    let Origin::Shell { commands, .. } = &run.origin else {
        return None;
    };
    let (command, program) = cargo_run(commands)?;
    let program = program.unwrap_or("NAME");
    let first = command.lines().next().unwrap_or(command);
    Some(format!(
        "a session starts in an empty folder, without a Cargo.toml, and the programs of the workspace are on its PATH: \
         write `$ {program}` instead of `$ {first}`"
    ))
}

/// How to raise the limit that a program exceeded.
fn help_against(excess: Excess) -> &'static str {
    match excess {
        Excess::Time => {
            "it was stopped; give it time with `timeout=…` in the fence; for a program that never ends, `exit=timeout` \
             shows its output until then, and `no_run` only builds it"
        }
        Excess::Output => {
            "it was stopped; `output-limit` in [preprocessor.transcript] sets how much a run may print"
        }
        Excess::Line => {
            "it was stopped; `line-limit` in [preprocessor.transcript] sets how long a line may be"
        }
        Excess::Disk => {
            "it was stopped; `disk-limit` in [preprocessor.transcript] sets how much a run may write"
        }
    }
}

/// A warning about a run.
pub fn warned(book: &Book<'_>, run: &Run, warning: &Warning) -> Diagnostic {
    let name = run.called();
    let warning = match warning {
        Warning::Compiler(output) => {
            let message = format!("the compiler has warnings about `{}`", run.target.name);
            Diagnostic::warning(message).output(output)
        }
        Warning::NotUtf8(count) => {
            let message = match count {
                1 => format!("`{name}` printed invalid UTF-8"),
                count => format!("`{name}` printed invalid UTF-8, in {count} places"),
            };
            Diagnostic::warning(message).note("they are shown as \u{fffd}")
        }
        Warning::Noisy => {
            Diagnostic::warning(format!("the time of `{name}` is not its time alone"))
                .note("other processes kept the processors busy in every execution")
        }
    };
    let mut warning = warning.at(&run.asks[0]);
    let program = program_of(book, run);
    warning
        .related
        .extend(program.map(|file| Place::file(file, None)));
    warning
}

/// A line in a note: without colors, and truncated.
fn shown(line: &str) -> String {
    const LONGEST: usize = 200;
    crate::page::terminal::plain(&line.chars().take(LONGEST).collect::<String>())
}

/// The end of a program's output, as a note.
fn last_lines(printed: &[Line]) -> String {
    const SHOWN: usize = 10;
    if printed.is_empty() {
        return "it printed nothing".to_owned();
    }
    let lines: Vec<String> = printed[printed.len().saturating_sub(SHOWN)..]
        .iter()
        .map(|line| shown(&line.text))
        .collect();
    format!("it printed last:\n{}", lines.join("\n"))
}
