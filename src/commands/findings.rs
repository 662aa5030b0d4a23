//! What is wrong, told at its place in the book.

use std::path::Path;

use super::Failure;
use super::shelf::shown_path;
use crate::book::{Book, Chapter};
use crate::example::build::BuildError;
use crate::example::run::RunError;
use crate::example::{Ask, Run};
use crate::lesson::Problem;
use crate::report::{Finding, Place};
use crate::transcript::Exit;

/// Something wrong in `[preprocessor.transcript]`.
pub fn in_settings(book: &Book, error: &crate::config::ConfigError) -> Finding {
    let file = book.root.join("book.toml");
    Finding::new(format!("{}: {error}", file.display()))
}

/// Something wrong in a lesson.
pub fn in_lesson(book: &Book, chapter: usize, problem: &Problem) -> Finding {
    let ask = Ask {
        chapter,
        span: problem.span.clone(),
    };
    let mut finding = at(book, &ask, Finding::new(&problem.message));
    finding.help.clone_from(&problem.help);
    let Chapter { path, text, .. } = &book.chapters[chapter];
    let also = problem.also.iter().map(|(span, label)| Place {
        label: label.clone(),
        ..Place::new(path.clone(), text, span)
    });
    finding.also = also.collect();
    if let Some(place) = &mut finding.place {
        place.label.clone_from(&problem.label);
    }
    finding
}

/// A finding at a place in a lesson.
pub fn at(book: &Book, ask: &Ask, finding: Finding) -> Finding {
    let chapter = &book.chapters[ask.chapter];
    Finding {
        place: Some(Place::new(chapter.path.clone(), &chapter.text, &ask.span)),
        ..finding
    }
}

/// Cargo does not say what targets there are.
pub fn no_targets(manifest: &Path, error: &cargo_metadata::Error) -> Finding {
    let message = format!(
        "failed to ask Cargo for the targets of `{}`",
        manifest.display()
    );
    match error {
        cargo_metadata::Error::CargoMetadata { stderr } => Finding {
            said: stderr.clone(),
            ..Finding::new(message)
        },
        error => Finding {
            notes: vec![error.to_string()],
            ..Finding::new(message)
        },
    }
}

/// The place that a failure is told at: the one that says how the run must end, else the first that
/// asks for it.
pub fn place_of<'a>(run: &'a Run, failure: &Failure) -> &'a Ask {
    match failure {
        Failure::Exit { .. } => &run.asks[run.exit_said_by],
        Failure::Build(_) | Failure::Run(_) => &run.asks[0],
    }
}

/// A run that failed.
pub fn failed(book: &Book, run: &Run, failure: &Failure) -> Finding {
    let name = format!("`{}`", run.command);
    let mut finding = Finding {
        program: Some(shown_path(&book.root, &run.target.source).to_owned()),
        ..Finding::new(format!("{name}: {failure}"))
    };
    match failure {
        Failure::Build(error) => {
            finding.message = error.to_string();
            if let BuildError::Failed { output, .. } = error {
                finding.said.clone_from(output);
            }
        }
        Failure::Run(error) => {
            finding.message = format!("{name}: {error}");
            match error {
                RunError::Start(_) => {}
                RunError::TimedOut { printed, .. } => {
                    finding.notes.push(last_lines(printed));
                    finding.help = Some(
                        "it was stopped; give it time with `timeout=…` in the fence".to_owned(),
                    );
                }
                RunError::TooMuch { printed, .. } => {
                    finding.notes.push(last_lines(printed));
                    finding.help = Some("it was stopped; `output-limit` in [preprocessor.transcript] sets how much a run may print".to_owned());
                }
            }
        }
        Failure::Exit { transcript, .. } => {
            let printed: Vec<String> = transcript
                .lines
                .iter()
                .map(|line| line.text.clone())
                .collect();
            finding.notes.push(last_lines(&printed));
            finding.help = Some(match transcript.exit {
                Exit::SUCCESS => {
                    "if it is meant to end so, take `exit=…` out of the fence".to_owned()
                }
                exit => format!("if it is meant to end so, write `exit={exit}` in the fence"),
            });
        }
    }
    match run.asks.len() - 1 {
        0 => {}
        1 => finding
            .notes
            .push("one more fence shows this run".to_owned()),
        others => finding
            .notes
            .push(format!("{others} more fences show this run")),
    }
    at(book, place_of(run, failure), finding)
}

/// What a program printed last, for a message.
fn last_lines(printed: &[String]) -> String {
    const SHOWN: usize = 10;
    const LONGEST: usize = 200;
    if printed.is_empty() {
        return "it printed nothing".to_owned();
    }
    let lines: Vec<String> = printed[printed.len().saturating_sub(SHOWN)..]
        .iter()
        .map(|line| crate::page::terminal::plain(&line.chars().take(LONGEST).collect::<String>()))
        .collect();
    format!("it printed last:\n{}", lines.join("\n"))
}
