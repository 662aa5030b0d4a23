//! Includes: the text of snippets that are files, and blocks in included Markdown, which stay text.

use std::fs;
use std::path::{Path, PathBuf};

use crate::book::{Book, Chapter};
use crate::diagnostic::{Diagnostic, Location, Place};
use crate::lesson::fence::SourceFence;
use crate::lesson::include::Include;
use crate::lesson::parse::parse_with;
use crate::lesson::source::{self, Directive};
use crate::lesson::{Kind, Lesson};

/// The number of files that include each other, as in mdBook.
const DEPTH: usize = 10;

/// Inserts the files that the bodies of snippets include, and looks for blocks in the Markdown that a chapter
/// includes. Returns the errors and warnings.
pub fn include(
    book: &Book<'_>,
    chapter: &Chapter<'_>,
    lesson: &mut Lesson,
    passed_on: &[String],
) -> Vec<Diagnostic> {
    if !book.links_run {
        return Vec::new();
    }
    let folder = book.root.join(&chapter.folder);
    let mut problems = Vec::new();
    lesson.each_source(&mut |place, source| {
        if source.snippet.is_some()
            && let Err(message) = insert(source, &folder)
        {
            // The compiler would report the directive once more.
            source.body.clear();
            problems.push(Diagnostic::error(message).at(place.clone()));
        }
    });
    for include in lesson.all_includes() {
        if let Some(found) = first_block(book, &folder, include, passed_on, DEPTH) {
            problems.push(hidden_block(include, found));
        }
    }
    problems
}

/// Inserts the files that the body of a snippet includes; the message of an error is returned.
fn insert(snippet: &mut SourceFence, folder: &Path) -> Result<(), String> {
    let mut body = String::new();
    let mut end = 0;
    for (span, Directive { path, part, rest }) in source::directives(&snippet.body) {
        let text = fs::read_to_string(folder.join(&path)).map_err(|error| {
            format!("failed to read the included `{}`: {error}", path.display())
        })?;
        let text = rest.with(&part, &text).map_err(|error| error.to_string())?;
        body.push_str(&snippet.body[end..span.start]);
        // The directive's line has an end of its own.
        body.push_str(text.strip_suffix('\n').unwrap_or(&text));
        end = span.end;
    }
    if end > 0 {
        body.push_str(&snippet.body[end..]);
        snippet.body = body;
    }
    Ok(())
}

/// The first block of an included file.
struct Hidden {
    noun: &'static str,
    place: Place,
}

/// Finds the first block in an included file, or in one that it includes.
fn first_block(
    book: &Book<'_>,
    folder: &Path,
    include: &Include,
    passed_on: &[String],
    depth: usize,
) -> Option<Hidden> {
    let path = folder.join(&include.path);
    // mdBook reports an unreadable file.
    let file = fs::read_to_string(&path).ok()?;
    let text = include.part.of(&file).ok()?;
    let (lesson, _) = parse_with(&text, "", passed_on);
    if let Some(block) = lesson.walk().next() {
        let noun = match block.kind {
            Kind::Source(_) | Kind::Output(_) => "a tagged fence",
            Kind::Value(_) => "a value",
            Kind::Tabs(_) => "a tab set",
            Kind::Admonition(_) => "an admonition",
            Kind::Code(_) => "a fence with attributes or annotations",
        };
        let path = fs::canonicalize(&path).unwrap_or(path);
        let root = fs::canonicalize(&book.root).unwrap_or_else(|_| book.root.clone());
        let path = path.strip_prefix(&root).map_or(path.clone(), PathBuf::from);
        let place = match file.find(&*text) {
            Some(start) => Place::from(Location::Text {
                path,
                span: start + block.place.start..start + block.place.end,
                text: file.into(),
            }),
            // The marks of anchors inside the part are left out.
            None => Place::file(path, None),
        };
        return Some(Hidden { noun, place });
    }
    let folder = path.parent()?;
    let mut includes = lesson.all_includes().into_iter();
    let depth = depth.checked_sub(1)?;
    includes.find_map(|include| first_block(book, folder, include, passed_on, depth))
}

/// The warning about a block that an include hides.
fn hidden_block(include: &Include, hidden: Hidden) -> Diagnostic {
    let message = format!("{} in an included file stays text", hidden.noun);
    Diagnostic::warning(message)
        .at(include.place.clone())
        .related(hidden.place)
        .help(
            "move it to the chapter: mdBook inserts the file after this tool has read the chapter",
        )
}
