//! Book → lessons.

use rayon::prelude::*;

use super::findings::in_lesson;
use crate::book::Book;
use crate::config::Config;
use crate::lesson::parse::parse;
use crate::lesson::{Lesson, Problem, Severity};
use crate::plan::Found;
use crate::plan::requests::{InPage, Requests};
use crate::report::Finding;

/// The lessons of a book, one a chapter, and the errors in them.
#[derive(Debug, Default)]
pub struct Lessons {
    /// The lessons, in the order of the chapters.
    pub lessons: Vec<Lesson>,
    /// Errors, by chapter.
    pub errors: Vec<Found>,
    /// Warnings.
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

/// An error for each shell session, where the book's settings do not allow any.
pub fn refused_sessions(requests: &Requests<'_>, config: &Config) -> Vec<Found> {
    if config.shell {
        return Vec::new();
    }
    let is_session = |in_page| matches!(in_page, Some(InPage::Commands(_)));
    let sessions = requests
        .iter()
        .filter(|request| is_session(request.in_page()));
    // A book is text; that the text may run commands is a decision.
    let refused = sessions.map(|request| {
        let problem = Problem {
            help: Some(
                "these commands would run on the machine of whoever builds the book, with their rights: \
                 if they may, write `shell = true` into [preprocessor.transcript] of book.toml"
                    .to_owned(),
            ),
            ..Problem::error(request.block.place.clone(), "this book may run no commands")
        };
        (request.chapter, problem)
    });
    refused.collect()
}
