//! What a check says of runs: the values that each format writes.

use std::path::PathBuf;
use std::time::Duration;

use super::Finding;

/// Whether what is recorded holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All of it.
    Holds,
    /// Some of it does not.
    Differs,
}

/// What a finding means for its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It does not hold.
    Error,
    /// The author may want to know.
    Warning,
}

/// A finding of a check. Its message follows the name of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Whether the run holds all the same.
    pub severity: Severity,
    /// What is told.
    pub finding: Finding,
}

/// A run, or a recorded transcript that no fence asks for, and what was found of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunVerdict {
    /// The name of the run.
    pub run: String,
    /// The chapter of the first fence that asks for it, relative to the book, and that fence's line, from 1.
    /// `None`: none does.
    pub fence: Option<(PathBuf, usize)>,
    /// What was found, in the order in which it is told.
    pub told: Vec<Told>,
    /// How long it took, made as it is; `None`: it was not, or it did not come to its end.
    pub wall: Option<Duration>,
}

/// What a check says of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdicts {
    /// The runs that were checked, in the order of the book.
    pub runs: Vec<RunVerdict>,
    /// The recorded transcripts that no fence asks for.
    pub orphans: Vec<RunVerdict>,
    /// The runs that are not checked, as their authors want it.
    pub unchecked: Vec<Unchecked>,
    /// The runs that this check was not to look at.
    pub left_out: Vec<LeftOut>,
    /// How often each run was made.
    pub repeat: usize,
}

/// A run that is not checked, as its author wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unchecked {
    /// The name of the run.
    pub run: String,
    /// As of a run that is checked.
    pub fence: Option<(PathBuf, usize)>,
    /// What the fence says.
    pub reason: String,
}

/// Runs that a check was not to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// How many.
    pub runs: usize,
    /// Why, in words that follow their number.
    pub why: String,
}

impl RunVerdict {
    /// Whether the run holds: warnings do not fail it.
    pub fn verdict(&self) -> Verdict {
        let is_error = |told: &Told| told.severity == Severity::Error;
        if self.told.iter().any(is_error) {
            Verdict::Differs
        } else {
            Verdict::Holds
        }
    }
}

impl Verdicts {
    /// Whether all holds.
    pub fn verdict(&self) -> Verdict {
        match self.differing() + self.orphans.len() {
            0 => Verdict::Holds,
            _ => Verdict::Differs,
        }
    }

    /// How many runs do not hold.
    pub fn differing(&self) -> usize {
        let differs = |run: &&RunVerdict| run.verdict() == Verdict::Differs;
        self.runs.iter().filter(differs).count()
    }

    /// The runs, and behind them what nobody asks for.
    pub fn all(&self) -> impl Iterator<Item = &RunVerdict> {
        self.runs.iter().chain(&self.orphans)
    }
}

impl Verdict {
    /// As a format writes it.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Differs => "differs",
        }
    }
}

impl Severity {
    /// As a format writes it.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}
