//! Compares the sources that lessons show with the programs.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::book::{Book, Chapter};
use crate::diagnostic::Diagnostic;
use crate::lesson::annotation::annotated;
use crate::lesson::fence::{SourceFence, TargetKind};
use crate::lesson::fenced::stray_marker;
use crate::lesson::part::{self, SourceError};
use crate::lesson::source::{self, Directive, SourceBody};
use crate::lesson::{Block, Span};
use crate::plan::requests::{Content, Requests};
use crate::plan::{Plan, Target};
use crate::recordings::inputs::Contents;

/// The text of each program of a plan, by [`ProgramId`](crate::plan::ProgramId); `None` for a snippet or an unreadable
/// file.
pub type Sources = Vec<Option<Arc<str>>>;

/// Reads the programs whose sources the lessons show, and compares them with the text in the fences. Returns the
/// sources, and an error for each fence whose program cannot be read or differs from its text, or a warning.
pub fn sources(
    book: &Book<'_>,
    requests: &Requests<'_>,
    plan: &Plan,
    contents: &mut Contents,
) -> (Sources, Vec<Diagnostic>) {
    let is_file = |target: &&Target| target.kind != TargetKind::Snippet;
    let mut read = |target: &Target| {
        let target = Some(target).filter(is_file)?;
        Some(
            contents
                .program(&target.source)
                .map(Arc::clone)
                .map_err(ToString::to_string),
        )
    };
    let texts: Vec<_> = plan.programs.iter().map(&mut read).collect();
    let errors = requests.iter().filter_map(|request| {
        let Content::Source(fence) = request.content else {
            return None;
        };
        let program = plan.shown(request.chapter, request.block.id).program?;
        let target = &plan.programs[program.0];
        let block = request.block;
        let checked = match texts[program.0].as_ref()? {
            Ok(text) => {
                let chapter = &book.chapters[request.chapter];
                check(book, chapter, block, fence, target, text)
            }
            Err(error) => {
                let file = target.source.display();
                let error = Diagnostic::error(format!("failed to read `{file}`: {error}"));
                Err(error.at(block.place.clone()).into())
            }
        };
        Some(checked.err()?.in_chapter(request.chapter))
    });
    let errors = errors.collect();
    let texts = texts.into_iter().map(|text| text?.ok());
    (texts.collect(), errors)
}

fn check(
    book: &Book<'_>,
    chapter: &Chapter<'_>,
    block: &Block,
    fence: &SourceFence,
    target: &Target,
    program: &str,
) -> Result<(), Box<Diagnostic>> {
    let wrong = |error: SourceError| Diagnostic::error(error.to_string()).at(block.place.clone());
    let to_copy = |error: Diagnostic| {
        let file = shown_path(&book.root, &target.source);
        error.help(format!(
            "copy it from `{}`, or leave the fence empty to show the file",
            file.display()
        ))
    };
    match source::body(&fence.body) {
        SourceBody::Empty => {
            let code = part::shown(program, fence.anchor.as_deref());
            let code = code.map_err(wrong)?;
            if code.trim().is_empty() {
                return Err(wrong(SourceError::Empty).into());
            }
            let path = || shown_path(&book.root, &target.source);
            explained(&block.place, fence, &code, program, path)
        }
        SourceBody::Typed => {
            let part = source::check_part(&fence.body, program);
            part.map_err(|error| to_copy(wrong(error)).into())
        }
        SourceBody::Include(Directive { path, part, .. }) => {
            let included = book.root.join(&chapter.folder).join(&path);
            let same = |path: &Path| fs::canonicalize(path).ok();
            if same(&included).is_some() && same(&included) == same(&target.source) {
                let code = part.of(program).map_err(wrong)?;
                let markers = annotated(&code, fence.listing.language()).markers;
                return match markers.iter().find(|marker| marker.replaces_comment()) {
                    Some(marker) => Err(stray_marker(marker)
                        .at(block.place.clone())
                        .help("leave the fence empty: mdBook includes the code after markers are read")
                        .into()),
                    None => Ok(()),
                };
            }
            let message = format!(
                "the code shown is not the code that runs: `{}` is not `{}`",
                path.display(),
                shown_path(&book.root, &target.source).display()
            );
            let error = Diagnostic::error(message)
                .at(block.place.clone())
                .help("include the program's own file, or leave the fence empty");
            Err(error.into())
        }
    }
}

/// Checks that each marker in the part of a program that a fence shows has an item in the list after the fence. The
/// fence is at `place`.
fn explained<'a>(
    place: &Span,
    fence: &SourceFence,
    code: &str,
    program: &str,
    path: impl Fn() -> &'a Path,
) -> Result<(), Box<Diagnostic>> {
    // Most programs have no markers.
    if fence.listing.notes.is_none() && !code.contains(")!") {
        return Ok(());
    }
    let markers = annotated(code, fence.listing.language()).markers;
    let Some(notes) = &fence.listing.notes else {
        let stray = markers.iter().find(|marker| marker.replaces_comment());
        return match stray {
            Some(marker) => Err(stray_marker(marker).at(place.clone()).into()),
            None => Ok(()),
        };
    };
    let missing: Vec<String> = markers
        .iter()
        .filter(|marker| !notes.has(marker.item))
        .map(|marker| {
            let line = code.lines().nth(marker.line).unwrap_or("").trim();
            // The shown code lacks the lines of anchors, and the lines outside its own.
            let number = program.lines().position(|other| other.contains(line));
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
    let error = Diagnostic::error(message);
    let label = notes.count_in_words();
    Err(error.at_labeled(notes.place.clone(), label).into())
}

/// Returns a path as messages show it: relative to the book if it is inside.
pub fn shown_path<'a>(root: &Path, path: &'a Path) -> &'a Path {
    path.strip_prefix(root).unwrap_or(path)
}
