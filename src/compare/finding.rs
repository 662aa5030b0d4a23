//! One difference between a recording and a fresh transcript.

use crate::diagnostic::FindingKind;
use crate::transcript::shape::Nth;

/// A difference between a recording and a fresh transcript.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The kind of finding that a check makes of the difference.
    pub kind: FindingKind,
    /// A clause that follows the name of the run: "prints `a`, not `b`".
    pub message: String,
    /// The lines of the fresh transcript that the difference is about, counted from 0, each with its label.
    pub lines: Vec<(usize, String)>,
    /// The recorded lines that the broken rule names; empty: the message tells which rule it is.
    pub of: Vec<Nth>,
}

/// The name of a rule that an execution breaks: the same in all executions that do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BrokenRule(FindingKind, Vec<Nth>, String);

impl Difference {
    pub(super) fn new(kind: FindingKind, message: String) -> Difference {
        Difference {
            kind,
            message,
            lines: Vec::new(),
            of: Vec::new(),
        }
    }

    /// Returns the name of the rule that is broken.
    pub fn rule(&self) -> BrokenRule {
        // Values differ from execution to execution; the kind of line does not.
        let words = match self.of.is_empty() {
            true => without_digits(&self.message),
            false => String::new(),
        };
        BrokenRule(self.kind, self.of.clone(), words)
    }
}

/// Returns a text without its digits: it is the same for lines of one kind, whose values differ.
pub fn without_digits(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}
