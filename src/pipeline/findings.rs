//! What is wrong, told at its place in the book.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::obtain::{Failure, Warning};
use super::sources::shown_path;
use crate::book::{Book, Chapter};
use crate::cargo::manifest::NoManifest;
use crate::exec::{Excess, RunError};
use crate::lesson::Problem;
use crate::plan::{Ask, Origin, Plan, Run, RunId};
use crate::progress::{Stderr, colour};
use crate::report::{Finding, Place, warnings};
use crate::transcript::{Exit, Line};

/// Something wrong in a lesson.
pub fn in_lesson(book: &Book<'_>, chapter: usize, problem: &Problem) -> Finding {
    let ask = Ask {
        chapter,
        span: problem.span.clone(),
    };
    let mut finding = at(book, &ask, Finding::new(&problem.message));
    finding.help.clone_from(&problem.help);
    let also = problem.also.iter().map(|also| {
        let Chapter { path, text, .. } = &book.chapters[also.chapter.unwrap_or(chapter)];
        Place {
            label: also.label.clone(),
            ..Place::new(path.clone(), text, &also.span)
        }
    });
    finding.also = also.collect();
    if let Some(place) = &mut finding.place {
        place.label.clone_from(&problem.label);
    }
    finding
}

/// Tells of what is probably not meant, and fails nothing.
pub fn tell(findings: impl Iterator<Item = Finding>) {
    let findings: Vec<Finding> = findings.collect();
    if !findings.is_empty() {
        // There is no one left to tell that standard error is closed.
        writeln!(Stderr, "{}\n", warnings(&findings, colour(&io::stderr()))).ok();
    }
}

/// A finding at a place in a lesson.
pub fn at(book: &Book<'_>, ask: &Ask, finding: Finding) -> Finding {
    let chapter = &book.chapters[ask.chapter];
    Finding {
        place: Some(Place::new(chapter.path.clone(), &chapter.text, &ask.span)),
        ..finding
    }
}

/// There is no Cargo.toml of the programs.
pub fn no_manifest(error: &NoManifest) -> Finding {
    Finding {
        help: error.help(),
        ..Finding::new(error.to_string())
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
fn place_of<'a>(run: &'a Run, failure: &Failure) -> &'a Ask {
    match failure {
        Failure::Exit { .. } => run.exit.as_ref().map_or(&run.asks[0], |exit| &exit.ask),
        Failure::Build(_)
        | Failure::Run(_)
        | Failure::Unusable { .. }
        | Failure::NotRun(_)
        | Failure::Unsettled
        | Failure::Changed => &run.asks[0],
    }
}

/// All runs that failed, by their numbers, each with its chapter's number and its place in that.
pub fn all_failed<'a>(
    book: &'a Book<'a>,
    plan: &'a Plan,
    failures: &'a [(RunId, Failure)],
) -> impl Iterator<Item = ((usize, usize), Finding)> + 'a {
    failures.iter().map(|(run, failure)| {
        let run = &plan[*run];
        let ask = place_of(run, failure);
        ((ask.chapter, ask.span.start), failed(book, run, failure))
    })
}

/// The file of a run's program, as messages name it; `None`: it stands in the page.
pub fn program_of(book: &Book<'_>, run: &Run) -> Option<PathBuf> {
    match run.origin {
        Origin::Target => Some(shown_path(&book.root, &run.target.source).to_owned()),
        Origin::Page { .. } | Origin::Shell { .. } => None,
    }
}

/// A run that failed.
fn failed(book: &Book<'_>, run: &Run, failure: &Failure) -> Finding {
    let name = format!("`{}`", run.called());
    let mut finding = Finding {
        program: program_of(book, run),
        ..Finding::new(format!("{name}: {failure}"))
    };
    match failure {
        Failure::Build(error) => {
            finding.message = error.to_string();
            finding.said = error.compiler_output().to_owned();
            finding.help = error.help();
        }
        Failure::Run(error) => {
            finding.message = format!("{name}: {error}");
            let (printed, help) = match error {
                RunError::Failed(_) | RunError::NoSupervisor(_) | RunError::Interrupted => {
                    (None, None)
                }
                RunError::Stopped {
                    excess, printed, ..
                } => (Some(printed), Some(help_against(*excess))),
                RunError::Left { printed, .. } => (
                    Some(printed),
                    Some(
                        "it was stopped; a program must wait for the processes that it starts, with `wait`",
                    ),
                ),
            };
            finding.notes.extend(printed.map(|lines| last_lines(lines)));
            finding.help = help.map(str::to_owned);
        }
        Failure::Unusable { .. } => {
            let id = &run.id;
            finding.help = Some(format!(
                "take a good version of it from your version control, or record it again: \
                 `mdbook-transcript record {id}`"
            ));
        }
        Failure::Unsettled | Failure::Changed => {
            finding.help = Some(format!(
                "record it again: `mdbook-transcript record {}`",
                run.id
            ));
        }
        Failure::NotRun(_) => {
            let id = &run.id;
            finding
                .notes
                .push("`execute = \"never\"`: nothing is run".to_owned());
            finding.help = Some(format!("record it: `mdbook-transcript record {id}`"));
        }
        Failure::Exit { transcript, .. } => {
            finding.notes.push(last_lines(&transcript.lines));
            finding.help = Some(match transcript.exit {
                Exit::SUCCESS => {
                    let word = match run.origin {
                        Origin::Target | Origin::Shell { .. } => "`exit=…`",
                        Origin::Page { .. } => "`exit=…` or `should_panic`",
                    };
                    format!("if it is meant to end so, take {word} out of the fence")
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

/// What to do about a program that was stopped.
fn help_against(excess: Excess) -> &'static str {
    match excess {
        Excess::Time => "it was stopped; give it time with `timeout=…` in the fence",
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

/// A run that the author may want to know something of.
pub fn warned(book: &Book<'_>, run: &Run, warning: &Warning) -> Finding {
    let name = run.called();
    let mut finding = Finding {
        program: program_of(book, run),
        ..Finding::new("")
    };
    match warning {
        Warning::Compiler(said) => {
            finding.message = format!("the compiler warns of `{}`", run.target.name);
            finding.said.clone_from(said);
        }
        Warning::NotUtf8(count) => {
            finding.message = match count {
                1 => format!("`{name}` printed bytes that are no UTF-8"),
                count => format!("`{name}` printed bytes that are no UTF-8, in {count} places"),
            };
            finding.notes.push("they are shown as \u{fffd}".to_owned());
        }
        Warning::Noisy => {
            finding.message = format!("the timing of `{name}` is not what it takes alone");
            finding.notes.push(
                "something else kept the processors busy, each time that it was run".to_owned(),
            );
        }
    }
    at(book, &run.asks[0], finding)
}

/// What a program printed last, for a message.
fn last_lines(printed: &[Line]) -> String {
    const SHOWN: usize = 10;
    const LONGEST: usize = 200;
    if printed.is_empty() {
        return "it printed nothing".to_owned();
    }
    let lines: Vec<String> = printed[printed.len().saturating_sub(SHOWN)..]
        .iter()
        .map(|line| {
            crate::page::terminal::plain(&line.text.chars().take(LONGEST).collect::<String>())
        })
        .collect();
    format!("it printed last:\n{}", lines.join("\n"))
}
