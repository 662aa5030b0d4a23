//! Book → lessons: parses the chapters.

use rayon::prelude::*;

use super::included::include;
use crate::book::Book;
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Severity};
use crate::lesson::Lesson;
use crate::lesson::parse::parse_with;
use crate::plan::requests::{InPage, Requests};

/// The lessons of a book, one per chapter, and their errors and warnings.
#[derive(Debug, Default)]
pub struct Lessons {
    /// The lessons, in the order of the chapters.
    pub lessons: Vec<Lesson>,
    /// The errors.
    pub errors: Vec<Diagnostic>,
    /// The warnings.
    pub warnings: Vec<Diagnostic>,
}

/// Parses the chapters of a book.
pub fn lessons(book: &Book<'_>, config: &Config) -> Lessons {
    let parsed: Vec<_> = book
        .chapters
        .par_iter()
        .map(|chapter| {
            let (mut lesson, mut problems) =
                parse_with(&chapter.text, &chapter.name, &config.pass_on);
            let found = include(book, chapter, &mut lesson, &config.pass_on);
            if !found.is_empty() {
                problems.extend(found);
                problems.sort_by_key(Diagnostic::position);
            }
            (lesson, problems)
        })
        .collect();
    let mut all = Lessons::default();
    for (chapter, (lesson, problems)) in parsed.into_iter().enumerate() {
        all.lessons.push(lesson);
        for problem in problems {
            let problem = problem.in_chapter(chapter);
            match problem.severity {
                Severity::Error => all.errors.push(problem),
                Severity::Warning => all.warnings.push(problem),
            }
        }
    }
    all
}

/// Returns an error for each shell session unless the book's settings allow them.
pub fn refused_sessions(requests: &Requests<'_>, config: &Config) -> Vec<Diagnostic> {
    if config.shell {
        return Vec::new();
    }
    let is_session = |in_page| matches!(in_page, Some(InPage::Commands(_)));
    let sessions = requests
        .iter()
        .filter(|request| is_session(request.in_page()));
    // Text that executes commands needs an explicit decision.
    let refused = sessions.map(|request| {
        Diagnostic::error("this book does not allow shell commands")
            .at(&request.ask())
            .help(
                "these commands would run on every machine that builds the book, with the rights of the user: \
                 to allow them, set `shell = true` in [preprocessor.transcript] of book.toml",
            )
    });
    refused.collect()
}
