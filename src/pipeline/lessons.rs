//! Book → lessons: parses the chapters.

use rayon::prelude::*;

use super::findings::in_lesson;
use crate::book::Book;
use crate::config::Config;
use crate::lesson::parse::parse;
use crate::lesson::{Lesson, Problem, Severity};
use crate::plan::Found;
use crate::plan::requests::{InPage, Requests};
use crate::report::Finding;

/// The lessons of a book, one per chapter, and their errors and warnings.
#[derive(Debug, Default)]
pub struct Lessons {
    /// The lessons, in the order of the chapters.
    pub lessons: Vec<Lesson>,
    /// The errors, each with the number of its chapter.
    pub errors: Vec<Found>,
    /// The warnings.
    pub warnings: Vec<Finding>,
}

/// Parses the chapters of a book.
pub fn lessons(book: &Book<'_>) -> Lessons {
    let parsed: Vec<_> = book
        .chapters
        .par_iter()
        .map(|chapter| parse(&chapter.text, &chapter.name))
        .collect();
    let mut all = Lessons::default();
    for (chapter, (lesson, problems)) in parsed.into_iter().enumerate() {
        all.lessons.push(lesson);
        for problem in problems {
            match problem.severity {
                Severity::Error => all.errors.push((chapter, problem)),
                Severity::Warning => all.warnings.push(in_lesson(book, chapter, &problem)),
            }
        }
    }
    all
}

/// Returns an error for each shell session unless the book's settings allow them.
pub fn refused_sessions(requests: &Requests<'_>, config: &Config) -> Vec<Found> {
    if config.shell {
        return Vec::new();
    }
    let is_session = |in_page| matches!(in_page, Some(InPage::Commands(_)));
    let sessions = requests
        .iter()
        .filter(|request| is_session(request.in_page()));
    // Text that executes commands needs an explicit decision.
    let refused = sessions.map(|request| {
        let problem = Problem {
            help: Some(
                "these commands would run on every machine that builds the book, with the rights of the user: \
                 to allow them, set `shell = true` in [preprocessor.transcript] of book.toml"
                    .to_owned(),
            ),
            ..Problem::error(request.block.place.clone(), "this book does not allow shell commands")
        };
        (request.chapter, problem)
    });
    refused.collect()
}
