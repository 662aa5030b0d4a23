//! Problems in a chapter: the message, its place, and related places.

use super::Span;

/// A problem in a chapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether the problem fails the build.
    pub severity: Severity,
    /// The place, in bytes of the chapter.
    pub span: Span,
    /// The message: lower case, without a full stop.
    pub message: String,
    /// The text at the underlined place; empty: none.
    pub label: String,
    /// Related places.
    pub also: Vec<Also>,
    /// Advice, in the imperative.
    pub help: Option<String>,
}

/// A place that is related to a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Also {
    /// The number of the place's chapter, in the order of the book; `None`: the problem's own chapter.
    pub chapter: Option<usize>,
    /// The place, in bytes of that chapter.
    pub span: Span,
    /// The text at the underlined place.
    pub label: String,
}

/// The severity of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The book cannot be built.
    Error,
    /// The book can be built, but probably not as its author meant.
    Warning,
}

impl Problem {
    /// An error without label, related places and help.
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
