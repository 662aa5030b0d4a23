//! One difference between a recording and a fresh transcript, its kind and its severity.

/// A difference between a recording and a fresh transcript.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The kind of finding that a check makes of the difference.
    pub what: FindingKind,
    /// A clause that follows the name of the run: "prints `a`, not `b`".
    pub message: String,
    /// The lines of the fresh transcript that the difference is about, counted from 0, each with its label.
    pub lines: Vec<(usize, String)>,
}

/// The kinds of findings of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// A line that no execution printed before.
    Text,
    /// A line that is printed too seldom or too often.
    Count,
    /// A value that breaks a rule of its hole.
    Field,
    /// Lines in an order that was proved impossible or declared wrong, or a line that waits for another for
    /// which it did not wait before.
    Order,
    /// Another exit status or signal.
    Exit,
    /// A time-out.
    Timeout,
    /// A recording whose source has changed.
    Stale,
    /// A run without a recording.
    Missing,
    /// A recording that no fence shows.
    Orphan,
    /// A failed build.
    Build,
    /// A claim of the author about time, lines or their order that does not hold.
    Claim,
    /// A time that is far from the recorded one. A warning.
    Timing,
    /// An order or a value that no execution had before. A warning.
    Learn,
}

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The recording does not hold.
    Error,
    /// The recording holds; the author may want to know.
    Warning,
}

impl FindingKind {
    /// The word for the kind in reports: `TEXT`.
    pub fn word(self) -> &'static str {
        match self {
            FindingKind::Text => "TEXT",
            FindingKind::Count => "COUNT",
            FindingKind::Field => "FIELD",
            FindingKind::Order => "ORDER",
            FindingKind::Exit => "EXIT",
            FindingKind::Timeout => "TIMEOUT",
            FindingKind::Stale => "STALE",
            FindingKind::Missing => "MISSING",
            FindingKind::Orphan => "ORPHAN",
            FindingKind::Build => "BUILD",
            FindingKind::Claim => "CLAIM",
            FindingKind::Timing => "TIMING",
            FindingKind::Learn => "LEARN",
        }
    }

    /// The severity of every finding of the kind: only errors fail a check.
    pub fn severity(self) -> Severity {
        match self {
            FindingKind::Timing | FindingKind::Learn => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

impl Difference {
    pub(super) fn new(what: FindingKind, message: String) -> Difference {
        Difference {
            what,
            message,
            lines: Vec::new(),
        }
    }
}
