//! The error type of commands: all diagnostics of a failure, so that no mistake hides another.

use super::render::{Color, render};
use super::sources::Chapters;
use crate::book::Book;
use crate::diagnostic::Diagnostic;

/// All errors with which a command ends, and the chapters that they name. Displayed as plain text.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.render(Color::Plain))]
pub struct Errors {
    diagnostics: Vec<Diagnostic>,
    chapters: Chapters,
}

impl Errors {
    /// Errors with places in the chapters of a book.
    pub fn in_book(book: &Book<'_>, diagnostics: Vec<Diagnostic>) -> Errors {
        Errors {
            chapters: Chapters::named_by(&diagnostics, book),
            diagnostics,
        }
    }

    /// The number of errors.
    pub fn count(&self) -> usize {
        self.diagnostics.len()
    }

    /// The errors, each with the line of its place (`src/join.md:5`) if that is known.
    pub fn each(&self) -> impl Iterator<Item = (Option<String>, &Diagnostic)> {
        self.diagnostics.iter().map(|error| {
            let place = error.primary.as_ref();
            (place.and_then(|place| self.chapters.line_of(place)), error)
        })
    }

    /// The errors as rustc draws them.
    pub fn render(&self, color: Color) -> String {
        render(&self.diagnostics, &self.chapters, color)
    }
}

impl From<Vec<Diagnostic>> for Errors {
    /// Errors without a place in a chapter.
    fn from(diagnostics: Vec<Diagnostic>) -> Errors {
        Errors {
            diagnostics,
            chapters: Chapters::default(),
        }
    }
}

impl From<Diagnostic> for Errors {
    /// An error without a place in a chapter.
    fn from(diagnostic: Diagnostic) -> Errors {
        vec![diagnostic].into()
    }
}
