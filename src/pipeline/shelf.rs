//! The programs and transcripts of a book, at hand for its pages.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use super::needs::Needs;
use crate::book::{Book, Chapter};
use crate::lesson::annotation::annotated;
use crate::lesson::fence::{RunAttributes, SourceFence, TargetKind};
use crate::lesson::source::{self, Body, NotTheSource};
use crate::lesson::{Block, Kind, Lesson, Problem};
use crate::page::{Programs, Ran};
use crate::plan::targets::Targets;
use crate::plan::{Found, Plan};
use crate::plan::{Origin, Run, Target};
use crate::recordings::inputs::Contents;
use crate::transcript::Transcript;

/// What the pages of a book take their programs and transcripts from.
#[derive(Debug)]
pub struct Shelf<'a> {
    /// The runs.
    pub plan: &'a Plan,
    /// The targets by which fences name them.
    pub targets: &'a Targets,
    /// The programs' files.
    pub contents: &'a Contents,
    /// The transcripts, in the order of the plan's runs.
    pub transcripts: &'a [Option<Transcript>],
}

impl Programs for Shelf<'_> {
    fn code(&self, fence: &SourceFence) -> Cow<'_, str> {
        // That all of these are there was found when the sources were read and checked.
        let target = self.targets.resolve(&fence.run.target).ok();
        let program = target.and_then(|target| self.contents.known_program(&target.source));
        let code = program.map(|program| source::shown(program, fence.anchor.as_deref()));
        code.and_then(Result::ok).unwrap_or_default()
    }

    fn run(&self, attributes: &RunAttributes) -> Ran<'_> {
        let number = self.plan.number(attributes, self.targets);
        let number = number.expect("the plan holds every run that a block shows");
        let transcript = self.transcripts[number].as_ref();
        let transcript = transcript.expect("without one the book is not rendered");
        ran(&self.plan.runs[number], transcript)
    }

    fn transcript(&self, run: &str) -> &Transcript {
        let number = self.plan.named(run);
        let number = number.expect("that there is a run of this name was found");
        let transcript = self.transcripts[number].as_ref();
        transcript.expect("without one the book is not rendered")
    }
}

/// A run with its transcript, as it is shown.
pub fn ran<'a>(run: &'a Run, transcript: &'a Transcript) -> Ran<'a> {
    Ran {
        name: &run.target.name,
        command: &run.command,
        refused: run.refused(),
        commands: match &run.origin {
            Origin::Shell { commands, .. } => commands,
            Origin::Target | Origin::Page { .. } => &[],
        },
        transcript,
    }
}

/// Compares the programs that the lessons show with what the author wrote. Found is every source fence whose
/// program cannot be read, or is not what it shows.
pub fn compare_sources(book: &Book<'_>, lessons: &[Lesson], needs: &mut Needs) -> Vec<Found> {
    let Needs {
        targets, contents, ..
    } = needs;
    let mut problems = Vec::new();
    for (number, (chapter, lesson)) in book.chapters.iter().zip(lessons).enumerate() {
        for block in lesson.walk() {
            let Kind::Source(fence) = &block.kind else {
                continue;
            };
            // An unknown target is the plan's to report.
            let Ok(target) = targets.resolve(&fence.run.target) else {
                continue;
            };
            // What stands in the page is what runs.
            if target.kind == TargetKind::Inline {
                continue;
            }
            let checked = contents
                .program(&target.source)
                .map_err(|error| {
                    problem(
                        block,
                        format!("failed to read `{}`: {error}", target.source.display()),
                    )
                })
                .and_then(|program| check(book, chapter, block, fence, target, program));
            problems.extend(checked.err().map(|problem| (number, problem)));
        }
    }
    problems
}

fn check(
    book: &Book<'_>,
    chapter: &Chapter<'_>,
    block: &Block,
    fence: &SourceFence,
    target: &Target,
    program: &str,
) -> Result<(), Problem> {
    let wrong = |error: NotTheSource| {
        let place = shown_path(&book.root, &target.source);
        Problem {
            help: Some(format!(
                "copy it from `{}`, or leave the fence empty: the file is shown",
                place.display()
            )),
            ..problem(block, error.to_string())
        }
    };
    match source::body(&fence.body) {
        Body::Empty => {
            let code = source::shown(program, fence.anchor.as_deref());
            let code = code.map_err(|error| Problem {
                help: None,
                ..wrong(error)
            })?;
            let path = || shown_path(&book.root, &target.source);
            explained(fence, &code, program, path)
        }
        Body::Typed => source::is_part(&fence.body, program).map_err(wrong),
        Body::Include(path) => {
            let included = book.root.join(&chapter.folder).join(&path);
            let same = |path: &Path| fs::canonicalize(path).ok();
            if same(&included).is_some() && same(&included) == same(&target.source) {
                return Ok(());
            }
            Err(Problem {
                help: Some("include the program's own file, or leave the fence empty".to_owned()),
                ..problem(
                    block,
                    format!(
                        "the code shown is not the code that runs: `{}` is not `{}`",
                        path.display(),
                        shown_path(&book.root, &target.source).display()
                    ),
                )
            })
        }
    }
}

/// Whether the markers in the part of a program that a fence shows have their items behind it.
fn explained<'a>(
    fence: &SourceFence,
    code: &str,
    program: &str,
    path: impl Fn() -> &'a Path,
) -> Result<(), Problem> {
    let Some(notes) = &fence.listing.notes else {
        return Ok(());
    };
    let markers = annotated(code, fence.listing.language()).markers;
    let missing: Vec<String> = markers
        .iter()
        .filter(|marker| !notes.has(marker.item))
        .map(|marker| {
            let line = code.lines().nth(marker.line).unwrap_or("").trim();
            // An anchor's marks, and what is outside it, are not in the code that is shown.
            let number = program.lines().position(|its| its.contains(line));
            let number = number.map_or(0, |number| number + 1);
            format!("`{}` in `{}:{number}`", marker.text(), path().display())
        })
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = match missing.as_slice() {
        [one] => format!("the marker {one} points to no item"),
        more => format!("these markers point to no item: {}", more.join(", ")),
    };
    Err(Problem {
        label: notes.count(),
        ..Problem::error(notes.place.clone(), message)
    })
}

fn problem(block: &Block, message: String) -> Problem {
    Problem::error(block.place.clone(), message)
}

/// A path as messages name it: relative to the book where it lies below.
pub fn shown_path<'a>(root: &Path, path: &'a Path) -> &'a Path {
    path.strip_prefix(root).unwrap_or(path)
}
