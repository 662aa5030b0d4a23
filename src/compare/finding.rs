//! One difference between a recording and a fresh transcript.

use crate::diagnostic::FindingKind;

/// A difference between a recording and a fresh transcript.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The kind of finding that a check makes of the difference.
    pub kind: FindingKind,
    /// A clause that follows the name of the run: "prints `a`, not `b`".
    pub message: String,
    /// The lines of the fresh transcript that the difference is about, counted from 0, each with its label.
    pub lines: Vec<(usize, String)>,
}

impl Difference {
    pub(super) fn new(kind: FindingKind, message: String) -> Difference {
        Difference {
            kind,
            message,
            lines: Vec::new(),
        }
    }
}
