//! Anything wrong in a chapter, with its place.

use super::Span;

/// Something wrong in a lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether the book can be built all the same.
    pub severity: Severity,
    /// The place, in bytes of the chapter.
    pub span: Span,
    /// What is wrong, lower case and without a full stop.
    pub message: String,
    /// What to write at the underlined place, where that can be said.
    pub label: String,
    /// Other places that have to do with it.
    pub also: Vec<Also>,
    /// What to do.
    pub help: Option<String>,
}

/// Another place that has to do with a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Also {
    /// The number of its chapter, in the order of the book; `None`: the problem's own.
    pub chapter: Option<usize>,
    /// The place, in bytes of that chapter.
    pub span: Span,
    /// What to write there.
    pub label: String,
}

/// Whether a book can be built in spite of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can, but is probably not what its author meant.
    Warning,
}

impl Problem {
    /// An error of which nothing but its place and message is known yet.
    pub fn error(span: Span, message: impl Into<String>) -> Problem {
        Problem {
            severity: Severity::Error,
            span,
            message: message.into(),
            label: String::new(),
            also: Vec::new(),
            help: None,
        }
    }
}
